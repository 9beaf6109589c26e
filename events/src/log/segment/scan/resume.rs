//! Going on where an earlier reading ended, for whoever follows a log that grows.
//!
//! Costs a look at the directory, the mark and four bytes if nothing is new; otherwise what is
//! new is read and checked as at opening. What was read before is not read again.

use super::{At, PREFIX_BYTES, Scan, damaged, file_name, segments};
use crate::log::OpenError;
use crate::log::segment::disk::{Disk, read_full};
use crate::log::segment::mark::{MARK_FILE, Mark};
use crate::log::segment::published::Segment;
use crate::log::segment::window::Window;
use crate::stream::Position;

impl Scan {
    /// Takes in what has been appended since. After an error the index is what it was, or ends
    /// with a later whole batch.
    pub fn resume(&mut self, disk: &dyn Disk, mark: Mark) -> Result<(), OpenError> {
        let resumed = self.read_on(disk, mark);
        self.batch.undo(&mut self.index);
        resumed
    }

    fn read_on(&mut self, disk: &dyn Disk, mark: Mark) -> Result<(), OpenError> {
        let firsts = segments(disk)?;
        self.check_segments(&firsts)?;
        let known = self.index.segments.len();
        self.set_mark(mark, firsts.is_empty());
        let mut end = At { file: MARK_FILE, offset: 0 };
        let names: Vec<String> = firsts.iter().copied().map(file_name).collect();
        for (number, name) in names.iter().enumerate().skip(known.saturating_sub(1)) {
            let last = number + 1 == names.len();
            let offset = if number < known {
                self.grown(name, last)?
            } else {
                self.segment(name, firsts[number], disk.open(name, false)?, last)?
            };
            end = At { file: name, offset };
        }
        self.check_mark_met(end)
    }

    /// The segments that were read must still be there, before any new ones.
    fn check_segments(&self, firsts: &[Position]) -> Result<(), OpenError> {
        let known = self.index.segments.iter().map(|segment| segment.first);
        let missing = known.enumerate().find(|(number, first)| firsts.get(*number) != Some(first));
        let Some((_, first)) = missing else { return Ok(()) };
        let at = At { file: &file_name(first), offset: 0 };
        Err(damaged(first, at, "the segment was there before and is gone".to_owned()))
    }

    /// A mark for what was read before was met then, or is older than one that was.
    fn set_mark(&mut self, mark: Mark, empty: bool) {
        let size = self.index.size;
        self.mark = mark;
        self.mark_met = mark.size < size || (empty && mark.size == Position::START);
    }

    /// Goes on in the newest segment that was read.
    fn grown(&mut self, name: &str, last: bool) -> Result<u64, OpenError> {
        let Some(Segment { file, end, .. }) = self.index.segments.last() else { return Ok(0) };
        let (file, begin) = (file.clone(), At { file: name, offset: *end });
        self.meet_mark(begin)?;
        let mut prefix = [0; PREFIX_BYTES];
        read_full(&*file, &mut prefix, begin.offset)?;
        // Judged once something begins here: a look at the zeros ahead is a look at megabytes.
        if last && prefix == [0; PREFIX_BYTES] {
            self.torn = None;
            return Ok(begin.offset);
        }
        self.torn = None;
        self.batches(&mut Window::new(file), begin, last)
    }
}
