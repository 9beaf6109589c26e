//! `[audit]`: signed checkpoints of the log.

use std::path::PathBuf;

use super::key::{Fallback, Key};
use super::reader::Reader;
use super::value::{Positive, Raw, Setting, Wrong, quoted};

const ORIGIN: Key = Key::new(
    "audit.origin",
    Fallback::Words("`kycd/` + a random number, made once and kept beside the master key"),
    "name of the log in its checkpoints; best a URL without scheme, no spaces, no `+`",
);
const KEY_FILE: Key = Key::new(
    "audit.key_file",
    Fallback::Words("generated, and kept beside the master key"),
    "file with the Ed25519 key that signs checkpoints, 64 hexadecimal digits",
);
const CHECKPOINT_EVENTS: Key = Key::new(
    "audit.checkpoint_events",
    Fallback::Toml("1000"),
    "a checkpoint is due after so many events",
);
const CHECKPOINT_SECONDS: Key = Key::new(
    "audit.checkpoint_seconds",
    Fallback::Toml("60"),
    "and after so many seconds, if there is anything new",
);

pub(super) const KEYS: &[&Key] = &[&ORIGIN, &KEY_FILE, &CHECKPOINT_EVENTS, &CHECKPOINT_SECONDS];

/// Checkpoints.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Name of the log. Default: generated. `KYCD_AUDIT__ORIGIN`.
    pub origin: Option<String>,
    /// Where the signing key is. Default: generated. `KYCD_AUDIT__KEY_FILE`.
    pub key_file: Option<PathBuf>,
    /// Events between two checkpoints. Default 1000. `KYCD_AUDIT__CHECKPOINT_EVENTS`.
    pub checkpoint_events: u64,
    /// Seconds between two checkpoints. Default 60. `KYCD_AUDIT__CHECKPOINT_SECONDS`.
    pub checkpoint_seconds: u64,
}

impl Audit {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            origin: reader.optional::<Origin>(&ORIGIN).map(|origin| origin.0),
            key_file: reader.optional(&KEY_FILE),
            checkpoint_events: reader.setting::<Positive>(&CHECKPOINT_EVENTS).0.unsigned_abs(),
            checkpoint_seconds: reader.setting::<Positive>(&CHECKPOINT_SECONDS).0.unsigned_abs(),
        }
    }
}

struct Origin(String);

impl Setting for Origin {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        raw.text()
            .filter(|text| (1..=200).contains(&text.len()) && text.chars().all(plain))
            .map(|text| Self(text.to_owned()))
            .ok_or_else(|| raw.wrong("a name without spaces and `+`, such as example.org/kyc-log"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Sources};

    #[test]
    fn an_origin_is_a_name_of_a_key() {
        let load =
            |text: &str| Config::load(Sources::of(&format!("audit.origin = \"{text}\""), &[], &[]));
        let audit = load("example.org/kyc").expect("valid").audit;
        assert_eq!(audit.origin.as_deref(), Some("example.org/kyc"));
        assert_eq!((audit.checkpoint_events, audit.checkpoint_seconds), (1000, 60));
        for bad in ["", "a b", "a+b"] {
            assert!(load(bad).is_err(), "{bad}");
        }
    }
}
