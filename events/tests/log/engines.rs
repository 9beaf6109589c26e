//! Every engine passes the one suite.

use std::cell::RefCell;
use std::sync::Arc;

use kyc_events::log::EventLog;
use kyc_events::log::conformance::{CASES, Engine};
use kyc_events::log::faulty::FaultyDisk;
use kyc_events::log::memory::MemoryLog;
use kyc_events::log::segment::{Options, SegmentLog};
use tempfile::TempDir;

use crate::workload::SMALL;

struct Memory;

impl Engine for Memory {
    fn create(&self) -> Box<dyn EventLog> {
        Box::new(MemoryLog::new())
    }
}

/// Segment files in a directory of their own for each log; the newest one is opened again.
struct Segments {
    options: Options,
    newest: RefCell<Option<TempDir>>,
}

impl Segments {
    fn new(options: Options) -> Self {
        Self { options, newest: RefCell::new(None) }
    }

    fn open(&self) -> Box<dyn EventLog> {
        let newest = self.newest.borrow();
        let dir = newest.as_ref().expect("a log was created").path().join("log");
        let log = SegmentLog::open(&dir, self.options).expect("the log opens");
        assert_eq!(log.recovered(), []);
        Box::new(log)
    }
}

impl Engine for Segments {
    fn create(&self) -> Box<dyn EventLog> {
        self.newest.replace(Some(tempfile::tempdir().expect("a directory")));
        self.open()
    }

    fn reopen(&self, log: Box<dyn EventLog>) -> Option<Box<dyn EventLog>> {
        drop(log);
        Some(self.open())
    }
}

/// Between two openings the power goes out.
#[derive(Default)]
struct PowerCuts(RefCell<FaultyDisk>);

impl PowerCuts {
    fn open(&self) -> Box<dyn EventLog> {
        let disk = Arc::new(self.0.borrow().clone());
        Box::new(SegmentLog::open_on(disk, SMALL).expect("the log opens"))
    }
}

impl Engine for PowerCuts {
    fn create(&self) -> Box<dyn EventLog> {
        self.0.replace(FaultyDisk::new());
        self.open()
    }

    fn reopen(&self, log: Box<dyn EventLog>) -> Option<Box<dyn EventLog>> {
        drop(log);
        self.0.borrow().power_on(7);
        Some(self.open())
    }
}

#[test]
fn the_log_in_memory_conforms() {
    for case in CASES {
        case.run(&Memory);
    }
}

#[test]
fn the_log_in_segments_conforms() {
    for case in CASES {
        case.run(&Segments::new(Options::default()));
    }
}

#[test]
fn the_log_in_very_small_segments_conforms() {
    for case in CASES {
        case.run(&Segments::new(SMALL));
    }
}

#[test]
fn the_log_conforms_when_the_power_goes_out_before_every_opening() {
    for case in CASES {
        case.run(&PowerCuts::default());
    }
}
