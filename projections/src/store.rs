//! Where read models keep their rows: one fjall database, which may be deleted at any time.
//!
//! ```text
//!   keyspace `current`     name of a read model → number of its generation
//!   keyspace `outbox.7`    [0] → what is kept about it: schema, checkpoint, digest
//!                          key → row
//!   keyspace `outbox.8`    a rebuild on its way; nobody's until `current` says so
//! ```
//!
//! A read model changes its generation by one write to `current`, so there is always one, old or
//! new. Generations that `current` does not name are dropped when the store is opened. What cannot
//! be opened or is not what the program expects is thrown away and folded anew, with a line in
//! the program's log: it is never an error.

mod meta;
mod stored;

pub use meta::Checkpoint;
pub(crate) use meta::{META_KEY, Meta};
pub use stored::{Stored, stored_digest};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::rows::{Disk, Rows};

/// Bytes of recent changes of one read model that are held in memory before they are sorted into
/// its files. A few times as much may wait to be written.
pub const MEMTABLE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of the files that hold what is not sorted in yet; the least that fjall takes.
pub const JOURNAL_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Threads that sort and merge files.
const WORKERS: usize = 1;
/// Files kept open.
const FILES_MAX: usize = 128;
const CURRENT: &str = "current";

/// See the module. Cheap to clone; closed when the last clone and the last rows are gone.
#[derive(Clone)]
pub struct Store(Option<Arc<Shared>>);

struct Shared {
    db: Database,
    current: Keyspace,
    next_generation: AtomicU64,
}

/// Why a store does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the store of read models is in use")]
    Locked,
    /// The disk, or fjall on top of it.
    #[error("the store of read models: {0}")]
    Engine(String),
    /// What was read is not what was written.
    #[error("the store of read models is damaged: {0}")]
    Damaged(String),
    /// The file system.
    #[error("the store of read models: {0}")]
    Io(#[from] std::io::Error),
}

impl From<fjall::Error> for StoreError {
    fn from(error: fjall::Error) -> Self {
        match error {
            fjall::Error::Locked => Self::Locked,
            fjall::Error::Io(error) => Self::Io(error),
            other => Self::Engine(format!("{other:?}")),
        }
    }
}

impl Store {
    /// Rows in memory, gone with the process.
    pub fn memory() -> Self {
        Self(None)
    }

    /// Opens the store in directory `dir`, which is created if need be, with a cache of
    /// `cache_bytes` for blocks of its files. A store that does not open is thrown away, with all
    /// that is in `dir`.
    pub fn open(dir: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        match Shared::open(dir, cache_bytes) {
            Ok(shared) => Ok(Self(Some(Arc::new(shared)))),
            Err(StoreError::Locked) => Err(StoreError::Locked),
            Err(error) => {
                tracing::warn!(%error, "the read models do not open; they are folded anew");
                if dir.exists() {
                    std::fs::remove_dir_all(dir)?;
                }
                Ok(Self(Some(Arc::new(Shared::open(dir, cache_bytes)?))))
            }
        }
    }

