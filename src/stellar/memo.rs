//! Memos: what tells the people behind one shared account apart.
//!
//! ```text
//! memo_type   memo
//! id          a number of 64 bits, decimal; the default
//! text        up to 28 bytes
//! hash        base64 of 32 bytes
//! ```

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest text memo, bytes.
const TEXT_BYTES_MAX: usize = 28;

/// A memo. Personal data: Debug output hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Memo {
    /// `id`.
    Id(u64),
    /// `text`: at most 28 bytes, not empty.
    Text(String),
    /// `hash`.
    Hash([u8; 32]),
}

/// Memo and type do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid 'memo' for 'memo_type'")]
pub struct InvalidMemo;

impl Memo {
    /// From a request's `memo` and `memo_type`. An empty one counts as absent; a type without a
    /// memo is an error, a memo without a type is an `id`.
    pub fn of_request(
        memo: Option<&str>,
        memo_type: Option<&str>,
    ) -> Result<Option<Self>, InvalidMemo> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        match (given(memo), given(memo_type)) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(InvalidMemo),
            (Some(memo), kind) => Self::parse(&memo, kind.as_deref().unwrap_or("id")).map(Some),
        }
    }

    fn parse(memo: &str, kind: &str) -> Result<Self, InvalidMemo> {
        match kind {
            "id" => parse_id(memo).map(Self::Id).ok_or(InvalidMemo),
            "text" if memo.len() <= TEXT_BYTES_MAX => Ok(Self::Text(memo.to_owned())),
            "hash" => {
                let bytes = STANDARD.decode(memo).map_err(|_| InvalidMemo)?;
                bytes.try_into().map(Self::Hash).map_err(|_| InvalidMemo)
            }
            _ => Err(InvalidMemo),
        }
    }

    /// Its `memo_type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Text(_) => "text",
            Self::Hash(_) => "hash",
        }
    }

    /// One text for one memo of a kind.
    pub(super) fn canonical(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Text(text) => text.clone(),
            Self::Hash(hash) => hex::encode(hash),
        }
    }
}

/// A decimal number of 64 bits: digits only.
pub fn parse_id(text: &str) -> Option<u64> {
    // The standard library would also take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memo({} …)", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(memo: &str, kind: &str) -> Result<Option<Memo>, InvalidMemo> {
        Memo::of_request(Some(memo), Some(kind))
    }

    #[test]
    fn a_memo_without_a_type_is_an_id() {
        assert_eq!(Memo::of_request(Some("42"), None), Ok(Some(Memo::Id(42))));
        assert_eq!(Memo::of_request(Some("42"), Some("")), Ok(Some(Memo::Id(42))));
        assert_eq!(Memo::of_request(Some("hello"), None), Err(InvalidMemo));
    }

    #[test]
    fn a_type_without_a_memo_is_refused_and_neither_is_none() {
        for memo in [None, Some("")] {
            assert_eq!(Memo::of_request(memo, Some("hash")), Err(InvalidMemo));
            assert_eq!(Memo::of_request(memo, None), Ok(None));
        }
    }

    #[test]
    fn ids_are_numbers_of_64_bits() {
        assert_eq!(read("0", "id"), Ok(Some(Memo::Id(0))));
        assert_eq!(read("18446744073709551615", "id"), Ok(Some(Memo::Id(u64::MAX))));
        assert_eq!(read("007", "id"), Ok(Some(Memo::Id(7))));
        for wrong in ["18446744073709551616", "-1", "+1", "1.0", "0x1", "1 ", "１", "a"] {
            assert_eq!(read(wrong, "id"), Err(InvalidMemo), "{wrong}");
        }
    }

    #[test]
    fn texts_have_at_most_28_bytes() {
        let text = "ä".repeat(14);
        assert_eq!(read(&text, "text"), Ok(Some(Memo::Text(text.clone()))));
        assert_eq!(read(&format!("{text}a"), "text"), Err(InvalidMemo));
    }

    #[test]
    fn hashes_are_base64_of_32_bytes() {
        assert_eq!(read(&STANDARD.encode([7; 32]), "hash"), Ok(Some(Memo::Hash([7; 32]))));
        for wrong in
            [&STANDARD.encode([7; 31]), &STANDARD.encode([7; 33]), &hex::encode([7; 32]), "!"]
        {
            assert_eq!(read(wrong, "hash"), Err(InvalidMemo), "{wrong}");
        }
    }

    #[test]
    fn other_types_are_refused() {
        for kind in ["return", "ID", "none"] {
            assert_eq!(read("1", kind), Err(InvalidMemo), "{kind}");
        }
    }
}
