//! Instants and durations as Taler writes them.
//!
//! ```text
//! instant    {"t_s": 1633504247}    whole seconds since 1970    or {"t_s": "never"}
//! duration   {"d_us": 3600000000}   microseconds                or {"d_us": "forever"}
//! signed     u64, big endian, microseconds; all ones: never, forever
//! ```
//!
//! Source: Taler docs, `api-common`; libgnunetjson 0.19.3.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const SECOND_US: u64 = 1_000_000;
/// The largest number that every JSON reader holds exactly, 2^53 - 1.
const JSON_NUMBER_MAX: u64 = (1 << 53) - 1;

/// The number is none that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time is out of range or not in whole seconds")]
pub struct OutOfRange;

/// An instant in whole seconds, or never, which is later than all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    us: u64,
}

impl Timestamp {
    /// Later than every instant.
    pub const NEVER: Self = Self { us: u64::MAX };
    /// The latest instant, seconds since 1970.
    pub const SECONDS_MAX: u64 = u64::MAX / SECOND_US;

    /// Seconds since 1970, at most [`Self::SECONDS_MAX`].
    pub fn from_seconds(seconds: u64) -> Result<Self, OutOfRange> {
        let us = seconds.checked_mul(SECOND_US).ok_or(OutOfRange)?;
        Ok(Self { us })
    }

    /// Milliseconds since 1970, rounded down to a whole second; before 1970 it is 1970, and never is
    /// not reached.
    pub fn from_unix_ms(ms: i64) -> Self {
        let seconds = (ms.max(0) as u64 / 1000).min(Self::SECONDS_MAX);
        Self { us: seconds * SECOND_US }
    }

    /// The number in a signed message: all ones are never; others must be whole seconds.
    pub fn from_micros(us: u64) -> Result<Self, OutOfRange> {
        let is_whole = us == u64::MAX || us.is_multiple_of(SECOND_US);
        if is_whole { Ok(Self { us }) } else { Err(OutOfRange) }
    }

    /// Seconds since 1970; `None`: never.
    pub fn seconds(self) -> Option<u64> {
        (self != Self::NEVER).then_some(self.us / SECOND_US)
    }

    /// The number in a signed message, microseconds since 1970.
    pub fn micros(self) -> u64 {
        self.us
    }
}

/// A duration in microseconds, at most 2^53 - 1, or forever, which is longer than all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativeTime {
    us: u64,
}

impl RelativeTime {
    /// Longer than every duration.
    pub const FOREVER: Self = Self { us: u64::MAX };

    /// Microseconds, at most 2^53 - 1; all ones are forever.
    pub fn from_micros(us: u64) -> Result<Self, OutOfRange> {
        let is_writable = us == u64::MAX || us <= JSON_NUMBER_MAX;
        if is_writable { Ok(Self { us }) } else { Err(OutOfRange) }
    }

    /// The number in a signed message, microseconds.
    pub fn micros(self) -> u64 {
        self.us
    }
}

/// A number, or the word that stands for none.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Number {
    Some(u64),
    Word(String),
}

impl Number {
    fn written(number: Option<u64>, word: &str) -> Self {
        number.map_or_else(|| Self::Word(word.to_owned()), Self::Some)
    }

