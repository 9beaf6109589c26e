//! Keeps the Merkle tree over the log, signs checkpoints of it, and makes proofs.
//!
//! Not on the path of a write: a thread of its own follows the log. Each checkpoint also moves
//! the log's durable mark. At start the whole log goes through the tree once and every checkpoint
//! beside it is compared: a log that was rewritten, with all of its checksums, does not start.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use kyc_events::checkpoint::{self, Checkpoint};
use kyc_events::engine::EngineEvent;
use kyc_events::log::checkpoints::{Checkpoints, CheckpointsError};
use kyc_events::log::{EventLog, EventReader, ReadError, WriteError};
use kyc_events::merkle::{self, ProveError, Tree, log_leaves};
use kyc_events::note::Verifier;
use kyc_events::proof::{Consistency, Inclusion};
use kyc_events::schema::EventSet;
use kyc_events::{Position, Version, engine};

use crate::config::limits;

/// When a checkpoint is due.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// After so many events.
    pub events: u64,
    /// Or after this long, if there is anything new.
    pub every: Duration,
}

/// Why there is no checkpoint or proof.
#[derive(Debug, thiserror::Error)]
pub enum NotaryError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The mark cannot be moved.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The checkpoint files cannot be read or written.
    #[error(transparent)]
    Files(#[from] CheckpointsError),
    /// A checkpoint beside the log is not one of this key's.
    #[error("checkpoint {size}: {error}")]
    Foreign {
        /// Which.
        size: u64,
        /// What is wrong.
        error: checkpoint::Error,
    },
    /// The log is not what was signed.
    #[error("checkpoint {size} says that the log's root was {expected}, it is {found}")]
    Altered {
        /// Which.
        size: u64,
        /// Root in the checkpoint, hex.
        expected: String,
        /// Root of the log, hex.
        found: String,
    },
    /// The log is shorter than what was signed.
    #[error("checkpoint {size} is of a longer log, this one has {found} records")]
    Shortened {
        /// Which.
        size: u64,
        /// Records there are.
        found: u64,
    },
    /// The tree does not fit the log any more.
    #[error("no proof: {0}")]
    Proof(String),
    /// The origin is not one.
    #[error("no checkpoint: {0}")]
    Sign(#[from] checkpoint::Error),
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Notary(Arc<Inner>);

struct Inner {
    log: Arc<dyn EventLog>,
    files: Checkpoints,
    key: SigningKey,
    origin: String,
    schedule: Schedule,
    state: Mutex<State>,
}

struct State {
    tree: Tree,
    newest: Option<Checkpoint>,
    signed_at: Instant,
}

impl Notary {
    /// Takes the whole log in and compares every checkpoint there is. `origin` holds for a log
    /// that was never restored.
    pub fn open(
        log: Arc<dyn EventLog>,
        files: Checkpoints,
        key: SigningKey,
        origin: String,
        schedule: Schedule,
    ) -> Result<Self, NotaryError> {
        let mut tree = Tree::default();
        let mut newest = None;
        for size in files.sizes()? {
            let Some(note) = files.read(size)? else { continue };
            let found = Checkpoint::open_with_key(&note, &key.verifying_key())
                .map_err(|error| NotaryError::Foreign { size, error })?;
            merkle::catch_up(&mut tree, &*log, Position(size))?;
            if tree.size() < size {
                return Err(NotaryError::Shortened { size, found: tree.size() });
            }
            if found.root != tree.root() || found.size != size {
                let (expected, found) = (hex::encode(found.root), hex::encode(tree.root()));
                return Err(NotaryError::Altered { size, expected, found });
            }
            newest = Some(found);
        }
        merkle::catch_up(&mut tree, &*log, log.size())?;
        let origin = restored_origin(&*log)?.unwrap_or(origin);
        let state = Mutex::new(State { tree, newest, signed_at: Instant::now() });
        Ok(Self(Arc::new(Inner { log, files, key, origin, schedule, state })))
    }

    /// Follows the log until `stop` is set.
    pub fn start(&self, stop: Arc<AtomicBool>) -> JoinHandle<()> {
        let notary = self.clone();
        std::thread::Builder::new()
            .name("notary".to_owned())
            .spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    if let Err(error) = notary.round() {
                        tracing::error!(%error, "no checkpoint could be written");
                        std::thread::sleep(limits::PAUSE);
                    }
                }
            })
            .expect("invariant: the system can start a thread")
    }

    fn round(&self) -> Result<(), NotaryError> {
        const LOOK: Duration = Duration::from_millis(200);
        let inner = &*self.0;
        let known = inner.state().tree.size();
        let size = inner.log.wait_past(Position(known), LOOK).0;
        let mut state = inner.state();
        merkle::catch_up(&mut state.tree, &*inner.log, Position(size))?;
        let new = state.tree.size() - state.newest.as_ref().map_or(0, |newest| newest.size);
        let over = state.signed_at.elapsed() >= inner.schedule.every;
        if new >= inner.schedule.events || (new > 0 && over) {
            inner.sign(&mut state)?;
        }
        Ok(())
    }

    /// Name of the log.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// The public key under the log's name.
    pub fn verifier(&self) -> Result<Verifier, NotaryError> {
        let key = Verifier::new(&self.0.origin, self.0.key.verifying_key());
        key.map_err(|error| NotaryError::Proof(error.to_string()))
    }

    /// The newest checkpoint, as a signed note; the first one is made now.
    pub fn newest(&self) -> Result<(Checkpoint, String), NotaryError> {
        let mut state = self.0.state();
        self.0.newest(&mut state, None)
    }

    /// A checkpoint of everything that is in the log now.
    pub fn sign(&self) -> Result<(Checkpoint, String), NotaryError> {
        let mut state = self.0.state();
        let size = self.0.log.size();
        merkle::catch_up(&mut state.tree, &*self.0.log, size)?;
        self.0.sign(&mut state)?;
        self.0.newest(&mut state, None)
    }

    /// That a record is in the log; `None` if there is none.
    pub fn inclusion(&self, position: Position) -> Result<Option<Inclusion>, NotaryError> {
        let inner = &*self.0;
        if position >= inner.log.size() {
            return Ok(None);
        }
        let mut state = inner.state();
        let (checkpoint, note) = inner.newest(&mut state, Some(position))?;
        let source = |first, count| log_leaves(&*inner.log, first, count);
        let hashes = state.tree.inclusion(position.0, checkpoint.size, source).map_err(failed)?;
        Ok(Some(Inclusion { extra: None, index: position.0, hashes, checkpoint: note }))
    }

    /// That the newest checkpoint's log begins with the first `old_size` records; `None` if it
    /// has not so many.
    pub fn consistency(&self, old_size: u64) -> Result<Option<Consistency>, NotaryError> {
        let inner = &*self.0;
        let mut state = inner.state();
        let (checkpoint, note) = inner.newest(&mut state, old_size.checked_sub(1).map(Position))?;
        if old_size > checkpoint.size {
            return Ok(None);
        }
        let source = |first, count| log_leaves(&*inner.log, first, count);
        let hashes = state.tree.consistency(old_size, checkpoint.size, source).map_err(failed)?;
        Ok(Some(Consistency { old_size, hashes, checkpoint: note }))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs what the tree holds, unless that was signed before, and moves the mark.
    fn sign(&self, state: &mut State) -> Result<(), NotaryError> {
        let (size, root) = (state.tree.size(), state.tree.root());
        state.signed_at = Instant::now();
        if size == 0 || state.newest.as_ref().is_some_and(|newest| newest.size == size) {
            return Ok(());
        }
        let checkpoint = Checkpoint { origin: self.origin.clone(), size, root };
        // Never a checkpoint of what a crash could take back.
        match self.log.mark() {
            // A log that was closed has marked everything.
            Ok(()) | Err(WriteError::Closed) => {}
            Err(error) => return Err(error.into()),
        }
        self.files.write(size, &checkpoint.sign(&self.key)?)?;
        tracing::debug!(size, "a checkpoint is signed");
        state.newest = Some(checkpoint);
        Ok(())
    }

    /// The newest checkpoint; a new one, if it does not cover `position`.
    fn newest(
        &self,
        state: &mut State,
        position: Option<Position>,
    ) -> Result<(Checkpoint, String), NotaryError> {
        let covers = |newest: &Checkpoint| position.is_none_or(|p| p.0 < newest.size);
        if !state.newest.as_ref().is_some_and(covers) {
            let size = self.log.size();
            merkle::catch_up(&mut state.tree, &*self.log, size)?;
            self.sign(state)?;
        }
        let empty =
            || Checkpoint { origin: self.origin.clone(), size: 0, root: merkle::empty_root() };
        let checkpoint = state.newest.clone().unwrap_or_else(empty);
        let note = match self.files.read(checkpoint.size)? {
            Some(note) => note,
            None => checkpoint.sign(&self.key)?,
        };
        Ok((checkpoint, note))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: ProveError<ReadError>) -> NotaryError {
    NotaryError::Proof(error.to_string())
}

/// Name of a log that was restored: the one its last restoration gave it.
fn restored_origin(log: &dyn EventReader) -> Result<Option<String>, ReadError> {
    let (mut after, mut origin) = (Version::NONE, None);
    loop {
        let records = log.read_stream(&engine::stream(), after, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { return Ok(origin) };
        after = last.version;
        for record in &records {
            let event = EngineEvent::decode(&record.name, record.schema_version, &record.payload);
            if let Ok(EngineEvent::LogRestored(restored)) = event {
                origin = Some(restored.origin);
            }
        }
    }
}

#[cfg(test)]
mod tests;
