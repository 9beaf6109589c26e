//! From a backup to a data directory: proves what is in it, then builds a new one.
//!
//! ```text
//!   prove    manifest, files, signature; the log opens, has the size, and the signed root
//!   build    log, keys (epoch key → master key), sandbox, and one more record: LogRestored
//! ```
//!
//! The log goes on under another origin: it may have signed other checkpoints of the sizes that
//! come, and nobody may take one for the other.

mod error;

pub use error::RestoreError;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use ed25519_dalek::VerifyingKey;
use kyc_events::checkpoint::Checkpoint;
use kyc_events::engine::{self, EngineEvent, LogRestored};
use kyc_events::log::checkpoints::Checkpoints;
use kyc_events::log::segment::disk::RealDisk;
use kyc_events::log::segment::{Options, SegmentLog, SegmentReader};
use kyc_events::log::{Append, EventLog, EventReader, ReadError};
use kyc_events::merkle::{self, Tree};
use kyc_events::schema::EventSet;
use kyc_events::{ExpectedVersion, Millis, NewEvent, Position, Record, Version};
use serde::Serialize;
use uuid::Uuid;

use super::backup::{self, DOCUMENTS, FORMAT, Manifest, NEEDED, OPTIONAL, is_document};
use crate::vault::{self, Epochs, MasterKeys};

/// A checkpoint that somebody kept.
pub struct Saved {
    /// Its file, for messages.
    pub name: String,
    /// The signed note.
    pub note: String,
}

impl Saved {
    /// Reads it.
    pub fn read(file: &Path) -> Result<Self, RestoreError> {
        let note = std::fs::read_to_string(file).map_err(io_at(file))?;
        Ok(Self { name: file.display().to_string(), note })
    }
}

/// A backup that holds what it says.
pub struct Backup {
    dir: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// What saved checkpoints vouch for and the backup has not.
    pub lost: Vec<Lost>,
}

/// Records that are gone.
#[derive(Clone, Debug, Serialize)]
pub struct Lost {
    /// The file of the checkpoint that vouches for them.
    pub checkpoint: String,
    /// Position of the first.
    pub from: u64,
    /// Position of the last.
    pub to: u64,
}

impl Backup {
    /// Proves a backup and compares what was saved elsewhere.
    pub fn prove(dir: &Path, key: &VerifyingKey, saved: &[Saved]) -> Result<Self, RestoreError> {
        let manifest = Manifest::read(dir).map_err(RestoreError::Manifest)?;
        if manifest.format != FORMAT {
            return Err(RestoreError::Format(manifest.format));
        }
        let named = |name: &&str| manifest.files.iter().any(|file| file.name == **name);
        if let Some(missing) = NEEDED.iter().find(|name| !named(name)) {
            return Err(RestoreError::Altered(format!("manifest.json does not name {missing}")));
        }
        for file in &manifest.files {
            let is_known = NEEDED.iter().chain(&OPTIONAL).any(|name| *name == file.name);
            if !is_known && !is_document(&file.name) {
                return Err(RestoreError::Altered(format!("{} is unknown", file.name)));
            }
            let found = backup::sha256_of(&dir.join(&file.name));
            if found.map_err(io_at(&dir.join(&file.name)))? != file.sha256 {
                return Err(RestoreError::Altered(format!("{} is another file", file.name)));
            }
        }
        let log = SegmentReader::open(&dir.join("log"))?;
        if log.size().0 != manifest.size || log.torn_tail().is_some() {
            let what = format!("{} records, {} expected", log.size(), manifest.size);
            return Err(RestoreError::Altered(what));
        }
        let lost = compare(dir, &manifest, &log, key, saved)?;
        Ok(Self { dir: dir.to_owned(), manifest, lost })
    }

    /// Builds a data directory at `to`, which is not there, and records the restoration.
    pub fn build(
        &self,
        to: &Path,
        epochs: &Epochs,
        master: &MasterKeys,
        resurrection_accepted: bool,
        now: Millis,
    ) -> Result<LogRestored, RestoreError> {
        // First: a destroyed epoch ends it here.
        let epoch = epochs.find(&self.manifest.epoch)?;
        backup::make_private(to).map_err(io_at(to))?;
        vault::restore_keys(&self.dir.join("vault"), &to.join("vault"), &epoch, master)?;
        self.copy_files(to)?;
        let size = Position(self.manifest.size);
        backup::copy_log(&self.dir.join("log"), &to.join("log"), size)?;
        let Manifest { size, root, origin, .. } = self.manifest.clone();
        let restored = LogRestored {
            size,
            root,
            origin: next_origin(&origin),
            old_origin: origin,
            resurrection_accepted,
        };
        record(&to.join("log"), restored.clone(), now)?;
        backup::sync_all(to).map_err(io_at(to))?;
        Ok(restored)
    }

    /// The sandbox's state and the documents.
    fn copy_files(&self, to: &Path) -> Result<(), RestoreError> {
        let is_copied = |name: &str| name.starts_with("sandbox/") || name.starts_with(DOCUMENTS);
        for file in self.manifest.files.iter().filter(|file| is_copied(&file.name)) {
            let (from, to) = (self.dir.join(&file.name), to.join(&file.name));
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder).map_err(io_at(folder))?;
            }
            std::fs::copy(&from, &to).map_err(io_at(&from))?;
        }
        Ok(())
    }
}

