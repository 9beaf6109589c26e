//! A copy of everything that has to last, made while the server works.
//!
//! ```text
//!   BACKUP/log/             the first S records, the checkpoints up to S, a mark at S
//!   BACKUP/vault/           the keys, wrapped under the key of the month: see vault/epoch.rs
//!   BACKUP/sandbox/         the simulated chain and clock, if there are any
//!   BACKUP/checkpoint.note  size S and root, signed
//!   BACKUP/manifest.json    written last: without it, it is no backup
//! ```
//!
//! While checkpoint and keys are taken, erasures wait: a backup never holds a key that its log
//! calls destroyed. The log up to S does not change any more, so copying it holds nobody up.

mod files;
mod manifest;

pub use files::{
    DOCUMENTS, NEEDED, OPTIONAL, copy_log, is_document, make_private, sha256_of, sync_all,
};
pub use manifest::{FORMAT, FileHash, Manifest};

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kyc_events::log::checkpoints::CheckpointsError;
use kyc_events::log::segment::CopyError;
use kyc_events::{Millis, Position};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::notary::{Notary, NotaryError};
use super::row::instant;
use crate::vault::{EpochError, Epochs, StoreError, Vault};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Where to is not to be used.
    #[error("{}: {what}", dir.display())]
    Place {
        /// Where to.
        dir: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No key to wrap the keys under.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// No checkpoint.
    #[error(transparent)]
    Notary(#[from] NotaryError),
    /// The log was not copied.
    #[error(transparent)]
    Log(#[from] CopyError),
    /// Its checkpoints were not.
    #[error(transparent)]
    Checkpoints(#[from] CheckpointsError),
    /// The keys were not.
    #[error(transparent)]
    Keys(#[from] StoreError),
    /// The simulated chain was not.
    #[error("the simulated chain: {0}")]
    Chain(#[from] rusqlite::Error),
    /// A file or directory.
    #[error("{}: {error}", at.display())]
    Io {
        /// Which.
        at: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The work panicked.
    #[error("the backup ended without a result")]
    Lost,
}

impl BackupError {
    /// Whether the wish was refused, and the machine is well.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Place { .. } | Self::Epoch(_))
    }
}

/// Makes backups. Cheap to clone.
#[derive(Clone)]
pub struct Backups {
    /// What is backed up.
    pub data_dir: Arc<Path>,
    /// Checkpoints.
    pub notary: Notary,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Held by who erases.
    pub turn: Arc<Mutex<()>>,
}

impl Backups {
    /// Makes one in `dir`, an absolute path to nothing or to an empty directory.
    pub async fn make(&self, dir: PathBuf, now: Millis) -> Result<Manifest, BackupError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let backups = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            let new = backups.prepare(&dir)?;
            let made = backups.fill(&dir, now, turn);
            if made.is_err() {
                files::clear(&dir, new);
            }
            made
        });
        made.await.map_err(|_| BackupError::Lost)?
    }

    /// Makes the directory; whether it was not there.
    fn prepare(&self, dir: &Path) -> Result<bool, BackupError> {
        let refused = |what| Err(BackupError::Place { dir: dir.to_owned(), what });
        if !dir.is_absolute() {
            return refused("not an absolute path");
        }
        let new = files::make_private(dir).map_err(|error| at(dir, error))?;
        let Some(new) = new else { return refused("neither absent nor an empty directory") };
        let real = |path: &Path| path.canonicalize().map_err(|error| at(path, error));
        if real(dir)?.starts_with(real(&self.data_dir)?) {
            files::clear(dir, new);
            return refused("lies inside the data directory");
        }
        Ok(new)
    }

    fn fill(
        &self,
        dir: &Path,
        now: Millis,
        turn: OwnedMutexGuard<()>,
    ) -> Result<Manifest, BackupError> {
        let epochs = self.vault.epochs()?;
        let epoch = Epochs::name(now);
        let epoch_key = epochs.find_or_make(&epoch)?;
        let (checkpoint, note) = self.notary.sign()?;
        // At once after it, so that the chain is hardly ahead of the log.
        self.copy_sandbox(&dir.join("sandbox"))?;
        self.vault.copy_keys(&dir.join("vault"), &epoch_key)?;
        files::copy_documents(&self.data_dir, dir)?;
        drop(turn);
        files::copy_log(&self.data_dir.join("log"), &dir.join("log"), Position(checkpoint.size))?;
        let note_file = dir.join("checkpoint.note");
        std::fs::write(&note_file, note).map_err(|error| at(&note_file, error))?;
        let manifest = Manifest {
            format: FORMAT,
            software: concat!("kycd ", env!("CARGO_PKG_VERSION")).to_owned(),
            origin: checkpoint.origin,
            size: checkpoint.size,
            root: hex::encode(checkpoint.root),
            epoch,
            made_at: instant(now),
            files: files::hashes(dir).map_err(|error| at(dir, error))?,
        };
        files::sync_all(dir).map_err(|error| at(dir, error))?;
        manifest.write(dir).map_err(|error| at(dir, error))?;
        Ok(manifest)
    }

    fn copy_sandbox(&self, to: &Path) -> Result<(), BackupError> {
        let from = self.data_dir.join("sandbox");
        let (chain, clock) = (from.join("chain.sqlite"), from.join("clock"));
        if !chain.exists() && !clock.exists() {
            return Ok(());
        }
        std::fs::create_dir(to).map_err(|error| at(to, error))?;
        if clock.exists() {
            std::fs::copy(&clock, to.join("clock")).map_err(|error| at(&clock, error))?;
        }
        if chain.exists() {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
            let target = to.join("chain.sqlite");
            let name = target
                .to_str()
                .ok_or(BackupError::Place { dir: target.clone(), what: "not a name in UTF-8" })?;
            Connection::open_with_flags(chain, flags)?.execute("VACUUM INTO ?1", [name])?;
        }
        Ok(())
    }
}

fn at(path: &Path, error: io::Error) -> BackupError {
    BackupError::Io { at: path.to_owned(), error }
}
