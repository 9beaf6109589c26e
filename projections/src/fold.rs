//! A read model on its way through the log.

use kyc_events::log::{EventReader, ReadError};
use kyc_events::{Position, Record};

use crate::catalog::{self, Entry};
use crate::projection::FoldError;
use crate::rows::Rows;
use crate::store::{Checkpoint, Store};

/// Records read at a time.
pub const RECORDS_PER_READ: usize = 1024;
/// A commit follows after this many records at the latest …
pub const RECORDS_PER_COMMIT: u64 = 16 * 1024;
/// … or after this many changed rows: both bound what is held in memory.
pub const CHANGES_PER_COMMIT: usize = 32 * 1024;
/// If commits fail, folding ends when this many changes wait for one.
pub const CHANGES_MAX: usize = 8 * CHANGES_PER_COMMIT;

/// One read model: its rows and how far they are.
#[derive(Debug)]
pub struct Fold {
    entry: &'static Entry,
    rows: Rows,
    checkpoint: Checkpoint,
    uncommitted: u64,
}

impl Fold {
    /// Goes on where the store says it was, if that is a place in this log; else from zero.
    pub fn open(
        store: &Store,
        entry: &'static Entry,
        log: &dyn EventReader,
    ) -> Result<Self, FoldError> {
        let rows = store.rows(entry.name, entry.schema)?;
        let (checkpoint, size) = (rows.checkpoint(), log.size());
        let why = match before(log, checkpoint.position)? {
            _ if checkpoint.position > size => "the log ends before its checkpoint",
            at if at != checkpoint => "it was folded from another log",
            _ => {
                tracing::debug!(projection = entry.name, at = checkpoint.position.0, "goes on");
                return Ok(Self { entry, rows, checkpoint, uncommitted: 0 });
            }
        };
        let at = checkpoint.position.0;
        tracing::warn!(projection = entry.name, at, why, "a read model is thrown away");
        drop(rows);
        let fold = Self::fresh(store, entry)?;
        store.promote(&fold.rows)?;
        Ok(fold)
    }

    /// A new generation, from zero; see [`Store::fresh`].
    pub fn fresh(store: &Store, entry: &'static Entry) -> Result<Self, FoldError> {
        let rows = store.fresh(entry.name, entry.schema)?;
        Ok(Self { entry, rows, checkpoint: Checkpoint::default(), uncommitted: 0 })
    }

    /// Takes in what it does not know yet, in order of position; commits now and then.
    pub fn take(&mut self, records: &[Record]) -> Result<(), FoldError> {
        for record in records {
            if record.position >= self.checkpoint.position {
                (self.entry.apply)(&mut self.rows, record)?;
                self.checkpoint = Checkpoint::after(record);
                self.uncommitted += 1;
            }
        }
        let full = self.rows.pending() >= CHANGES_PER_COMMIT;
        if full || self.uncommitted >= RECORDS_PER_COMMIT { self.commit() } else { Ok(()) }
    }

    /// Commits what is new. A store that takes no writes is an error only when the changes that
    /// wait for it have become too many.
    pub fn commit(&mut self) -> Result<(), FoldError> {
        if self.checkpoint == self.rows.checkpoint() {
            return Ok(());
        }
        match self.rows.commit(self.checkpoint) {
            Ok(()) => self.uncommitted = 0,
            Err(error) if self.rows.damage().is_some() || self.rows.pending() > CHANGES_MAX => {
                return Err(error.into());
            }
            Err(error) => {
                // Tried again after as many records.
                self.uncommitted = 0;
                tracing::error!(projection = self.entry.name, %error, "a commit failed");
            }
        }
        Ok(())
    }

    /// Which read model it is.
    pub fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// Its rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The first record that is not folded in.
    pub fn position(&self) -> Position {
        self.checkpoint.position
    }

    /// Whether there is something to commit.
    pub fn is_dirty(&self) -> bool {
        self.checkpoint != self.rows.checkpoint()
    }

    /// What it came to by now.
    pub fn outcome(&self) -> Folded {
        Folded { name: self.entry.name, position: self.position(), digest: self.rows.digest() }
    }
}

/// The checkpoint that a fold of this log has at a position, if the log is as long.
fn before(log: &dyn EventReader, position: Position) -> Result<Checkpoint, ReadError> {
    let Some(last) = position.0.checked_sub(1) else { return Ok(Checkpoint::default()) };
    let records = log.read(Position(last), 1)?;
    let before = records.first().map(|record| record.event_id);
    Ok(Checkpoint { position, before })
}

/// Told after every piece: records folded, records to be folded.
pub type Progress<'a> = &'a dyn Fn(u64, u64);

/// Folds the log on, up to `up_to` (exclusive) or its end. Every fold takes what it does not know.
pub fn advance(
    folds: &mut [Fold],
    log: &dyn EventReader,
    up_to: Position,
    progress: Progress<'_>,
) -> Result<(), FoldError> {
    let up_to = up_to.min(log.size());
    let mut at = folds.iter().map(Fold::position).min().unwrap_or(up_to);
    while at < up_to {
        let limit = usize::try_from(up_to.0 - at.0)
            .map_or(RECORDS_PER_READ, |left| left.min(RECORDS_PER_READ));
        let records = log.read(at, limit)?;
        let Some(last) = records.last() else { return Ok(()) };
        for fold in &mut *folds {
            fold.take(&records)?;
        }
        at = last.position.next();
        progress(at.0, up_to.0);
    }
    Ok(())
}

/// What a fold came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// Of which read model.
    pub name: &'static str,
    /// The first record that is not folded in.
    pub position: Position,
    /// See [`crate::digest`].
    pub digest: [u8; 32],
}

/// Folds read model `only`, or all, from zero up to `up_to` (exclusive) or the end of the log,
/// into `store`, which should be an empty one: in memory for a few records, in a temporary
/// directory for many. `None` if there is no read model of that name.
pub fn fold(
    log: &dyn EventReader,
    only: Option<&str>,
    up_to: Position,
    store: &Store,
    progress: Progress<'_>,
) -> Result<Option<Vec<Fold>>, FoldError> {
    let Some(entries) = catalog::named(catalog::ALL, only) else { return Ok(None) };
    let folds: Result<Vec<_>, _> =
        entries.into_iter().map(|entry| Fold::fresh(store, entry)).collect();
    let mut folds = folds?;
    advance(&mut folds, log, up_to, progress)?;
    folds.iter_mut().try_for_each(Fold::commit)?;
    Ok(Some(folds))
}
