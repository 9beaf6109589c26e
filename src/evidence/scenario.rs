//! Histories as text: JSON lines, one event a line, that load into a log and a vault.
//!
//! ```json
//! {"stream": "corepass.transfer-5f", "event": "corepass.OrderExpired", "version": 1,
//!  "at": "2026-01-05T10:00:00.000Z", "actor": "timer", "payload": {"order": 1}}
//! ```
//!
//! (one line each). `version` is the payload's schema version; the version in the stream follows
//! from the order. Personal data stands as `{"open": …}` and is sealed on the way in, under the key
//! its event names: that key is made if the vault does not have it. Ids of events are derived
//! from stream and version, so the same scenario gives the same log but for its ciphertexts. HMACs
//! (streams, subjects, tags of data) stay as they are written, whatever keys the vault has.

mod export;
mod line;
mod loader;

pub use export::{ExportError, export};

use std::io::BufRead;

use kyc_events::Millis;
use kyc_events::log::{EventLog, ReadError, Refusal, WriteError};
use kyc_events::sealed::SealError;

use self::line::{Line, Lines};
use self::loader::Loader;
use super::kinds::Illegal;
use super::row::instant;
use crate::vault::{StoreError, Vault};

/// What was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Events appended.
    pub events: u64,
    /// Streams they belong to.
    pub streams: usize,
    /// Keys made for them.
    pub keys: usize,
}

/// Why a scenario was refused. Lines before this one may be in the log already.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ScenarioError {
    /// Number of the line; the first is 1.
    pub line: u64,
    /// What is wrong with it.
    pub what: Wrong,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is longer than a line may be.
    #[error("longer than {0} bytes")]
    TooLong(usize),
    /// It is not an object with these members.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// There is no such kind of stream.
    #[error("no kind of stream is called {0:?}")]
    Kind(String),
    /// It is before the line before it, or before the end of the log.
    #[error("{} is before {}, which is in the log by then", instant(*.at), instant(*.last))]
    Backward {
        /// Its instant.
        at: Millis,
        /// The last instant before it.
        last: Millis,
    },
    /// Its payload does not decode, or it cannot follow on its stream.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// Its personal data cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Its keys cannot be made.
    #[error(transparent)]
    Keys(#[from] StoreError),
    /// It does not encode.
    #[error(transparent)]
    Encode(#[from] kyc_events::schema::EncodeError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The log cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Loads a scenario: each line is decoded, and folded into the state of its stream (with what the
/// log holds of it), before it is appended. Appends are made in groups.
pub fn load(
    lines: impl BufRead,
    log: &dyn EventLog,
    vault: &Vault,
) -> Result<Loaded, ScenarioError> {
    let mut loader = Loader::new(log, vault).map_err(|what| ScenarioError { line: 1, what })?;
    let mut lines = Lines::new(lines);
    while let Some((line, text)) = lines.next()? {
        let taken = Line::parse(text).and_then(|parsed| loader.take(line, parsed));
        taken.map_err(|what| ScenarioError { line, what })?;
        loader.flush_if_full()?;
    }
    loader.finish()
}

#[cfg(test)]
mod tests;
