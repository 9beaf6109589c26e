//! The beginning of a log, copied: a log of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use kyc_events::Position;
use kyc_events::log::checkpoints::Checkpoints;
use kyc_events::log::conformance::sample::wish;
use kyc_events::log::faulty::{Fault, FaultyDisk};
use kyc_events::log::segment::disk::{Disk, RealDisk};
use kyc_events::log::segment::{CopyError, SegmentLog, SegmentReader, copy_prefix};
use kyc_events::log::{EventLog, EventReader, OpenError};
use kyc_events::merkle::{Tree, catch_up};

use crate::workload::{SMALL, batches, check, expected, open, run};

fn root(log: &dyn EventReader, size: u64) -> [u8; 32] {
    let mut tree = Tree::default();
    catch_up(&mut tree, log, Position(size)).expect("the log reads");
    assert_eq!(tree.size(), size);
    tree.root()
}

#[test]
fn a_copy_up_to_any_batch_opens_has_the_same_root_and_goes_on() {
    let disk = FaultyDisk::new();
    let log = open(&disk).expect("the log opens");
    assert!(run(&log).ended_by.is_none());
    let expected = expected();
    for (batches, size) in expected.sizes.iter().enumerate() {
        let target = FaultyDisk::new();
        copy_prefix(&disk, &target, Position(*size)).expect("it is copied");
        target.power_on(batches as u64);
        let shared: Arc<dyn Disk> = Arc::new(target.clone());
        let reader = SegmentReader::open_on(&shared).expect("a tool reads it");
        assert_eq!((reader.size().0, reader.torn_tail()), (*size, None));
        let copy = open(&target).expect("it opens");
        assert_eq!(check(&copy, batches, &expected), batches);
        assert_eq!(root(&copy, *size), root(&log, *size));
        copy.append(&[wish("a", 2)]).expect("it goes on");
        copy.close().expect("it closes");
        assert_eq!(open(&target).expect("it opens again").size().0, size + 2);
    }
    check(&log, batches().len(), &expected);
}

#[test]
fn a_size_inside_a_batch_or_beyond_the_end_is_refused() {
    let disk = FaultyDisk::new();
    let log = open(&disk).expect("the log opens");
    assert!(run(&log).ended_by.is_none());
    let sizes = expected().sizes;
    for size in (0..=log.size().0).filter(|size| !sizes.contains(size)) {
        let copied = copy_prefix(&disk, &FaultyDisk::new(), Position(size));
        assert!(matches!(copied, Err(CopyError::InsideBatch { .. })), "{size}: {copied:?}");
    }
    let beyond = copy_prefix(&disk, &FaultyDisk::new(), Position(log.size().0 + 1));
    assert!(matches!(beyond, Err(CopyError::Short { .. })), "{beyond:?}");
}

#[test]
fn a_log_that_is_there_already_is_not_written_over() {
    let disk = FaultyDisk::new();
    let log = open(&disk).expect("the log opens");
    assert!(run(&log).ended_by.is_none());
    let copied = copy_prefix(&disk, &disk, log.size());
    assert!(matches!(copied, Err(CopyError::Target(_))), "{copied:?}");
}

#[test]
fn damage_is_not_copied() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(&dir.path().join("log"), SMALL).expect("the log opens");
    assert!(run(&log).ended_by.is_none());
    let segment = dir.path().join("log/00000000000000000000.seg");
    let mut bytes = std::fs::read(&segment).expect("a segment");
    bytes[150] ^= 1;
    std::fs::write(&segment, bytes).expect("written");
    let from = RealDisk::read_only(&dir.path().join("log")).expect("a directory");
    let copied = copy_prefix(&from, &FaultyDisk::new(), log.size());
    assert!(matches!(copied, Err(CopyError::Source(OpenError::Damaged { .. }))), "{copied:?}");
}

#[test]
fn a_copy_that_was_interrupted_does_not_pass_for_a_whole_one() {
    let disk = FaultyDisk::new();
    let log = open(&disk).expect("the log opens");
    assert!(run(&log).ended_by.is_none());
    let whole = FaultyDisk::new();
    copy_prefix(&disk, &whole, log.size()).expect("it is copied");
    for step in 1..=whole.steps() {
        let target = FaultyDisk::new();
        target.plan(step, Fault::Crash);
        copy_prefix(&disk, &target, log.size()).expect_err("the power went out");
        target.power_on(step);
        let shared: Arc<dyn Disk> = Arc::new(target);
        if let Ok(reader) = SegmentReader::open_on(&shared) {
            assert!(reader.size() == log.size() || reader.size() == Position::START, "{step}");
        }
    }
}

#[test]
fn a_writer_that_goes_on_does_not_matter() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    log.append(&[wish("a", 1)]).expect("the log writes");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !done.load(Ordering::Relaxed) && written < 2000 {
                log.append(&[wish("a", 2), wish("b", 1)]).expect("the log writes");
                written += 1;
            }
        });
        for _ in 0..20 {
            let from = RealDisk::read_only(dir.path()).expect("a directory");
            let (size, target) = (log.size(), FaultyDisk::new());
            copy_prefix(&from, &target, size).expect("it is copied");
            assert_eq!(root(&open(&target).expect("it opens"), size.0), root(&log, size.0));
        }
        done.store(true, Ordering::Relaxed);
        writer.join().expect("the writer ends");
    });
}

#[test]
fn checkpoints_up_to_the_size_go_with_it() {
    let (disk, target) = (FaultyDisk::new(), FaultyDisk::new());
    let (from, to) = [&disk, &target].map(|disk| Checkpoints::on(Arc::new(disk.clone()))).into();
    for size in [3, 5, 8] {
        from.write(size, "a note").expect("it writes");
    }
    from.copy_to(&target, 5).expect("it is copied");
    target.power_on(1);
    assert_eq!(to.sizes().expect("it lists"), [3, 5]);
    assert_eq!(to.read(5).expect("it reads").as_deref(), Some("a note"));
    from.copy_to(&FaultyDisk::new(), 2).expect("nothing is no error");
}
