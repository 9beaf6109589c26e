//! Looks into a ZIP archive while it passes by. Nothing is extracted, nothing is kept but what the
//! archive says about itself: chunks of any size go in, and out comes whether it may be stored.
//!
//! ```text
//! entry*      local header │ name, extra │ data, stored or deflated │ data descriptor, maybe
//! directory   central header │ name, extra, comment   once per entry, in any order
//! [ZIP64]     end record │ locator
//! end         end record │ comment
//! ```
//!
//! The entries follow each other from the first byte on without a gap, and the directory must say
//! the same about each as its local header and its data do. What remains cannot be read in two
//! ways, so that nobody who unpacks it later sees other files than were looked at here.
//!
//! Source: APPNOTE.TXT 6.3.10.

mod descriptor;
mod directory;
mod entry;
mod extra;
mod header;
mod name;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use crate::config::limits;
use descriptor::Descriptor;
use directory::Directory;
use entry::Entry;
use header::{Central, End, End64, Local, Locator};

/// What an archive may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Entries.
    pub entries: usize,
    /// Bytes of one entry, unpacked.
    pub entry_bytes: u64,
    /// Bytes of all entries, unpacked.
    pub bytes: u64,
    /// Unpacked bytes for each packed one.
    pub ratio: u64,
    /// How far an entry of unknown packed length may run beyond that, bytes.
    pub ratio_ahead_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: limits::ZIP_ENTRIES_MAX,
            entry_bytes: limits::ZIP_ENTRY_BYTES_MAX,
            bytes: limits::ZIP_BYTES_MAX,
            ratio: limits::ZIP_RATIO_MAX,
            ratio_ahead_bytes: limits::ZIP_RATIO_AHEAD_BYTES,
        }
    }
}

/// Why an archive is refused. Never carries a name or content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It begins otherwise, or something else stands between its parts.
    #[error("not a ZIP archive, or bytes that belong to none of its parts")]
    NotZip,
    /// It ends in the middle.
    #[error("the archive is cut off")]
    CutOff,
    /// Something follows its end.
    #[error("bytes behind the end of the archive")]
    Trailing,
    /// No entry with content.
    #[error("the archive has no file")]
    Empty,
    /// Too many.
    #[error("too many entries")]
    Entries,
    /// One entry is too large, unpacked.
    #[error("an entry is too large")]
    EntryTooLarge,
    /// All together are too large, unpacked.
    #[error("the entries are too large together")]
    TooLarge,
    /// An entry unpacks to too much.
    #[error("an entry is packed too tightly")]
    Ratio,
    /// An entry or the directory is encrypted.
    #[error("encrypted")]
    Encrypted,
    /// Neither stored nor deflated.
    #[error("an unsupported compression method")]
    Method,
    /// A flag of which nothing is known here, or several volumes.
    #[error("an unsupported feature")]
    Feature,
    /// A name that leads elsewhere, or that is not plain.
    #[error("an entry's name is not allowed")]
    Name,
    /// Two entries of one name, in whatever case.
    #[error("two entries of one name")]
    Duplicate,
    /// A link, a device or the like.
    #[error("an entry is a link or a special file")]
    Special,
    /// A folder with content.
    #[error("a folder with content")]
    Folder,
    /// Stored, and its length is not known before its end.
    #[error("a stored entry without its length")]
    LengthUnknown,
    /// The compressed data is broken.
    #[error("an entry cannot be unpacked")]
    Deflate,
    /// The content is not what its checksum or lengths say.
    #[error("an entry's checksum or length is wrong")]
    Checksum,
    /// Directory, headers and content do not say the same.
    #[error("directory and entries do not agree")]
    Mismatch,
    /// An archive in the archive.
    #[error("an archive inside the archive")]
    Nested,
    /// Neither PDF, audio, image nor video.
    #[error("an entry is neither PDF, audio, image nor video")]
    Content,
}

/// What was in an archive that may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Entries with content.
    pub files: usize,
    /// Their bytes, unpacked.
    pub bytes: u64,
    /// Bytes of the archive.
    pub archive_bytes: u64,
}

/// Looks at one archive.
pub struct Inspector {
    limits: Limits,
    /// Bytes that were looked at.
    at: u64,
    /// What was read of a header so far.
    buffer: Vec<u8>,
    step: Step,
    directory: Directory,
    refused: Option<Refusal>,
}

/// What comes next.
enum Step {
    /// Four bytes that say which part.
    Signature,
    /// A fixed header, whose signature was read.
    Header(Part),
    /// A local header's name and extra fields.
    Local(Local),
    /// Content of an entry.
    Data(Box<Entry>),
    /// What follows content of unknown length.
    Descriptor(Descriptor),
    /// A central header's name, extra fields and comment.
    Central(Central),
    /// The archive's comment.
    Comment(End),
    /// Nothing.
    Done,
}

#[derive(Clone, Copy)]
enum Part {
    Local,
    Central,
    End64,
    Locator,
    End,
}

impl Part {
    /// Bytes of the fixed header behind the signature.
    fn bytes(self) -> usize {
        match self {
            Self::Local => Local::BYTES,
            Self::Central => Central::BYTES,
            Self::End64 => End64::BYTES,
            Self::Locator => Locator::BYTES,
            Self::End => End::BYTES,
        }
    }
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new()
    }
}

