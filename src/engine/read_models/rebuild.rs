//! Folds read models from zero beside the ones that answer, then puts them in their place.
//!
//! ```text
//!   old   ──answers──follows──────────────────────┐ swap, under the model's lock
//!   new   ──folds from zero──catches up──same position──answers──►
//! ```

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use kyc_events::Position;
use kyc_projections::catalog;
use kyc_projections::fold::{RECORDS_PER_READ, advance};
use kyc_projections::{Fold, FoldError};

use super::{Model, ReadModels};

/// What became of one read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Its name.
    pub name: &'static str,
    /// The first record that was not folded in when both were compared.
    pub position: Position,
    /// Digest of the rows that answered until then.
    pub before: [u8; 32],
    /// Digest of the rows that answer now.
    pub after: [u8; 32],
    /// Whether they are the same.
    pub equal: bool,
}

/// Why nothing was rebuilt, or not everything.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// There is no such read model.
    #[error("there is no read model of that name")]
    Unknown,
    /// The engine stops.
    #[error("the engine is stopping")]
    Stopping,
    /// What cannot be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

impl ReadModels {
    /// Folds read model `only`, or all, from zero into new rows, while the old ones answer and
    /// follow; compares both at the same position, and puts the new ones in their place. One
    /// rebuild runs at a time. Blocks for as long as the log takes.
    pub fn rebuild(&self, only: Option<&str>) -> Result<Vec<Rebuilt>, RebuildError> {
        let entries = catalog::named(catalog::ALL, only).ok_or(RebuildError::Unknown)?;
        let models: Vec<&Model> = self
            .models
            .iter()
            .filter(|model| entries.iter().any(|entry| entry.name == model.entry().name))
            .collect();
        self.renew(&models)
    }

    /// The same for some of them.
    pub(super) fn renew(&self, models: &[&Model]) -> Result<Vec<Rebuilt>, RebuildError> {
        let _one_at_a_time = self.rebuilding.lock().unwrap_or_else(PoisonError::into_inner);
        let store = self.store()?;
        let mut folds = Vec::new();
        for model in models {
            folds.push(Fold::fresh(&store, model.entry())?);
        }
        let outcome = self.replace(models, &mut folds);
        // What is left was not put in place.
        for fold in folds {
            if let Err(error) = store.discard(fold.rows()) {
                tracing::warn!(%error, "rows of a rebuild were left behind");
            }
        }
        outcome
    }

    fn replace(
        &self,
        models: &[&Model],
        folds: &mut Vec<Fold>,
    ) -> Result<Vec<Rebuilt>, RebuildError> {
        // Together through the log, as far as the slowest model is; then one after the other.
        let near = |models: &[&Model]| models.iter().map(|model| model.position()).min();
        self.fold_near(folds, || near(models).unwrap_or_default())?;
        let mut outcome = Vec::new();
        for model in models {
            self.fold_near(&mut folds[..1], || model.position())?;
            let fold = folds.remove(0);
            outcome.push(self.put_in_place(model, fold)?);
        }
        Ok(outcome)
    }

    /// Folds until so little is missing that a reader can wait for it.
    fn fold_near(
        &self,
        folds: &mut [Fold],
        goal: impl Fn() -> Position,
    ) -> Result<(), RebuildError> {
        loop {
            let at = folds.iter().map(Fold::position).min().unwrap_or_default();
            let goal = goal();
            if at.0 + RECORDS_PER_READ as u64 >= goal.0 {
                return Ok(());
            }
            if self.stop.load(Ordering::Relaxed) {
                return Err(RebuildError::Stopping);
            }
            let up_to = goal.min(Position(at.0 + RECORDS_PER_READ as u64));
            advance(folds, &*self.log, up_to, &|_, _| {})?;
        }
    }

    fn put_in_place(&self, model: &Model, fold: Fold) -> Result<Rebuilt, RebuildError> {
        let store = self.store()?;
        let (old, rebuilt) = model.swap(|old| {
            let mut folds = [fold];
            advance(&mut folds, &*self.log, old.position(), &|_, _| {})?;
            let [mut new] = folds;
            new.commit()?;
            let (before, after) = (old.rows().digest(), new.rows().digest());
            store.promote(new.rows()).map_err(FoldError::from)?;
            let (name, position) = (new.entry().name, new.position());
            let rebuilt = Rebuilt { name, position, before, after, equal: before == after };
            Ok::<_, FoldError>((std::mem::replace(old, new), rebuilt))
        })?;
        // The files go with the last who holds them: here, after readers have been let in.
        drop(old);
        let Rebuilt { name, position, equal, .. } = rebuilt;
        tracing::info!(projection = name, at = position.0, equal, "a read model was rebuilt");
        Ok(rebuilt)
    }
}
