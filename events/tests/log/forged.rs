//! Frames with right checksums and wrong content: what a bug or a hand would leave, not a disk.

use std::fs;
use std::path::Path;

use kyc_events::codec::{self, Commit, Frame, RecordView, chain};
use kyc_events::log::conformance::sample::{NOW, stream, wish};
use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::log::{Append, EventLog, EventReader, OpenError, ReadError};
use kyc_events::{Position, Record, Version};
use tempfile::TempDir;

use crate::workload::SMALL;

const FIRST: &str = "00000000000000000000.seg";
const HEADER_BYTES: usize = 64;

/// A log of one segment with two batches of three records each; nothing is marked.
fn log() -> (TempDir, SegmentLog) {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options { segment_bytes: 100_000, preallocate_bytes: 2_500 };
    let log = SegmentLog::open(dir.path(), options).expect("the log opens");
    for round in 0..2 {
        let later = Append { now: NOW + round * 10, ..wish("a", 2) };
        log.append(&[later, wish("b", 1)]).expect("the log writes");
    }
    (dir, log)
}

/// The batches of a segment.
fn batches(dir: &Path) -> Vec<(Vec<Record>, Commit)> {
    let bytes = fs::read(dir.join(FIRST)).expect("the segment");
    let (mut rest, mut records, mut batches) = (&bytes[HEADER_BYTES..], Vec::new(), Vec::new());
    while let Ok(decoded) = codec::decode(rest) {
        rest = &rest[decoded.bytes..];
        match decoded.frame {
            Frame::Record(record) => records.push(record.to_record()),
            Frame::Commit(commit) => batches.push((std::mem::take(&mut records), commit)),
        }
    }
    batches
}

/// Writes the batches in place of those that were there; the running hash is that of the
/// records, unless `keep_hash`.
fn forge(dir: &Path, batches: &[(Vec<Record>, Commit)], keep_hash: bool) {
    let mut bytes = fs::read(dir.join(FIRST)).expect("the segment");
    bytes.truncate(HEADER_BYTES);
    let mut hash = [0; 32];
    for (records, commit) in batches {
        let encode = |record| RecordView::from(record).encode(&mut bytes).expect("a record");
        let crcs: Vec<u32> = records.iter().map(encode).collect();
        hash = if keep_hash { commit.hash } else { chain(&hash, commit.first, &crcs) };
        Commit { hash, ..*commit }.encode(&mut bytes);
    }
    fs::write(dir.join(FIRST), bytes).expect("the segment is written");
}

/// Opening a log whose second batch was changed is refused.
fn refused(keep_hash: bool, change: impl FnOnce(&mut (Vec<Record>, Commit))) -> String {
    let (dir, log) = log();
    drop(log);
    let mut forged = batches(dir.path());
    change(&mut forged[1]);
    forge(dir.path(), &forged, keep_hash);
    match SegmentLog::open(dir.path(), SMALL) {
        Err(error @ OpenError::Damaged { .. }) => error.to_string(),
        Err(error) => panic!("not damage: {error}"),
        Ok(_) => panic!("it opens"),
    }
}

#[test]
fn what_was_forged_without_a_change_opens() {
    let (dir, log) = log();
    let records = log.read(Position::START, 10).expect("the log reads");
    drop(log);
    forge(dir.path(), &batches(dir.path()), false);
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    assert_eq!(log.read(Position::START, 10).expect("the log reads"), records);
}

#[test]
fn another_payload_breaks_the_running_hash() {
    let error = refused(true, |(records, _)| records[1].payload[0] ^= 1);
    assert!(error.contains("running hash"), "{error}");
}

#[test]
fn a_record_that_does_not_follow_is_damage() {
    refused(false, |(records, _)| records[0].position = Position(4));
    refused(false, |(records, _)| records[0].version = Version(4));
    refused(false, |(records, _)| records[0].previous = Some(Position(0)));
    refused(false, |(records, _)| records[0].recorded_at = NOW - 1);
    refused(false, |(records, _)| records[2].stream = stream("c"));
    refused(false, |(records, _)| records.swap(0, 1));
    refused(false, |(records, _)| {
        records.remove(2);
    });
}

#[test]
fn a_commit_marker_for_other_records_is_damage() {
    refused(false, |(_, commit)| commit.count = 2);
    refused(false, |(_, commit)| commit.first = Position(2));
    let error = refused(false, |(_, commit)| commit.mark = Position(3));
    assert!(error.contains("mark for 3"), "a mark that does not exist: {error}");
}

#[test]
fn a_segment_of_another_log_is_noticed_at_the_next_header() {
    let files = |keys: [&str; 2]| {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options { segment_bytes: 300, preallocate_bytes: 300 };
        let log = SegmentLog::open(dir.path(), options).expect("the log opens");
        for key in keys {
            log.append(&[wish(key, 1)]).expect("the log writes");
        }
        log.close().expect("the log closes");
        dir
    };
    let (one, other) = (files(["a", "b"]), files(["c", "b"]));
    fs::copy(other.path().join(FIRST), one.path().join(FIRST)).expect("the segment is copied");
    let Err(error) = SegmentLog::open(one.path(), SMALL) else { panic!("it opens") };
    let OpenError::Damaged { position, file, offset, .. } = error else { panic!("{error}") };
    assert_eq!((position, file.as_str(), offset), (Position(1), "00000000000000000001.seg", 0));
}

#[test]
fn readers_of_an_open_log_check_position_version_and_stream() {
    let (dir, log) = log();
    let whole = batches(dir.path());
    let all = || log.read(Position::START, 10);
    let of_stream = || log.read_stream(&stream("a"), Version::NONE, 10);
    let damaged = |read: Result<Vec<Record>, ReadError>| {
        assert!(matches!(read, Err(ReadError::Damaged { .. })), "{read:?}");
    };

    // Records of the same length change places.
    let mut forged = whole.clone();
    forged[1].0.swap(0, 1);
    forge(dir.path(), &forged, false);
    damaged(all());
    damaged(of_stream());

    let mut forged = whole.clone();
    forged[1].0[0].stream = stream("z");
    forge(dir.path(), &forged, false);
    damaged(of_stream());

    let mut forged = whole.clone();
    forged[1].0[0].version = Version(9);
    forge(dir.path(), &forged, false);
    damaged(of_stream());

    forge(dir.path(), &whole, false);
    assert_eq!(of_stream().expect("the log reads").len(), 4);
}
