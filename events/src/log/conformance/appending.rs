//! Promises of [`EventLog::append`](crate::log::EventLog::append).

use super::Engine;
use super::sample::{NOW, event, stream, wish, wish_at};
use crate::codec::RECORD_BYTES_MAX;
use crate::log::{Append, Appended, EventLog, Refusal, StreamHead};
use crate::record::NewEvent;
use crate::stream::{ExpectedVersion, Position, Version};

/// Appends one wish that has to be admitted.
pub(super) fn append(log: &dyn EventLog, wish: Append) -> Appended {
    let mut answers = log.append(&[wish]).expect("the log writes");
    assert_eq!(answers.len(), 1, "one answer to one wish");
    answers.remove(0).expect("the wish is admitted")
}

fn refused(log: &dyn EventLog, wish: Append) -> Refusal {
    let mut answers = log.append(&[wish]).expect("the log writes");
    assert_eq!(answers.len(), 1, "one answer to one wish");
    answers.remove(0).expect_err("the wish is refused")
}

pub(super) fn positions_and_versions_have_no_gaps(engine: &dyn Engine) {
    let log = engine.create();
    for round in 0..5_u64 {
        let batch = [wish("a", 2), wish("b", 1)];
        let answers = log.append(&batch).expect("the log writes");
        let expected = |first: u64, count: u64, version: u64| {
            let (first, last) = (Position(first), Position(first + count - 1));
            Ok(Appended { first, last, version: Version(version), recorded_at: NOW })
        };
        let a = expected(round * 3, 2, round * 2 + 2);
        let b = expected(round * 3 + 2, 1, round + 1);
        assert_eq!(answers, [a, b]);
        assert_eq!(log.size(), Position(round * 3 + 3));
    }
    let records = log.read(Position::START, 100).expect("the log reads");
    let positions: Vec<u64> = records.iter().map(|record| record.position.0).collect();
    assert_eq!(positions, (0..15).collect::<Vec<_>>());
    let head = StreamHead { version: Version(10), position: Position(13) };
    assert_eq!(log.head(&stream("a")), Some(head));
}

pub(super) fn a_conflict_is_a_value_and_the_others_are_appended(engine: &dyn Engine) {
    let log = engine.create();
    append(&*log, wish("a", 1));
    let expected = ExpectedVersion::Exact(Version(7));
    let batch = [wish("b", 1), wish_at("a", expected, 1), wish("c", 1)];
    let answers = log.append(&batch).expect("the log writes");
    assert_eq!(answers[0].as_ref().expect("admitted").first, Position(1));
    assert_eq!(answers[1], Err(Refusal::Conflict { expected, actual: Version(1) }));
    assert_eq!(answers[2].as_ref().expect("admitted").first, Position(2));
    assert_eq!(log.size(), Position(3));
}

pub(super) fn a_wish_sees_the_ones_before_it_in_the_batch(engine: &dyn Engine) {
    let log = engine.create();
    let exact = |version| ExpectedVersion::Exact(Version(version));
    let batch = [
        wish_at("a", ExpectedVersion::NoStream, 2),
        wish_at("a", ExpectedVersion::NoStream, 1),
        wish_at("a", exact(2), 1),
        wish_at("a", exact(2), 1),
    ];
    let answers = log.append(&batch).expect("the log writes");
    let admitted: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(admitted, [true, false, true, false]);
    let actual = Version(3);
    assert_eq!(answers[3], Err(Refusal::Conflict { expected: exact(2), actual }));
    let read = log.read_stream(&stream("a"), Version::NONE, 10).expect("the log reads");
    assert_eq!(read.len(), 3);
}

pub(super) fn every_expectation_is_held_against_the_stream(engine: &dyn Engine) {
    let log = engine.create();
    let none = ExpectedVersion::NoStream;
    append(&*log, wish_at("a", none, 1));
    append(&*log, wish_at("a", ExpectedVersion::Exact(Version(1)), 1));
    append(&*log, wish_at("b", ExpectedVersion::Exact(Version::NONE), 1));
    append(&*log, wish_at("c", ExpectedVersion::Any, 1));
    let conflict = Refusal::Conflict { expected: none, actual: Version(2) };
    assert_eq!(refused(&*log, wish_at("a", none, 1)), conflict);
    assert_eq!(log.size(), Position(4));
}