    fn read<E: de::Error>(self, word: &str) -> Result<Option<u64>, E> {
        match self {
            Self::Some(number) => Ok(Some(number)),
            Self::Word(read) if read == word => Ok(None),
            Self::Word(_) => Err(E::custom(format_args!("neither a number nor \"{word}\""))),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Seconds {
    t_s: Number,
}

#[derive(Serialize, Deserialize)]
struct Micros {
    d_us: Number,
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Seconds { t_s: Number::written(self.seconds(), "never") }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(seconds) = Seconds::deserialize(deserializer)?.t_s.read("never")? else {
            return Ok(Self::NEVER);
        };
        Self::from_seconds(seconds).map_err(de::Error::custom)
    }
}

impl Serialize for RelativeTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = (*self != Self::FOREVER).then_some(self.us);
        Micros { d_us: Number::written(number, "forever") }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RelativeTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Micros::deserialize(deserializer)?.d_us.read("forever")? {
            None => Ok(Self::FOREVER),
            Some(us) if us <= JSON_NUMBER_MAX => Ok(Self { us }),
            Some(_) => Err(de::Error::custom(OutOfRange)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::taler::testing::{self, text};

    fn read_instant(value: serde_json::Value) -> Option<Timestamp> {
        serde_json::from_value(value).ok()
    }

    fn read_duration(value: serde_json::Value) -> Option<RelativeTime> {
        serde_json::from_value(value).ok()
    }

    #[test]
    fn the_vectors_come_out_both_ways() {
        for vector in testing::list("instants") {
            let us: u64 = text(&vector, "micros").parse().expect("a number");
            let instant = Timestamp::from_micros(us).expect("a vector");
            assert_eq!(serde_json::to_string(&instant).expect("JSON"), text(&vector, "json"));
            let read: Timestamp = serde_json::from_str(text(&vector, "json")).expect("a vector");
            assert_eq!((read, read.micros()), (instant, us));
        }
        for vector in testing::list("durations") {
            let us: u64 = text(&vector, "micros").parse().expect("a number");
            let duration = RelativeTime::from_micros(us).expect("a vector");
            assert_eq!(serde_json::to_string(&duration).expect("JSON"), text(&vector, "json"));
            let read: RelativeTime = serde_json::from_str(text(&vector, "json")).expect("a vector");
            assert_eq!((read, read.micros()), (duration, us));
        }
    }

    #[test]
    fn other_members_are_left_alone_and_other_values_refused() {
        assert!(read_instant(json!({"t_s": 5, "t_ms": 5000})).is_some());
        for wrong in [
            json!({}),
            json!({"t_s": -1}),
            json!({"t_s": 1.5}),
            json!({"t_s": "5"}),
            json!({"t_s": "forever"}),
            json!({"t_s": null}),
            json!({"t_ms": 5}),
            json!(5),
            json!("never"),
            json!({"t_s": Timestamp::SECONDS_MAX + 1}),
        ] {
            assert_eq!(read_instant(wrong.clone()), None, "{wrong}");
        }
        for wrong in
            [json!({"d_us": "never"}), json!({"d_us": 1_u64 << 53}), json!({"d_us": -1}), json!({})]
        {
            assert_eq!(read_duration(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn instants_are_whole_seconds_and_never_is_the_last() {
        assert_eq!(Timestamp::from_micros(1_500_000), Err(OutOfRange));
        assert_eq!(Timestamp::from_unix_ms(1_999).seconds(), Some(1));
        assert_eq!(Timestamp::from_unix_ms(-1).seconds(), Some(0));
        let last = Timestamp::from_seconds(Timestamp::SECONDS_MAX).expect("the bound");
        assert!(last < Timestamp::NEVER && last.seconds() == Some(Timestamp::SECONDS_MAX));
        assert!(Timestamp::from_unix_ms(i64::MAX) < Timestamp::NEVER);
        assert_eq!(Timestamp::NEVER.seconds(), None);
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(seconds in 0..=Timestamp::SECONDS_MAX, us in 0..=JSON_NUMBER_MAX) {
            let instant = Timestamp::from_seconds(seconds).expect("in range");
            prop_assert_eq!(Timestamp::from_micros(instant.micros()), Ok(instant));
            let written = serde_json::to_value(instant).expect("JSON");
            prop_assert_eq!(read_instant(written), Some(instant));
            let duration = RelativeTime::from_micros(us).expect("in range");
            let written = serde_json::to_value(duration).expect("JSON");
            prop_assert_eq!(read_duration(written), Some(duration));
        }
    }
}