/// Compares all checkpoints there are with the log, smallest first; answers what those vouch for
/// that lead beyond it, or beyond where a log that was given up ends in it.
fn compare(
    dir: &Path,
    manifest: &Manifest,
    log: &SegmentReader,
    key: &VerifyingKey,
    saved: &[Saved],
) -> Result<Vec<Lost>, RestoreError> {
    let read = |name: &str, note: &str| {
        let opened = Checkpoint::open_with_key(note, key);
        opened.map_err(|error| RestoreError::Foreign { name: name.to_owned(), error })
    };
    let note_file = dir.join("checkpoint.note");
    let note = std::fs::read_to_string(&note_file).map_err(io_at(&note_file))?;
    let signed = read("checkpoint.note", &note)?;
    let says = (&signed.origin, signed.size, hex::encode(signed.root));
    if says != (&manifest.origin, manifest.size, manifest.root.clone()) {
        let what = "manifest.json does not say what checkpoint.note says".to_owned();
        return Err(RestoreError::Altered(what));
    }
    let mut all = vec![("checkpoint.note".to_owned(), signed)];
    let disk = RealDisk::read_only(&dir.join("log")).map_err(io_at(dir))?;
    let own = Checkpoints::on(std::sync::Arc::new(disk));
    for size in own.sizes()? {
        let name = format!("log/checkpoints/{size:020}.note");
        let found = read(&name, &own.read(size)?.unwrap_or_default())?;
        if found.size != size {
            return Err(RestoreError::Altered(format!("{name} is of size {}", found.size)));
        }
        all.push((name, found));
    }
    for Saved { name, note } in saved {
        all.push((name.clone(), read(name, note)?));
    }
    all.sort_by_key(|(_, checkpoint)| checkpoint.size);
    let (mut tree, mut lost) = (Tree::default(), Vec::new());
    let given_up = restorations(log)?;
    for (name, Checkpoint { origin, size, root }) in all {
        let ends = given_up.get(&origin).copied().unwrap_or(manifest.size);
        if size > ends {
            lost.push(Lost { checkpoint: name, from: ends, to: size - 1 });
            continue;
        }
        merkle::catch_up(&mut tree, log, Position(size))?;
        if tree.root() != root {
            let (expected, found) = (hex::encode(root), hex::encode(tree.root()));
            return Err(RestoreError::Forked { name, size, expected, found });
        }
    }
    Ok(lost)
}

/// Origins that earlier restorations ended, and how many records of each are in the log.
fn restorations(log: &SegmentReader) -> Result<HashMap<String, u64>, ReadError> {
    let records = log.read_stream(&engine::stream(), Version::NONE, usize::MAX)?;
    let decode = |record: &Record| {
        let event = EngineEvent::decode(&record.name, record.schema_version, &record.payload);
        match event {
            Ok(EngineEvent::LogRestored(restored)) => Some((restored.old_origin, restored.size)),
            Ok(EngineEvent::ConfigurationInForce(_)) | Err(_) => None,
        }
    };
    Ok(records.iter().filter_map(decode).collect())
}

/// Appends the restoration, as the first record that is new.
fn record(log: &Path, restored: LogRestored, now: Millis) -> Result<(), RestoreError> {
    let event = EngineEvent::from(restored);
    let schema = event.schema();
    let new = NewEvent {
        event_id: Uuid::now_v7(),
        name: schema.name.into(),
        schema_version: schema.version,
        actor: "restore".into(),
        causation: None,
        correlation: Uuid::now_v7(),
        payload: event.encode()?,
    };
    let (stream, expected) = (engine::stream(), ExpectedVersion::Any);
    let log = SegmentLog::open(log, Options::default())?;
    for answer in log.append(&[Append { stream, expected, events: vec![new], now }])? {
        answer?;
    }
    Ok(log.close()?)
}

/// The name without the suffix of an earlier restoration, and a new one.
fn next_origin(old: &str) -> String {
    const WORD: &str = "/restored-";
    let is_ours = |suffix: &str| suffix.len() == 8 && suffix.bytes().all(|b| b.is_ascii_hexdigit());
    let base = match old.rsplit_once(WORD) {
        Some((base, suffix)) if is_ours(suffix) => base,
        Some(_) | None => old,
    };
    let random = Uuid::new_v4().as_u128() as u32;
    format!("{base}{WORD}{random:08x}")
}

fn io_at(at: &Path) -> impl FnOnce(io::Error) -> RestoreError {
    let at = at.to_owned();
    move |error| RestoreError::Io { at, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_log_gets_a_new_name_that_does_not_grow() {
        let once = next_origin("example.org/log");
        assert!(once.starts_with("example.org/log/restored-") && once.len() == 33, "{once}");
        let twice = next_origin(&once);
        assert_ne!(once, twice);
        assert_eq!(twice.len(), once.len());
        assert!(next_origin("a/restored-by-hand").starts_with("a/restored-by-hand/restored-"));
    }
}
