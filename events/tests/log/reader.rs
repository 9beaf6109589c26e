//! Tools read a log while its writer writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kyc_events::Position;
use kyc_events::log::conformance::sample::wish;
use kyc_events::log::segment::{SegmentLog, SegmentReader};
use kyc_events::log::{EventLog, EventReader};

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
