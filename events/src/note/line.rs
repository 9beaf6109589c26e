//! Parts of the lines of notes, checkpoints and proofs, each with one spelling only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::codec::Hash;

/// Standard base64 with padding (RFC 4648, section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `None` for anything that [`base64`](fn@base64) would not have written.
pub(crate) fn parse_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// One hash in base64.
pub(crate) fn parse_hash(text: &str) -> Option<Hash> {
    parse_base64(text)?.try_into().ok()
}

/// A decimal number of ASCII digits without leading zeros.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|digit| digit.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    if plain && !leading { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(parse_number("0"), Some(0));
        assert_eq!(parse_number("18446744073709551615"), Some(u64::MAX));
        for other in ["", "00", "01", "+1", "-0", " 1", "1 ", "1\r", "١", "18446744073709551616"] {
            assert_eq!(parse_number(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let text = base64(&[0xff; 32]);
        assert_eq!(text, "//////////////////////////////////////////8=");
        assert_eq!(parse_hash(&text), Some([0xff; 32]));
        for other in [
            "//////////////////////////////////////////9=",
            "//////////////////////////////////////////8",
            "__________________________________________8=",
            "//////////////////////////////////////////8=\r",
            "////////////////////////////////////////",
            "",
        ] {
            assert_eq!(parse_hash(other), None, "{other:?}");
        }
    }
}
