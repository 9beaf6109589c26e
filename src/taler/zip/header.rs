//! The fixed parts of an archive's headers, without their signatures. All numbers are little
//! endian.

use super::Refusal;
use crate::config::limits;

/// The flags that are known: how hard deflate tried, a data descriptor, names in UTF-8.
const KNOWN_FLAGS: u16 = 0b0000_1000_0000_1110;
const ENCRYPTED_FLAGS: u16 = 0b0010_0000_0100_0001;
const DESCRIPTOR_FLAG: u16 = 0b1000;
const UTF8_FLAG: u16 = 0b1000_0000_0000;

/// The newest version of the format that an entry may need: 6.3, beyond which readers give up.
const VERSION_MAX: u16 = 63;

/// A number of 32 bits that says: it stands in a ZIP64 field.
pub(super) const IN_ZIP64: u32 = u32::MAX;

/// Reads little-endian numbers one after the other.
pub(super) struct Numbers<'a>(pub &'a [u8]);

impl Numbers<'_> {
    fn next<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*number)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Refusal> {
        self.next().map(u16::from_le_bytes).ok_or(Refusal::CutOff)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Refusal> {
        self.next().map(u32::from_le_bytes).ok_or(Refusal::CutOff)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Refusal> {
        self.next().map(u64::from_le_bytes).ok_or(Refusal::CutOff)
    }
}

/// The low byte is the version; the high one, which system, as some programs have it.
fn check_version(needed: u16) -> Result<(), Refusal> {
    if needed & 0xff <= VERSION_MAX { Ok(()) } else { Err(Refusal::Feature) }
}

/// How an entry is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

/// What both headers of an entry say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub flags: u16,
    pub method: Method,
    pub crc: u32,
    /// Bytes in the archive; [`IN_ZIP64`] possible.
    pub packed: u32,
    /// Bytes of the content; [`IN_ZIP64`] possible.
    pub unpacked: u32,
}

impl Said {
    fn read(numbers: &mut Numbers<'_>) -> Result<Self, Refusal> {
        let flags = numbers.u16()?;
        if flags & ENCRYPTED_FLAGS != 0 {
            return Err(Refusal::Encrypted);
        }
        if flags & !KNOWN_FLAGS != 0 {
            return Err(Refusal::Feature);
        }
        let method = match numbers.u16()? {
            0 => Method::Stored,
            8 => Method::Deflated,
            _ => return Err(Refusal::Method),
        };
        let _modified = numbers.u32()?;
        let (crc, packed, unpacked) = (numbers.u32()?, numbers.u32()?, numbers.u32()?);
        Ok(Self { flags, method, crc, packed, unpacked })
    }

    /// Whether lengths and checksum follow the content.
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & DESCRIPTOR_FLAG != 0
    }

    /// Whether the name is UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        self.flags & UTF8_FLAG != 0
    }
}

/// Lengths of what follows an entry's header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    pub name: usize,
    pub extra: usize,
}

impl Lengths {
    fn read(numbers: &mut Numbers<'_>) -> Result<Self, Refusal> {
        let name = usize::from(numbers.u16()?);
        let extra = usize::from(numbers.u16()?);
        let is_good = (1..=limits::ZIP_NAME_BYTES_MAX).contains(&name);
        if is_good { Ok(Self { name, extra }) } else { Err(Refusal::Name) }
    }

    /// Name and extra fields of what followed the header.
    pub(super) fn split<'a>(&self, rest: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let (name, rest) = rest.split_at(self.name.min(rest.len()));
        (name, &rest[..self.extra.min(rest.len())])
    }
}

/// A local header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    pub said: Said,
    pub lengths: Lengths,
}

impl Local {
    pub(super) const BYTES: usize = 26;

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut numbers = Numbers(bytes);
        check_version(numbers.u16()?)?;
        Ok(Self { said: Said::read(&mut numbers)?, lengths: Lengths::read(&mut numbers)? })
    }

    pub(super) fn rest_bytes(&self) -> usize {
        self.lengths.name + self.lengths.extra
    }
}

/// A header of the directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Central {
    pub said: Said,
    pub lengths: Lengths,
    comment: usize,
    attributes: u32,
    /// Where the local header is; [`IN_ZIP64`] possible.
    pub offset: u32,
}

