//! XChaCha20-Poly1305 and HMAC-SHA256.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use kyc_events::sealed::{Ciphertext, KeyId, SealError, Tag};
use sha2::Sha256;

/// HMAC-SHA256 of the parts in a row.
pub fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Tag {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key)
        .expect("invariant: HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Tag(mac.finalize().into_bytes().into())
}

/// Fills an array with random bytes of the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("invariant: the operating system has random bytes");
    bytes
}

/// Encrypts.
pub fn seal(
    secret: &[u8; 32],
    key: KeyId,
    associated: &[u8],
    plain: &[u8],
) -> Result<Ciphertext, SealError> {
    let nonce: [u8; 24] = random();
    let cipher = XChaCha20Poly1305::new(secret.into());
    let bytes = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: associated })
        .map_err(|_| SealError::Foreign("too long"))?;
    Ok(Ciphertext { key, nonce: nonce.to_vec(), bytes })
}

/// Decrypts.
pub fn open(secret: &[u8; 32], associated: &[u8], shut: &Ciphertext) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; 24] =
        shut.nonce.as_slice().try_into().map_err(|_| SealError::Foreign("bad nonce"))?;
    let cipher = XChaCha20Poly1305::new(secret.into());
    cipher
        .decrypt(&XNonce::from(nonce), Payload { msg: &shut.bytes, aad: associated })
        .map_err(|_| SealError::Foreign("wrong key or place, or altered"))
}