    /// The rows of read model `name`, as they were committed last; none, if there are none of
    /// this schema that can be read.
    pub fn rows(&self, name: &str, schema: u32) -> Result<Rows, StoreError> {
        let Some(shared) = &self.0 else { return self.fresh(name, schema) };
        match shared.existing(name, schema) {
            Ok(Some(rows)) => return Ok(rows),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(projection = name, %error, "a read model is thrown away");
            }
        }
        let rows = self.fresh(name, schema)?;
        self.promote(&rows)?;
        Ok(rows)
    }

    /// A new generation of read model `name`, without rows. It is nobody's until it is promoted,
    /// and gone with the next opening if it never is.
    pub fn fresh(&self, name: &str, schema: u32) -> Result<Rows, StoreError> {
        let meta = Meta::new(name, schema);
        let Some(shared) = &self.0 else { return Ok(Rows::in_memory(meta)) };
        let generation = shared.next_generation.fetch_add(1, Ordering::Relaxed);
        let keyspace = shared.db.keyspace(&format!("{name}.{generation}"), options)?;
        Ok(Rows::on_disk(Disk::open(shared.db.clone(), keyspace)?, meta))
    }

    /// Makes this generation the current one of its read model, durably, and drops the one
    /// before it. Rows of that one can be read as long as somebody holds them.
    pub fn promote(&self, rows: &Rows) -> Result<(), StoreError> {
        let (Some(shared), Some(disk)) = (&self.0, rows.disk()) else { return Ok(()) };
        let name = rows.meta().name();
        let before = shared.current.get(name)?;
        shared.current.insert(name, disk.keyspace().name().as_bytes())?;
        shared.db.persist(PersistMode::SyncAll)?;
        let before = before.as_deref().and_then(|before| std::str::from_utf8(before).ok());
        before
            .filter(|before| **before != **disk.keyspace().name())
            .map_or(Ok(()), |before| shared.remove(before))
    }

    /// Drops a generation that was not promoted.
    pub fn discard(&self, rows: &Rows) -> Result<(), StoreError> {
        match (&self.0, rows.disk()) {
            (Some(shared), Some(disk)) => Ok(shared.db.delete_keyspace(disk.keyspace().clone())?),
            _ => Ok(()),
        }
    }

    /// Waits until all that was committed is on stable storage.
    pub fn sync(&self) -> Result<(), StoreError> {
        match &self.0 {
            Some(shared) => Ok(shared.db.persist(PersistMode::SyncAll)?),
            None => Ok(()),
        }
    }
}

impl Shared {
    fn open(dir: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir)?;
        // Of damaged files fjall says so in most cases, and panics in some.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let builder = Database::builder(dir)
                .cache_size(cache_bytes)
                .max_journaling_size(JOURNAL_BYTES_MAX)
                .max_cached_files(Some(FILES_MAX))
                .worker_threads(WORKERS);
            let db = builder.open()?;
            let current = db.keyspace(CURRENT, options)?;
            Ok::<_, StoreError>((db, current))
        }));
        let (db, current) =
            opened.unwrap_or_else(|_| Err(StoreError::Damaged("its files".to_owned())))?;
        let mut shared = Self { db, current, next_generation: AtomicU64::new(0) };
        shared.sweep()?;
        Ok(shared)
    }

    /// Drops what no read model calls its own.
    fn sweep(&mut self) -> Result<(), StoreError> {
        let mut current = Vec::new();
        for entry in self.current.iter() {
            current.push(entry.value()?.to_vec());
        }
        for name in self.db.list_keyspace_names() {
            let generation =
                name.rsplit_once('.').and_then(|(_, number)| number.parse::<u64>().ok());
            let Some(generation) = generation else { continue };
            self.next_generation.fetch_max(generation + 1, Ordering::Relaxed);
            if !current.iter().any(|current| **current == *name.as_bytes()) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    /// The rows of a read model; `None` if there never were any.
    fn existing(&self, name: &str, schema: u32) -> Result<Option<Rows>, StoreError> {
        let Some((keyspace, meta)) = self.kept(name)? else { return Ok(None) };
        if meta.schema() != schema {
            let what = format!("its schema is {}, not {schema}", meta.schema());
            return Err(StoreError::Damaged(what));
        }
        Ok(Some(Rows::on_disk(Disk::open(self.db.clone(), keyspace)?, meta)))
    }

    /// The current generation of a read model, and what is kept about it.
    fn kept(&self, name: &str) -> Result<Option<(Keyspace, Meta)>, StoreError> {
        let Some(generation) = self.current.get(name)? else { return Ok(None) };
        let generation = std::str::from_utf8(&generation)
            .ok()
            .filter(|generation| self.db.keyspace_exists(generation))
            .ok_or_else(|| StoreError::Damaged("its generation is not there".to_owned()))?;
        let keyspace = self.db.keyspace(generation, options)?;
        // A generation that was never committed has nothing to be thrown away.
        let Some(meta) = keyspace.get(META_KEY)? else { return Ok(None) };
        let meta = Meta::decode(&meta, name).map_err(StoreError::Damaged)?;
        Ok(Some((keyspace, meta)))
    }

    fn remove(&self, generation: &str) -> Result<(), StoreError> {
        if self.db.keyspace_exists(generation) {
            self.db.delete_keyspace(self.db.keyspace(generation, options)?)?;
        }
        Ok(())
    }
}

fn options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES)
}

#[cfg(test)]
mod tests;
