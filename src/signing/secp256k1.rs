//! secp256k1 with public key recovery: the signature form of Ethereum's `crypto.Sign`, over the
//! same SHA3-256 digest as Ed448.
//!
//! ```text
//! 0       32      64 65
//! ├── r ───┼── s ──┼─┤ v      big-endian, s in the lower half, v = 0 or 1 (not 27 or 28)
//! ```
//!
//! For receivers that took the documentation's "`Ecrecover`" by the word. `CorePass` itself signs
//! with Ed448.
//!
//! Source: `CorePass` documentation, Authorization (KYC-transfer), version CP v. 1 (the snippet of
//! the callback section); RFC 6979 for the nonce.

use std::fmt;

use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};

use super::{InvalidPrivateKey, secret_from_hex};

/// Bytes of a recoverable signature.
pub const SIGNATURE_BYTES: usize = 65;
/// Bytes of a public key: 0x04 ‖ x(32) ‖ y(32).
pub const PUBLIC_KEY_BYTES: usize = 65;

/// A private key; wiped on drop, never printed.
pub struct PrivateKey(SigningKey);

/// A public key. Debug output hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why no key can be recovered from a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// Not 65 bytes.
    #[error("signature is {bytes} bytes long, not 65")]
    Length {
        /// The length found.
        bytes: usize,
    },
    /// v is neither 0 nor 1.
    #[error("recovery id is {v}, not 0 or 1")]
    RecoveryId {
        /// The value found.
        v: u8,
    },
    /// s is in the upper half of the group order, which no signer of this form writes.
    #[error("signature is not in its low-s form")]
    HighS,
    /// r or s is out of range, or no point of the curve belongs to them.
    #[error("signature does not verify")]
    Mismatch,
}

impl PrivateKey {
    /// Reads 64 hexadecimal characters, with or without `0x`.
    pub fn from_hex(text: &str) -> Result<Self, InvalidPrivateKey> {
        let bytes = secret_from_hex::<32>(text)?;
        SigningKey::from_slice(bytes.as_slice()).map(Self).map_err(|_| InvalidPrivateKey::Range)
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    /// Signs a SHA3-256 digest: r ‖ s ‖ v. Deterministic.
    pub fn sign_recoverable(&self, digest: &[u8; 32]) -> [u8; SIGNATURE_BYTES] {
        let (signature, id) = self.0.sign_prehash_recoverable(digest);
        let mut recoverable = [0; SIGNATURE_BYTES];
        recoverable[..64].copy_from_slice(&signature.to_bytes());
        recoverable[64] = id.to_byte();
        recoverable
    }
}

impl PublicKey {
    /// The uncompressed encoding, as Ethereum's `Ecrecover` returns it.
    pub fn to_bytes(&self) -> [u8; PUBLIC_KEY_BYTES] {
        let mut bytes = [0; PUBLIC_KEY_BYTES];
        bytes.copy_from_slice(self.0.to_sec1_point(false).as_bytes());
        bytes
    }
}

/// The key that made `signature` over `digest`. Some key comes out of nearly every input: **the
/// caller must compare it** with the one he expects.
pub fn recover(digest: &[u8; 32], signature: &[u8]) -> Result<PublicKey, RecoverError> {
    let length = RecoverError::Length { bytes: signature.len() };
    let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().map_err(|_| length)?;
    let [rs @ .., v] = signature;
    if *v > 1 {
        return Err(RecoverError::RecoveryId { v: *v });
    }
    let signature = Signature::from_slice(rs).map_err(|_| RecoverError::Mismatch)?;
    if signature.normalize_s() != signature {
        return Err(RecoverError::HighS);
    }
    VerifyingKey::recover_from_prehash(digest, &signature, RecoveryId::new(*v == 1, false))
        .map(PublicKey)
        .map_err(|_| RecoverError::Mismatch)
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secp256k1::PrivateKey(…)")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secp256k1::PublicKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of go-ethereum's `crypto/signature_test.go`.
    const DIGEST: &str = "ce0677bb30baa8cf067c88db9811f4333d131bf8bcf12fe7065d211dce971008";
    const SIGNATURE: &str = "90f27b8b488db00b00606796d2987f6a5f59ae62ea05effe84fef5b8b0e54998\
                             4a691139ad57a3f0b906637673aa2f63d1f55cb1a69199d4009eea23ceaddc9301";
    const PUBLIC: &str = "04e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a\
                          0a2b2667f7e725ceea70c673093bf67663e0312623c8e091b13cf2c0f11ef652";
    const KEY: &str = "0x4646464646464646464646464646464646464646464646464646464646464646";
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).expect("hex").try_into().expect("length")
    }

    #[test]
    fn key_of_an_ethereum_signature_is_recovered() {
        let key = recover(&bytes(DIGEST), &bytes::<65>(SIGNATURE)).expect("valid");
        assert_eq!(hex::encode(key.to_bytes()), PUBLIC);
    }

    #[test]
    fn own_signature_recovers_to_the_signer() {
        let key = PrivateKey::from_hex(KEY).expect("a key");
        for byte in 0..32 {
            let digest = [byte; 32];
            let signature = key.sign_recoverable(&digest);
            assert!(signature[64] <= 1);
            assert_eq!(recover(&digest, &signature), Ok(key.public()));
            assert_ne!(recover(&[0xff; 32], &signature), Ok(key.public()));
        }
    }

    #[test]
    fn high_s_is_refused() {
        let mut signature = bytes::<65>(SIGNATURE);
        let order = bytes::<32>(ORDER);
        let mut borrow = 0;
        for i in (0..32).rev() {
            let digit = i16::from(order[i]) - i16::from(signature[32 + i]) - borrow;
            borrow = i16::from(digit < 0);
            signature[32 + i] = digit.rem_euclid(256) as u8;
        }
        signature[64] ^= 1;
        assert_eq!(recover(&bytes(DIGEST), &signature), Err(RecoverError::HighS));
    }

    #[test]
    fn malformed_signatures_are_refused() {
        let digest = bytes(DIGEST);
        let signature = bytes::<65>(SIGNATURE);
        assert_eq!(recover(&digest, &signature[..64]), Err(RecoverError::Length { bytes: 64 }));
        assert_eq!(recover(&digest, &[0; 66]), Err(RecoverError::Length { bytes: 66 }));
        assert_eq!(recover(&digest, &[0; 65]), Err(RecoverError::Mismatch));
        let mut ethereum_legacy = signature;
        ethereum_legacy[64] += 27;
        assert_eq!(recover(&digest, &ethereum_legacy), Err(RecoverError::RecoveryId { v: 28 }));
    }

    #[test]
    fn keys_out_of_range_are_refused() {
        for text in [ORDER, &"0".repeat(64)] {
            assert_eq!(PrivateKey::from_hex(text).err(), Some(InvalidPrivateKey::Range));
        }
        let short = InvalidPrivateKey::Hex { hex_chars: 64 };
        assert_eq!(PrivateKey::from_hex(&KEY[..64]).err(), Some(short));
    }

    #[test]
    fn debug_output_hides_the_keys() {
        let key = PrivateKey::from_hex(KEY).expect("a key");
        let text = format!("{key:?} {:?}", key.public());
        assert_eq!(text, "secp256k1::PrivateKey(…) secp256k1::PublicKey(…)");
    }
}
