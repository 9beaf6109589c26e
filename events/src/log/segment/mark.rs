//! The durable mark: a small text file that says what must be there at every later opening.
//!
//! ```text
//!   kycd-mark 1
//!   size 5
//!   segment 00000000000000000000.seg
//!   offset 1234
//!   hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//!   crc 1c291ca3
//! ```
//!
//! It exists before the first segment does, so a log without one has lost it.

use std::fmt::Write as _;
use std::io::{self, ErrorKind};

use crate::codec::Hash;
use crate::stream::Position;

use super::disk::{Disk, read_full, write_all};
use super::header::{HEADER_BYTES, file_name, parse_file_name};
use crate::log::OpenError;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Records there must be.
    pub size: Position,
    /// First position of the segment in which they end.
    pub segment: Position,
    /// Where they end in its file.
    pub offset: u64,
    /// Running hash there.
    pub hash: Hash,
}

/// File name of the mark.
pub(super) const MARK_FILE: &str = "mark";
/// Where the next mark is prepared.
pub(super) const MARK_DRAFT: &str = "mark.tmp";
const MARK_BYTES_MAX: usize = 512;

impl Mark {
    /// The mark of a log without records.
    pub(super) const EMPTY: Self = Self {
        size: Position::START,
        segment: Position::START,
        offset: HEADER_BYTES as u64,
        hash: [0; 32],
    };

    pub(super) fn encode(&self) -> String {
        let mut text = format!(
            "kycd-mark 1\nsize {}\nsegment {}\noffset {}\nhash ",
            self.size,
            file_name(self.segment),
            self.offset
        );
        for byte in self.hash {
            write!(text, "{byte:02x}").expect("invariant: writing to a String never fails");
        }
        text.push('\n');
        let crc = crc32c::crc32c(text.as_bytes());
        text + &format!("crc {crc:08x}\n")
    }

    /// `None` for anything that [`encode`](Self::encode) would not have written.
    fn decode(text: &str) -> Option<Self> {
        let mut lines = text.lines().skip(1);
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let mark = Self {
            size: Position(field("size")?.parse().ok()?),
            segment: parse_file_name(field("segment")?)?,
            offset: field("offset")?.parse().ok()?,
            hash: parse_hash(field("hash")?)?,
        };
        // Comparing the whole text checks the CRC, and that nothing else is there.
        (mark.encode() == text).then_some(mark)
    }

    /// The log's mark; `None` if there is no such file.
    pub(super) fn read(disk: &dyn Disk) -> Result<Option<Self>, OpenError> {
        let file = match disk.open(MARK_FILE, false) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = vec![0; MARK_BYTES_MAX];
        let filled = read_full(&*file, &mut bytes, 0)?;
        let text = str::from_utf8(&bytes[..filled]).unwrap_or_default();
        if let Some(version) = text.lines().next().and_then(|line| line.strip_prefix("kycd-mark "))
            && version != "1"
        {
            let what = format!("version {version:?}");
            return Err(OpenError::Unknown { file: MARK_FILE.to_owned(), what });
        }
        Self::decode(text).map(Some).ok_or_else(|| OpenError::Damaged {
            position: Position::START,
            file: MARK_FILE.to_owned(),
            offset: 0,
            what: "the mark is not what was written".to_owned(),
        })
    }

    /// Writes the draft. The mark in force stays as it is.
    pub(super) fn prepare(&self, disk: &dyn Disk) -> io::Result<()> {
        remove_if_there(disk, MARK_DRAFT)?;
        let draft = disk.create(MARK_DRAFT)?;
        write_all(&*draft, self.encode().as_bytes(), 0)?;
        draft.sync()
    }

    /// Puts the prepared draft in force.
    pub(super) fn put_in_force(disk: &dyn Disk) -> io::Result<()> {
        disk.rename(MARK_DRAFT, MARK_FILE)?;
        disk.sync_folder("")
    }
}

/// Removes a file that a crash may have left.
pub(super) fn remove_if_there(disk: &dyn Disk, name: &str) -> io::Result<()> {
    match disk.remove(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in hash.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_back_and_every_flipped_bit_is_noticed() {
        let mark = Mark { size: Position(12), segment: Position(7), offset: 999, hash: [0xab; 32] };
        let text = mark.encode();
        assert_eq!(Mark::decode(&text), Some(mark));
        for bit in (0..text.len() * 8).filter(|bit| bit / 8 >= "kycd-mark 1".len()) {
            let mut flipped = text.clone().into_bytes();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let decoded = str::from_utf8(&flipped).ok().and_then(Mark::decode);
            assert_eq!(decoded, None, "bit {bit}");
        }
    }
}
