//! Schema names and versions of payloads, and the way back from bytes to facts.
//!
//! An event set is an enum with one variant per schema. Its payloads are CBOR maps with text
//! keys, so a field may be added with `#[serde(default)]` without a new version; whatever else
//! changes gets the next version, and the old shape moves to a struct of its own from which the
//! current one is made (`upcast/`). An old shape is never deleted: the log still holds it.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Name and version of a payload's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// `<protocol>.<EventInPastTense>`.
    pub name: &'static str,
    /// The first is 1.
    pub version: u16,
}

/// Why a payload could not be understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DecodeError {
    /// Nobody knows this event, or it is from a later version of the software.
    #[error("unknown event {name} version {version}")]
    Unknown {
        /// Its schema name.
        name: String,
        /// Its schema version.
        version: u16,
    },
    /// The bytes are not of the shape that name and version promise.
    #[error("event {name} version {version} does not decode: {what}")]
    Malformed {
        /// Its schema name.
        name: String,
        /// Its schema version.
        version: u16,
        /// What the decoder said.
        what: String,
    },
}

/// Why a payload could not be written: personal data was still open.
#[derive(Debug, thiserror::Error)]
#[error("event {name} does not encode: {what}")]
pub struct EncodeError {
    /// Its schema name.
    pub name: &'static str,
    /// What the encoder said.
    pub what: String,
}

/// The facts of one kind of stream.
pub trait EventSet: Sized + Clone + std::fmt::Debug + Send + Sync + 'static {
    /// All schemas it can read, current versions.
    const SCHEMAS: &'static [Schema];

    /// Name and current version of this event.
    fn schema(&self) -> Schema;

    /// The payload.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// Reads a payload of any version that was ever written.
    fn read(name: &str, version: u16, payload: Payload<'_>) -> Result<Self, DecodeError>;

    /// The same, as it lies in the log.
    fn decode(name: &str, version: u16, payload: &[u8]) -> Result<Self, DecodeError> {
        Self::read(name, version, Payload::Cbor(payload))
    }

    /// The same, as people write it: ids and tags in hex, personal data as `{"open": …}`.
    fn decode_json(
        name: &str,
        version: u16,
        value: serde_json::Value,
    ) -> Result<Self, DecodeError> {
        Self::read(name, version, Payload::Json(value))
    }
}

/// A payload in one of its forms.
#[derive(Clone, Debug)]
pub enum Payload<'a> {
    /// CBOR, as it lies in the log.
    Cbor(&'a [u8]),
    /// JSON, as people write it.
    Json(serde_json::Value),
}

/// Encodes one payload. Used by [`event_set!`](crate::event_set).
pub fn encode<T: Serialize>(name: &'static str, value: &T) -> Result<Vec<u8>, EncodeError> {
    minicbor_serde::to_vec(value).map_err(|e| EncodeError { name, what: e.to_string() })
}

/// Decodes one payload. Used by [`event_set!`](crate::event_set).
pub fn decode<T: DeserializeOwned>(
    name: &str,
    version: u16,
    payload: Payload<'_>,
) -> Result<T, DecodeError> {
    let decoded = match payload {
        Payload::Cbor(bytes) => minicbor_serde::from_slice(bytes).map_err(|e| e.to_string()),
        Payload::Json(value) => serde_json::from_value(value).map_err(|e| e.to_string()),
    };
    decoded.map_err(|what| DecodeError::Malformed { name: name.to_owned(), version, what })
}

