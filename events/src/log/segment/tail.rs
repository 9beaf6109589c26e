//! Telling a torn tail from damage: does a whole batch follow?
//!
//! A batch is written only after the one before it is durable. So bytes that do not check are
//! the rest of an interrupted write only if nothing whole comes after them.

use std::io;

use super::window::Window;
use crate::codec::{self, Commit, Decoded, Frame, PREFIX_BYTES, RecordView};
use crate::stream::Position;

/// Offset of the first record frame after `from` that belongs to a whole batch: all of its
/// records in order, and their commit marker. Looks at every byte; valid frames are stepped
/// over, so the work stays linear in the size of the tail.
pub(super) fn find_whole_batch(window: &mut Window, from: u64) -> io::Result<Option<u64>> {
    let mut at = from;
    loop {
        let Some(candidate) = next_candidate(window, at)? else { return Ok(None) };
        at = match walk(window, candidate)? {
            Walk::Whole => return Ok(Some(candidate)),
            // At least one byte on, at most to the first frame that does not check.
            Walk::Ended(offset) => offset.max(candidate + 1),
        };
    }
}

/// The next offset at which length and kind are those of a record frame.
fn next_candidate(window: &mut Window, from: u64) -> io::Result<Option<u64>> {
    let mut at = from;
    loop {
        let piece = window.at(at, PREFIX_BYTES + 1)?;
        if piece.len() <= PREFIX_BYTES {
            return Ok(None);
        }
        let looks_right = |frame: &[u8]| {
            frame[PREFIX_BYTES] == RecordView::KIND && codec::frame_bytes(frame).is_ok()
        };
        if let Some(found) = piece.windows(PREFIX_BYTES + 1).position(looks_right) {
            return Ok(Some(at + found as u64));
        }
        at += (piece.len() - PREFIX_BYTES) as u64;
    }
}

enum Walk {
    Whole,
    Ended(u64),
}

/// Follows neighbouring record frames to a commit marker that covers some of them.
fn walk(window: &mut Window, start: u64) -> io::Result<Walk> {
    let mut at = start;
    let mut run: Option<(Position, u32)> = None;
    loop {
        let Some(decoded) = frame_at(window, at)? else { return Ok(Walk::Ended(at)) };
        match (decoded.frame, run) {
            (Frame::Record(record), None) => run = Some((record.position, 1)),
            (Frame::Record(record), Some((first, count)))
                if Some(record.position.0) == first.0.checked_add(u64::from(count)) =>
            {
                run = Some((first, count + 1));
            }
            // Records that do not follow each other: a new run may begin here.
            (Frame::Record(_), Some(_)) => return Ok(Walk::Ended(at)),
            (Frame::Commit(commit), Some(run)) if covers(commit, run) => return Ok(Walk::Whole),
            (Frame::Commit(_), _) => return Ok(Walk::Ended(at + decoded.bytes as u64)),
        }
        at += decoded.bytes as u64;
    }
}

/// Whether the batch ends with the run and begins within it.
fn covers(commit: Commit, (first, count): (Position, u32)) -> bool {
    let end = |first: Position, count: u32| first.0.checked_add(u64::from(count));
    commit.first >= first && end(commit.first, commit.count) == end(first, count)
}

fn frame_at(window: &mut Window, at: u64) -> io::Result<Option<Decoded<'_>>> {
    let wanted = codec::frame_bytes(window.at(at, PREFIX_BYTES)?).unwrap_or(PREFIX_BYTES);
    Ok(codec::decode(window.at(at, wanted)?).ok())
}
