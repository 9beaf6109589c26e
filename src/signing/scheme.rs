//! The signer of callbacks: one private key and the scheme it is used with.
//!
//! Chosen once by the configuration. `corepass::signed` builds the text, this signs it, and the
//! result goes into the `signature` member.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{ed448, secp256k1, sha3_256};

/// Signs callbacks with one of the two schemes.
#[derive(Debug)]
pub enum CallbackSigner {
    /// What `CorePass` does: 171 bytes, the public key attached.
    Ed448(ed448::PrivateKey),
    /// 65 bytes, the public key recoverable.
    Secp256k1(secp256k1::PrivateKey),
}

impl CallbackSigner {
    /// Hashes `message` with SHA3-256, signs the digest and returns the signature as padded
    /// standard base64: 228 characters with Ed448, 88 with secp256k1.
    pub fn sign(&self, message: &[u8]) -> String {
        let digest = sha3_256(message);
        match self {
            Self::Ed448(key) => STANDARD.encode(key.sign_attached(&digest)),
            Self::Secp256k1(key) => STANDARD.encode(key.sign_recoverable(&digest)),
        }
    }

    /// The key a receiver has to pin, in lower-case hexadecimal without `0x`: 57 bytes with
    /// Ed448, 65 (uncompressed) with secp256k1.
    pub fn public_key_hex(&self) -> String {
        match self {
            Self::Ed448(key) => hex::encode(key.public().to_bytes()),
            Self::Secp256k1(key) => hex::encode(key.public().to_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ed448_signatures_carry_the_key() {
        let signer = CallbackSigner::Ed448(ed448::PrivateKey::generate([7; 57]));
        let text = signer.sign(b"message");
        assert_eq!(text.len(), 228);
        let attached = STANDARD.decode(text).expect("base64");
        let key = ed448::verify_attached(&sha3_256(b"message"), &attached).expect("valid");
        assert_eq!(hex::encode(key.to_bytes()), signer.public_key_hex());
    }

    #[test]
    fn secp256k1_signatures_recover_to_the_key() {
        let key = secp256k1::PrivateKey::from_hex(&"11".repeat(32)).expect("a key");
        let signer = CallbackSigner::Secp256k1(key);
        let text = signer.sign(b"message");
        assert_eq!(text.len(), 88);
        let signature = STANDARD.decode(text).expect("base64");
        let key = secp256k1::recover(&sha3_256(b"message"), &signature).expect("valid");
        assert_eq!(hex::encode(key.to_bytes()), signer.public_key_hex());
    }

    #[test]
    fn debug_output_hides_the_key() {
        let signer = CallbackSigner::Ed448(ed448::PrivateKey::generate([7; 57]));
        assert_eq!(format!("{signer:?}"), "Ed448(ed448::PrivateKey(…))");
    }
}
