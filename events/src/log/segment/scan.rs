//! Reading everything at opening: checks every byte, rebuilds the index, changes nothing.
//!
//! ```text
//!   for each segment: header, then batches: record… record commit
//!   the first thing that does not check ends it:
//!     only zeros from there on                        → the end
//!     last segment, past the mark, no whole batch after → a torn tail: the end, and a report
//!     anything else                                     → damage: refuse, name the place
//! ```

mod resume;

use std::sync::Arc;

use super::Torn;
use super::disk::{Disk, DiskFile};
use super::header::{HEADER_BYTES, Header, HeaderError, file_name, parse_file_name};
use super::mark::{MARK_FILE, Mark};
use super::published::{Index, Segment};
use super::tail::find_whole_batch;
use super::window::Window;
use crate::codec::{self, CodecError, Commit, Frame, Hash, PREFIX_BYTES, RecordView, chain};
use crate::log::{OpenError, StreamHead};
use crate::record::Millis;
use crate::stream::{Position, StreamId, Version};

/// What a log holds.
pub(super) struct Scan {
    pub index: Index,
    /// Running hash after the last batch.
    pub hash: Hash,
    /// Instant of the last record.
    pub recorded_at: Millis,
    /// What follows the last batch, if it is not zeros.
    pub torn: Option<Torn>,
    /// Newest mark that headers and commit markers know of.
    pub mark_seen: Position,
    mark: Mark,
    mark_met: bool,
    batch: Batch,
}

/// The batch being read; counts only once its commit marker has been met.
#[derive(Default)]
struct Batch {
    crcs: Vec<u32>,
    offsets: Vec<u32>,
    /// Heads before the batch, to be put back if it turns out to be torn.
    before: Vec<(StreamId, Option<StreamHead>)>,
    recorded_at: Millis,
}

/// Place of a frame, for error messages.
#[derive(Clone, Copy)]
struct At<'a> {
    file: &'a str,
    offset: u64,
}

