//! The projector over a log in memory: what it keeps, and what a rebuild changes.

use std::path::Path;

use kyc_events::corepass::{
    CallbackContent, CallbackRequested, TRANSFER, TransferEvent, TransferInitiated,
};
use kyc_events::log::memory::MemoryLog;
use kyc_events::log::{Append, EventLog};
use kyc_events::schema::EventSet;
use kyc_events::{ExpectedVersion, NewEvent};
use kyc_projections::deadlines::{self, Deadlines};
use kyc_projections::outbox::{self, Outbox};
use kyc_projections::store::stored_digest;
use uuid::Uuid;

use super::*;

/// A log that grows, and what follows it.
struct Following {
    log: Arc<MemoryLog>,
    models: ReadModels,
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

fn start(log: &Arc<MemoryLog>, dir: Option<&Path>) -> Following {
    let stop = Arc::new(AtomicBool::new(false));
    let reader: Arc<dyn EventReader> = log.clone();
    let dir = dir.map(Path::to_owned);
    let (models, thread) =
        ReadModels::start(reader, dir, Metrics::default(), Arc::clone(&stop)).expect("starts");
    Following { log: Arc::clone(log), models, thread: Some(thread), stop }
}

impl Following {
    /// Waits until everything is folded in.
    fn caught_up(&self) -> &ReadModels {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let caught_up = self.models.wait_for_all();
        assert!(runtime.expect("a runtime").block_on(caught_up), "in time");
        &self.models
    }

    fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("runs").join().expect("ends");
    }
}

fn append(log: &MemoryLog, event: impl Into<TransferEvent>) {
    let event = event.into();
    let schema = event.schema();
    let event = NewEvent {
        event_id: Uuid::new_v4(),
        name: schema.name.into(),
        schema_version: schema.version,
        actor: "test".into(),
        causation: None,
        correlation: Uuid::nil(),
        payload: event.encode().expect("holds no personal data"),
    };
    let stream = StreamId::new(TRANSFER, "a").expect("a name");
    let wish = Append { stream, expected: ExpectedVersion::Any, events: vec![event], now: 1 };
    log.append(&[wish]).expect("appended").remove(0).expect("taken");
}

fn grow(log: &MemoryLog, orders: std::ops::Range<u32>) {
    for order in orders {
        let transmission = String::new();
        append(log, TransferInitiated { order, transmission, data_due_at: order.into() });
        let delivery = Uuid::from_u128(order.into());
        append(log, CallbackRequested { order, delivery, content: CallbackContent::Data });
    }
}

fn listed(models: &ReadModels) -> usize {
    models.of::<Outbox>().query(|rows| outbox::list(rows, None, 100_000).len())
}

#[test]
fn a_clean_stop_leaves_nothing_to_fold_and_closes_the_store() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Arc::new(MemoryLog::new());
    grow(&log, 0..50);
    let following = start(&log, Some(dir.path()));
    let digest = following.caught_up().digest(Outbox::NAME).expect("an outbox");
    assert_eq!(digest.0, log.size());
    let kept = following.models.clone();
    following.stop();
    assert_eq!(kept.applied(), Position::START, "whoever asks now has to wait");
    let stored = stored_digest(dir.path(), Outbox::NAME).expect("a look").expect("an outbox");
    assert_eq!((stored.position, stored.digest, stored.counted), (digest.0, digest.1, digest.1));
    let again = start(&log, Some(dir.path()));
    assert_eq!(listed(&again.models), 50, "at once, before anything is folded");
    again.stop();
}

#[test]
fn what_was_written_just_before_a_stop_is_folded_in_by_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Arc::new(MemoryLog::new());
    let following = start(&log, Some(dir.path()));
    grow(&log, 0..2_000);
    following.stop();
    let stored = stored_digest(dir.path(), Outbox::NAME).expect("a look").expect("an outbox");
    assert_eq!(stored.position, log.size());
}

#[test]
fn the_digest_is_the_same_in_memory_and_on_disk() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Arc::new(MemoryLog::new());
    grow(&log, 0..50);
    let (disk, memory) = (start(&log, Some(dir.path())), start(&log, None));
    assert_eq!(disk.models.names().len(), catalog::ALL.len());
    for name in disk.models.names() {
        let digest = disk.caught_up().digest(name);
        assert!(digest.is_some());
        assert_eq!(digest, memory.caught_up().digest(name), "{name}");
    }
    assert_eq!(disk.models.digest("inbox"), None);
    disk.stop();
    memory.stop();
}

