//! The engine on an aggregate that counts, crashes, and is asked for too much.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kyc_events::engine::PolicyId;
use kyc_events::log::memory::MemoryLog;
use kyc_events::log::{Append, EventLog, EventReader};
use kyc_events::schema::EventSet;
use kyc_events::sealed::{Personal, SealError, Sealer};
use kyc_events::{ExpectedVersion, Millis, NewEvent, Position, StreamId};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::entity::Shared;
use super::handle::Origin;
use super::quarantine::Quarantine;
use super::wakes::Wakes;
use super::{Error, Handle, Journal, registry};
use crate::aggregate::{Aggregate, Context, IllegalHistory};
use crate::clock::Clock;
use crate::config::limits;
use crate::metrics::Metrics;
use crate::vault::{MasterKeys, Vault};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    by: u64,
}

kyc_events::event_set! {
    /// What happens to a counter.
    pub enum CounterEvent { Counted: "test.Counted" @ 1 }
}

impl Personal for CounterEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}

struct Counter;

#[derive(Clone, Serialize)]
enum Command {
    Add(u64),
    Crash,
}

static CRASHES: AtomicU32 = AtomicU32::new(0);

impl Aggregate for Counter {
    const KIND: &'static str = "test.counter";
    type State = u64;
    type Command = Command;
    type Event = CounterEvent;
    type Rejection = &'static str;

    fn command_name(_: &Command) -> &'static str {
        "test"
    }

    fn decide(
        _: &u64,
        command: &Command,
        _: &mut Context<'_>,
    ) -> Result<Vec<CounterEvent>, &'static str> {
        match command {
            Command::Add(0) => Err("nothing to add"),
            Command::Add(by) => Ok(vec![Counted { by: *by }.into()]),
            Command::Crash => {
                CRASHES.fetch_add(1, Ordering::Relaxed);
                panic!("a poisoned command, on purpose");
            }
        }
    }

    fn evolve(state: &mut u64, event: &CounterEvent, _: Millis) -> Result<(), IllegalHistory> {
        let CounterEvent::Counted(event) = event;
        *state += event.by;
        Ok(())
    }
}

/// Runs a test on an engine of its own over `log`.
fn on_engine<F: Future>(
    log: &Arc<MemoryLog>,
    test: impl FnOnce(Handle<Counter>) -> F,
) -> F::Output {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = Vault::open(dir.path(), MasterKeys::for_tests()).expect("opens");
    let metrics = Metrics::default();
    let (journal, writer) = Journal::start(log.clone(), metrics.clone());
    let reader: Arc<dyn EventReader> = log.clone();
    let quarantine = Quarantine::load(&*reader).expect("reads");
    let clock = Clock::standing_at(0);
    let shared = Arc::new(Shared {
        log: reader,
        journal: journal.clone(),
        vault,
        clock,
        policy: PolicyId::default(),
        wakes: Wakes::default(),
    });
    let outcome = actix_rt::System::new().block_on(async {
        let (counters, arbiters) = registry::start::<Counter>(&shared, &quarantine, &metrics);
        let outcome = tokio::task::LocalSet::new().run_until(test(counters)).await;
        for arbiter in arbiters {
            arbiter.stop();
        }
        journal.stop().await;
        outcome
    });
    writer.join().expect("the writer ends");
    outcome
}

fn counter() -> StreamId {
    StreamId::new(Counter::KIND, "a").expect("a name")
}

async fn send(counters: Handle<Counter>, command: Command) -> Result<u64, Error<&'static str>> {
    counters.send(&counter(), command, Origin::of("test")).await.map(|reply| *reply.state)
}

async fn send_all(
    counters: &Handle<Counter>,
    count: usize,
) -> Vec<Result<u64, Error<&'static str>>> {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        tasks.spawn_local(send(counters.clone(), Command::Add(1)));
    }
    tasks.join_all().await
}

#[test]
fn commands_of_one_aggregate_follow_one_another() {
    let log = Arc::new(MemoryLog::new());
    on_engine(&log, async |counters| {
        let mut answers: Vec<u64> =
            send_all(&counters, 200).await.into_iter().map(Result::unwrap).collect();
        answers.sort_unstable();
        assert_eq!(answers, (1..=200).collect::<Vec<_>>());
    });
    assert_eq!(log.size(), Position(200));
}

