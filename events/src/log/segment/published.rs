//! What readers see of the segments: durable records only, found through an index in memory.
//!
//! Four bytes a record (its offset) and one entry a stream. The lock is held for look-ups and
//! for adding a finished batch, never while the disk is at work.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::codec::{self, Frame, RecordView};
use crate::log::{ReadError, StreamHead};
use crate::record::Record;
use crate::stream::{Position, StreamId, Version};

use super::disk::{DiskFile, read_full};

/// Bytes read at once by a scan.
const PIECE_BYTES: u64 = 1024 * 1024;

/// Where the records of one segment lie.
pub(super) struct Segment {
    pub first: Position,
    pub file: Arc<dyn DiskFile>,
    /// Offset of each record's frame. A segment is smaller than 4 GiB.
    pub offsets: Vec<u32>,
    /// Offset after the last batch.
    pub end: u64,
}

/// All segments in order, and where every stream ends.
#[derive(Default)]
pub(super) struct Index {
    pub segments: Vec<Segment>,
    pub heads: HashMap<StreamId, StreamHead>,
    pub size: Position,
}

/// Neighbouring frames to be read at once.
struct Span {
    file: Arc<dyn DiskFile>,
    offset: u64,
    bytes: usize,
    count: usize,
}

impl Index {
    /// Up to `limit` records from `from` on, as many as make a piece and lie in one segment.
    fn span(&self, from: Position, limit: usize) -> Option<Span> {
        if from >= self.size || limit == 0 {
            return None;
        }
        let after = self.segments.partition_point(|segment| segment.first <= from);
        let segment = &self.segments[after.checked_sub(1)?];
        let offsets = segment.offsets.get((from.0 - segment.first.0) as usize..)?;
        let offset = u64::from(*offsets.first()?);
        let inside = offsets.partition_point(|at| u64::from(*at) <= offset + PIECE_BYTES);
        // The last of those inside may end outside, so it goes with the next piece.
        let count = if inside < offsets.len() { (inside - 1).max(1) } else { inside }.min(limit);
        let end = offsets.get(count).map_or(segment.end, |at| u64::from(*at));
        Some(Span { file: segment.file.clone(), offset, bytes: (end - offset) as usize, count })
    }
}

/// See the module.
pub(super) struct Published {
    index: RwLock<Index>,
}

impl Published {
    pub(super) fn new(index: Index) -> Self {
        Self { index: RwLock::new(index) }
    }

    /// A look at the index. Keep it short: publishing waits for it.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Index) -> T) -> T {
        look(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what is durable now.
    pub(super) fn publish<T>(&self, change: impl FnOnce(&mut Index) -> T) -> T {
        change(&mut self.index.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// See [`EventReader::read`](crate::log::EventReader::read).
    pub(super) fn read(&self, from: Position, limit: usize) -> Result<Vec<Record>, ReadError> {
        let mut records = Vec::new();
        let mut bytes = Vec::new();
        loop {
            let from = Position(from.0.saturating_add(records.len() as u64));
            let left = limit - records.len();
            let Some(span) = self.look(|index| index.span(from, left)) else {
                return Ok(records);
            };
            records.reserve(span.count);
            let mut unread = span.fill(&mut bytes, from)?;
            for position in (from.0..).take(span.count).map(Position) {
                let (view, rest) = next_record(unread, position)?;
                records.push(view.to_record());
                unread = rest;
            }
        }
    }

    /// See [`EventReader::read_stream`](crate::log::EventReader::read_stream).
    pub(super) fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError> {
        let head = self.look(|index| index.heads.get(stream).copied());
        let Some(head) = head.filter(|head| head.version > after && limit > 0) else {
            return Ok(Vec::new());
        };
        let last_wanted = Version(after.0.saturating_add(limit as u64));
        let mut records = Vec::new();
        let mut bytes = Vec::new();
        let StreamHead { mut version, mut position } = head;
        while version > after {
            let view = self.at(position, &mut bytes)?;
            if view.stream != stream.as_str() || view.version != version {
                let what = format!(
                    "version {version} of {stream} expected, version {} of {} found",
                    view.version, view.stream
                );
                return Err(ReadError::Damaged { position, what });
            }
            if version <= last_wanted {
                records.push(view.to_record());
            }
            // Decoding has checked that only version 1 is without a previous record.
            let Some(previous) = view.previous else { break };
            position = previous;
            version = Version(version.0 - 1);
        }
        records.reverse();
        Ok(records)
    }

    fn at<'b>(
        &self,
        position: Position,
        bytes: &'b mut Vec<u8>,
    ) -> Result<RecordView<'b>, ReadError> {
        let span = self.look(|index| index.span(position, 1)).ok_or_else(|| {
            ReadError::Damaged { position, what: "a record beyond the end is referred to".into() }
        })?;
        Ok(next_record(span.fill(bytes, position)?, position)?.0)
    }
}

impl Span {
    fn fill<'b>(&self, bytes: &'b mut Vec<u8>, position: Position) -> Result<&'b [u8], ReadError> {
        bytes.resize(self.bytes.max(bytes.len()), 0);
        let wanted = &mut bytes[..self.bytes];
        let found = read_full(&*self.file, wanted, self.offset)?;
        if found < self.bytes {
            let what = format!("{} bytes expected, the file ends after {found}", self.bytes);
            return Err(ReadError::Damaged { position, what });
        }
        Ok(wanted)
    }
}

/// The next record in `bytes`, past commit markers, and what follows it.
fn next_record(mut bytes: &[u8], position: Position) -> Result<(RecordView<'_>, &[u8]), ReadError> {
    loop {
        let decoded = codec::decode(bytes)
            .map_err(|error| ReadError::Damaged { position, what: error.to_string() })?;
        bytes = &bytes[decoded.bytes..];
        match decoded.frame {
            Frame::Commit(_) => {}
            Frame::Record(view) if view.position == position => return Ok((view, bytes)),
            Frame::Record(view) => {
                let what = format!("the record of position {} lies there", view.position);
                return Err(ReadError::Damaged { position, what });
            }
        }
    }
}
