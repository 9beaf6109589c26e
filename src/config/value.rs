//! From what was written to a typed value, and back to TOML for printing.
//!
//! The environment and flags give plain text, the file gives TOML values; a [`Setting`] reads both. Sections add their
//! own word lists ([`Word`]) and texts.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use toml_edit::Value;

use super::error::Problem;

/// Characters of a found value that an error echoes.
const FOUND_CHARS_MAX: usize = 60;

/// A value as it was written.
#[derive(Debug, Clone)]
pub(super) enum Raw {
    /// In the file, or a default.
    Toml(Value),
    /// In the environment or on the command line.
    Text(String),
}

/// Why a value does not fit its type.
#[derive(Debug)]
pub(super) struct Wrong {
    expected: String,
    found: String,
}

impl Wrong {
    /// The problem to report; a secret's value stays out of it.
    pub fn into_problem(self, secret: bool) -> Problem {
        Problem::Expected { expected: self.expected, found: (!secret).then_some(self.found) }
    }

    /// The same, without the value.
    pub fn hide(self) -> Self {
        Self { found: "something else".to_owned(), ..self }
    }
}

/// A type that a key can have.
pub(super) trait Setting: Sized {
    /// Parses and checks.
    fn read(raw: &Raw) -> Result<Self, Wrong>;
    /// As a TOML value.
    fn show(&self) -> String;
}

impl Raw {
    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Toml(value) => value.as_str(),
            Self::Text(text) => Some(text),
        }
    }

    /// Its text, parsed by the type's own rules.
    pub fn parse<T: std::str::FromStr>(&self) -> Option<T> {
        self.text().and_then(|text| text.trim().parse().ok())
    }

    /// The entries of a list: a TOML array, or text `a,b` or `[a, b]`. Blank text is the empty list.
    fn entries(&self) -> Option<Vec<Self>> {
        match self {
            Self::Toml(value) => {
                value.as_array().map(|array| array.iter().cloned().map(Self::Toml).collect())
            }
            Self::Text(text) if text.trim().is_empty() => Some(Vec::new()),
            Self::Text(text) if text.trim().starts_with('[') => {
                text.trim().parse::<Value>().ok().and_then(|value| Self::Toml(value).entries())
            }
            Self::Text(text) => {
                Some(text.split(',').map(|entry| Self::Text(entry.trim().to_owned())).collect())
            }
        }
    }

    /// This is not what was `expected`.
    pub fn wrong(&self, expected: impl Into<String>) -> Wrong {
        let shown = match self {
            Self::Text(text) => format!("{text:?}"),
            Self::Toml(Value::String(text)) => format!("{:?}", text.value()),
            Self::Toml(Value::Integer(number)) => number.value().to_string(),
            Self::Toml(Value::Float(number)) => number.value().to_string(),
            Self::Toml(Value::Boolean(yes)) => yes.value().to_string(),
            Self::Toml(Value::Datetime(time)) => time.value().to_string(),
            Self::Toml(Value::Array(list)) => format!("a list of {}", list.len()),
            Self::Toml(Value::InlineTable(_)) => "a section".to_owned(),
        };
        let mut found: String = shown.chars().take(FOUND_CHARS_MAX).collect();
        if found.len() < shown.len() {
            found.push('…');
        }
        Wrong { expected: expected.into(), found }
    }
}

/// A closed list of words.
pub(super) trait Word: Copy + PartialEq + 'static {
    /// Every value with its word.
    const WORDS: &'static [(&'static str, Self)];
}

impl<T: Word> Setting for T {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let found = T::WORDS.iter().find(|(word, _)| raw.text() == Some(word));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
            raw.wrong(match words.split_last() {
                Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                _ => words.concat(),
            })
        })
    }

    fn show(&self) -> String {
        let word = T::WORDS.iter().find(|(_, value)| value == self).map_or("", |(word, _)| word);
        quoted(word)
    }
}

impl Setting for bool {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let found = match raw {
            Raw::Toml(value) => value.as_bool(),
            Raw::Text(_) => raw.parse(),
        };
        found.ok_or_else(|| raw.wrong("true or false"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A whole number within bounds, both included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole<const MIN: i64, const MAX: i64>(pub i64);

/// A positive number: of 32 bits, so that no sum or unit of it overflows 64.
pub(super) type Positive = Whole<1, 4_294_967_295>;

impl<const MIN: i64, const MAX: i64> Setting for Whole<MIN, MAX> {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let found = match raw {
            Raw::Toml(value) => value.as_integer(),
            Raw::Text(_) => raw.parse(),
        };
        found
            .filter(|number| (MIN..=MAX).contains(number))
            .map(Self)
            .ok_or_else(|| raw.wrong(format!("a whole number from {MIN} to {MAX}")))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A list whose length is within bounds, both included.
#[derive(Debug, Clone)]
pub(super) struct List<T, const MIN: usize, const MAX: usize>(pub Vec<T>);

impl<T: Setting, const MIN: usize, const MAX: usize> Setting for List<T, MIN, MAX> {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let entries = raw.entries().ok_or_else(|| raw.wrong("a list"))?;
        if !(MIN..=MAX).contains(&entries.len()) {
            let count = entries.len();
            return Err(Wrong {
                expected: format!("a list of {MIN} to {MAX} entries"),
                found: count.to_string(),
            });
        }
        let numbered = entries.iter().enumerate();
        let read = numbered.map(|(at, entry)| {
            T::read(entry).map_err(|wrong| Wrong {
                expected: format!("{} in entry {}", wrong.expected, at + 1),
                ..wrong
            })
        });
        read.collect::<Result<_, _>>().map(Self)
    }

    fn show(&self) -> String {
        format!("[{}]", self.0.iter().map(Setting::show).collect::<Vec<_>>().join(", "))
    }
}

impl Setting for SocketAddr {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.parse().ok_or_else(|| raw.wrong("an address and port such as 127.0.0.1:8080"))
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Setting for IpNet {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let single = || raw.parse::<IpAddr>().map(Self::from);
        raw.parse::<Self>()
            .map(|network| network.trunc())
            .or_else(single)
            .ok_or_else(|| raw.wrong("a network such as 10.0.0.0/8"))
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Setting for PathBuf {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.text()
            .filter(|text| !text.is_empty())
            .map(Self::from)
            .ok_or_else(|| raw.wrong("a path"))
    }

    fn show(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
