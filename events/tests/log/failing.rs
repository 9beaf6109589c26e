//! Disks that report errors: failed writes and syncs end writing for good, a full disk does not.

use std::sync::Arc;

use kyc_events::log::conformance::sample::wish;
use kyc_events::log::faulty::{Fault, FaultyDisk};
use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::log::{EventLog, EventReader, WriteError};
use kyc_events::{Position, Version};

use crate::workload::{Expected, batches, check, expected, open, run};

/// A log in which the fault is planned for the step `ahead` after opening.
fn with(fault: Fault, ahead: u64) -> (FaultyDisk, SegmentLog) {
    let disk = FaultyDisk::new();
    let log = open(&disk).expect("the log opens");
    disk.plan_ahead(ahead, fault);
    (disk, log)
}

/// Steps of the workload after opening.
fn steps() -> u64 {
    let disk = FaultyDisk::new();
    let log = open(&disk).expect("the log opens");
    let before = disk.steps();
    run(&log);
    disk.steps() - before
}

fn fails_for_good(fault: Fault, expected: &Expected) {
    for ahead in 1..=steps() {
        let (disk, log) = with(fault, ahead);
        let run = run(&log);
        let Some(error) = run.ended_by else { continue };
        assert!(matches!(error, WriteError::Failed(_)), "{fault:?} at {ahead}: {error}");
        for refused in [log.append(&[wish("a", 1)]).err(), log.mark().err(), log.close().err()] {
            assert!(matches!(refused, Some(WriteError::Failed(_))), "{refused:?}");
        }
        let durable = expected.sizes[run.acknowledged];
        let read = log.read(Position::START, usize::MAX).expect("reads go on");
        assert_eq!(read, expected.records[..durable as usize], "{fault:?} at {ahead}");
        drop(log);
        // The process comes back and still sees what it had written; then the power goes out.
        disk.restart_process();
        let log = open(&disk).unwrap_or_else(|error| panic!("{fault:?} at {ahead}: {error}"));
        let seen = check(&log, run.acknowledged, expected);
        drop(log);
        disk.power_on(ahead);
        let log = open(&disk).unwrap_or_else(|error| panic!("{fault:?} at {ahead}: {error}"));
        assert_eq!(check(&log, seen, expected), seen, "{fault:?} at {ahead}");
    }
}

#[test]
fn a_failed_sync_ends_writing_for_good_and_loses_nothing_that_was_seen() {
    fails_for_good(Fault::FailedSync, &expected());
}

#[test]
fn a_torn_write_ends_writing_for_good_and_loses_nothing_acknowledged() {
    for through in [0, 1, 70, 300] {
        fails_for_good(Fault::Torn(through), &expected());
    }
}

#[test]
fn a_short_write_is_completed() {
    let expected = expected();
    for ahead in 1..=steps() {
        let (disk, log) = with(Fault::ShortWrite(100), ahead);
        let run = run(&log);
        assert!(run.ended_by.is_none(), "{run:?}");
        check(&log, batches().len(), &expected);
        drop(log);
        disk.power_on(ahead);
        check(&open(&disk).expect("the log opens"), batches().len(), &expected);
    }
}

#[test]
fn a_full_disk_refuses_a_batch_and_writing_goes_on_later() {
    let expected = expected();
    for through in [0, 10, 200] {
        for ahead in 1..=steps() {
            let (disk, log) = with(Fault::NoSpace(through), ahead);
            for batch in batches() {
                if let Err(error) = log.append(&batch) {
                    assert!(matches!(error, WriteError::NoSpace), "at {ahead}: {error}");
                    log.append(&batch).expect("there is space again");
                }
                if let Err(error) = log.mark() {
                    assert!(matches!(error, WriteError::NoSpace), "at {ahead}: {error}");
                }
            }
            check(&log, batches().len(), &expected);
            drop(log);
            disk.power_on(ahead);
            let log = open(&disk).expect("the log opens");
            assert_eq!(log.recovered(), [], "nothing of the refused batch was left");
            check(&log, batches().len(), &expected);
        }
    }
}

#[test]
fn a_power_cut_after_a_refusal_for_lack_of_space_leaves_nothing_of_the_batch() {
    for ahead in 1..=steps() {
        let (disk, log) = with(Fault::NoSpace(150), ahead);
        let run = run(&log);
        let Some(WriteError::NoSpace) = run.ended_by else { continue };
        drop(log);
        disk.power_on(ahead);
        let log = open(&disk).expect("the log opens");
        assert_eq!(log.size().0, expected().sizes[run.acknowledged]);
        assert_eq!(log.recovered(), [], "what got through was erased");
    }
}

#[test]
fn a_disk_that_stays_full_still_reads_and_closes() {
    let disk = FaultyDisk::new();
    let options = Options { segment_bytes: 4000, preallocate_bytes: 500 };
    let log = SegmentLog::open_on(Arc::new(disk.clone()), options).expect("the log opens");
    log.append(&[wish("a", 1)]).expect("the log writes");
    disk.set_full(true);
    let refused = loop {
        if let Err(error) = log.append(&[wish("a", 1)]) {
            break error;
        }
    };
    assert!(matches!(refused, WriteError::NoSpace), "{refused}");
    let size = log.size();
    assert!(matches!(log.append(&[wish("a", 1)]), Err(WriteError::NoSpace)));
    let stream = kyc_events::log::conformance::sample::stream("a");
    let read = log.read_stream(&stream, Version::NONE, 100).expect("reads go on");
    assert_eq!(read.len() as u64, size.0);
    assert!(matches!(log.close(), Err(WriteError::NoSpace)), "there is no space for the mark");
    disk.set_full(false);
    drop(log);
    assert_eq!(open(&disk).expect("the log opens").size(), size);
}