/// First positions of the segments there are, in order.
pub(super) fn segments(disk: &dyn Disk) -> Result<Vec<Position>, OpenError> {
    let mut firsts = Vec::new();
    for name in disk.list("")? {
        match parse_file_name(&name) {
            Some(first) => firsts.push(first),
            None if name.strip_suffix(".seg").is_some() => {
                let what = "not a segment's name".to_owned();
                return Err(OpenError::Unknown { file: name, what });
            }
            None => {}
        }
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// Reads the log; `mark` is what must be in it.
pub(super) fn scan(disk: &dyn Disk, mark: Mark, writable: bool) -> Result<Scan, OpenError> {
    let firsts = segments(disk)?;
    let mut scan = Scan {
        index: Index::default(),
        hash: [0; 32],
        recorded_at: Millis::MIN,
        torn: None,
        mark_seen: Position::START,
        mark,
        mark_met: firsts.is_empty() && mark.size == Position::START,
        batch: Batch::default(),
    };
    let mut end = At { file: MARK_FILE, offset: 0 };
    let names: Vec<String> = firsts.iter().copied().map(file_name).collect();
    for (number, name) in names.iter().enumerate() {
        let last = number + 1 == names.len();
        let file = disk.open(name, writable && last)?;
        let offset = scan.segment(name, firsts[number], file, last)?;
        end = At { file: name, offset };
    }
    scan.check_mark_met(end)?;
    Ok(scan)
}

impl Scan {
    fn check_mark_met(&self, end: At) -> Result<(), OpenError> {
        if self.mark_met {
            return Ok(());
        }
        let what = format!(
            "the mark vouches for {} records, up to byte {} of {}; {} were found",
            self.mark.size,
            self.mark.offset,
            file_name(self.mark.segment),
            self.index.size
        );
        Err(damaged(self.index.size, end, what))
    }

    /// Position of the next record.
    fn next(&self) -> Position {
        Position(self.index.size.0 + self.batch.crcs.len() as u64)
    }

    /// Reads one segment; answers where its last batch ends.
    fn segment(
        &mut self,
        name: &str,
        first: Position,
        file: Arc<dyn DiskFile>,
        last: bool,
    ) -> Result<u64, OpenError> {
        let mut window = Window::new(file.clone());
        let begin = At { file: name, offset: 0 };
        let header = Header::decode(window.at(0, HEADER_BYTES)?).map_err(|error| match error {
            HeaderError::Unknown(version) => {
                OpenError::Unknown { file: name.to_owned(), what: format!("version {version}") }
            }
            HeaderError::Damaged(what) => damaged(self.index.size, begin, what.to_owned()),
        })?;
        self.check_header(&header, first, begin)?;
        let offset = HEADER_BYTES as u64;
        self.index.segments.push(Segment { first, file, offsets: Vec::new(), end: offset });
        self.meet_mark(At { file: name, offset })?;
        self.batches(&mut window, At { file: name, offset }, last)
    }

    /// Reads the batches from `begin` on; answers where the last one ends.
    fn batches(&mut self, window: &mut Window, begin: At, last: bool) -> Result<u64, OpenError> {
        let mut end = begin.offset;
        loop {
            match self.read_batch(window, At { offset: end, ..begin })? {
                Ok(next) => end = next,
                Err((offset, error)) => {
                    self.stop(window, end, At { offset, ..begin }, error, last)?;
                    return Ok(end);
                }
            }
        }
    }

    fn check_header(&mut self, header: &Header, first: Position, at: At) -> Result<(), OpenError> {
        let size = self.index.size;
        if header.first != first || header.first != size {
            let what = format!("position {size} expected, the segment begins at {}", header.first);
            return Err(damaged(size, at, what));
        }
        if header.hash != self.hash {
            let what = "the running hash is not that of the segments before".to_owned();
            return Err(damaged(size, at, what));
        }
        self.mark_seen = self.mark_seen.max(header.mark);
        Ok(())
    }

    /// Reads up to the next commit marker: the offset after it, or what stopped it and where.
    fn read_batch(
        &mut self,
        window: &mut Window,
        begin: At,
    ) -> Result<Result<u64, (u64, CodecError)>, OpenError> {
        self.batch.clear(self.recorded_at);
        let mut at = begin;
        loop {
            let wanted = codec::frame_bytes(window.at(at.offset, PREFIX_BYTES)?);
            let bytes = window.at(at.offset, wanted.unwrap_or(PREFIX_BYTES))?;
            let decoded = match codec::decode(bytes) {
                Ok(decoded) => decoded,
                Err(error) if error.may_be_torn() => return Ok(Err((at.offset, error))),
                Err(error) => return Err(damaged(self.next(), at, error.to_string())),
            };
            let next = at.offset + decoded.bytes as u64;
            match decoded.frame {
                Frame::Record(record) => self.take_record(record, decoded.crc, at)?,
                Frame::Commit(commit) => {
                    self.take_commit(&commit, at, next)?;
                    return Ok(Ok(next));
                }
            }
            at.offset = next;
        }
    }

    fn take_record(&mut self, record: RecordView, crc: u32, at: At) -> Result<(), OpenError> {
        let position = self.next();
        let entry = self.index.heads.get_key_value(record.stream);
        let (stream, before) = match entry {
            Some((stream, head)) => (stream.clone(), Some(*head)),
            None => {
                (StreamId::parse(record.stream).expect("invariant: decoding checks the name"), None)
            }
        };
        let version = before.map_or(Version::NONE, |head| head.version).next();
        let expected = (position, version, before.map(|head| head.position));
        let found = (record.position, record.version, record.previous);
        if expected != found {
            let what = format!(
                "position, version and previous of {stream}: {expected:?} expected, {found:?} found"
            );
            return Err(damaged(position, at, what));
        }
        if record.recorded_at < self.batch.recorded_at {
            return Err(damaged(position, at, "recorded before the record before it".into()));
        }
        let Ok(offset) = u32::try_from(at.offset) else {
            return Err(damaged(position, at, "the segment is over 4 GiB".into()));
        };
        self.batch.recorded_at = record.recorded_at;
        self.batch.crcs.push(crc);
        self.batch.offsets.push(offset);
        self.index.heads.insert(stream.clone(), StreamHead { version, position });
        self.batch.before.push((stream, before));
        Ok(())
    }

    fn take_commit(&mut self, commit: &Commit, at: At, end: u64) -> Result<(), OpenError> {
        let (first, next) = (self.index.size, self.next());
        let count = self.batch.crcs.len() as u32;
        if (commit.first, commit.count) != (first, count) {
            let what = format!(
                "commit of {count} records from {first} expected, of {} from {} found",
                commit.count, commit.first
            );
            return Err(damaged(next, at, what));
        }
        let hash = chain(&self.hash, first, &self.batch.crcs);
        if commit.hash != hash {
            return Err(damaged(first, at, "the running hash does not hold".to_owned()));
        }
        if first < self.mark.size && self.mark.size < next {
            return Err(damaged(first, at, "the mark points into this batch".to_owned()));
        }
        self.hash = hash;
        self.recorded_at = self.batch.recorded_at;
        self.mark_seen = self.mark_seen.max(commit.mark);
        let segment = self.index.segments.last_mut().expect("invariant: its segment was pushed");
        segment.offsets.extend_from_slice(&self.batch.offsets);
        segment.end = end;
        self.index.size = next;
        self.batch.before.clear();
        self.meet_mark(At { offset: end, ..at })
    }

    /// Compares with the mark if it was made here.
    fn meet_mark(&mut self, at: At) -> Result<(), OpenError> {
        let Mark { size, segment, offset, hash } = self.mark;
        if self.index.size != size || at.file != file_name(segment) {
            return Ok(());
        }
        if at.offset != offset || self.hash != hash {
            let what = format!("the mark has another byte ({offset}) or hash for this position");
            return Err(damaged(size, at, what));
        }
        self.mark_met = true;
        Ok(())
    }

    /// Judges what does not check at `stop`, in the batch that begins at `begin`.
    fn stop(
        &mut self,
        window: &mut Window,
        begin: u64,
        stop: At,
        error: CodecError,
        last: bool,
    ) -> Result<(), OpenError> {
        let position = self.next();
        self.batch.undo(&mut self.index);
        let Some(end) = window.last_byte(begin)? else { return Ok(()) };
        if !last {
            let what = format!("{error}; another segment follows");
            return Err(damaged(position, stop, what));
        }
        if self.index.size < self.mark.size {
            let what = format!("{error}; the mark vouches for {} records", self.mark.size);
            return Err(damaged(position, stop, what));
        }
        // The batch itself is broken at `stop`; what is whole before that is part of it.
        if let Some(whole) = find_whole_batch(window, stop.offset + 1)? {
            let what = format!("{error}; a whole batch follows at byte {whole}");
            return Err(damaged(position, stop, what));
        }
        self.torn = Some(Torn {
            position: self.index.size,
            segment: stop.file.to_owned(),
            offset: begin,
            bytes: end - begin,
            saved: None,
        });
        Ok(())
    }
}

impl Batch {
    fn clear(&mut self, recorded_at: Millis) {
        self.crcs.clear();
        self.offsets.clear();
        self.before.clear();
        self.recorded_at = recorded_at;
    }

    fn undo(&mut self, index: &mut Index) {
        for (stream, before) in self.before.drain(..).rev() {
            match before {
                Some(head) => index.heads.insert(stream, head),
                None => index.heads.remove(&stream),
            };
        }
    }
}

fn damaged(position: Position, at: At, what: String) -> OpenError {
    OpenError::Damaged { position, file: at.file.to_owned(), offset: at.offset, what }
}
