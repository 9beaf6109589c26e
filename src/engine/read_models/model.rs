//! One read model: its rows, how far they are, and what becomes of them when they are damaged.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use kyc_events::{Position, Record};
use kyc_projections::catalog::Entry;
use kyc_projections::{Fold, FoldError, Rows};
use tokio::sync::watch;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Model(Arc<Inner>);

struct Inner {
    entry: &'static Entry,
    /// Rows and checkpoint change under one lock: a reader sees both or neither.
    fold: RwLock<Fold>,
    /// Whether the projector still follows.
    lost: Arc<watch::Sender<bool>>,
}

impl Model {
    pub(super) fn new(fold: Fold, lost: Arc<watch::Sender<bool>>) -> Self {
        Self(Arc::new(Inner { entry: fold.entry(), fold: RwLock::new(fold), lost }))
    }

    /// Asks it something. If its rows turn out to be damaged, the answer is not given: it is
    /// asked again when the projector has put new rows in their place.
    pub fn query<T>(&self, ask: impl Fn(&Rows) -> T) -> T {
        loop {
            let fold = self.read();
            let answer = ask(fold.rows());
            if fold.rows().damage().is_none() {
                return answer;
            }
            drop(fold);
            assert!(!*self.0.lost.borrow(), "a read model is damaged, and nobody folds it anew");
            std::thread::sleep(crate::config::limits::PROJECTOR_LOOK);
        }
    }

    /// Its checkpoint, and the digest of its rows there.
    pub fn digest(&self) -> (Position, [u8; 32]) {
        let fold = self.read();
        (fold.position(), fold.rows().digest())
    }

    pub(super) fn entry(&self) -> &'static Entry {
        self.0.entry
    }

    pub(super) fn position(&self) -> Position {
        self.read().position()
    }

    pub(super) fn is_damaged(&self) -> bool {
        self.read().rows().damage().is_some()
    }

    /// Takes in what it does not know yet; answers its checkpoint.
    pub(super) fn take(&self, records: &[Record]) -> Result<Position, FoldError> {
        let mut fold = self.write();
        fold.take(records)?;
        Ok(fold.position())
    }

    pub(super) fn commit(&self) -> Result<(), FoldError> {
        self.write().commit()
    }

    /// Changes the fold, while nobody reads it and the projector does not move it on.
    pub(super) fn swap<T>(&self, change: impl FnOnce(&mut Fold) -> T) -> T {
        change(&mut self.write())
    }

    fn read(&self) -> RwLockReadGuard<'_, Fold> {
        self.0.fold.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Fold> {
        self.0.fold.write().unwrap_or_else(PoisonError::into_inner)
    }
}
