//! Names and numbers of the log: streams, versions, positions.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Name of a stream: `<kind>-<key>`, for example `corepass.transfer-5f0c…`.
///
/// Kind: 1–64 characters of `a–z 0–9 . _`. Key: 1–160 characters of `a–z 0–9 . _ -`.
/// Keys are pseudonyms (HMACs) or ids, never personal data.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId(Arc<str>);

/// A text that is not a stream name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a stream name")]
pub struct InvalidStreamId;

impl StreamId {
    /// Longest name in bytes.
    pub const BYTES_MAX: usize = 64 + 1 + 160;

    /// The stream of `kind` with this `key`.
    pub fn new(kind: &str, key: &str) -> Result<Self, InvalidStreamId> {
        Self::parse(&format!("{kind}-{key}"))
    }

    /// Checks a whole name.
    pub fn parse(name: &str) -> Result<Self, InvalidStreamId> {
        if Self::is_valid(name) { Ok(Self(name.into())) } else { Err(InvalidStreamId) }
    }

    /// Whether this text is a stream name.
    pub fn is_valid(name: &str) -> bool {
        let Some((kind, key)) = name.split_once('-') else { return false };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_';
        (1..=64).contains(&kind.len())
            && (1..=160).contains(&key.len())
            && kind.bytes().all(plain)
            && key.bytes().all(|b| plain(b) || b == b'-')
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first `-`: which aggregate this is.
    pub fn kind(&self) -> &str {
        self.0.split_once('-').map_or("", |(kind, _)| kind)
    }

    /// What stands after the first `-`: which instance this is.
    pub fn key(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, key)| key)
    }
}

/// A map keyed by streams can be asked with a borrowed name: hash, equality and order are those
/// of the text.
impl Borrow<str> for StreamId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidStreamId;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

impl From<StreamId> for String {
    fn from(id: StreamId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Place of an event in its stream. The first event has version 1, so the version of a stream
/// is also the number of its events; 0 says "no event yet".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// A stream without events.
    pub const NONE: Self = Self(0);

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Place of a record in the log. The first record has position 0 (it is also its leaf number in
/// the Merkle tree), so the position after the last record is the size of the log.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The first record.
    pub const START: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the writer believes about a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Whatever is there.
    Any,
    /// The stream has no event yet.
    NoStream,
    /// The last event of the stream has this version.
    Exact(Version),
}

impl ExpectedVersion {
    /// Whether a stream at `actual` is what the writer believes.
    pub fn admits(self, actual: Version) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual == Version::NONE,
            Self::Exact(version) => actual == version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_splits_at_the_first_dash() {
        let id = StreamId::new("callback.delivery", "a-b").expect("a good name");
        assert_eq!((id.kind(), id.key()), ("callback.delivery", "a-b"));
    }

    #[test]
    fn names_with_other_characters_are_refused() {
        for bad in ["", "a", "-a", "a-", "A-b", "a-B", "a b-c", "a-b/c", "é-a", "a-\n"] {
            assert_eq!(StreamId::parse(bad), Err(InvalidStreamId), "{bad:?}");
        }
    }

    #[test]
    fn expected_versions_admit_what_they_say() {
        assert!(ExpectedVersion::Any.admits(Version(7)));
        assert!(ExpectedVersion::NoStream.admits(Version::NONE));
        assert!(!ExpectedVersion::NoStream.admits(Version(1)));
        assert!(ExpectedVersion::Exact(Version(2)).admits(Version(2)));
        assert!(!ExpectedVersion::Exact(Version(2)).admits(Version(3)));
    }
}
