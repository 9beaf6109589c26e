//! Personal data inside an event: encrypted before it is hashed or stored.
//!
//! A [`Sealed`] value is *open* only between a decision and the log: `decide` makes it open, the
//! engine seals it, and the codec refuses to write an open one. What `evolve`, projections and
//! audits see is always shut. This crate knows no cipher: a [`Sealer`] does the work.
//!
//! In formats for people (JSON) ids, tags and ciphertexts are lower-case hex, and an open value can
//! be read from `{"open": <value>}`: so a history can be written by hand. It can't be written that
//! way: what goes out is shut.

mod bytes;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Id of a key in the vault: 16 random bytes. One subject has one; destroying it erases the person.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(#[serde(with = "bytes")] pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A keyed hash (HMAC-SHA256) that stands for a value: equality without the value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(#[serde(with = "bytes")] pub [u8; 32]);

impl Tag {
    /// 64 lower-case hex digits.
    pub fn to_hex(self) -> String {
        bytes::to_hex(&self.0)
    }
}

impl Tag {
    /// The tag in 64 lower-case hex digits; `None` if the text is something else.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let mut tag = [0; 32];
        let plain = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if hex.len() != 64 || !hex.as_bytes().iter().all(plain) {
            return None;
        }
        for (byte, at) in tag.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(tag))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", &self.to_hex()[..8])
    }
}

/// Ciphertext as it lies in an event: XChaCha20-Poly1305, associated data
/// `stream ‖ 0 ‖ event name ‖ 0 ‖ field`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ciphertext {
    /// The key it was sealed under.
    pub key: KeyId,
    /// 24 random bytes.
    #[serde(with = "bytes")]
    pub nonce: Vec<u8>,
    /// Ciphertext with its 16-byte authenticator.
    #[serde(with = "bytes")]
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ciphertext({} bytes under {})", self.bytes.len(), self.key)
    }
}

/// A value of type `T` that only the vault can read once it is shut.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed<T> {
    inner: Inner,
    of: PhantomData<fn() -> T>,
}

#[derive(Clone, PartialEq, Eq)]
enum Inner {
    Open(Vec<u8>),
    Shut(Ciphertext),
}

/// Why personal data could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key store failed.
    #[error("key store: {0}")]
    Store(String),
    /// The ciphertext does not belong here, was altered, or is not of this type.
    #[error("sealed data does not open: {0}")]
    Foreign(&'static str),
}

/// Encrypts one field of one event.
pub trait Sealer {
    /// Seals `plain` for `field` under `key`.
    fn seal(&self, key: KeyId, field: &str, plain: &[u8]) -> Result<Ciphertext, SealError>;

    /// Is told of a field that is shut already. So [`Personal::seal`] on an event from the log lists
    /// its sealed fields by name, which opening them takes.
    fn met(&self, field: &str, shut: &Ciphertext) {
        let _ = (field, shut);
    }
}

/// Decrypts one field of one event.
pub trait Opener {
    /// `None`: the key was destroyed, the data is erased.
    fn open(&self, field: &str, shut: &Ciphertext) -> Result<Option<Vec<u8>>, SealError>;
}

/// Events that hold personal data say where.
pub trait Personal {
    /// Seals every open field with `sealer`; leaves shut ones alone.
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError>;
}

impl<T: Serialize + DeserializeOwned> Sealed<T> {
    /// An open value, on its way to the vault.
    pub fn open_value(value: &T) -> Self {
        let bytes = minicbor_serde::to_vec(value).expect("invariant: plain data encodes");
        Self { inner: Inner::Open(bytes), of: PhantomData }
    }

    /// Shuts it under `key`. What is shut already stays as it is.
    pub fn shut(&mut self, key: KeyId, field: &str, sealer: &dyn Sealer) -> Result<(), SealError> {
        match &self.inner {
            Inner::Open(plain) => self.inner = Inner::Shut(sealer.seal(key, field, plain)?),
            Inner::Shut(shut) => sealer.met(field, shut),
        }
        Ok(())
    }

    /// The value, or `None` if it has been erased.
    pub fn read(&self, field: &str, opener: &dyn Opener) -> Result<Option<T>, SealError> {
        let plain = match &self.inner {
            Inner::Open(plain) => Some(plain.clone()),
            Inner::Shut(shut) => opener.open(field, shut)?,
        };
        plain
            .map(|bytes| {
                minicbor_serde::from_slice(&bytes).map_err(|_| SealError::Foreign("other type"))
            })
            .transpose()
    }

    /// The key it is shut under; `None` while open.
    pub fn key(&self) -> Option<KeyId> {
        match &self.inner {
            Inner::Open(_) => None,
            Inner::Shut(shut) => Some(shut.key),
        }
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl<T> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.inner {
            Inner::Open(_) => Err(serde::ser::Error::custom("personal data was not sealed")),
            Inner::Shut(shut) => shut.serialize(serializer),
        }
    }
}

impl<'de, T: Serialize + DeserializeOwned> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let value = serde_json::Value::deserialize(deserializer)?;
            return Readable::sealed(value).map_err(D::Error::custom);
        }
        Ok(Self { inner: Inner::Shut(Ciphertext::deserialize(deserializer)?), of: PhantomData })
    }
}

/// An open or a shut value where people read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Readable {
    open: Option<serde_json::Value>,
    key: Option<KeyId>,
    #[serde(default, with = "bytes")]
    nonce: Vec<u8>,
    #[serde(default, with = "bytes")]
    bytes: Vec<u8>,
}

