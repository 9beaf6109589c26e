//! Pairs of keys of every algorithm.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::Algorithm;
use crate::neuro::xml::Element;
use crate::signing::ed448;

/// Bytes of the longest private seed.
pub const SEED_BYTES_MAX: usize = ed448::PRIVATE_KEY_BYTES;

/// A private key; wiped on drop, never printed.
pub struct PrivateKey(Private);

enum Private {
    Ed25519(Box<SigningKey>),
    Ed448 { key: Box<ed448::PrivateKey>, seed: Zeroizing<[u8; SEED_BYTES_MAX]> },
}

/// A public key. Debug output hides it, since it tells a person from others.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Public);

#[derive(Clone, PartialEq, Eq)]
enum Public {
    Ed25519(VerifyingKey),
    Ed448(ed448::PublicKey),
}

impl PrivateKey {
    /// A new key from random bytes, as many of them as the algorithm needs.
    pub fn generate(algorithm: Algorithm, entropy: &Zeroizing<[u8; SEED_BYTES_MAX]>) -> Self {
        Self::of_seed(algorithm, &entropy[..algorithm.seed_bytes()])
            .expect("invariant: it is as long as the algorithm's seeds")
    }

    /// From a seed; `None` if it is of another length.
    pub(super) fn of_seed(algorithm: Algorithm, seed: &[u8]) -> Option<Self> {
        Some(Self(match algorithm {
            Algorithm::Ed25519 => {
                let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).ok()?);
                Private::Ed25519(Box::new(SigningKey::from_bytes(&seed)))
            }
            Algorithm::Ed448 => {
                let seed = Zeroizing::new(<[u8; SEED_BYTES_MAX]>::try_from(seed).ok()?);
                let key = Box::new(ed448::PrivateKey::generate(*seed));
                Private::Ed448 { key, seed }
            }
        }))
    }

    /// What it is made from.
    pub(super) fn seed(&self) -> &[u8] {
        match &self.0 {
            Private::Ed25519(key) => key.as_bytes(),
            Private::Ed448 { seed, .. } => seed.as_slice(),
        }
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Private::Ed25519(key) => Public::Ed25519(key.verifying_key()),
            Private::Ed448 { key, .. } => Public::Ed448(key.public()),
        })
    }

    /// Signs a message: 64 or 114 bytes. Deterministic.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Private::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Private::Ed448 { key, .. } => key.sign(message).to_vec(),
        }
    }
}

impl PublicKey {
    /// From its base64; `None`: no key of this algorithm, or another spelling of one.
    pub fn parse(algorithm: Algorithm, text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        Some(Self(match algorithm {
            Algorithm::Ed25519 => {
                let key = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
                let is_canonical =
                    !key.is_weak() && key.to_edwards().compress().0 == key.to_bytes();
                Public::Ed25519(is_canonical.then_some(key)?)
            }
            Algorithm::Ed448 => {
                Public::Ed448(ed448::PublicKey::from_bytes(&bytes.try_into().ok()?)?)
            }
        }))
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Public::Ed25519(_) => Algorithm::Ed25519,
            Public::Ed448(_) => Algorithm::Ed448,
        }
    }

    /// In base64.
    pub fn text(&self) -> String {
        match &self.0 {
            Public::Ed25519(key) => STANDARD.encode(key.as_bytes()),
            Public::Ed448(key) => STANDARD.encode(key.to_bytes()),
        }
    }

    /// Whether this is a signature of the message with the private key.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Public::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Public::Ed448(key) => key.verifies(message, signature),
        }
    }

    /// `<ed25519 pub="…" xmlns="urn:nf:iot:e2e:1.0"/>`.
    pub fn element(&self) -> Element {
        Element::new(self.algorithm().local_name(), super::NAMESPACE).attribute("pub", self.text())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("key::PrivateKey(…)")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key::PublicKey({}, …)", self.algorithm().local_name())
    }
}
