//! The projector: a thread that folds the log into the read models and wakes who waits for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use kyc_events::log::EventReader;
use kyc_events::{Position, Record, StreamId};
use kyc_projections::deadlines::Deadlines;
use kyc_projections::outbox::Outbox;
use kyc_projections::subjects::Subjects;
use kyc_projections::transfer_status::TransferStatus;
use kyc_projections::transfer_work::TransferWork;
use kyc_projections::{FoldError, Projection, Rows};
use tokio::sync::watch;

use crate::config::limits;
use crate::metrics::Metrics;

/// All read models and how far they are. Cheap to clone.
#[derive(Clone)]
pub struct ReadModels {
    /// See [`kyc_projections::transfer_status`].
    pub transfer_status: Model,
    /// See [`kyc_projections::transfer_work`].
    pub transfer_work: Model,
    /// See [`kyc_projections::outbox`].
    pub outbox: Model,
    /// See [`kyc_projections::deadlines`].
    pub deadlines: Model,
    /// See [`kyc_projections::subjects`].
    pub subjects: Model,
    applied: Arc<watch::Sender<Position>>,
    lost: Arc<watch::Sender<bool>>,
    log: Arc<dyn EventReader>,
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

/// One read model: its rows and how far they are. Cheap to clone.
#[derive(Clone, Default)]
pub struct Model(Arc<RwLock<Folded>>);

/// Rows and checkpoint change under one lock: a reader sees both or neither.
#[derive(Default)]
struct Folded {
    rows: Rows,
    checkpoint: Position,
}

impl Model {
    /// Asks it something.
    pub fn query<T>(&self, ask: impl FnOnce(&Rows) -> T) -> T {
        ask(&self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).rows)
    }

    /// Takes in what it does not know yet; answers its checkpoint.
    fn fold<P: Projection>(&self, records: &[Record]) -> Result<Position, FoldError> {
        let mut folded = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for record in records {
            if record.position >= folded.checkpoint {
                P::apply(&mut folded.rows, record)?;
                folded.checkpoint = record.position.next();
            }
        }
        Ok(folded.checkpoint)
    }
}

impl ReadModels {
    /// Starts the projector; it ends when `stop` is set.
    pub fn start(
        log: Arc<dyn EventReader>,
        metrics: Metrics,
        stop: Arc<AtomicBool>,
    ) -> (Self, JoinHandle<()>) {
        let models = Self {
            transfer_status: Model::default(),
            transfer_work: Model::default(),
            outbox: Model::default(),
            deadlines: Model::default(),
            subjects: Model::default(),
            applied: Arc::new(watch::Sender::new(Position::START)),
            lost: Arc::new(watch::Sender::new(false)),
            log,
        };
        let projector = models.clone();
        let thread = std::thread::Builder::new()
            .name("projector".to_owned())
            .spawn(move || {
                let _guard = Guard { lost: Arc::clone(&projector.lost), stop: Arc::clone(&stop) };
                projector.run(&metrics, &stop);
            })
            .expect("invariant: the system can start a thread");
        (models, thread)
    }

    fn run(&self, metrics: &Metrics, stop: &AtomicBool) {
        const LOOK: Duration = Duration::from_millis(200);
        while !stop.load(Ordering::Relaxed) {
            let applied = *self.applied.borrow();
            let size = self.log.wait_past(applied, LOOK);
            if size <= applied {
                continue;
            }
            if let Err(what) = self.catch_up(applied, size, metrics) {
                tracing::error!(what, "the read models cannot follow the log; stopping");
                return;
            }
        }
    }

    fn catch_up(&self, from: Position, size: Position, metrics: &Metrics) -> Result<(), String> {
        let records =
            self.log.read(from, limits::PROJECTOR_BATCH).map_err(|error| error.to_string())?;
        let folds = [
            (TransferStatus::NAME, self.transfer_status.fold::<TransferStatus>(&records)),
            (TransferWork::NAME, self.transfer_work.fold::<TransferWork>(&records)),
            (Outbox::NAME, self.outbox.fold::<Outbox>(&records)),
            (Deadlines::NAME, self.deadlines.fold::<Deadlines>(&records)),
            (Subjects::NAME, self.subjects.fold::<Subjects>(&records)),
        ];
        // The slowest of them is what everybody may rely on.
        let mut applied = size;
        for (name, checkpoint) in folds {
            let checkpoint = checkpoint.map_err(|error| format!("{name}: {error}"))?;
            let lag = size.0.saturating_sub(checkpoint.0);
            metrics.projection_lag.with_label_values(&[name]).set(lag as i64);
            applied = applied.min(checkpoint);
        }
        self.applied.send_replace(applied);
        Ok(())
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
