//! Promises of [`EventReader`](crate::log::EventReader).

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Engine;
use super::appending::append;
use super::sample::{event, stream, wish};
use crate::log::Append;
use crate::stream::{Position, Version};

/// Longer than any test waits for something that happens.
const LONG: Duration = Duration::from_secs(60);

pub(super) fn an_empty_log_reads_as_empty(engine: &dyn Engine) {
    let log = engine.create();
    assert_eq!(log.size(), Position::START);
    assert_eq!(log.read(Position::START, 10).expect("the log reads"), []);
    assert_eq!(log.read(Position(u64::MAX), 10).expect("the log reads"), []);
    assert_eq!(log.read_stream(&stream("a"), Version::NONE, 10).expect("the log reads"), []);
    assert_eq!(log.head(&stream("a")), None);
}

pub(super) fn reading_begins_with_the_position_asked_for(engine: &dyn Engine) {
    let log = engine.create();
    for _ in 0..4 {
        append(&*log, wish("a", 5));
    }
    for from in 0..22 {
        for limit in [0, 1, 3, 20, usize::MAX] {
            let read = log.read(Position(from), limit).expect("the log reads");
            let read: Vec<u64> = read.iter().map(|record| record.position.0).collect();
            let expected: Vec<u64> = (from..20).take(limit).collect();
            assert_eq!(read, expected, "from {from}, limit {limit}");
        }
    }
}

pub(super) fn a_stream_is_read_after_the_version_asked_for(engine: &dyn Engine) {
    let log = engine.create();
    for _ in 0..4 {
        append(&*log, wish("a", 2));
        append(&*log, wish("b", 1));
    }
    for after in [0, 1, 2, 7, 8, 9, u64::MAX] {
        for limit in [0, 1, 3, 8, usize::MAX] {
            let read = log.read_stream(&stream("a"), Version(after), limit);
            let read = read.expect("the log reads");
            assert!(read.iter().all(|record| record.stream == stream("a")));
            let read: Vec<u64> = read.iter().map(|record| record.version.0).collect();
            let expected: Vec<u64> = (1..=8).filter(|version| *version > after).collect();
            let expected = &expected[..limit.min(expected.len())];
            assert_eq!(read, expected, "after {after}, limit {limit}");
        }
    }
}

pub(super) fn a_record_names_the_one_before_it_in_its_stream(engine: &dyn Engine) {
    let log = engine.create();
    log.append(&[wish("a", 2), wish("b", 1), wish("a", 1)]).expect("the log writes");
    append(&*log, wish("b", 1));
    let read = log.read(Position::START, 10).expect("the log reads");
    let previous: Vec<Option<u64>> =
        read.iter().map(|record| record.previous.map(|position| position.0)).collect();
    assert_eq!(previous, [None, Some(0), None, Some(1), Some(2)]);
}

pub(super) fn large_and_small_records_are_read_alike(engine: &dyn Engine) {
    let log = engine.create();
    let sizes = [0, 3_000_000, 10, 700_000, 700_000, 1_048_576, 1, 0];
    for (number, bytes) in sizes.into_iter().enumerate() {
        let events = vec![event(number as u32, vec![number as u8; bytes])];
        append(&*log, Append { events, ..wish("a", 1) });
    }
    let all = log.read(Position::START, 100).expect("the log reads");
    let read: Vec<usize> = all.iter().map(|record| record.payload.len()).collect();
    assert_eq!(read, sizes);
    let stream = log.read_stream(&stream("a"), Version::NONE, 100).expect("the log reads");
    assert_eq!(stream, all);
}

pub(super) fn waiting_ends_when_the_log_grows(engine: &dyn Engine) {
    let log = engine.create();
    append(&*log, wish("a", 2));
    assert_eq!(log.wait_past(Position(1), LONG), Position(2), "no wait for what is there");
    thread::scope(|scope| {
        let (about_to_wait, waits) = mpsc::channel();
        let log = &*log;
        let waiter = scope.spawn(move || {
            about_to_wait.send(()).expect("the test listens");
            log.wait_past(Position(2), LONG)
        });
        waits.recv().expect("the waiter says so");
        append(log, wish("a", 1));
        assert_eq!(waiter.join().expect("the waiter ends"), Position(3));
    });
}

pub(super) fn waiting_ends_with_the_time_out(engine: &dyn Engine) {
    let log = engine.create();
    append(&*log, wish("a", 1));
    assert_eq!(log.wait_past(Position(1), Duration::from_millis(1)), Position(1));
    assert_eq!(log.wait_past(Position(9), Duration::ZERO), Position(1));
}

pub(super) fn readers_see_whole_batches_in_order_while_they_are_appended(engine: &dyn Engine) {
    const BATCHES: u64 = 60;
    const BATCH: u64 = 4;
    let log = engine.create();
    let log = &*log;
    let follow = || {
        let mut seen = 0;
        while seen < BATCHES * BATCH {
            let size = log.wait_past(Position(seen), LONG).0;
            assert!(size > seen && size.is_multiple_of(BATCH), "{size} is not the end of a batch");
            let read = log.read(Position(seen), usize::MAX).expect("the log reads");
            assert!(read.len() as u64 >= size - seen, "everything announced is there");
            for record in read {
                assert_eq!(record.position, Position(seen));
                seen += 1;
            }
            let stream = log.read_stream(&stream("a"), Version::NONE, usize::MAX);
            let stream = stream.expect("the log reads");
            assert!(stream.len() as u64 >= size / BATCH, "the stream is as new as the log");
        }
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(follow)).collect();
        for _ in 0..BATCHES {
            log.append(&[wish("a", 1), wish("b", 3)]).expect("the log writes");
        }
        for reader in readers {
            reader.join().expect("a reader sees everything");
        }
    });
}
