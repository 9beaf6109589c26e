//! Power cuts at every step: what was acknowledged is there, the rest wholly or not at all.

use kyc_events::log::conformance::sample::wish;
use kyc_events::log::faulty::{Fault, FaultyDisk};
use kyc_events::log::segment::SegmentLog;
use kyc_events::log::{EventLog, EventReader};

use crate::workload::{Expected, SMALL, check, expected, open, run};

/// Opens and runs the workload with a power cut at `step`; answers how many batches were
/// acknowledged, `None` if the run ended before that step.
fn crash_at(disk: &FaultyDisk, step: u64) -> Option<usize> {
    disk.plan(step, Fault::Crash);
    let acknowledged = match open(disk) {
        Ok(log) => run(&log).acknowledged,
        Err(_) => 0,
    };
    disk.is_crashed().then_some(acknowledged)
}

fn goes_on(log: &SegmentLog) {
    let size = log.size();
    let answers = log.append(&[wish("later", 2)]).expect("the log writes again");
    assert_eq!(answers[0].as_ref().expect("admitted").first, size);
}

fn for_each_step(mut check_step: impl FnMut(u64, u64, &Expected) -> bool) {
    let expected = expected();
    let mut step = 1;
    while (0..12).all(|seed| check_step(step, step * 1000 + seed, &expected)) {
        step += 1;
    }
    assert!(step > 60, "the workload has many steps, not {step}");
}

#[test]
fn a_power_cut_at_any_step_loses_nothing_acknowledged() {
    for_each_step(|step, seed, expected| {
        let disk = FaultyDisk::new();
        let Some(acknowledged) = crash_at(&disk, step) else { return false };
        disk.power_on(seed);
        let log = open(&disk).unwrap_or_else(|error| panic!("step {step}, seed {seed}: {error}"));
        check(&log, acknowledged, expected);
        goes_on(&log);
        true
    });
}

#[test]
fn the_real_disk_opens_what_a_power_cut_left() {
    let expected = expected();
    for step in 1.. {
        let disk = FaultyDisk::new();
        let Some(acknowledged) = crash_at(&disk, step) else { break };
        disk.power_on(step);
        let dir = tempfile::tempdir().expect("a directory");
        disk.copy_to(dir.path()).expect("the files are written");
        let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
        let batches = check(&log, acknowledged, &expected);
        for torn in log.recovered() {
            assert_eq!(torn.position.0, expected.sizes[batches]);
            let saved = dir.path().join(torn.saved.as_ref().expect("it was saved"));
            assert_eq!(std::fs::metadata(saved).expect("the copy").len(), torn.bytes);
        }
        goes_on(&log);
    }
}

#[test]
fn a_power_cut_while_opening_after_a_power_cut_loses_nothing() {
    for_each_step(|step, seed, expected| {
        let disk = FaultyDisk::new();
        let Some(acknowledged) = crash_at(&disk, step) else { return false };
        for again in 0..3 {
            disk.power_on(seed + again);
            disk.plan(1 + (seed + again * 5) % 14, Fault::Crash);
            drop(open(&disk));
        }
        disk.power_on(seed);
        let log = open(&disk).unwrap_or_else(|error| panic!("step {step}, seed {seed}: {error}"));
        check(&log, acknowledged, expected);
        goes_on(&log);
        true
    });
}

#[test]
fn what_was_seen_after_opening_survives_the_next_power_cut() {
    for_each_step(|step, seed, expected| {
        let disk = FaultyDisk::new();
        let Some(acknowledged) = crash_at(&disk, step) else { return false };
        disk.power_on(seed);
        let seen = check(&open(&disk).expect("the log opens"), acknowledged, expected);
        disk.power_on(seed + 1);
        let log = open(&disk).expect("the log opens");
        assert_eq!(check(&log, seen, expected), seen);
        true
    });
}
