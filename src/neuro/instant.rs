//! Points in time as XML says them: `yyyy-MM-ddTHH:mm:ss.fffZ`, always with three decimals.
//!
//! Envelopes in JSON have whole seconds instead, see [`super::wire`].

use chrono::{DateTime, NaiveDateTime};

/// `2026-09-25T10:11:12.345Z` from milliseconds since 1970. What has no year of four digits is
/// shown as the nearest instant that has.
pub fn text(at_ms: i64) -> String {
    /// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
    const RANGE: (i64, i64) = (-62_167_219_200_000, 253_402_300_799_999);
    let at = DateTime::from_timestamp_millis(at_ms.clamp(RANGE.0, RANGE.1))
        .expect("invariant: chrono knows more years than these");
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Milliseconds since 1970 of such a text; `None` for every other spelling.
pub fn parse(written: &str) -> Option<i64> {
    let at = NaiveDateTime::parse_from_str(written, "%Y-%m-%dT%H:%M:%S%.3fZ").ok()?;
    let at_ms = at.and_utc().timestamp_millis();
    (text(at_ms) == written).then_some(at_ms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn there_are_always_three_decimals() {
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(1_790_331_072_345), "2026-09-25T10:11:12.345Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(text(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(text(i64::MIN), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn other_spellings_are_none() {
        for wrong in [
            "",
            "2026-09-25",
            "2026-09-25T10:11:12Z",
            "2026-09-25T10:11:12.3Z",
            "2026-09-25T10:11:12.345",
            "2026-09-25T10:11:12.345+00:00",
            "2026-02-30T10:11:12.345Z",
            "2026-09-25T10:11:12.345Z ",
            "+2026-09-25T10:11:12.345Z",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn texts_read_back(at_ms in -62_167_219_200_000_i64..=253_402_300_799_999) {
            prop_assert_eq!(parse(&text(at_ms)), Some(at_ms));
        }
    }
}
