//! `h_payto`: the hash that stands for an account in a request.
//!
//! ```text
//! 103 characters   64 bytes   October 2021
//!  52 characters   32 bytes   since 2022-03-03: the first half
//! ```
//!
//! Whoever has it may ask how the account stands, so it is compared in constant time.

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::crockford;
use super::payto::first_half;

/// The hash of an account's full URI, in one of its two lengths. Debug output hides it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum HPayto {
    /// 103 characters.
    Full64([u8; 64]),
    /// 52 characters.
    Short32([u8; 32]),
}

impl HPayto {
    /// From 103 or 52 characters; other lengths are an error.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, crockford::Invalid> {
        let text = text.as_ref();
        if text.len() == crockford::chars(32) {
            crockford::decode(text).map(Self::Short32)
        } else {
            crockford::decode(text).map(Self::Full64)
        }
    }

    /// Whether it stands for the account whose full hash is stored, in constant time.
    pub fn is_of(&self, stored: &[u8; 64]) -> bool {
        match self {
            Self::Full64(hash) => is_same(hash, stored),
            Self::Short32(hash) => is_same(hash, &first_half(stored)),
        }
    }

    /// Its 64 or 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Full64(hash) => hash,
            Self::Short32(hash) => hash,
        }
    }
}

/// Whether two hashes are the same; how long that takes does not tell where they differ.
pub fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

impl fmt::Display for HPayto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::encode(self.as_bytes()))
    }
}

impl fmt::Debug for HPayto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HPayto(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_are_taken_in_every_spelling() {
        let stored: [u8; 64] = std::array::from_fn(|at| at as u8);
        let full = crockford::encode(&stored);
        let short = crockford::encode(&stored[..32]);
        for text in [&full, &short] {
            for spelling in [text.clone(), text.to_ascii_lowercase(), text.replace('0', "o")] {
                let read = HPayto::parse(&spelling).expect("a hash");
                assert!(read.is_of(&stored), "{spelling}");
                assert_eq!(&read.to_string(), text);
            }
        }
    }

    #[test]
    fn one_bit_makes_another_account() {
        let stored = [7; 64];
        for at in 0..64 {
            let mut other = stored;
            other[at] ^= 1;
            assert!(!HPayto::Full64(other).is_of(&stored));
            assert_eq!(HPayto::Short32(first_half(&other)).is_of(&stored), at >= 32);
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        for chars in [0, 1, 51, 53, 102, 104] {
            let text = "0".repeat(chars);
            assert_eq!(HPayto::parse(&text), Err(crockford::Invalid::Length { expected: 103 }));
        }
        assert_eq!(HPayto::parse("*".repeat(52)), Err(crockford::Invalid::Character));
    }
}
