//! A private key that only its owner's password opens.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Algorithm, NAMESPACE, PrivateKey, PublicKey};
use crate::neuro::name::{KeyId, UserName};
use crate::neuro::signature::Signature;

/// Bytes of the salt.
pub const SALT_BYTES: usize = 16;
/// Bytes of the cipher's nonce.
pub const NONCE_BYTES: usize = 24;

/// Whose key it is.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The account. Has no `|`, so what is bound has one meaning.
    pub user: &'a UserName,
    /// Its name there.
    pub key: &'a KeyId,
}

/// A private key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// Of which algorithm.
    pub algorithm: Algorithm,
    /// The public key, in base64.
    pub public: String,
    /// Of the key it is sealed with.
    pub salt: [u8; SALT_BYTES],
    /// Of the cipher.
    pub nonce: [u8; NONCE_BYTES],
    /// The seed and 16 bytes of tag.
    pub sealed: Vec<u8>,
}

/// The key signature is not one with the key's password; or something stored was altered, or is
/// somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key signature does not open the key")]
pub struct Wrong;

impl WrappedKey {
    /// Seals a key. `salt` and `nonce` are fresh random bytes.
    pub fn seal(
        key: &PrivateKey,
        owner: Owner<'_>,
        signature: &Signature,
        salt: [u8; SALT_BYTES],
        nonce: [u8; NONCE_BYTES],
    ) -> Self {
        let public = key.public();
        let wrapped = Self {
            algorithm: public.algorithm(),
            public: public.text(),
            salt,
            nonce,
            sealed: Vec::new(),
        };
        let aad = wrapped.associated(owner);
        let payload = Payload { msg: key.seed(), aad: aad.as_bytes() };
        let sealed = wrapped
            .cipher(owner, signature)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("invariant: a seed is not too long to be sealed");
        Self { sealed, ..wrapped }
    }

    /// Opens it.
    pub fn open(&self, owner: Owner<'_>, signature: &Signature) -> Result<PrivateKey, Wrong> {
        let aad = self.associated(owner);
        let payload = Payload { msg: &self.sealed, aad: aad.as_bytes() };
        let opened = self.cipher(owner, signature).decrypt(&XNonce::from(self.nonce), payload);
        let seed = Zeroizing::new(opened.map_err(|_| Wrong)?);
        let key = PrivateKey::of_seed(self.algorithm, &seed).ok_or(Wrong)?;
        if key.public().text() == self.public { Ok(key) } else { Err(Wrong) }
    }

    /// The public key; `None` if what is stored is none.
    pub fn public(&self) -> Option<PublicKey> {
        PublicKey::parse(self.algorithm, &self.public)
    }

    fn cipher(&self, owner: Owner<'_>, signature: &Signature) -> XChaCha20Poly1305 {
        let info = format!("agent-key/v1|{}|{}", owner.user, owner.key);
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(&self.salt), signature.bytes())
            .expand(info.as_bytes(), key.as_mut_slice())
            .expect("invariant: HKDF-SHA256 gives 32 bytes");
        XChaCha20Poly1305::new((&*key).into())
    }

    fn associated(&self, owner: Owner<'_>) -> String {
        let [user, key] = [owner.user.as_str(), owner.key.as_str()];
        [user, key, self.algorithm.local_name(), NAMESPACE, &self.public].join("|")
    }
}