/// Declares an event set: the enum, its schemas, and how old versions become current ones.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// pub struct Renamed { pub name: String }
/// #[derive(Deserialize)]
/// pub struct RenamedV1 { pub title: String }
/// impl From<RenamedV1> for Renamed {
///     fn from(old: RenamedV1) -> Self { Self { name: old.title } }
/// }
/// kyc_events::event_set! {
///     /// What happens to a thing.
///     pub enum Thing { Renamed: "test.Renamed" @ 2 { 1 => RenamedV1 } }
/// }
/// ```
#[macro_export]
macro_rules! event_set {
    (
        $(#[$meta:meta])*
        pub enum $set:ident {
            $( $variant:ident : $name:literal @ $version:literal
               $( { $( $old_version:literal => $old:ty ),+ $(,)? } )? ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $set {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant($variant),
            )+
        }

        impl $crate::schema::EventSet for $set {
            const SCHEMAS: &'static [$crate::schema::Schema] =
                &[ $( $crate::schema::Schema { name: $name, version: $version } ),+ ];

            fn schema(&self) -> $crate::schema::Schema {
                match self {
                    $( Self::$variant(_) =>
                        $crate::schema::Schema { name: $name, version: $version }, )+
                }
            }

            fn encode(&self) -> Result<Vec<u8>, $crate::schema::EncodeError> {
                match self {
                    $( Self::$variant(event) => $crate::schema::encode($name, event), )+
                }
            }

            fn read(
                name: &str,
                version: u16,
                payload: $crate::schema::Payload<'_>,
            ) -> Result<Self, $crate::schema::DecodeError> {
                match (name, version) {
                    $(
                        ($name, $version) => $crate::schema::decode(name, version, payload)
                            .map(Self::$variant),
                        $( $(
                            ($name, $old_version) =>
                                $crate::schema::decode::<$old>(name, version, payload)
                                    .map(|old| Self::$variant(old.into())),
                        )+ )?
                    )+
                    _ => Err($crate::schema::DecodeError::Unknown {
                        name: name.to_owned(),
                        version,
                    }),
                }
            }
        }

        $(
            impl From<$variant> for $set {
                fn from(event: $variant) -> Self {
                    Self::$variant(event)
                }
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// The current shape: amounts carry their currency.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct FeeCharged {
        amount: u64,
        currency: String,
    }

    /// Version 1 knew one currency and called the amount `cents`.
    #[derive(Deserialize)]
    pub struct FeeChargedV1 {
        cents: u64,
    }

    impl From<FeeChargedV1> for FeeCharged {
        fn from(old: FeeChargedV1) -> Self {
            Self { amount: old.cents, currency: "EUR".to_owned() }
        }
    }

    event_set! {
        /// A set with a past.
        pub enum Fees { FeeCharged: "test.FeeCharged" @ 2 { 1 => FeeChargedV1 } }
    }

    /// Bytes of both versions as they were written once; never edited.
    const GOLDENS: &str = include_str!("../../fixtures/log/upcast.txt");

    fn golden(version: u16) -> Vec<u8> {
        let prefix = format!("test.FeeCharged {version} ");
        let hex = GOLDENS.lines().find_map(|l| l.strip_prefix(&prefix)).expect("a golden line");
        (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex"))
            .collect()
    }

    #[test]
    fn version_1_reads_as_version_2() {
        let event = Fees::decode("test.FeeCharged", 1, &golden(1)).expect("upcasts");
        let current = FeeCharged { amount: 250, currency: "EUR".to_owned() };
        assert_eq!(event, Fees::FeeCharged(current));
    }

    #[test]
    fn version_2_is_written_as_it_always_was() {
        let current = Fees::from(FeeCharged { amount: 250, currency: "EUR".to_owned() });
        assert_eq!(current.encode().expect("encodes"), golden(2));
        assert_eq!(Fees::decode("test.FeeCharged", 2, &golden(2)).expect("reads"), current);
    }

    #[test]
    fn json_of_any_version_reads_as_the_current_one() {
        let current = Fees::from(FeeCharged { amount: 250, currency: "EUR".to_owned() });
        let (old, new) = (
            serde_json::json!({"cents": 250}),
            serde_json::json!({"amount": 250, "currency": "EUR"}),
        );
        assert_eq!(Fees::decode_json("test.FeeCharged", 1, old.clone()), Ok(current.clone()));
        assert_eq!(Fees::decode_json("test.FeeCharged", 2, new), Ok(current));
        let error = Fees::decode_json("test.FeeCharged", 2, old).expect_err("of another version");
        assert!(matches!(error, DecodeError::Malformed { version: 2, .. }));
    }

    #[test]
    fn an_unknown_event_is_an_error_that_names_it() {
        let error = Fees::decode("test.FeeWaived", 1, &[0xa0]).expect_err("unknown");
        assert_eq!(error.to_string(), "unknown event test.FeeWaived version 1");
        let later = Fees::decode("test.FeeCharged", 3, &golden(2)).expect_err("from the future");
        assert_eq!(later.to_string(), "unknown event test.FeeCharged version 3");
    }

    #[test]
    fn bytes_of_another_shape_are_an_error() {
        let error = Fees::decode("test.FeeCharged", 2, &golden(1)).expect_err("malformed");
        assert!(matches!(error, DecodeError::Malformed { version: 2, .. }));
    }
}
