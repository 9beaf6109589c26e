//! The one writer: encodes a batch, writes it in one piece, syncs, publishes.
//!
//! ```text
//!   admit → encode → room (roll, allocate) → write → sync → publish → answer
//!                    └ full: NoSpace, nothing changed ┘ └ fails: Failed for good ┘
//! ```

use std::io;
use std::mem;
use std::sync::Arc;

use super::Options;
use super::disk::{Disk, DiskFile, is_full, write_all};
use super::header::{HEADER_BYTES, Header, file_name};
use super::mark::{MARK_DRAFT, Mark, remove_if_there};
use super::published::{Published, Segment};
use crate::codec::{Commit, Hash, chain};
use crate::log::admission::Admission;
use crate::log::{Append, Appended, Refusal, WriteError};
use crate::record::Millis;
use crate::stream::Position;

/// Where the next segment is prepared. It gets its name when its header is durable, so a
/// segment never has half a header.
pub(super) const SEGMENT_DRAFT: &str = "segment.tmp";

/// The buffer goes back to this after a larger batch.
const BUFFER_BYTES_KEPT: usize = 8 * 1024 * 1024;

/// See the module.
pub(super) struct Writer {
    pub disk: Arc<dyn Disk>,
    pub options: Options,
    /// The newest segment, its first position, the end of its last batch, and how far its file
    /// is known to reach.
    pub file: Arc<dyn DiskFile>,
    pub first: Position,
    pub end: u64,
    pub allocated: u64,
    /// State of the log after the last batch.
    pub size: Position,
    pub hash: Hash,
    pub recorded_at: Millis,
    /// Size that the mark in force vouches for.
    pub mark: Position,
    pub state: State,
    pub batch: Encoded,
}

/// Whether the writer may write.
pub(super) enum State {
    Open,
    Failed(String),
    Closed,
}

/// The batch as bytes; kept for its memory.
#[derive(Default)]
pub(super) struct Encoded {
    bytes: Vec<u8>,
    crcs: Vec<u32>,
    /// Where each record begins in `bytes`.
    starts: Vec<u32>,
}

/// Answers to the wishes of a batch.
type Answers = Vec<Result<Appended, Refusal>>;

impl Writer {
    pub(super) fn append(
        &mut self,
        published: &Published,
        wishes: &[Append],
    ) -> Result<Answers, WriteError> {
        self.ready()?;
        let (admission, answers) = self.encode(published, wishes);
        if self.batch.crcs.is_empty() {
            return Ok(answers);
        }
        let hash = chain(&self.hash, self.size, &self.batch.crcs);
        let count = self.batch.crcs.len() as u32;
        let commit = Commit { count, first: self.size, mark: self.mark, hash };
        commit.encode(&mut self.batch.bytes);

        self.make_room(published, self.batch.bytes.len() as u64)?;
        self.put()?;

        let begin = self.end;
        self.end += self.batch.bytes.len() as u64;
        self.hash = hash;
        self.size = admission.next();
        self.recorded_at = admission.recorded_at();
        published.publish(|index| {
            let segment = index.segments.last_mut().expect("invariant: an open log has a segment");
            let offsets = self.batch.starts.iter().map(|start| begin as u32 + start);
            segment.offsets.extend(offsets);
            segment.end = self.end;
            index.heads.extend(admission.into_heads());
            index.size = self.size;
        });
        self.batch.bytes.clear();
        self.batch.bytes.shrink_to(BUFFER_BYTES_KEPT);
        Ok(answers)
    }

