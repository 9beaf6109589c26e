//! What can go wrong, one enum per operation.

use crate::stream::{ExpectedVersion, Position, Version};

/// Why one [`Append`](super::Append) was not appended. The writer can go on.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// The stream is not where the writer believed it to be.
    #[error("expected {expected:?}, the stream is at version {actual}")]
    Conflict {
        /// What the writer believed.
        expected: ExpectedVersion,
        /// Where the stream is.
        actual: Version,
    },
    /// One event would not fit into a record, or the wish not into the batch.
    #[error("{bytes} bytes are over the limit of {bytes_max}")]
    TooLarge {
        /// Size of the record, or the batch, it would have become.
        bytes: usize,
        /// Largest record, or [`BATCH_BYTES_MAX`](super::BATCH_BYTES_MAX).
        bytes_max: usize,
    },
    /// No events, a name that is empty, too long or not ASCII.
    #[error("not an event: {0}")]
    Malformed(&'static str),
}

/// Why a whole batch was not appended.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk is full; nothing was written, and writing goes on when there is space again.
    #[error("no space left for the log")]
    NoSpace,
    /// A write or a sync failed, now or earlier. The engine writes no more: after a failed
    /// sync nobody knows what is on the disk.
    #[error("the log has stopped writing: {0}")]
    Failed(String),
    /// [`close`](super::EventLog::close) was called.
    #[error("the log is closed")]
    Closed,
}

/// Why records could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes are not what was written.
    #[error("damage at position {position}: {what}")]
    Damaged {
        /// The first record that can't be trusted.
        position: Position,
        /// What was expected and what was found.
        what: String,
    },
    /// The operating system could not read.
    #[error("cannot read the log: {0}")]
    Io(#[from] std::io::Error),
}

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Damage, or records missing that a durable mark vouches for. Nothing was changed.
    #[error("the log is damaged at position {position}, in {file} at byte {offset}: {what}")]
    Damaged {
        /// The first record that can't be trusted.
        position: Position,
        /// File name within the log's directory.
        file: String,
        /// Offset in that file.
        offset: u64,
        /// What was expected and what was found.
        what: String,
    },
    /// A format this version does not know.
    #[error("{file} is of a format this version does not know: {what}")]
    Unknown {
        /// File name within the log's directory.
        file: String,
        /// What was found.
        what: String,
    },
    /// Another writer has the log open.
    #[error("another writer has the log open")]
    Locked,
    /// The operating system could not read or write.
    #[error("cannot open the log: {0}")]
    Io(#[from] std::io::Error),
}
