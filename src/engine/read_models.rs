//! The projector: a thread that folds the log into the read models and wakes who waits for them.

mod model;
mod rebuild;

#[cfg(test)]
mod tests;

pub use model::Model;
pub use rebuild::{RebuildError, Rebuilt};

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use kyc_events::log::EventReader;
use kyc_events::{Position, StreamId};
use kyc_projections::catalog;
use kyc_projections::{Fold, FoldError, Projection, Store, StoreError};
use tokio::sync::watch;

use crate::config::limits;
use crate::metrics::Metrics;

/// All read models and how far they are. Cheap to clone.
#[derive(Clone)]
pub struct ReadModels {
    /// In the order of the catalog.
    models: Arc<[Model]>,
    applied: Arc<watch::Sender<Position>>,
    lost: Arc<watch::Sender<bool>>,
    log: Arc<dyn EventReader>,
    /// `None` once it is closed.
    store: Arc<Mutex<Option<Store>>>,
    rebuilding: Arc<Mutex<()>>,
    stop: Arc<AtomicBool>,
}

/// Tells, however the projector's thread ends, that nobody folds any more.
struct Guard {
    lost: Arc<watch::Sender<bool>>,
    stop: Arc<AtomicBool>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.stop.load(Ordering::Relaxed) {
            self.lost.send_replace(true);
        }
    }
}

impl ReadModels {
    /// Opens the store in directory `dir` (`None`: in memory) and starts the projector, which
    /// goes on from what was committed; it ends when `stop` is set.
    pub fn start(
        log: Arc<dyn EventReader>,
        dir: Option<PathBuf>,
        metrics: Metrics,
        stop: Arc<AtomicBool>,
    ) -> Result<(Self, JoinHandle<()>), FoldError> {
        let store = match dir {
            Some(dir) => Store::open(&dir, limits::PROJECTION_CACHE_BYTES)?,
            None => Store::memory(),
        };
        let lost = Arc::new(watch::Sender::new(false));
        let mut models = Vec::new();
        for entry in catalog::ALL {
            models.push(Model::new(Fold::open(&store, entry, &*log)?, Arc::clone(&lost)));
        }
        let applied = models.iter().map(Model::position).min().unwrap_or_default();
        tracing::info!(at = applied.0, of = log.size().0, "the read models are open");
        let models = Self {
            models: models.into(),
            applied: Arc::new(watch::Sender::new(applied)),
            lost,
            log,
            store: Arc::new(Mutex::new(Some(store))),
            rebuilding: Arc::default(),
            stop,
        };
        let projector = models.clone();
        let thread = std::thread::Builder::new()
            .name("projector".to_owned())
            .spawn(move || {
                let (lost, stop) = (Arc::clone(&projector.lost), Arc::clone(&projector.stop));
                let _guard = Guard { lost, stop };
                if let Err(error) = projector.run(&metrics) {
                    tracing::error!(%error, "the read models cannot follow the log; stopping");
                }
            })
            .expect("invariant: the system can start a thread");
        Ok((models, thread))
    }

    fn run(&self, metrics: &Metrics) -> Result<(), FoldError> {
        let (mut dirty, mut renewals) = (false, 0);
        while !self.stop.load(Ordering::Relaxed) {
            self.renew_damaged(&mut renewals)?;
            let applied = *self.applied.borrow();
            let look = if dirty { limits::COMMIT_AFTER } else { limits::PROJECTOR_LOOK };
            let size = self.log.wait_past(applied, look);
            if size > applied {
                self.catch_up(applied, size, metrics)?;
                dirty = true;
            } else if dirty {
                self.commit()?;
                dirty = false;
            }
        }
        self.end(metrics)
    }

    /// Takes in what was written last, if it is little, so that the next start need not.
    fn end(&self, metrics: &Metrics) -> Result<(), FoldError> {
        for _ in 0..limits::PROJECTOR_LAST_BATCHES {
            let (applied, size) = (*self.applied.borrow(), self.log.size());
            if size <= applied {
                break;
            }
            self.catch_up(applied, size, metrics)?;
        }
        self.commit()?;
        self.close();
        Ok(())
    }

    fn catch_up(&self, from: Position, size: Position, metrics: &Metrics) -> Result<(), FoldError> {
        let records = self.log.read(from, limits::PROJECTOR_BATCH)?;
        // The slowest of them is what everybody may rely on.
        let mut applied = size;
        for model in &*self.models {
            let name = model.entry().name;
            let taken = model.take(&records);
            let checkpoint = match taken {
                Err(_) if model.is_damaged() => model.position(),
                taken => {
                    taken.inspect_err(|error| tracing::error!(name, %error, "does not fold"))?
                }
            };
            let lag = size.0.saturating_sub(checkpoint.0);
            metrics.projection_lag.with_label_values(&[name]).set(lag as i64);
            applied = applied.min(checkpoint);
        }
        self.applied.send_replace(applied);
        Ok(())
    }

