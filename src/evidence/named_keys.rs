//! The keys that something in the log is sealed under.

use std::collections::HashSet;

use kyc_events::Position;
use kyc_events::log::{EventReader, ReadError};
use kyc_events::schema::DecodeError;
use kyc_events::sealed::KeyId;

use super::kinds;
use crate::config::limits;

/// Why nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum NamedKeysError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An event is not what this program knows.
    #[error("at position {0}: {1}")]
    Decode(Position, DecodeError),
    /// A stream is not.
    #[error("at position {0}: no kind of stream is called {1}")]
    Kind(Position, String),
}

/// Reads the whole log. Rather an error than a key too few: what is not named is destroyed.
pub fn named_keys(log: &dyn EventReader) -> Result<HashSet<KeyId>, NamedKeysError> {
    let (mut at, mut named) = (Position::START, HashSet::new());
    loop {
        let records = log.read(at, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { return Ok(named) };
        at = last.position.next();
        for record in &records {
            let unknown = || NamedKeysError::Kind(record.position, record.stream.kind().to_owned());
            let fields = kinds::of(&record.stream).ok_or_else(unknown)?.sealed_fields(record);
            let fields = fields.map_err(|error| NamedKeysError::Decode(record.position, error))?;
            named.extend(fields.into_iter().map(|field| field.shut.key));
        }
    }
}
