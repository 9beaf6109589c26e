//! A workload that meets every step of the writer: batches of several sizes, marks, rolls.

use std::sync::Arc;

use kyc_events::log::conformance::sample::{event, wish};
use kyc_events::log::faulty::FaultyDisk;
use kyc_events::log::memory::MemoryLog;
use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::log::{Append, EventLog, EventReader, OpenError, WriteError};
use kyc_events::{Position, Record, Version};

/// Segments of a few batches, so that a small workload rolls.
pub const SMALL: Options = Options { segment_bytes: 2500, preallocate_bytes: 700 };

/// The batches of the workload, in order.
pub fn batches() -> Vec<Vec<Append>> {
    let large = |number: u32, bytes: usize| Append {
        events: vec![event(number, vec![number as u8 + 1; bytes])],
        ..wish("large", 1)
    };
    vec![
        vec![wish("a", 1)],
        vec![wish("a", 2), wish("b", 1)],
        vec![large(1, 900)],
        vec![wish("b", 2)],
        vec![large(2, 3000), wish("a", 1)],
        vec![wish("c", 1)],
        vec![wish("a", 1), wish("c", 3)],
    ]
}

/// After these batches the log is marked.
const MARKED: [usize; 2] = [1, 5];

/// The records the workload makes, and the size of the log after each batch.
pub struct Expected {
    pub records: Vec<Record>,
    pub sizes: Vec<u64>,
}

pub fn expected() -> Expected {
    let log = MemoryLog::new();
    let mut sizes = vec![0];
    for batch in batches() {
        log.append(&batch).expect("memory never fails");
        sizes.push(log.size().0);
    }
    Expected { records: log.read(Position::START, usize::MAX).expect("memory never fails"), sizes }
}

/// How far a run came: batches acknowledged, and what ended it.
#[derive(Debug)]
pub struct Run {
    pub acknowledged: usize,
    pub ended_by: Option<WriteError>,
}

/// Runs the workload to its end or to the first error; nothing is closed.
pub fn run(log: &dyn EventLog) -> Run {
    let mut acknowledged = 0;
    for (number, batch) in batches().iter().enumerate() {
        let done = log.append(batch).map(|answers| {
            assert!(answers.iter().all(Result::is_ok), "nothing is refused");
            acknowledged += 1;
        });
        let marked = if MARKED.contains(&number) { done.and_then(|()| log.mark()) } else { done };
        if let Err(error) = marked {
            return Run { acknowledged, ended_by: Some(error) };
        }
    }
    Run { acknowledged, ended_by: None }
}

pub fn open(disk: &FaultyDisk) -> Result<SegmentLog, OpenError> {
    SegmentLog::open_on(Arc::new(disk.clone()), SMALL)
}

/// Checks that a log holds what the workload made of its first batches, all acknowledged ones
/// and at most the one that was under way; answers how many.
pub fn check(log: &dyn EventReader, acknowledged: usize, expected: &Expected) -> usize {
    let size = log.size().0;
    let batches = expected.sizes.iter().position(|end| *end == size);
    let batches = batches.unwrap_or_else(|| panic!("{size} records are not whole batches"));
    assert!(
        (acknowledged..=acknowledged + 1).contains(&batches),
        "{acknowledged} batches were acknowledged, {batches} are there"
    );
    let records = &expected.records[..size as usize];
    assert_eq!(log.read(Position::START, usize::MAX).expect("the log reads"), records);
    for record in records {
        let head = log.head(&record.stream).expect("the stream has events");
        let read = log.read_stream(&record.stream, Version::NONE, usize::MAX);
        let of = |other: &&Record| other.stream == record.stream;
        let of_stream: Vec<Record> = records.iter().filter(of).cloned().collect();
        assert_eq!(of_stream.last().map(|last| last.position), Some(head.position));
        assert_eq!(read.expect("the log reads"), of_stream);
    }
    batches
}
