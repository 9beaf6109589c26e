//! The signatures of the `CorePass` protocol: what both curves share. Beside them, those of
//! Standard Webhooks ([`webhook`]), which verification providers speak, and tokens ([`jwt`]).
//!
//! Whatever is signed is hashed with SHA3-256 (FIPS 202, not Keccak-256) first; the curves only
//! see the 32-byte digest. The signed text is built in `corepass::signed`, not here. Keys and
//! random bytes are handed in: nothing in this module touches a clock, a file or a random source.
//!
//! ```text
//! message ── sha3_256 ──> digest ─┬─ ed448      signature(114) ‖ public key(57)   the default
//!                                 └─ secp256k1  r(32) ‖ s(32) ‖ v(1)              on request
//! ```

pub mod ed448;
pub mod jwt;
pub mod scheme;
pub mod secp256k1;
pub mod webhook;

use sha3::{Digest as _, Sha3_256};
use zeroize::Zeroizing;

/// SHA3-256 of `message` (FIPS 202, 32 bytes).
pub fn sha3_256(message: &[u8]) -> [u8; 32] {
    Sha3_256::digest(message).into()
}

/// Why a text is not a private key. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrivateKey {
    /// Not hexadecimal, or not as long as the keys of the curve.
    #[error("private key is not {hex_chars} hexadecimal characters")]
    Hex {
        /// The length the curve asks for, without `0x`.
        hex_chars: usize,
    },
    /// Well formed, but a number no key may have: zero, or too large.
    #[error("private key is out of range")]
    Range,
}

/// Decodes exactly `N` bytes of hexadecimal, with or without `0x`, into memory wiped on drop.
fn secret_from_hex<const N: usize>(text: &str) -> Result<Zeroizing<[u8; N]>, InvalidPrivateKey> {
    let mut bytes = Zeroizing::new([0; N]);
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), bytes.as_mut_slice())
        .map_err(|_| InvalidPrivateKey::Hex { hex_chars: 2 * N })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_nist_sha3_and_not_keccak() {
        // The value of FIPS 202 for the empty message; Keccak-256 of it starts with c5d24601.
        assert_eq!(
            hex::encode(sha3_256(b"")),
            "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
        );
    }

    #[test]
    fn secret_hex_of_the_wrong_length_is_refused() {
        let wrong = InvalidPrivateKey::Hex { hex_chars: 4 };
        for text in ["", "0x", "ab", "abcdef", "abc", "zzzz"] {
            assert_eq!(secret_from_hex::<2>(text).err(), Some(wrong), "{text}");
        }
        assert_eq!(secret_from_hex::<2>("0xAbcD").map(|bytes| *bytes), Ok([0xab, 0xcd]));
    }
}
