//! Personal data inside an event: encrypted before it is hashed or stored.
//!
//! A [`Sealed`] value is *open* only between a decision and the log: `decide` makes it open, the
//! engine seals it, and the codec refuses to write an open one. What `evolve`, projections and
//! audits see is always shut. This crate knows no cipher: a [`Sealer`] does the work.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Id of a key in the vault: 16 random bytes. One subject has one; destroying it erases the person.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(#[serde(with = "serde_bytes")] pub [u8; 16]);

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
pub struct Tag(#[serde(with = "serde_bytes")] pub [u8; 32]);

impl Tag {
    /// 64 lower-case hex digits.
    pub fn to_hex(self) -> String {
        use fmt::Write;
        self.0.iter().fold(String::with_capacity(64), |mut hex, b| {
            let _ = write!(hex, "{b:02x}");
            hex
        })
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
    #[serde(with = "serde_bytes")]
    pub nonce: Vec<u8>,
    /// Ciphertext with its 16-byte authenticator.
    #[serde(with = "serde_bytes")]
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
        if let Inner::Open(plain) = &self.inner {
            self.inner = Inner::Shut(sealer.seal(key, field, plain)?);
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

impl<'de, T> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { inner: Inner::Shut(Ciphertext::deserialize(deserializer)?), of: PhantomData })
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
    fn debug_output_shows_nothing() {
        let sealed = Sealed::open_value(&"anna".to_owned());
        assert_eq!(format!("{sealed:?}"), "Sealed(…)");
    }
}
