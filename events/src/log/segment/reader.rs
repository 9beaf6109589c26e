//! Reading a log without being its writer: for tools. Takes no lock and changes nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Torn;
use super::disk::{Disk, RealDisk};
use super::mark::Mark;
use super::opening::{check_mark_seen, known_mark};
use super::published::Published;
use super::scan::{Scan, scan};
use crate::log::{EventReader, OpenError, ReadError, StreamHead};
use crate::record::Record;
use crate::stream::{Position, StreamId, Version};

/// What seems to be damage can be a batch that the writer was just writing: looked at again
/// this often before it is believed.
const SCANS_MAX: u32 = 3;

/// A log as it was when it was opened. A writer may go on writing; a batch it had not finished
/// is taken for the end. Damage is an error as it is for the writer.
pub struct SegmentReader {
    published: Published,
    torn: Option<Torn>,
}

impl SegmentReader {
    /// Reads and checks the whole log in directory `dir` (the one with the `.seg` files).
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::open_on(&(Arc::new(RealDisk::read_only(dir)?) as Arc<dyn Disk>))
    }

    /// The same on another disk.
    pub fn open_on(disk: &Arc<dyn Disk>) -> Result<Self, OpenError> {
        let mut scans = 1;
        let scan = loop {
            match Self::scan(&**disk) {
                Err(OpenError::Damaged { .. }) if scans < SCANS_MAX => scans += 1,
                scan => break scan?,
            }
        };
        Ok(Self { published: Published::new(scan.index), torn: scan.torn })
    }

    fn scan(disk: &dyn Disk) -> Result<Scan, OpenError> {
        let mark = known_mark(disk)?.unwrap_or(Mark::EMPTY);
        let scan = scan(disk, mark, false)?;
        // The writer may have marked meanwhile, and what was scanned may know of it.
        check_mark_seen(&scan, known_mark(disk)?.unwrap_or(Mark::EMPTY))?;
        Ok(scan)
    }

    /// What follows the last whole batch, if it is not zeros: a batch being written, or one
    /// whose writing was interrupted.
    pub fn torn_tail(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }
}

impl EventReader for SegmentReader {
    fn size(&self) -> Position {
        self.published.look(|index| index.size)
    }

    fn read(&self, from: Position, limit: usize) -> Result<Vec<Record>, ReadError> {
        self.published.read(from, limit)
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError> {
        self.published.read_stream(stream, after, limit)
    }

    fn head(&self, stream: &StreamId) -> Option<StreamHead> {
        self.published.look(|index| index.heads.get(stream).copied())
    }

    /// Answers at once: what was opened does not grow.
    fn wait_past(&self, _position: Position, _timeout: Duration) -> Position {
        self.size()
    }
}
