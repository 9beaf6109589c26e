//! The id of a requirement in `/kyc-info`: names a measure, and cannot be guessed.
//!
//! ```text
//! id     <52 characters of the hash>-<measure's index>-<measure's row>
//! hash   HKDF: extract HMAC-SHA-512(salt: row, u64 BE; the 32-byte access token),
//!              expand  HMAC-SHA-256(index, u32 BE); 32 bytes
//! ```
//!
//! Source: `GNUNET_CRYPTO_kdf`, libgnunetutil 0.19.3.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};

use super::crockford;
use super::h_payto::is_same;

/// A requirement's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureId {
    hash: [u8; 32],
    /// Which of the row's measures, from 0.
    pub index: u32,
    /// The row of the measures.
    pub row: u64,
}

impl MeasureId {
    /// Of a measure of whoever has the access token.
    pub fn new(token: &[u8; 32], index: u32, row: u64) -> Self {
        let expect = "invariant: HMAC takes keys of any length";
        let extract = Hmac::<Sha512>::new_from_slice(&row.to_be_bytes()).expect(expect);
        let key = extract.chain_update(token).finalize().into_bytes();
        let expand = Hmac::<Sha256>::new_from_slice(&key).expect(expect);
        // Its first and only block has the number 1.
        let hash = expand.chain_update(index.to_be_bytes()).chain_update([1]).finalize();
        Self { hash: hash.into_bytes().into(), index, row }
    }

    /// From its text; `None`: it is none. Whether it is good, [`Self::is_of`] says.
    pub fn parse(text: &str) -> Option<Self> {
        let (hash, numbers) = text.split_once('-')?;
        let (index, row) = numbers.split_once('-')?;
        let hash = crockford::decode(hash).ok()?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = digits(index) && digits(row);
        is_number.then_some(())?;
        Some(Self { hash, index: index.parse().ok()?, row: row.parse().ok()? })
    }

    /// Whether it was made for this access token, in constant time.
    pub fn is_of(&self, token: &[u8; 32]) -> bool {
        is_same(&self.hash, &Self::new(token, self.index, self.row).hash)
    }
}

impl fmt::Display for MeasureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", crockford::encode(&self.hash), self.index, self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taler::testing::{self, text};

    #[test]
    fn the_vector_comes_out_both_ways() {
        for vector in testing::list("measure_ids") {
            let token = crockford::decode(text(&vector, "token")).expect("a token");
            let number = |name: &str| vector[name].as_u64().expect("a number");
            let id = MeasureId::new(&token, number("index") as u32, number("row"));
            assert_eq!(id.to_string(), text(&vector, "id"));
            let read = MeasureId::parse(text(&vector, "id")).expect("an id");
            assert_eq!(read, id);
            assert!(read.is_of(&token));
            for other in [MeasureId { index: 1, ..id }, MeasureId { row: 8, ..id }] {
                assert!(!other.is_of(&token));
            }
            assert!(!id.is_of(&[0; 32]));
        }
    }

    #[test]
    fn other_texts_are_no_ids() {
        let hash = "0".repeat(52);
        for end in ["", "-", "-0", "-0-", "--7", "-0-7-1", "-+0-7", "-0-x", "-4294967296-7"] {
            assert_eq!(MeasureId::parse(&format!("{hash}{end}")), None, "{end}");
        }
        assert_eq!(MeasureId::parse("0-0-7"), None);
    }
}