#[test]
fn one_command_more_than_may_wait_is_turned_away() {
    let log = Arc::new(MemoryLog::new());
    on_engine(&log, async |counters| {
        let answers = send_all(&counters, 4 * limits::MAILBOX_COMMANDS_MAX).await;
        let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(accepted >= limits::MAILBOX_COMMANDS_MAX);
        assert!(answers.iter().all(|a| matches!(a, Ok(_) | Err(Error::Busy))));
        assert_eq!(log.size(), Position(accepted as u64));
    });
}

#[test]
fn a_rejection_writes_nothing() {
    let log = Arc::new(MemoryLog::new());
    let answer = on_engine(&log, |counters| send(counters, Command::Add(0)));
    assert!(matches!(answer, Err(Error::Rejected("nothing to add"))));
    assert_eq!(log.size(), Position::START);
}

#[test]
fn a_command_that_crashes_is_quarantined_for_good_and_the_aggregate_lives_on() {
    let log = Arc::new(MemoryLog::new());
    let crash = async |counters: Handle<Counter>| {
        let answer = send(counters.clone(), Command::Crash).await;
        assert!(matches!(answer, Err(Error::Quarantined)));
        counters
    };
    on_engine(&log, async |counters| {
        send(counters.clone(), Command::Add(5)).await.expect("adds");
        let counters = crash(counters).await;
        assert_eq!(CRASHES.load(Ordering::Relaxed), limits::CRASHES_MAX);
        let counters = crash(counters).await;
        assert_eq!(CRASHES.load(Ordering::Relaxed), limits::CRASHES_MAX, "not tried again");
        assert_eq!(send(counters, Command::Add(1)).await.expect("adds"), 6);
    });
    assert_eq!(log.size(), Position(3), "two events and the quarantine's own");
    on_engine(&log, async |counters| {
        crash(counters).await;
        assert_eq!(CRASHES.load(Ordering::Relaxed), limits::CRASHES_MAX, "nor after a restart");
    });
}

#[test]
fn another_writer_in_between_is_noticed_and_nothing_is_lost() {
    let log = Arc::new(MemoryLog::new());
    on_engine(&log, async |counters| {
        assert_eq!(send(counters.clone(), Command::Add(1)).await.expect("adds"), 1);
        let event = CounterEvent::from(Counted { by: 10 });
        let foreign = NewEvent {
            event_id: Uuid::now_v7(),
            name: event.schema().name.into(),
            schema_version: 1,
            actor: "somebody else".into(),
            causation: None,
            correlation: Uuid::now_v7(),
            payload: event.encode().expect("encodes"),
        };
        let append = Append {
            stream: counter(),
            expected: ExpectedVersion::Any,
            events: vec![foreign],
            now: 0,
        };
        log.append(&[append]).expect("appends")[0].clone().expect("accepted");
        assert_eq!(*counters.state(&counter()).await.expect("reads"), 11, "no state of before");
        assert_eq!(*counters.state(&counter()).await.expect("reads"), 11);
        assert_eq!(send(counters, Command::Add(1)).await.expect("adds"), 12);
    });
}

#[test]
fn more_aggregates_than_may_be_live_are_dropped_and_loaded_again() {
    let log = Arc::new(MemoryLog::new());
    on_engine(&log, async |counters| {
        let count = crate::config::limits::LIVE_PER_SHARD_MAX * 3;
        for round in 1..=2 {
            for number in 0..count {
                let stream = StreamId::new(Counter::KIND, &number.to_string()).expect("a name");
                let sent = counters.send(&stream, Command::Add(1), Origin::of("test")).await;
                assert_eq!(*sent.expect("adds").state, round);
            }
        }
    });
}

#[test]
fn a_log_that_takes_no_writes_answers_unavailable_and_still_reads() {
    let log = Arc::new(MemoryLog::new());
    on_engine(&log, async |counters| {
        send(counters.clone(), Command::Add(7)).await.expect("adds");
        log.close().expect("closes");
        let answer = send(counters.clone(), Command::Add(1)).await;
        assert!(matches!(answer, Err(Error::Unavailable(_))));
        assert_eq!(*counters.state(&counter()).await.expect("reads"), 7);
    });
}
