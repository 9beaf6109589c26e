//! `[log]`: what the process writes about itself. Not the event log, which is in `data.dir`.

use super::key::{Fallback, Key};
use super::reader::Reader;
use super::value::{Raw, Setting, Word, Wrong, quoted};

const FORMAT: Key =
    Key::new("log.format", Fallback::Toml("\"text\""), "`text` for people or `json` for machines");
const LEVEL: Key = Key::new(
    "log.level",
    Fallback::Toml("\"info\""),
    "`error`, `warn`, `info`, `debug`, `trace`, or a filter such as `kycd=debug,info`",
);

pub(super) const KEYS: &[&Key] = &[&FORMAT, &LEVEL];

/// Diagnostics.
#[derive(Debug, Clone)]
pub struct Log {
    /// How lines are written. Default text. `KYCD_LOG__FORMAT`.
    pub format: LogFormat,
    /// Least level written, or a filter by module; handed to the subscriber as it is. Default `info`.
    /// `KYCD_LOG__LEVEL`.
    pub level: String,
}

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `text`: for people.
    Text,
    /// `json`: one object a line.
    Json,
}

impl Word for LogFormat {
    const WORDS: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { format: reader.setting(&FORMAT), level: reader.setting::<Level>(&LEVEL).0 }
    }
}

struct Level(String);

impl Setting for Level {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let text = raw.text().filter(|text| !text.trim().is_empty());
        text.map(|text| Self(text.to_owned())).ok_or_else(|| raw.wrong("a level such as info"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn format_and_level_are_read() {
        let sources =
            Sources::of("log.format = \"json\"", &[("KYCD_LOG__LEVEL", "kycd=debug,info")], &[]);
        let log = Config::load(sources).expect("valid").log;
        assert_eq!((log.format, log.level.as_str()), (LogFormat::Json, "kycd=debug,info"));
    }

    #[test]
    fn unknown_format_names_the_known_ones() {
        let errors = Config::load(Sources::of("log.format = \"xml\"", &[], &[])).expect_err("xml");
        assert_eq!(
            errors.to_string(),
            "kycd.toml:1: log.format: expected text or json, found \"xml\""
        );
    }
}