    /// Writes to the store what is not written yet.
    fn commit(&self) -> Result<(), FoldError> {
        for model in &*self.models {
            match model.commit() {
                Err(_) if model.is_damaged() => {}
                committed => committed?,
            }
        }
        Ok(())
    }

    /// Puts new rows in the place of those that could not be read.
    fn renew_damaged(&self, renewals: &mut u32) -> Result<(), FoldError> {
        let damaged: Vec<_> = self.models.iter().filter(|model| model.is_damaged()).collect();
        if damaged.is_empty() {
            return Ok(());
        }
        *renewals += 1;
        if *renewals > limits::RENEWALS_MAX {
            let what = "folding anew does not help".to_owned();
            return Err(StoreError::Damaged(what).into());
        }
        for model in &damaged {
            tracing::warn!(projection = model.entry().name, "damaged rows are folded anew");
        }
        match self.renew(&damaged) {
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "damaged rows could not be folded anew"),
        }
        Ok(())
    }

    /// Closes the store: the rows are gone, and with them the last who holds it.
    fn close(&self) {
        let _none_runs = self.rebuilding.lock().unwrap_or_else(PoisonError::into_inner);
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner).take();
        let synced = store.as_ref().map_or(Ok(()), Store::sync);
        if let Err(error) = synced {
            tracing::warn!(%error, "the read models were not synced");
        }
        let nowhere = Store::memory();
        for model in &*self.models {
            match Fold::fresh(&nowhere, model.entry()) {
                Ok(empty) => drop(model.swap(|fold| std::mem::replace(fold, empty))),
                Err(error) => tracing::warn!(%error, "a read model stays open"),
            }
        }
        // Whoever still asks has to wait for what will not come.
        self.applied.send_replace(Position::START);
    }

    fn store(&self) -> Result<Store, RebuildError> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.clone().ok_or(RebuildError::Stopping)
    }

    /// The read model of a projection.
    pub fn of<P: Projection>(&self) -> &Model {
        self.named(P::NAME).expect("invariant: every projection is in the catalog")
    }

    fn named(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.entry().name == name)
    }

    /// Names of all read models.
    pub fn names(&self) -> Vec<&'static str> {
        self.models.iter().map(|model| model.entry().name).collect()
    }

    /// Checkpoint and digest of a read model, of the same moment; `None` if there is none of
    /// that name.
    pub fn digest(&self, name: &str) -> Option<(Position, [u8; 32])> {
        self.named(name).map(Model::digest)
    }

    /// Position of the first record that is not folded in yet.
    pub fn applied(&self) -> Position {
        *self.applied.borrow()
    }

    /// Whether the projector still follows.
    pub fn is_following(&self) -> bool {
        !*self.lost.borrow()
    }

    /// Returns when the projector is gone.
    pub async fn lost(self) {
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }

    /// Wakes whenever something new was folded in.
    pub fn news(&self) -> watch::Receiver<Position> {
        self.applied.subscribe()
    }

    /// Waits until the record at `position` is folded in; whether it was in time.
    pub async fn wait_for(&self, position: Position) -> bool {
        if *self.applied.borrow() > position {
            return true;
        }
        let mut news = self.applied.subscribe();
        let caught_up = news.wait_for(|applied| *applied > position);
        tokio::time::timeout(limits::PROJECTION_WAIT, caught_up).await.is_ok_and(|r| r.is_ok())
    }

    /// The log they are made of.
    pub fn log(&self) -> Arc<dyn EventReader> {
        Arc::clone(&self.log)
    }

    /// Whether the log holds a stream.
    pub fn log_has(&self, stream: &StreamId) -> bool {
        self.log.head(stream).is_some()
    }

    /// Waits until everything the log holds of a stream is folded in.
    pub async fn wait_for_stream(&self, stream: &StreamId) -> bool {
        match self.log.head(stream) {
            Some(head) => self.wait_for(head.position).await,
            None => true,
        }
    }

    /// Waits until everything that is in the log now is folded in.
    pub async fn wait_for_all(&self) -> bool {
        match self.log.size() {
            Position(0) => true,
            Position(size) => self.wait_for(Position(size - 1)).await,
        }
    }
}
