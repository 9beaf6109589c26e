//! One record as a JSON object: the envelope, and the payload as far as the caller opens it.

use chrono::{DateTime, SecondsFormat};
use kyc_events::sealed::Ciphertext;
use kyc_events::{Millis, Record};
use serde_json::{Value, json};

use super::json::{Shown, render};

/// Names are those of the record; `recorded_at` is RFC 3339 with milliseconds.
pub fn row(record: &Record, resolve: &mut dyn FnMut(&Ciphertext) -> Shown) -> Value {
    json!({
        "position": record.position.0,
        "stream": record.stream.as_str(),
        "version": record.version.0,
        "recorded_at": instant(record.recorded_at),
        "event": &*record.name,
        "schema_version": record.schema_version,
        "event_id": record.event_id.to_string(),
        "actor": &*record.actor,
        "causation": record.causation.map(|id| id.to_string()),
        "correlation": record.correlation.to_string(),
        "payload": render(&record.payload, resolve),
    })
}

/// RFC 3339 with milliseconds, in UTC; the number itself if it is beyond all calendars.
pub fn instant(at: Millis) -> String {
    DateTime::from_timestamp_millis(at)
        .map_or_else(|| at.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// The way back, from any offset; a bare number is taken for milliseconds since 1970.
pub fn parse_instant(text: &str) -> Result<Millis, String> {
    if let Ok(millis) = text.parse() {
        return Ok(millis);
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp_millis())
        .map_err(|_| "neither RFC 3339 nor milliseconds since 1970".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_both_forms_and_written_in_one() {
        let at = 1_767_607_200_123;
        assert_eq!(instant(at), "2026-01-05T10:00:00.123Z");
        for text in ["2026-01-05T10:00:00.123Z", "2026-01-05T11:00:00.123+01:00", "1767607200123"] {
            assert_eq!(parse_instant(text), Ok(at), "{text}");
        }
        assert!(parse_instant("yesterday").is_err());
    }
}
