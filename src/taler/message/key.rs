//! Ed25519 keys and signatures, as Crockford base32 on the wire.

use std::fmt;

use ed25519_dalek::{Signer as _, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use super::Message;
use crate::taler::crockford::{self, Invalid};

/// Somebody's public key: 32 bytes, 52 characters. Not every one can have signed something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

/// A signature: 64 bytes, 103 characters. Nothing is known about it until it is verified.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

/// A key that signs. Wiped on drop; Debug output hides it.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl PublicKey {
    /// From 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From 52 characters.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        crockford::decode(text).map(Self)
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether it can have signed something: a point of the curve, and not one of the few with
    /// which a signature would prove nothing.
    pub fn is_usable(&self) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| !key.is_weak())
    }

    /// Whether `signature` is this key's over `message`, strictly: no signature has a second form
    /// that passes as well.
    pub fn verifies(&self, message: &Message, signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message.as_bytes(), &signature).is_ok())
    }
}

impl Signature {
    /// From 64 bytes.
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// From 103 characters.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        crockford::decode(text).map(Self)
    }

    /// Its 64 bytes.
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl SigningKey {
    /// From the seed's 32 bytes, which `GNUnet` calls the private key.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// From the seed's 52 characters.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        let seed = Zeroizing::new(crockford::decode(text)?);
        Ok(Self::from_seed(&seed))
    }

    /// Who it signs for.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs; the same message always gets the same signature.
    pub fn sign(&self, message: &Message) -> Signature {
        Signature(self.0.sign(message.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&crockford::encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    )*};
}

as_text!(PublicKey Signature);