#[test]
fn a_rebuild_changes_nothing_that_can_be_asked_for() {
    let dir = tempfile::tempdir().expect("a directory");
    for dir in [None, Some(dir.path())] {
        let log = Arc::new(MemoryLog::new());
        grow(&log, 0..3_000);
        let following = start(&log, dir);
        let before = following.caught_up().digest(Deadlines::NAME);
        let all = following.models.rebuild(None).expect("rebuilt");
        assert_eq!(all.len(), catalog::ALL.len());
        for one in &all {
            assert!(one.equal && one.before == one.after, "{one:?}");
            assert_eq!(one.position, log.size());
        }
        assert_eq!(following.models.digest(Deadlines::NAME), before);
        let one = following.models.rebuild(Some(Outbox::NAME)).expect("rebuilt");
        assert_eq!(one.iter().map(|one| one.name).collect::<Vec<_>>(), [Outbox::NAME]);
        assert!(matches!(following.models.rebuild(Some("inbox")), Err(RebuildError::Unknown)));
        grow(&log, 3_000..3_010);
        assert_eq!(listed(following.caught_up()), 3_010, "the new rows follow");
        following.stop();
    }
}

#[test]
fn while_a_rebuild_runs_the_log_grows_and_readers_are_answered() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Arc::new(MemoryLog::new());
    grow(&log, 0..2_000);
    let following = start(&log, Some(dir.path()));
    following.caught_up();
    let models = following.models.clone();
    let rebuilt = std::thread::scope(|scope| {
        let rebuild = scope.spawn(|| models.rebuild(None));
        let mut order = 2_000;
        while !rebuild.is_finished() {
            grow(&following.log, order..order + 1);
            order += 1;
            assert!(listed(&following.models) >= 2_000, "old or new, never neither");
        }
        rebuild.join().expect("ends").expect("rebuilt")
    });
    assert!(rebuilt.iter().all(|one| one.equal), "{rebuilt:?}");
    let digest = following.caught_up().digest(Outbox::NAME);
    let memory = start(&log, None);
    assert_eq!(memory.caught_up().digest(Outbox::NAME), digest);
    memory.stop();
    following.stop();
    let stored = stored_digest(dir.path(), Outbox::NAME).expect("a look").expect("an outbox");
    assert_eq!(Some((stored.position, stored.counted)), digest);
}

#[test]
fn rows_that_are_wrong_are_found_by_a_rebuild_and_replaced() {
    let log = Arc::new(MemoryLog::new());
    grow(&log, 0..10);
    let following = start(&log, None);
    let model = following.caught_up().of::<Deadlines>();
    let right = model.digest();
    let nowhere = Store::memory();
    model.swap(|fold| {
        let mut wrong = Fold::fresh(&nowhere, fold.entry()).expect("rows");
        let missed = log.read(Position(2), 1_000).expect("read");
        wrong.take(&missed).expect("folds");
        *fold = wrong;
    });
    let rebuilt = following.models.rebuild(Some(Deadlines::NAME)).expect("rebuilt");
    assert!(!rebuilt[0].equal);
    assert_eq!((rebuilt[0].position, rebuilt[0].after), right);
    assert_eq!(model.query(deadlines::next), Some(0));
    following.stop();
}

#[test]
fn rows_that_cannot_be_read_are_folded_anew_and_then_answer() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Arc::new(MemoryLog::new());
    grow(&log, 0..10);
    let following = start(&log, Some(dir.path()));
    let model = following.caught_up().of::<Outbox>();
    let right = model.digest();
    model.swap(|fold| assert_eq!(fold.rows().get::<(String, String)>(b"no table"), None));
    // The row of a delivery, read as if it were something else.
    let first = model.query(|rows| rows.first_from(b"delivery\0", b"")).expect("a delivery");
    model.swap(|fold| assert_eq!(fold.rows().get::<String>(&first), None));
    assert!(model.is_damaged());
    assert_eq!(listed(&following.models), 10);
    assert!(!model.is_damaged());
    assert_eq!(model.digest(), right);
    following.stop();
}
