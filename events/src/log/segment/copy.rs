//! Copying the beginning of a log, also while its writer goes on.
//!
//! ```text
//!   from   ├─ segment ─┤├─ segment ──┬── more ─ … the writer writes here
//!   to     ├─ segment ─┤├─ segment ──┤  and a mark that vouches for all of it, written last
//!                                    size: the end of a batch
//! ```
//!
//! What is copied was durable before, and nothing of it ever changes, so no lock is needed.

use std::io;
use std::sync::Arc;

use super::disk::{Disk, DiskFile};
use super::header::{HEADER_BYTES, Header, HeaderError, file_name};
use super::mark::Mark;
use super::opening::copy_range;
use super::scan::segments;
use super::window::Window;
use crate::codec::{self, CodecError, Commit, Frame, Hash, PREFIX_BYTES, chain};
use crate::log::OpenError;
use crate::stream::Position;

/// Why the beginning of a log was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The size lies between two records that were written together.
    #[error("{size} records end inside the batch from {first} to {next}")]
    InsideBatch {
        /// Records asked for.
        size: Position,
        /// Position of the batch's first record.
        first: Position,
        /// Position after its last one.
        next: Position,
    },
    /// The log has not so many records.
    #[error("{size} records asked for, the log has {found}")]
    Short {
        /// Records asked for.
        size: Position,
        /// Records there are.
        found: Position,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Source(#[from] OpenError),
    /// The copy cannot be written, or there is a log already.
    #[error("cannot write the copy: {0}")]
    Target(io::Error),
}

/// Copies the first `size` records to a disk without a log, durably. `size` is the size the log
/// had after a batch, and not more than is durable now. Checksums and the running hash are
/// checked on the way. The mark is written last: an unfinished copy does not open.
pub fn copy_prefix(from: &dyn Disk, to: &dyn Disk, size: Position) -> Result<(), CopyError> {
    let mut walk = Walk { size, reached: Position::START, hash: [0; 32] };
    let mut mark = Mark::EMPTY;
    for first in segments(from)?.into_iter().take_while(|first| *first < size) {
        let name = file_name(first);
        let file = from.open(&name, false).map_err(OpenError::Io)?;
        let offset = walk.segment(first, &file)?;
        let copy = to.create(&name).map_err(CopyError::Target)?;
        copy_range(&*file, 0, offset, &*copy, 0)
            .and_then(|()| copy.sync())
            .map_err(CopyError::Target)?;
        mark = Mark { size: walk.reached, segment: first, offset, hash: walk.hash };
    }
    if walk.reached < size {
        return Err(CopyError::Short { size, found: walk.reached });
    }
    to.sync_folder("")
        .and_then(|()| mark.prepare(to))
        .and_then(|()| Mark::put_in_force(to))
        .map_err(CopyError::Target)
}

struct Walk {
    size: Position,
    /// Records before the batch that is being read.
    reached: Position,
    /// Running hash there.
    hash: Hash,
}

impl Walk {
    /// Goes through one segment, to its end or to the size; answers the offset.
    fn segment(&mut self, first: Position, file: &Arc<dyn DiskFile>) -> Result<u64, CopyError> {
        let name = file_name(first);
        let mut window = Window::new(file.clone());
        let header = Header::decode(window.at(0, HEADER_BYTES).map_err(OpenError::Io)?);
        let header = header.map_err(|error| match error {
            HeaderError::Unknown(version) => {
                OpenError::Unknown { file: name.clone(), what: format!("version {version}") }
            }
            HeaderError::Damaged(what) => self.damaged(&name, 0, what),
        })?;
        if (header.first, header.hash) != (self.reached, self.hash) || first != self.reached {
            return Err(self.damaged(&name, 0, "it does not follow the segment before").into());
        }
        let mut offset = HEADER_BYTES as u64;
        while self.reached < self.size {
            match self.batch(&mut window, &name, offset)? {
                Some(end) => offset = end,
                None => break,
            }
        }
        Ok(offset)
    }

    /// Goes through one batch; answers where it ends, `None` if no whole one begins here.
    fn batch(
        &mut self,
        window: &mut Window,
        name: &str,
        mut offset: u64,
    ) -> Result<Option<u64>, CopyError> {
        let mut crcs = Vec::new();
        loop {
            let wanted =
                codec::frame_bytes(window.at(offset, PREFIX_BYTES).map_err(OpenError::Io)?);
            let bytes = window.at(offset, wanted.unwrap_or(PREFIX_BYTES)).map_err(OpenError::Io)?;
            let decoded = match codec::decode(bytes) {
                Ok(decoded) => decoded,
                Err(CodecError::Length(0) | CodecError::Short { .. }) if crcs.is_empty() => {
                    return Ok(None);
                }
                Err(error) => return Err(self.damaged(name, offset, &error.to_string()).into()),
            };
            let end = offset + decoded.bytes as u64;
            match decoded.frame {
                Frame::Record(_) => crcs.push(decoded.crc),
                Frame::Commit(commit) => {
                    self.commit(&commit, &crcs, name, offset)?;
                    return Ok(Some(end));
                }
            }
            offset = end;
        }
    }

    fn commit(
        &mut self,
        commit: &Commit,
        crcs: &[u32],
        name: &str,
        offset: u64,
    ) -> Result<(), CopyError> {
        let first = self.reached;
        let hash = chain(&self.hash, first, crcs);
        if (commit.first, commit.count as usize, commit.hash) != (first, crcs.len(), hash) {
            return Err(self.damaged(name, offset, "the running hash does not hold").into());
        }
        let next = Position(first.0 + crcs.len() as u64);
        if next > self.size {
            return Err(CopyError::InsideBatch { size: self.size, first, next });
        }
        (self.reached, self.hash) = (next, hash);
        Ok(())
    }

    fn damaged(&self, name: &str, offset: u64, what: &str) -> OpenError {
        let (file, what) = (name.to_owned(), what.to_owned());
        OpenError::Damaged { position: self.reached, file, offset, what }
    }
}