/// Of Unix modes: which kind of file.
const MODE_KIND: u32 = 0o170_000;
const MODE_FOLDER: u32 = 0o040_000;
const MODE_FILE: u32 = 0o100_000;
/// Of Windows attributes: a link or the like.
const REPARSE_POINT: u32 = 0x400;

impl Central {
    pub(super) const BYTES: usize = 42;

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut numbers = Numbers(bytes);
        let _made_by = numbers.u16()?;
        check_version(numbers.u16()?)?;
        let said = Said::read(&mut numbers)?;
        let lengths = Lengths::read(&mut numbers)?;
        let comment = usize::from(numbers.u16()?);
        if numbers.u16()? != 0 {
            return Err(Refusal::Feature);
        }
        let _is_text = numbers.u16()?;
        let (attributes, offset) = (numbers.u32()?, numbers.u32()?);
        Ok(Self { said, lengths, comment, attributes, offset })
    }

    pub(super) fn rest_bytes(&self) -> usize {
        self.lengths.name + self.lengths.extra + self.comment
    }

    /// Whether it is a plain file or a folder, whatever system it comes from.
    pub(super) fn check_kind(&self, is_folder: bool) -> Result<(), Refusal> {
        let kind = self.attributes >> 16 & MODE_KIND;
        let is_plain = match kind {
            0 => true,
            MODE_FOLDER => is_folder,
            MODE_FILE => !is_folder,
            _ => false,
        };
        let is_link = self.attributes & REPARSE_POINT != 0;
        if is_plain && !is_link { Ok(()) } else { Err(Refusal::Special) }
    }
}

/// The end of a directory in ZIP64.
#[derive(Clone, Copy, Debug)]
pub(super) struct End64 {
    pub entries: u64,
    pub bytes: u64,
    pub offset: u64,
}

impl End64 {
    pub(super) const BYTES: usize = 52;

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut numbers = Numbers(bytes);
        // What follows; more would be for encrypted directories.
        if numbers.u64()? != 44 {
            return Err(Refusal::Feature);
        }
        let _versions = numbers.u32()?;
        let volumes = numbers.u64()?;
        let (entries_here, entries) = (numbers.u64()?, numbers.u64()?);
        if volumes != 0 || entries_here != entries {
            return Err(Refusal::Feature);
        }
        Ok(Self { entries, bytes: numbers.u64()?, offset: numbers.u64()? })
    }
}

/// Where the end in ZIP64 is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Locator {
    pub offset: u64,
}

impl Locator {
    pub(super) const BYTES: usize = 16;

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut numbers = Numbers(bytes);
        let (volume, offset, volumes) = (numbers.u32()?, numbers.u64()?, numbers.u32()?);
        if volume == 0 && volumes <= 1 { Ok(Self { offset }) } else { Err(Refusal::Feature) }
    }
}

/// The end of a directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// All ones if it stands in ZIP64.
    pub entries: u16,
    /// All ones if it stands in ZIP64.
    pub bytes: u32,
    /// All ones if it stands in ZIP64.
    pub offset: u32,
    comment: usize,
}

impl End {
    pub(super) const BYTES: usize = 18;

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut numbers = Numbers(bytes);
        let volumes = numbers.u32()?;
        let (entries_here, entries) = (numbers.u16()?, numbers.u16()?);
        if volumes != 0 || entries_here != entries {
            return Err(Refusal::Feature);
        }
        let (bytes, offset) = (numbers.u32()?, numbers.u32()?);
        Ok(Self { entries, bytes, offset, comment: usize::from(numbers.u16()?) })
    }

    pub(super) fn comment_bytes(&self) -> usize {
        self.comment
    }

    /// Readers look for the end from behind: another one in the comment would be found first.
    pub(super) fn check_comment(comment: &[u8]) -> Result<(), Refusal> {
        let is_mark =
            |window: &[u8]| matches!(window, b"PK\x05\x06" | b"PK\x06\x06" | b"PK\x06\x07");
        if comment.windows(4).any(is_mark) { Err(Refusal::Mismatch) } else { Ok(()) }
    }
}
