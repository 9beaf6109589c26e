//! What a read model is.

use kyc_events::Record;
use kyc_events::log::ReadError;
use kyc_events::schema::DecodeError;

use crate::rows::Rows;
use crate::store::StoreError;
use crate::table::Table;

/// A fold of the log. The same records in the same order give the same rows, always.
pub trait Projection {
    /// Its name, for checkpoints, metrics and digests.
    const NAME: &'static str;
    /// Version of its rows: a new one with every change of their shape or of what they say, so
    /// that rows of an earlier program are folded anew instead of being read wrongly.
    const SCHEMA: u32;
    /// Its tables, every one of them.
    const TABLES: &'static [Table];

    /// Takes one record in. Records of other streams' kinds are passed over.
    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError>;
}

/// Why a record could not be folded.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The payload is not understood.
    #[error("at position {position}: {error}")]
    Decode {
        /// Where.
        position: kyc_events::Position,
        /// Why.
        error: DecodeError,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// The rows cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Decodes a record's event.
pub(crate) fn event<E: kyc_events::schema::EventSet>(record: &Record) -> Result<E, FoldError> {
    E::decode(&record.name, record.schema_version, &record.payload)
        .map_err(|error| FoldError::Decode { position: record.position, error })
}
