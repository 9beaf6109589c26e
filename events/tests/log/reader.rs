//! Tools read a log while its writer writes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kyc_events::Position;
use kyc_events::log::conformance::sample::{stream, wish};
use kyc_events::log::segment::{SegmentLog, SegmentReader};
use kyc_events::log::{EventLog, EventReader, OpenError};

use crate::workload::{SMALL, batches, check, expected, run};

#[test]
fn a_tool_reads_an_open_log_and_a_closed_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    assert!(run(&log).ended_by.is_none());
    for _ in 0..2 {
        let reader = SegmentReader::open(dir.path()).expect("a tool reads it");
        check(&reader, batches().len(), &expected());
        assert_eq!(reader.torn_tail(), None);
        assert_eq!(reader.wait_past(reader.size(), Duration::from_secs(60)), log.size());
        log.close().expect("the log closes");
    }
}

#[test]
fn a_tool_sees_whole_batches_of_a_growing_log() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let tool = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let reader = SegmentReader::open(dir.path()).expect("a tool reads it");
                let size = reader.size().0;
                assert!(size >= seen && size.is_multiple_of(3), "{size} after {seen}");
                let read = reader.read(Position::START, usize::MAX).expect("it reads");
                assert_eq!(read.len() as u64, size);
                seen = size;
            }
        });
        for number in 0..150 {
            log.append(&[wish("a", 2), wish("b", 1)]).expect("the log writes");
            if number % 40 == 0 {
                log.mark().expect("the log is marked");
            }
        }
        done.store(true, Ordering::Relaxed);
        tool.join().expect("the tool sees only whole batches");
    });
}

#[test]
fn an_empty_directory_is_an_empty_log() {
    let dir = tempfile::tempdir().expect("a directory");
    assert_eq!(SegmentReader::open(dir.path()).expect("it opens").size(), Position::START);
    assert!(SegmentReader::open(&dir.path().join("nowhere")).is_err());
}

#[test]
fn a_refreshed_reader_sees_what_was_appended_across_segments_marks_and_restarts() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    let mut reader = SegmentReader::open(dir.path()).expect("a tool reads it");
    for number in 0..200_u64 {
        log.append(&[wish("a", 2), wish("b", 1)]).expect("the log writes");
        match number % 50 {
            20 => log.mark().expect("the log is marked"),
            40 => {
                log.close().expect("the log closes");
                drop(log);
                log = SegmentLog::open(dir.path(), SMALL).expect("the log opens again");
            }
            _ => {}
        }
        if number % 3 == 0 {
            assert_eq!(reader.refresh().expect("it refreshes"), log.size());
            assert_eq!(reader.refresh().expect("nothing is new"), log.size());
        }
    }
    reader.refresh().expect("it refreshes");
    let whole = SegmentReader::open(dir.path()).expect("another tool reads it");
    let all = |reader: &SegmentReader| reader.read(Position::START, usize::MAX).expect("it reads");
    assert_eq!(all(&reader), all(&whole));
    assert_eq!(reader.head(&stream("b")), whole.head(&stream("b")));
    assert!(std::fs::read_dir(dir.path()).expect("a directory").count() > 4, "several segments");
}

#[test]
fn a_refreshed_reader_sees_whole_batches_while_they_are_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    let mut reader = SegmentReader::open(dir.path()).expect("a tool reads it");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let tool = scope.spawn(|| {
            let mut seen = Position::START;
            while !done.load(Ordering::Relaxed) {
                let size = reader.refresh().expect("it refreshes");
                assert!(size >= seen && size.0.is_multiple_of(3), "{size} after {seen}");
                let new = reader.read(seen, usize::MAX).expect("it reads");
                assert_eq!(new.len() as u64, size.0 - seen.0);
                seen = size;
            }
        });
        for _ in 0..300 {
            log.append(&[wish("a", 2), wish("b", 1)]).expect("the log writes");
        }
        done.store(true, Ordering::Relaxed);
        tool.join().expect("the tool sees only whole batches");
    });
}

#[test]
fn damage_in_what_is_new_is_an_error_and_what_was_read_stays_readable() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    log.append(&[wish("a", 2)]).expect("the log writes");
    let mut reader = SegmentReader::open(dir.path()).expect("a tool reads it");
    let before = newest_bytes(dir.path());
    log.append(&[wish("a", 1)]).expect("the log writes");
    log.append(&[wish("a", 1)]).expect("the log writes");
    log.mark().expect("the log is marked");
    let (path, mut bytes) = newest_bytes(dir.path());
    let changed = bytes.iter().zip(&before.1).position(|(now, then)| now != then);
    bytes[changed.expect("something is new") + 40] ^= 1;
    std::fs::write(path, bytes).expect("written");
    assert!(matches!(reader.refresh(), Err(OpenError::Damaged { .. })));
    assert_eq!(reader.read(Position::START, 9).expect("it reads").len(), 2);
    assert_eq!(reader.head(&stream("a")).map(|head| head.version.0), Some(2));
}

fn newest_bytes(dir: &Path) -> (PathBuf, Vec<u8>) {
    let files = std::fs::read_dir(dir).expect("a directory").flatten().map(|entry| entry.path());
    let path = files.filter(|path| path.extension().is_some_and(|end| end == "seg")).max();
    let path = path.expect("a segment");
    let bytes = std::fs::read(&path).expect("readable");
    (path, bytes)
}
