//! The event log: an append-only sequence of records, and what every engine of it promises.
//!
//! ```text
//!   position   0     1     2     3     4        size = 5
//!            ┌─────┬─────┬─────┬─────┬─────┐
//!            │ a/1 │ b/1 │ a/2 │ a/3 │ b/2 │ ·  ·  ·       a, b: streams; /n: version
//!            └─────┴─────┴─────┴─────┴─────┘
//!               ^───────────┘ ^──┘               previous record of the same stream
//! ```
//!
//! Engines: [`memory`] for tests, [`segment`] for everything that has to last. Both pass the one
//! suite in [`conformance`]; [`faulty`] makes disks fail on purpose. Beside the log lie its signed
//! [`checkpoints`].

mod admission;
pub mod checkpoints;
pub mod conformance;
pub mod error;
pub mod faulty;
pub mod memory;
pub mod segment;
mod signal;

pub use error::{OpenError, ReadError, Refusal, WriteError};

use std::time::Duration;

use crate::record::{Millis, NewEvent, Record};
use crate::stream::{ExpectedVersion, Position, StreamId, Version};

/// Most bytes of records that one call of [`EventLog::append`] takes; a wish that would go over
/// it is refused with [`Refusal::TooLarge`].
pub const BATCH_BYTES_MAX: usize = 256 * 1024 * 1024;

/// One writer's wish: these events, after the stream's last one, if the stream is where the
/// writer believes it to be. All of its events are appended, or none.
#[derive(Clone, Debug)]
pub struct Append {
    /// Where to.
    pub stream: StreamId,
    /// What the writer believes.
    pub expected: ExpectedVersion,
    /// In this order; at least one.
    pub events: Vec<NewEvent>,
    /// Now, by the writer's clock. The log records `max(now, last recorded_at)`.
    pub now: Millis,
}

/// What became of one [`Append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Position of the first of the events; the others follow without a gap.
    pub first: Position,
    /// Position of the last of the events.
    pub last: Position,
    /// Version of the last of the events: the stream's new version.
    pub version: Version,
    /// What was recorded as their instant.
    pub recorded_at: Millis,
}

/// Where a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamHead {
    /// Version of its last event.
    pub version: Version,
    /// Position of its last event.
    pub position: Position,
}

/// Reading. Every byte that leaves a reader has been checked against its CRC: damage is an
/// error that names the position, never a shorter answer.
pub trait EventReader: Send + Sync {
    /// Number of durable records; also the position the next one will get.
    fn size(&self) -> Position;

    /// Up to `limit` records from `from` (inclusive) on, in order of position. Empty at the end.
    fn read(&self, from: Position, limit: usize) -> Result<Vec<Record>, ReadError>;

    /// Up to `limit` events of a stream after `after` (exclusive; [`Version::NONE`] for all), in
    /// order of version. Empty for a stream without events.
    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError>;

    /// Where a stream ends; `None` if it has no event.
    fn head(&self, stream: &StreamId) -> Option<StreamHead>;

    /// Blocks until [`size`](Self::size) is greater than `position`, or until `timeout` has
    /// passed, or the log is closed; answers the size then.
    fn wait_past(&self, position: Position, timeout: Duration) -> Position;
}

/// Writing. Implementations are called by one thread at a time in this process, but decide
/// conflicts themselves: another process may be the next writer.
pub trait EventLog: EventReader {
    /// Appends what the wishes of `batch` ask for, in order, and answers each of them at its
    /// place.
    ///
    /// - `Ok` of a wish: all of its events are on stable storage and visible to readers.
    /// - A refusal of one wish ([`Refusal::Conflict`], [`Refusal::TooLarge`]) is a value: the
    ///   others are appended all the same. A wish sees the ones before it in the same batch.
    /// - `Err` of the whole call: nothing of the batch may be relied upon: it was not
    ///   acknowledged, and after a restart it is there wholly or not at all. After
    ///   [`WriteError::Failed`] the engine refuses every further append; reads go on.
    fn append(&self, batch: &[Append]) -> Result<Vec<Result<Appended, Refusal>>, WriteError>;

    /// Writes a durable mark: what is in the log now must be there at every later opening, or
    /// opening fails and names the position.
    fn mark(&self) -> Result<(), WriteError>;

    /// Marks, gives back preallocated space and ends writing. Later appends fail with
    /// [`WriteError::Closed`]; waiting readers wake.
    fn close(&self) -> Result<(), WriteError>;
}
