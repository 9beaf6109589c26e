//! Paths and queries, read as Taler's own server reads them.

use super::error::ErrorDetail;

/// The name that the protocol of 2021 has for a row number.
const PAYMENT_TARGET_UUID: &str = "payment_target_uuid";

/// A query, decoded.
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Of a URL, without the `?`.
    pub fn of(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first argument of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Milliseconds to wait, if there is an argument `timeout_ms`.
    pub fn timeout_ms(&self) -> Result<u64, ErrorDetail> {
        let given = self.get("timeout_ms").map(|text| {
            decimal(text).ok_or_else(|| ErrorDetail::parameter_malformed("timeout_ms"))
        });
        Ok(given.transpose()?.unwrap_or_default())
    }
}

/// A row number out of a path: digits and nothing else.
pub fn row_number(segment: &str) -> Result<u64, ErrorDetail> {
    decimal(segment).ok_or_else(|| ErrorDetail::parameter_malformed(PAYMENT_TARGET_UUID))
}

/// Digits, 64 bits; no sign, no space.
pub fn decimal(text: &str) -> Option<u64> {
    let is_plain = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for bad in ["", "+1", "-1", " 1", "1 ", "12x", "0x1", "18446744073709551616", "１"] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
        assert!(
            row_number("abc").is_err_and(|e| e.detail.as_deref() == Some("payment_target_uuid"))
        );
    }

    #[test]
    fn arguments_are_decoded_and_the_first_of_a_name_counts() {
        let query = Query::of("code=a%2Bb+c&code=2&empty=&timeout_ms=5");
        assert_eq!(query.get("code"), Some("a+b c"));
        assert_eq!(query.get("empty"), Some(""));
        assert_eq!(query.get("other"), None);
        assert_eq!(query.timeout_ms(), Ok(5));
        assert_eq!(Query::of("").timeout_ms(), Ok(0));
        for bad in ["timeout_ms=", "timeout_ms=abc", "timeout_ms=5x", "timeout_ms=-1"] {
            assert!(Query::of(bad).timeout_ms().is_err(), "{bad}");
        }
    }
}