impl Inspector {
    /// With the bounds of [`limits`].
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// With other bounds.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            at: 0,
            buffer: Vec::new(),
            step: Step::Signature,
            directory: Directory::default(),
            refused: None,
        }
    }

    /// The next bytes of the archive. Once it has refused, it goes on refusing.
    pub fn push(&mut self, mut chunk: &[u8]) -> Result<(), Refusal> {
        if let Some(refusal) = self.refused {
            return Err(refusal);
        }
        while !chunk.is_empty() {
            let before = chunk.len();
            let done = self.step(&mut chunk);
            self.at += (before - chunk.len()) as u64;
            let done = done.and_then(|is_complete| if is_complete { self.turn() } else { Ok(()) });
            if let Err(refusal) = done {
                self.refused = Some(refusal);
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// The archive has ended.
    pub fn finish(self) -> Result<Summary, Refusal> {
        if let Some(refusal) = self.refused {
            return Err(refusal);
        }
        match self.step {
            Step::Done => Ok(self.directory.summary(self.at)),
            _ => Err(Refusal::CutOff),
        }
    }

    /// Takes bytes into the present step; whether it is complete.
    fn step(&mut self, chunk: &mut &[u8]) -> Result<bool, Refusal> {
        let needed = match &mut self.step {
            Step::Data(entry) => return entry.push(chunk, &self.limits),
            Step::Done => return Err(Refusal::Trailing),
            Step::Signature => 4,
            Step::Header(part) => part.bytes(),
            Step::Local(local) => local.rest_bytes(),
            Step::Descriptor(descriptor) => descriptor.needed(&self.buffer),
            Step::Central(central) => central.rest_bytes(),
            Step::Comment(end) => end.comment_bytes(),
        };
        let taken = chunk.len().min(needed.saturating_sub(self.buffer.len()));
        let (head, rest) = chunk.split_at(taken);
        self.buffer.extend_from_slice(head);
        *chunk = rest;
        Ok(self.buffer.len() >= needed)
    }

    /// From a complete step to the next; steps without bytes are passed over.
    fn turn(&mut self) -> Result<(), Refusal> {
        loop {
            let step = std::mem::replace(&mut self.step, Step::Done);
            if let Step::Descriptor(descriptor) = &step
                && self.buffer.len() < descriptor.needed(&self.buffer)
            {
                // Its first bytes say that it is longer.
                self.step = step;
                return Ok(());
            }
            let buffer = std::mem::take(&mut self.buffer);
            self.step = self.after(step, &buffer)?;
            let is_empty = match &self.step {
                Step::Local(local) => local.rest_bytes() == 0,
                Step::Central(central) => central.rest_bytes() == 0,
                Step::Comment(end) => end.comment_bytes() == 0,
                Step::Data(entry) => entry.is_complete(),
                Step::Signature | Step::Header(_) | Step::Descriptor(_) | Step::Done => false,
            };
            if !is_empty {
                self.buffer = buffer;
                self.buffer.clear();
                return Ok(());
            }
        }
    }

    fn after(&mut self, step: Step, bytes: &[u8]) -> Result<Step, Refusal> {
        match step {
            Step::Signature => self.part(bytes),
            Step::Header(part) => self.header(part, bytes),
            Step::Local(local) => {
                let entry = self.directory.open(local, bytes, &self.limits)?;
                Ok(Step::Data(Box::new(entry)))
            }
            Step::Data(entry) => {
                let known = entry.close(&self.limits)?;
                self.directory.close(&known);
                Ok(known.descriptor.map_or(Step::Signature, Step::Descriptor))
            }
            Step::Descriptor(descriptor) => descriptor.check(bytes).map(|()| Step::Signature),
            Step::Central(central) => {
                self.directory.confirm(&central, bytes)?;
                Ok(Step::Signature)
            }
            Step::Comment(_) => {
                End::check_comment(bytes)?;
                Ok(Step::Done)
            }
            Step::Done => Err(Refusal::Trailing),
        }
    }

    /// Which part begins with these four bytes, and whether it may stand here.
    fn part(&mut self, signature: &[u8]) -> Result<Step, Refusal> {
        let start = self.at - signature.len() as u64;
        let part = match signature {
            b"PK\x03\x04" => Part::Local,
            b"PK\x01\x02" => Part::Central,
            b"PK\x06\x06" => Part::End64,
            b"PK\x06\x07" => Part::Locator,
            b"PK\x05\x06" => Part::End,
            // An encrypted directory's extra data; the mark of several volumes; a signature.
            b"PK\x06\x08" => return Err(Refusal::Encrypted),
            b"PK\x07\x08" | b"PK00" | b"PK\x05\x05" => return Err(Refusal::Feature),
            _ => return Err(Refusal::NotZip),
        };
        self.directory.begin(part, start)?;
        Ok(Step::Header(part))
    }

    fn header(&mut self, part: Part, bytes: &[u8]) -> Result<Step, Refusal> {
        match part {
            Part::Local => Local::read(bytes).map(Step::Local),
            Part::Central => Central::read(bytes).map(Step::Central),
            Part::End64 => {
                self.directory.end_64(&End64::read(bytes)?)?;
                Ok(Step::Signature)
            }
            Part::Locator => {
                self.directory.locator(Locator::read(bytes)?)?;
                Ok(Step::Signature)
            }
            Part::End => {
                let end = End::read(bytes)?;
                self.directory.end(&end)?;
                Ok(Step::Comment(end))
            }
        }
    }
}
