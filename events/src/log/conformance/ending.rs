//! Promises of [`EventLog::mark`] and [`EventLog::close`], and of opening again.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Engine;
use super::appending::append;
use super::sample::{NOW, stream, wish, wish_at};
use crate::log::{Append, EventLog, WriteError};
use crate::record::Record;
use crate::stream::{ExpectedVersion, Position, Version};

fn fill(log: &dyn EventLog) {
    for round in 0..6 {
        let later = Append { now: NOW + round, ..wish("a", 2) };
        log.append(&[wish("b", 1), later, wish("c", 3)]).expect("the log writes");
    }
}

/// Everything there is to see of a log.
fn content(log: &dyn EventLog) -> Vec<Vec<Record>> {
    let of = |key| log.read_stream(&stream(key), Version::NONE, 1000).expect("the log reads");
    let all = log.read(Position::START, 1000).expect("the log reads");
    assert_eq!(all.len() as u64, log.size().0);
    for key in ["a", "b", "c"] {
        let last = of(key).pop().map(|record| (record.version, record.position));
        assert_eq!(log.head(&stream(key)).map(|head| (head.version, head.position)), last);
    }
    vec![all, of("a"), of("b"), of("c")]
}

pub(super) fn a_closed_log_refuses_to_write_and_still_reads(engine: &dyn Engine) {
    let log = engine.create();
    fill(&*log);
    let before = content(&*log);
    log.close().expect("the log closes");
    assert!(matches!(log.append(&[wish("a", 1)]), Err(WriteError::Closed)));
    assert!(matches!(log.mark(), Err(WriteError::Closed)));
    log.close().expect("closing twice is fine");
    assert_eq!(content(&*log), before);
}

pub(super) fn closing_wakes_those_who_wait(engine: &dyn Engine) {
    let log = engine.create();
    append(&*log, wish("a", 1));
    thread::scope(|scope| {
        let (about_to_wait, waits) = mpsc::channel();
        let log = &*log;
        let waiter = scope.spawn(move || {
            about_to_wait.send(()).expect("the test listens");
            log.wait_past(Position(1), Duration::from_secs(60))
        });
        waits.recv().expect("the waiter says so");
        log.close().expect("the log closes");
        assert_eq!(waiter.join().expect("the waiter ends"), Position(1));
    });
    assert_eq!(log.wait_past(Position(1), Duration::from_secs(60)), Position(1));
}

pub(super) fn a_closed_log_opens_as_it_was(engine: &dyn Engine) {
    let log = engine.create();
    fill(&*log);
    let before = content(&*log);
    log.close().expect("the log closes");
    let Some(log) = engine.reopen(log) else { return };
    assert_eq!(content(&*log), before);
}

pub(super) fn a_dropped_log_opens_as_it_was(engine: &dyn Engine) {
    let log = engine.create();
    fill(&*log);
    let before = content(&*log);
    let Some(log) = engine.reopen(log) else { return };
    assert_eq!(content(&*log), before);
}

pub(super) fn a_marked_log_opens_as_it_was(engine: &dyn Engine) {
    let log = engine.create();
    log.mark().expect("an empty log is marked");
    fill(&*log);
    log.mark().expect("the log is marked");
    log.mark().expect("and again");
    append(&*log, wish("a", 1));
    let before = content(&*log);
    let Some(log) = engine.reopen(log) else { return };
    assert_eq!(content(&*log), before);
}

pub(super) fn writing_goes_on_after_opening(engine: &dyn Engine) {
    let log = engine.create();
    fill(&*log);
    let newest = append(&*log, Append { now: NOW + 1000, ..wish("a", 1) });
    log.close().expect("the log closes");
    let Some(mut log) = engine.reopen(log) else { return };
    for _ in 0..3 {
        let head = log.head(&stream("a")).expect("the stream has events");
        let expected = ExpectedVersion::Exact(head.version);
        let size = log.size();
        let appended = append(&*log, wish_at("a", expected, 1));
        assert_eq!(appended.first, size);
        assert_eq!(appended.recorded_at, newest.recorded_at, "time does not run backwards");
        let stale = log.append(&[wish_at("a", expected, 1)]).expect("the log writes");
        assert!(stale[0].is_err(), "conflicts are noticed after opening");
        let before = content(&*log);
        log = engine.reopen(log).expect("it was opened before");
        assert_eq!(content(&*log), before);
    }
}
