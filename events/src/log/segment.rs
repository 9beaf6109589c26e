//! The log in append-only segment files: the engine for everything that has to last.
//!
//! ```text
//!   <dir>/00000000000000000000.seg    header, batches, zeros; named by its first position
//!   <dir>/00000000000000061337.seg    the newest one grows
//!   <dir>/mark                        what must be there at every later opening
//!   <dir>/torn/                       tails of interrupted writes, kept for ever
//! ```
//!
//! A batch is record frames and a commit marker, written in one piece and synced once. The
//! bytes are described in `FORMAT.md`, precise enough to read them without this code.
//! One process writes ([`SegmentLog`], it holds a lock); tools read with [`SegmentReader`].

mod copy;
pub mod disk;
mod header;
mod mark;
mod opening;
mod published;
mod reader;
mod scan;
mod tail;
mod window;
mod writer;

pub use copy::{CopyError, copy_prefix};
pub use reader::SegmentReader;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use disk::{Disk, RealDisk};
use opening::Opened;
use published::Published;
use writer::Writer;

use super::signal::Signal;
use super::{
    Append, Appended, EventLog, EventReader, OpenError, ReadError, Refusal, StreamHead, WriteError,
};
use crate::record::Record;
use crate::stream::{Position, StreamId, Version};

/// How the files grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A new segment begins when the next batch would make this one larger. A batch that is
    /// larger itself gets a segment of its own. At most [`Options::SEGMENT_BYTES_MAX`].
    pub segment_bytes: u64,
    /// Space is reserved in pieces of this size.
    pub preallocate_bytes: u64,
}

impl Options {
    /// More is taken for this: offsets within a segment have four bytes in memory.
    pub const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 * 1024 * 1024, preallocate_bytes: 16 * 1024 * 1024 }
    }
}

/// What was found after the last whole batch: the rest of a write that was interrupted before
/// anybody was told that it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Position its first record would have had.
    pub position: Position,
    /// Name of the segment it was found in.
    pub segment: String,
    /// Where in that file.
    pub offset: u64,
    /// How much, up to the last byte that is not zero.
    pub bytes: u64,
    /// Name of the copy, relative to the log's directory; `None` if it was only looked at.
    pub saved: Option<String>,
}

/// See the module.
pub struct SegmentLog {
    writer: Mutex<Writer>,
    published: Published,
    signal: Signal,
    recovered: Vec<Torn>,
}

impl SegmentLog {
    /// Opens the log in directory `dir`, which is created if need be: locks it, checks every
    /// byte of it, saves and cuts a torn tail.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let disk = RealDisk::lock(dir).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => OpenError::Locked,
            _ => OpenError::Io(error),
        })?;
        Self::open_on(Arc::new(disk), options)
    }

    /// The same on another disk: one that fails on purpose.
    pub fn open_on(disk: Arc<dyn Disk>, options: Options) -> Result<Self, OpenError> {
        let segment_bytes = options.segment_bytes.min(Options::SEGMENT_BYTES_MAX);
        let Opened { writer, index, recovered } =
            opening::open(disk, Options { segment_bytes, ..options })?;
        let signal = Signal::new(index.size);
        let (writer, published) = (Mutex::new(writer), Published::new(index));
        Ok(Self { writer, published, signal, recovered })
    }

    /// What opening saved and cut off: an entry for each torn tail, empty after a clean end.
    pub fn recovered(&self) -> &[Torn] {
        &self.recovered
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, WriteError> {
        self.writer.lock().map_err(|_| WriteError::Failed("the writing thread panicked".into()))
    }
}

impl EventReader for SegmentLog {
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

    fn wait_past(&self, position: Position, timeout: Duration) -> Position {
        self.signal.wait_past(position, timeout)
    }
}

impl EventLog for SegmentLog {
    fn append(&self, batch: &[Append]) -> Result<Vec<Result<Appended, Refusal>>, WriteError> {
        let mut writer = self.writer()?;
        let answers = writer.append(&self.published, batch)?;
        self.signal.grown_to(writer.size);
        Ok(answers)
    }

    fn mark(&self) -> Result<(), WriteError> {
        self.writer()?.mark()
    }

    fn close(&self) -> Result<(), WriteError> {
        let closed = self.writer().and_then(|mut writer| writer.close());
        self.signal.close();
        closed
    }
}