impl Readable {
    /// Errors repeat nothing of the value: it may be personal data.
    fn sealed<T: Serialize + DeserializeOwned>(
        value: serde_json::Value,
    ) -> Result<Sealed<T>, &'static str> {
        let neither = "neither an open value nor `key`, `nonce` and `bytes` in hex";
        let Self { open, key, nonce, bytes } =
            serde_json::from_value(value).map_err(|_| neither)?;
        match (open, key) {
            (Some(value), None) if nonce.is_empty() && bytes.is_empty() => {
                serde_json::from_value(value)
                    .map(|value| Sealed::open_value(&value))
                    .map_err(|_| "the open value is of another type")
            }
            (None, Some(key)) => {
                let inner = Inner::Shut(Ciphertext { key, nonce, bytes });
                Ok(Sealed { inner, of: PhantomData })
            }
            _ => Err(neither),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rot(Option<u8>);

    impl Sealer for Rot {
        fn seal(&self, key: KeyId, _: &str, plain: &[u8]) -> Result<Ciphertext, SealError> {
            let bytes = plain.iter().map(|b| b.wrapping_add(1)).collect();
            Ok(Ciphertext { key, nonce: vec![0; 24], bytes })
        }
    }

    impl Opener for Rot {
        fn open(&self, _: &str, shut: &Ciphertext) -> Result<Option<Vec<u8>>, SealError> {
            Ok(self.0.map(|by| shut.bytes.iter().map(|b| b.wrapping_sub(by)).collect()))
        }
    }

    const KEY: KeyId = KeyId([7; 16]);

    #[test]
    fn an_open_value_cannot_be_written() {
        let sealed = Sealed::open_value(&"anna".to_owned());
        assert!(minicbor_serde::to_vec(&sealed).is_err());
    }

    #[test]
    fn a_shut_value_survives_the_log_and_opens_again() {
        let mut sealed = Sealed::open_value(&"anna".to_owned());
        sealed.shut(KEY, "user", &Rot(None)).expect("seals");
        let bytes = minicbor_serde::to_vec(&sealed).expect("writes");
        let back: Sealed<String> = minicbor_serde::from_slice(&bytes).expect("reads");
        assert_eq!(back.key(), Some(KEY));
        assert_eq!(back.read("user", &Rot(Some(1))).expect("opens").as_deref(), Some("anna"));
    }

    #[test]
    fn erased_is_an_ordinary_value() {
        let mut sealed = Sealed::open_value(&"anna".to_owned());
        sealed.shut(KEY, "user", &Rot(None)).expect("seals");
        assert_eq!(sealed.read("user", &Rot(None)).expect("no error"), None);
    }

    #[test]
    fn people_read_hex_and_cbor_holds_bytes() {
        let shut = Ciphertext { key: KEY, nonce: vec![0xab; 24], bytes: vec![1, 2] };
        let json = serde_json::json!({
            "key": "07".repeat(16), "nonce": "ab".repeat(24), "bytes": "0102",
        });
        assert_eq!(serde_json::to_value(&shut).expect("writes"), json);
        assert_eq!(serde_json::from_value::<Ciphertext>(json).expect("reads"), shut);
        let tag = serde_json::to_value(Tag([0xcd; 32])).expect("writes");
        assert_eq!(tag, serde_json::json!("cd".repeat(32)));
        assert_eq!(serde_json::from_value::<Tag>(tag).expect("reads"), Tag([0xcd; 32]));
        for bad in ["07", &"AB".repeat(16), &"0g".repeat(16), &"07".repeat(17), &"0".repeat(31)] {
            assert!(serde_json::from_value::<KeyId>(serde_json::json!(bad)).is_err(), "{bad}");
        }
        let cbor = minicbor_serde::to_vec(KEY).expect("writes");
        assert_eq!(cbor, [&[0x50][..], &KEY.0].concat());
    }

    #[test]
    fn an_open_value_can_be_read_from_json_but_not_written() {
        let json = serde_json::json!({ "open": "anna" });
        let mut sealed: Sealed<String> = serde_json::from_value(json).expect("reads");
        assert!(sealed == Sealed::open_value(&"anna".to_owned()));
        assert!(serde_json::to_value(&sealed).is_err());
        sealed.shut(KEY, "user", &Rot(None)).expect("seals");
        let json = serde_json::to_value(&sealed).expect("writes");
        assert!(serde_json::from_value::<Sealed<String>>(json).expect("reads") == sealed);
    }

    #[test]
    fn json_that_is_neither_open_nor_shut_is_refused_without_repeating_it() {
        let key = "07".repeat(16);
        for bad in [
            serde_json::json!({}),
            serde_json::json!({ "open": 7_654_321 }),
            serde_json::json!({ "open": "7654321", "key": key }),
            serde_json::json!({ "opne": "7654321" }),
            serde_json::json!("7654321"),
        ] {
            let error = serde_json::from_value::<Sealed<u8>>(bad).expect_err("neither");
            assert!(!error.to_string().contains("7654321"), "{error}");
        }
    }

    #[test]
    fn sealing_what_is_shut_only_tells_its_name() {
        struct Names(std::cell::RefCell<Vec<String>>);
        impl Sealer for Names {
            fn seal(&self, _: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
                Err(SealError::Foreign("it is shut"))
            }
            fn met(&self, field: &str, shut: &Ciphertext) {
                self.0.borrow_mut().push(format!("{field} under {}", shut.key));
            }
        }
        let mut sealed = Sealed::open_value(&"anna".to_owned());
        sealed.shut(KEY, "user", &Rot(None)).expect("seals");
        let names = Names(std::cell::RefCell::default());
        sealed.shut(KEY, "user", &names).expect("nothing to do");
        assert_eq!(names.0.into_inner(), [format!("user under {KEY}")]);
    }

    #[test]
    fn debug_output_shows_nothing() {
        let sealed = Sealed::open_value(&"anna".to_owned());
        assert_eq!(format!("{sealed:?}"), "Sealed(…)");
    }
}
