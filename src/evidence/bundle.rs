//! What an auditor gets: the log up to its newest checkpoint, in a tar with all that is needed to
//! check it elsewhere. The same log gives the same bytes.
//!
//! Reads the log's files without a lock, beside a running server. Nothing that was sealed is
//! opened.

mod archive;
mod proofs;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kyc_events::checkpoint::{self, Checkpoint};
use kyc_events::log::checkpoints::{Checkpoints, CheckpointsError};
use kyc_events::log::segment::SegmentReader;
use kyc_events::log::segment::disk::{Disk, RealDisk};
use kyc_events::log::{EventReader, OpenError, ReadError};
use kyc_events::merkle::ProveError;
use kyc_events::note::Verifier;
use kyc_events::schema::Schema;
use kyc_events::{Millis, Position};
use serde_json::{Map, Value, json};

use super::backup::{self, BackupError};
use super::json::sealed;
use super::kinds;
use super::restore::Saved;
use super::row::{instant, row};
use crate::config::limits;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Nothing to be bundled.
    #[error("the log has no checkpoint yet; a server writes one at the latest when it stops")]
    NoCheckpoint,
    /// A checkpoint of somebody else.
    #[error("{name}: {error}")]
    Foreign {
        /// Its file.
        name: String,
        /// What is wrong.
        error: checkpoint::Error,
    },
    /// The log is not what was signed.
    #[error("{name} contradicts the log: it was altered, or the checkpoint is of another one")]
    Contradicts {
        /// The checkpoint's file.
        name: String,
    },
    /// The log.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its checkpoints.
    #[error(transparent)]
    Checkpoints(#[from] CheckpointsError),
    /// The copy of the log.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// The tree does not fit.
    #[error("no proof: {0}")]
    Prove(#[from] ProveError<ReadError>),
    /// A file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What goes in.
pub struct Bundle {
    /// The directory with the segments.
    pub log: PathBuf,
    /// Public key of the checkpoints.
    pub key: Verifier,
    /// Checkpoints from elsewhere, of which proofs are wanted.
    pub saved: Vec<Saved>,
    /// Whether the events go along as JSON lines.
    pub events: bool,
}

/// What came out.
pub struct Bundled {
    /// The checkpoint it is of.
    pub checkpoint: Checkpoint,
    /// Proofs in it.
    pub proofs: usize,
}

/// A checkpoint and its text.
struct Signed {
    name: String,
    checkpoint: Checkpoint,
    note: String,
}

impl Bundle {
    /// Writes it to `file`, whole or not at all.
    pub fn write(&self, file: &Path) -> Result<Bundled, BundleError> {
        // Before the log, so that it has at least their records.
        let (own, saved) = self.signed()?;
        let reader = SegmentReader::open(&self.log)?;
        let beyond = |signed: &&Signed| signed.checkpoint.size > reader.size().0;
        if let Some(Signed { name, .. }) = own.iter().chain(&saved).find(beyond) {
            return Err(BundleError::Contradicts { name: name.clone() });
        }
        let newest = own.last().ok_or(BundleError::NoCheckpoint)?;
        let Checkpoint { origin, size, root } = newest.checkpoint.clone();
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let draft = tempfile::tempdir_in(parent.unwrap_or(Path::new(".")))?;
        let dir = draft.path().join("bundle");
        std::fs::create_dir(&dir)?;

        backup::copy_log(&self.log, &dir.join("log"), Position(size))?;
        std::fs::create_dir(dir.join("proofs"))?;
        let proofs = proofs::write(&dir.join("proofs"), &reader, &own, &saved)?;
        // Under the name that the newest checkpoint has: a restoration gave the log another one.
        let key = Verifier::new(&origin, *self.key.key()).unwrap_or_else(|_| self.key.clone());
        std::fs::write(dir.join("key.txt"), format!("{key}\n"))?;
        std::fs::write(dir.join("schemas.json"), pretty(&schemas())?)?;
        std::fs::write(dir.join("README.md"), include_str!("bundle/README.md"))?;
        std::fs::write(dir.join("FORMAT.md"), include_str!("../../events/FORMAT.md"))?;
        std::fs::create_dir(dir.join("verify"))?;
        let verifier = include_str!("../../tests/verify/log.py");
        std::fs::write(dir.join("verify/log.py"), verifier)?;
        let requirements = include_str!("../../tests/verify/requirements.txt");
        std::fs::write(dir.join("verify/requirements.txt"), requirements)?;
        if self.events {
            write_events(&dir.join("events.jsonl"), &reader, size)?;
        }
        let last = last_instant(&reader, size)?;
        let manifest = json!({
            "format": 1,
            "software": concat!("kycd ", env!("CARGO_PKG_VERSION")),
            "origin": origin,
            "size": size,
            "root": hex::encode(root),
            "last_recorded_at": instant(last),
            "files": archive::hashes(&dir)?,
        });
        std::fs::write(dir.join("manifest.json"), pretty(&manifest)?)?;
        let tar = draft.path().join("bundle.tar");
        archive::pack(&dir, &tar, last)?;
        std::fs::rename(tar, file)?;
        Ok(Bundled { checkpoint: newest.checkpoint.clone(), proofs })
    }

    /// The log's own checkpoints and the saved ones, all signed by the key.
    fn signed(&self) -> Result<(Vec<Signed>, Vec<Signed>), BundleError> {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::read_only(&self.log)?);
        let files = Checkpoints::on(disk);
        let mut own = Vec::new();
        for of in files.sizes()? {
            let name = format!("log/checkpoints/{of:020}.note");
            let signed = self.open(name, files.read(of)?.unwrap_or_default())?;
            if signed.checkpoint.size != of {
                return Err(BundleError::Contradicts { name: signed.name });
            }
            own.push(signed);
        }
        let saved =
            self.saved.iter().map(|saved| self.open(saved.name.clone(), saved.note.clone()));
        Ok((own, saved.collect::<Result<_, _>>()?))
    }

    fn open(&self, name: String, note: String) -> Result<Signed, BundleError> {
        match Checkpoint::open_with_key(&note, self.key.key()) {
            Ok(checkpoint) => Ok(Signed { name, checkpoint, note }),
            Err(error) => Err(BundleError::Foreign { name, error }),
        }
    }
}

/// Every event and its current version.
fn schemas() -> Value {
    let mut all: Vec<Schema> = kinds::KINDS.iter().flat_map(|kind| kind.schemas).copied().collect();
    all.sort_by_key(|schema| schema.name);
    let rows = all.into_iter().map(|schema| (schema.name.to_owned(), json!(schema.version)));
    Value::Object(rows.collect::<Map<_, _>>())
}

fn pretty(value: &Value) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn last_instant(reader: &SegmentReader, size: u64) -> Result<Millis, ReadError> {
    let last = match size.checked_sub(1) {
        Some(last) => reader.read(Position(last), 1)?,
        None => Vec::new(),
    };
    Ok(last.first().map_or(0, |last| last.recorded_at))
}

/// The lines of `kycd events list --json`.
fn write_events(file: &Path, reader: &SegmentReader, size: u64) -> Result<(), BundleError> {
    use io::Write as _;
    let mut out = io::BufWriter::new(std::fs::File::create(file)?);
    let mut at = 0;
    while at < size {
        let count = limits::PROJECTOR_BATCH.min((size - at) as usize);
        let records = reader.read(Position(at), count)?;
        let Some(last) = records.last() else { break };
        at = last.position.0 + 1;
        for record in &records {
            writeln!(out, "{}", row(record, &mut sealed))?;
        }
    }
    Ok(out.flush()?)
}
