//! Keys that sign for people: made here, kept here, and of no use without the person.
//!
//! ```text
//! KEK    = HKDF-SHA256(ikm  = the 32 bytes of the key signature,
//!                      salt = 16 random bytes,
//!                      info = "agent-key/v1|account|keyId")
//! sealed = XChaCha20-Poly1305(KEK, 24 random bytes, private seed)
//! AAD    = account | keyId | localName | namespace | public key in base64
//! ```
//!
//! The key signature is an HMAC with the key's password ([`super::signature`]), which is not known
//! here and never stored. So a wrong password is a seal that does not open, and nobody signs
//! for anybody who is not there. XChaCha20-Poly1305 and not AES-256-GCM, since everything else here
//! is sealed with it and random nonces of 24 bytes may be used for ever.
//!
//! Random bytes are handed in.

mod algorithm;
mod pair;
#[cfg(test)]
mod tests;
mod wrapped;

pub use algorithm::{Algorithm, NAMESPACE};
pub use pair::{PrivateKey, PublicKey, SEED_BYTES_MAX};
pub use wrapped::{Owner, WrappedKey, Wrong};
