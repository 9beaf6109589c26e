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

/// A log as it was when it was opened, or last [refreshed](Self::refresh). A writer may go on
/// writing; a batch it had not finished is taken for the end. Damage is an error as it is for the
/// writer.
pub struct SegmentReader {
    disk: Arc<dyn Disk>,
    published: Published,
    /// How far it has read; its index is in `published`.
    scan: Scan,
}

impl SegmentReader {
    /// Reads and checks the whole log in directory `dir` (the one with the `.seg` files).
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::open_on(&(Arc::new(RealDisk::read_only(dir)?) as Arc<dyn Disk>))
    }

    /// The same on another disk.
    pub fn open_on(disk: &Arc<dyn Disk>) -> Result<Self, OpenError> {
        let mut scan = believed(|| Self::scan(&**disk))?;
        let published = Published::new(std::mem::take(&mut scan.index));
        Ok(Self { disk: Arc::clone(disk), published, scan })
    }

    /// Takes in what has been appended since; answers the new size. Reads and checks the new
    /// batches only, and costs next to nothing if there are none. On an error (damage, I/O) the
    /// reader goes on knowing what it knew.
    pub fn refresh(&mut self) -> Result<Position, OpenError> {
        let Self { disk, published, scan } = self;
        scan.index = published.publish(std::mem::take);
        let refreshed = believed(|| {
            let mark = known_mark(&**disk)?.unwrap_or(Mark::EMPTY);
            scan.resume(&**disk, mark)?;
            check_mark_seen(scan, known_mark(&**disk)?.unwrap_or(Mark::EMPTY))
        });
        let index = std::mem::take(&mut scan.index);
        published.publish(|published| *published = index);
        refreshed.map(|()| self.size())
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
        self.scan.torn.as_ref()
    }
}

/// The outcome of `look`, damage only if it is still there when looked at again.
fn believed<T>(mut look: impl FnMut() -> Result<T, OpenError>) -> Result<T, OpenError> {
    let mut looks = 1;
    loop {
        match look() {
            Err(OpenError::Damaged { .. }) if looks < SCANS_MAX => looks += 1,
            outcome => return outcome,
        }
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

    /// Answers at once: it grows by [`refresh`](Self::refresh) only.
    fn wait_past(&self, _position: Position, _timeout: Duration) -> Position {
        self.size()
    }
}