pub(super) fn what_was_appended_is_read_as_it_was(engine: &dyn Engine) {
    let log = engine.create();
    let events: Vec<NewEvent> = (0..4)
        .map(|number| NewEvent {
            name: format!("sample.Kind{number}").into(),
            schema_version: number as u16 + 1,
            actor: if number == 0 { "" } else { "operator" }.into(),
            ..event(number, vec![number as u8; number as usize * 100])
        })
        .collect();
    append(&*log, wish("other", 3));
    let expected = ExpectedVersion::NoStream;
    append(&*log, Append { stream: stream("a"), expected, events: events.clone(), now: NOW });
    let read = log.read_stream(&stream("a"), Version::NONE, 10).expect("the log reads");
    assert_eq!(read, log.read(Position(3), 10).expect("the log reads"));
    let read: Vec<NewEvent> = read
        .into_iter()
        .map(|record| NewEvent {
            event_id: record.event_id,
            name: record.name,
            schema_version: record.schema_version,
            actor: record.actor,
            causation: record.causation,
            correlation: record.correlation,
            payload: record.payload,
        })
        .collect();
    assert_eq!(read, events);
}

pub(super) fn time_never_runs_backwards(engine: &dyn Engine) {
    let log = engine.create();
    for (now, recorded_at) in [(NOW, NOW), (NOW - 5, NOW), (NOW + 1, NOW + 1), (0, NOW + 1)] {
        let appended = append(&*log, Append { now, ..wish("a", 1) });
        assert_eq!(appended.recorded_at, recorded_at);
    }
    let batch = [Append { now: NOW + 9, ..wish("a", 1) }, Append { now: NOW, ..wish("b", 1) }];
    log.append(&batch).expect("the log writes");
    let records = log.read(Position::START, 10).expect("the log reads");
    assert!(records.is_sorted_by_key(|record| record.recorded_at));
    assert_eq!(records[5].recorded_at, NOW + 9);
}

pub(super) fn what_does_not_fit_a_record_is_refused(engine: &dyn Engine) {
    let log = engine.create();
    let with = |bytes: usize| Append { events: vec![event(1, vec![7; bytes])], ..wish("a", 1) };
    let over = refused(&*log, with(RECORD_BYTES_MAX));
    let Refusal::TooLarge { bytes, bytes_max } = over else { panic!("too large, not {over}") };
    assert_eq!(bytes_max, RECORD_BYTES_MAX);
    let envelope = bytes - RECORD_BYTES_MAX;
    append(&*log, with(RECORD_BYTES_MAX - envelope));
    let over = refused(&*log, with(RECORD_BYTES_MAX - envelope + 1));
    assert_eq!(over, Refusal::TooLarge { bytes: bytes_max + 1, bytes_max });
    let read = log.read(Position::START, 10).expect("the log reads");
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].payload.len(), RECORD_BYTES_MAX - envelope);
}

pub(super) fn what_is_no_event_is_refused(engine: &dyn Engine) {
    let log = engine.create();
    let too_long = "x".repeat(256);
    let good = event(1, Vec::new());
    let bad = [
        NewEvent { name: "".into(), ..good.clone() },
        NewEvent { name: "é".into(), ..good.clone() },
        NewEvent { name: too_long.clone().into(), ..good.clone() },
        NewEvent { actor: too_long.into(), ..good.clone() },
        NewEvent { actor: "é".into(), ..good.clone() },
        NewEvent { schema_version: 0, ..good.clone() },
    ];
    for bad in bad {
        let events = vec![good.clone(), bad.clone()];
        let refusal = refused(&*log, Append { events, ..wish("a", 1) });
        assert!(matches!(refusal, Refusal::Malformed(_)), "{bad:?}: {refusal}");
    }
    let refusal = refused(&*log, wish("a", 0));
    assert!(matches!(refusal, Refusal::Malformed(_)), "no events: {refusal}");
    assert_eq!(log.size(), Position::START);
}

pub(super) fn a_batch_without_admitted_wishes_changes_nothing(engine: &dyn Engine) {
    let log = engine.create();
    assert_eq!(log.append(&[]).expect("the log writes"), []);
    let impossible = ExpectedVersion::Exact(Version(1));
    refused(&*log, wish_at("a", impossible, 1));
    assert_eq!((log.size(), log.head(&stream("a"))), (Position::START, None));
}
