//! What can go wrong when a backup is restored.

use std::io;
use std::path::PathBuf;

use kyc_events::checkpoint;
use kyc_events::log::checkpoints::CheckpointsError;
use kyc_events::log::{OpenError, ReadError, Refusal, WriteError};
use kyc_events::schema::EncodeError;

use crate::evidence::backup::{BackupError, FORMAT};
use crate::vault::{EpochError, StoreError};

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Not a backup, or not a finished one.
    #[error("manifest.json: {0}; a backup that was not finished has none")]
    Manifest(io::Error),
    /// Made by a later version.
    #[error("the backup has format {0}, this version reads format {FORMAT}")]
    Format(u32),
    /// Something is not what the manifest says.
    #[error("the backup was altered or is damaged: {0}")]
    Altered(String),
    /// The log in it.
    #[error("the log in the backup: {0}")]
    Log(#[from] OpenError),
    /// The same.
    #[error("the log in the backup: {0}")]
    Read(#[from] ReadError),
    /// Its checkpoints.
    #[error(transparent)]
    Checkpoints(#[from] CheckpointsError),
    /// A checkpoint that this key did not sign.
    #[error("{name}: {error}: not a checkpoint that the audit key of this configuration signed")]
    Foreign {
        /// Its file.
        name: String,
        /// What is wrong.
        error: checkpoint::Error,
    },
    /// A checkpoint that contradicts the log.
    #[error(
        "forked: {name} says that the first {size} records have root {expected}; in the backup it is {found}"
    )]
    Forked {
        /// Its file.
        name: String,
        /// Its size.
        size: u64,
        /// Its root.
        expected: String,
        /// That of the log.
        found: String,
    },
    /// The keys in it.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// The keys in it.
    #[error("the keys in the backup: {0}")]
    Keys(#[from] StoreError),
    /// The new directory.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// The new directory.
    #[error("{}: {error}", at.display())]
    Io {
        /// Which file or directory.
        at: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The restoration was not recorded.
    #[error("the restoration was not recorded: {0}")]
    Write(#[from] WriteError),
    /// The same.
    #[error("the restoration was not recorded: {0}")]
    Refused(#[from] Refusal),
    /// The same.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
