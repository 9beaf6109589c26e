//! Rows of one read model: ordered keys, typed values.
//!
//! ```text
//!   get, scan ──►  changes since the last commit        in memory, bounded by who commits
//!                  committed rows                       in memory, or in a keyspace of a store
//! ```
//!
//! A commit writes the changes, the checkpoint and the digest, all or nothing. A row that is
//! written and deleted again between two commits costs the store nothing.

mod backend;
mod disk;
mod key;
mod merge;

pub use disk::RESIDENT_BYTES_MAX;
pub use key::Key;

pub(crate) use disk::Disk;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::Digest;
use crate::encoding::{decode, encode};
use crate::store::{Checkpoint, Meta, StoreError};
use backend::{Backend, Changes};
use key::after;
use merge::Merged;

/// The rows of one read model, ordered by key bytes.
#[derive(Debug)]
pub struct Rows {
    changes: Changes,
    backend: Backend,
    /// What was committed last.
    meta: Meta,
    damage: OnceLock<String>,
}

/// Rows in memory, gone with the process.
impl Default for Rows {
    fn default() -> Self {
        Self::over(Backend::Memory(BTreeMap::new()), Meta::default())
    }
}

impl Rows {
    fn over(backend: Backend, meta: Meta) -> Self {
        Self { changes: Changes::new(), backend, meta, damage: OnceLock::new() }
    }

    /// Rows in a keyspace, as `meta` says they were committed.
    pub(crate) fn on_disk(disk: Disk, meta: Meta) -> Self {
        Self::over(Backend::Disk(disk), meta)
    }

    /// Rows in memory with a name.
    pub(crate) fn in_memory(meta: Meta) -> Self {
        Self::over(Backend::Memory(BTreeMap::new()), meta)
    }

    /// Where the rows lie, if on disk.
    pub(crate) fn disk(&self) -> Option<&Disk> {
        match &self.backend {
            Backend::Memory(_) => None,
            Backend::Disk(disk) => Some(disk),
        }
    }

    /// What was committed last.
    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The row at `key`.
    pub fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Option<T> {
        let row = match self.changes.get(key) {
            Some(change) => change.as_deref().map(Cow::from),
            None => self.backend.get(key).unwrap_or_else(|error| {
                self.note(&error);
                None
            }),
        };
        self.read(&row?)
    }

    /// Writes the row at `key`, which begins with the name of a table: never with a zero byte.
    pub fn put<T: Serialize>(&mut self, key: Vec<u8>, row: &T) {
        debug_assert!(key.first().is_some_and(|byte| *byte != 0), "a key begins with a table");
        self.changes.insert(key, Some(encode(row)));
    }

    /// Deletes the row at `key`, if there is one.
    pub fn delete(&mut self, key: &[u8]) {
        match self.changes.get_mut(key) {
            Some(change) => *change = None,
            None => drop(self.changes.insert(key.to_vec(), None)),
        }
    }

