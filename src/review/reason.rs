//! Reasons: a code, or the operator's own words.

use kyc_events::review::Reason;
use kyc_events::sealed::Sealed;

/// The code of a reason that has only words.
pub const OTHER: &str = "other";
const CODE_BYTES_MAX: usize = 64;

/// A reason out of what an operator or a provider gave.
pub fn reason(given: &str) -> Reason {
    let given = given.trim();
    let is_code = (1..=CODE_BYTES_MAX).contains(&given.len())
        && given.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if is_code {
        return Reason { code: given.to_owned(), text: None };
    }
    Reason { code: OTHER.to_owned(), text: Some(Sealed::open_value(&given.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sealed_and_codes_are_not() {
        assert_eq!(reason("unreadable"), Reason { code: "unreadable".to_owned(), text: None });
        let words = reason(" Anna's photo is blurry ");
        assert_eq!(words.code, OTHER);
        assert_eq!(words.text, Some(Sealed::open_value(&"Anna's photo is blurry".to_owned())));
    }
}