    /// Admits the wishes and encodes their records.
    fn encode(&mut self, published: &Published, wishes: &[Append]) -> (Admission, Answers) {
        let Encoded { bytes, crcs, starts } = &mut self.batch;
        bytes.clear();
        crcs.clear();
        starts.clear();
        let mut admission = Admission::new(self.size, self.recorded_at);
        let mut answers = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let head = |stream: &_| published.look(|index| index.heads.get(stream).copied());
            let admitted = admission.admit(wish, head);
            if let Ok(admitted) = &admitted {
                for record in admitted.records(wish) {
                    starts.push(bytes.len() as u32);
                    let crc = record.encode(bytes);
                    crcs.push(crc.expect("invariant: admission refuses what can't be encoded"));
                }
            }
            answers.push(admitted.map(|admitted| admitted.appended));
        }
        debug_assert_eq!(bytes.len(), admission.bytes());
        (admission, answers)
    }

    /// Makes sure that the next `bytes` fit behind the last batch.
    fn make_room(&mut self, published: &Published, bytes: u64) -> Result<(), WriteError> {
        let begun = self.end > HEADER_BYTES as u64;
        if begun && self.end + bytes > self.options.segment_bytes {
            self.roll(published)?;
        }
        let wanted = self.end + bytes;
        if wanted <= self.allocated {
            return Ok(());
        }
        let ahead = self.allocated + self.options.preallocate_bytes;
        let ahead = ahead.min(self.options.segment_bytes).max(wanted);
        let mut grown = self.grow(ahead);
        if ahead > wanted && grown.as_ref().is_err_and(is_full) {
            // Not enough for the next batches; for this one it may be.
            grown = self.grow(wanted);
        }
        match grown {
            Err(error) if is_full(&error) => Err(WriteError::NoSpace),
            Err(error) => Err(self.fail("allocating", &error)),
            Ok(()) => Ok(()),
        }
    }

    fn grow(&mut self, to: u64) -> io::Result<()> {
        self.file.allocate(self.allocated, to - self.allocated)?;
        self.allocated = to;
        Ok(())
    }

    /// Writes the batch and makes it durable.
    fn put(&mut self) -> Result<(), WriteError> {
        let bytes = mem::take(&mut self.batch.bytes);
        let written = write_all(&*self.file, &bytes, self.end);
        self.batch.bytes = bytes;
        match written {
            Ok(()) => {}
            Err(error) if is_full(&error) => {
                // Cutting the file needs no space and leaves no byte of the batch.
                let erased = self.file.truncate(self.end).and_then(|()| self.file.sync());
                self.allocated = self.end;
                return Err(match erased {
                    Ok(()) => WriteError::NoSpace,
                    Err(error) => self.fail("erasing a batch for which there was no space", &error),
                });
            }
            Err(error) => return Err(self.fail("writing", &error)),
        }
        self.file.sync().map_err(|error| self.fail("syncing", &error))
    }

    /// Ends the segment and begins the next.
    fn roll(&mut self, published: &Published) -> Result<(), WriteError> {
        let header = Header { first: self.size, mark: self.mark, hash: self.hash };
        let file = match prepare_segment(&*self.disk, &header) {
            Ok(file) => file,
            Err(error) if is_full(&error) => {
                // If even this fails, the next roll tries again.
                let _ = remove_if_there(&*self.disk, SEGMENT_DRAFT);
                return Err(WriteError::NoSpace);
            }
            Err(error) => return Err(self.fail("preparing a segment", &error)),
        };
        put_segment_in_force(&*self.disk, &header)
            .map_err(|error| self.fail("beginning a segment", &error))?;
        let (offset, first) = (HEADER_BYTES as u64, self.size);
        let segment = Segment { first, file: file.clone(), offsets: Vec::new(), end: offset };
        published.publish(|index| index.segments.push(segment));
        let ended = mem::replace(&mut self.file, file);
        let end = mem::replace(&mut self.end, offset);
        self.first = first;
        self.allocated = offset;
        ended
            .truncate(end)
            .and_then(|()| ended.sync())
            .map_err(|error| self.fail("ending a segment", &error))?;
        match self.mark() {
            // The next mark will do.
            Err(WriteError::NoSpace) => Ok(()),
            marked => marked,
        }
    }

    /// See [`EventLog::mark`](crate::log::EventLog::mark).
    pub(super) fn mark(&mut self) -> Result<(), WriteError> {
        self.ready()?;
        if self.mark == self.size {
            return Ok(());
        }
        let mark = Mark { size: self.size, segment: self.first, offset: self.end, hash: self.hash };
        match mark.prepare(&*self.disk) {
            Ok(()) => {}
            Err(error) if is_full(&error) => {
                let _ = remove_if_there(&*self.disk, MARK_DRAFT);
                return Err(WriteError::NoSpace);
            }
            Err(error) => return Err(self.fail("preparing a mark", &error)),
        }
        Mark::put_in_force(&*self.disk).map_err(|error| self.fail("marking", &error))?;
        self.mark = self.size;
        Ok(())
    }

    /// See [`EventLog::close`](crate::log::EventLog::close).
    pub(super) fn close(&mut self) -> Result<(), WriteError> {
        match &self.state {
            State::Closed => return Ok(()),
            State::Failed(what) => return Err(WriteError::Failed(what.clone())),
            State::Open => {}
        }
        // Before the mark: on a full disk this makes room for it.
        self.file
            .truncate(self.end)
            .and_then(|()| self.file.sync())
            .map_err(|error| self.fail("giving back space", &error))?;
        self.allocated = self.end;
        let marked = self.mark();
        if let State::Open = self.state {
            self.state = State::Closed;
        }
        marked
    }

    fn ready(&self) -> Result<(), WriteError> {
        match &self.state {
            State::Open => Ok(()),
            State::Failed(what) => Err(WriteError::Failed(what.clone())),
            State::Closed => Err(WriteError::Closed),
        }
    }

    /// Ends writing for good: after a failed sync the kernel may hold pages for clean that the
    /// disk never got, so trying again would prove nothing.
    fn fail(&mut self, doing: &str, error: &io::Error) -> WriteError {
        let what = format!("{doing}: {error}");
        self.state = State::Failed(what.clone());
        WriteError::Failed(what)
    }
}

/// Writes a segment's header to the draft and makes it durable.
pub(super) fn prepare_segment(disk: &dyn Disk, header: &Header) -> io::Result<Arc<dyn DiskFile>> {
    remove_if_there(disk, SEGMENT_DRAFT)?;
    let file = disk.create(SEGMENT_DRAFT)?;
    write_all(&*file, &header.encode(), 0)?;
    file.sync()?;
    Ok(file)
}

/// Gives the draft its name.
pub(super) fn put_segment_in_force(disk: &dyn Disk, header: &Header) -> io::Result<()> {
    disk.rename(SEGMENT_DRAFT, &file_name(header.first))?;
    disk.sync_folder("")
}