    /// Keys and bytes of the rows whose key starts with `prefix`, ascending.
    pub fn raw<'a>(
        &'a self,
        prefix: &[u8],
    ) -> impl DoubleEndedIterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> + use<'a> {
        self.range(prefix, after(prefix).as_deref())
    }

    /// Deletes all rows whose key starts with `prefix`.
    pub fn delete_all(&mut self, prefix: &[u8]) {
        let keys: Vec<Vec<u8>> = self.raw(prefix).map(|(key, _)| key.into_owned()).collect();
        for key in keys {
            self.delete(&key);
        }
    }

    /// Rows whose key starts with `prefix`, ascending.
    pub fn scan<'a, T: DeserializeOwned + 'a>(
        &'a self,
        prefix: &[u8],
    ) -> impl DoubleEndedIterator<Item = (Cow<'a, [u8]>, T)> + use<'a, T> {
        self.range(prefix, after(prefix).as_deref())
            .filter_map(|(key, row)| self.read(&row).map(|row| (key, row)))
    }

    /// The first key at or after `from` that starts with `prefix`.
    pub fn first_from(&self, prefix: &[u8], from: &[u8]) -> Option<Vec<u8>> {
        let first = self.range(from.max(prefix), after(prefix).as_deref()).next();
        first.map(|(key, _)| key.into_owned())
    }

    /// Keys changed since the last commit: what they take in memory is bounded by committing.
    pub fn pending(&self) -> usize {
        self.changes.len()
    }

    /// Writes the changes, and that they are what the records before `checkpoint` made of it.
    /// Does not wait until they are on stable storage: after a crash the rows may be those of an
    /// earlier commit, never a part of one. After an error the changes are still here, and a
    /// later commit may succeed.
    pub fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let mut digest = self.meta.digest();
        let damage = &self.damage;
        // What is as it was need not be written; nor a row that came and went.
        let mut failed = None;
        self.changes.retain(|key, row| {
            turn(&self.backend, &mut digest, key, row.as_deref()).unwrap_or_else(|error| {
                failed.get_or_insert(error);
                true
            })
        });
        if let Some(error) = failed {
            let _ = damage.set(error.to_string());
            return Err(error);
        }
        let meta = self.meta.at(checkpoint, digest);
        self.backend.apply(&mut self.changes, &meta)?;
        self.meta = meta;
        Ok(())
    }

    /// What was committed last: the rows, without later changes, are those of this checkpoint.
    pub fn checkpoint(&self) -> Checkpoint {
        self.meta.checkpoint()
    }

    /// The digest of all rows, later changes included; see [`crate::digest`].
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = self.meta.digest();
        for (key, row) in &self.changes {
            if let Err(error) = turn(&self.backend, &mut digest, key, row.as_deref()) {
                self.note(&error);
            }
        }
        digest.to_bytes()
    }

    /// The digest of all rows, each of them read for it, and their number.
    pub fn recount(&self) -> ([u8; 32], u64) {
        let (mut digest, mut count) = (Digest::default(), 0);
        for (key, row) in self.range(b"", None) {
            digest.add(&key, &row);
            count += 1;
        }
        (digest.to_bytes(), count)
    }

    /// Why these rows cannot be relied upon any more, if something could not be read. Whatever
    /// was asked since may have been answered wrongly; the read model has to be folded anew.
    pub fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }

    fn note(&self, error: &StoreError) {
        let _ = self.damage.set(error.to_string());
    }

    fn range<'a>(
        &'a self,
        from: &[u8],
        end: Option<&[u8]>,
    ) -> impl DoubleEndedIterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> + use<'a> {
        let bounds = (Bound::Included(from), end.map_or(Bound::Unbounded, Bound::Excluded));
        let over = (end.is_none_or(|end| from < end))
            .then(|| self.changes.range::<[u8], _>(bounds))
            .into_iter()
            .flatten()
            .map(|(key, row)| (Cow::from(key.as_slice()), row.as_deref().map(Cow::from)));
        let beneath = self.backend.range(from, end).filter_map(|row| {
            let (key, row) = row.inspect_err(|error| self.note(error)).ok()?;
            Some((key, Some(row)))
        });
        Merged::new(over, beneath)
    }

    fn read<T: DeserializeOwned>(&self, row: &[u8]) -> Option<T> {
        match (decode(row), &self.backend) {
            (Ok(row), _) => Some(row),
            (Err(error), Backend::Disk(_)) => {
                self.note(&StoreError::Damaged(error));
                None
            }
            (Err(error), Backend::Memory(_)) => {
                panic!("invariant: rows in memory are read as they were written: {error}")
            }
        }
    }
}

/// Moves a digest on by one change; whether it is one.
fn turn(
    backend: &Backend,
    digest: &mut Digest,
    key: &[u8],
    row: Option<&[u8]>,
) -> Result<bool, StoreError> {
    let old = backend.get(key)?;
    if old.as_deref() == row {
        return Ok(false);
    }
    if let Some(old) = old {
        digest.subtract(key, &old);
    }
    if let Some(row) = row {
        digest.add(key, row);
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
