//! An entry's content as it passes by: unpacked piece by piece, counted, summed, looked at.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::descriptor::Descriptor;
use super::header::{Local, Method};
use super::{Limits, Refusal};
use crate::media_type::{MAGIC_BYTES, MediaType};

/// Unpacked at a time.
const PIECE_BYTES: usize = 32 * 1024;

/// An entry whose content is being read.
pub(super) struct Entry {
    local: Local,
    is_folder: bool,
    /// Whether there is a ZIP64 field, so that a descriptor has long numbers.
    is_64: bool,
    /// As the header says; `None`: not before the end.
    lengths: Option<(u64, u64)>,
    /// Unpacked bytes left for this entry.
    room: u64,
    packed: u64,
    unpacked: u64,
    crc: Crc,
    /// The content's first bytes.
    magic: Vec<u8>,
    inflate: Option<Inflate>,
    is_complete: bool,
}

struct Inflate {
    stream: Decompress,
    piece: Box<[u8]>,
}

/// What an entry's content came to.
pub(super) struct Known {
    pub crc: u32,
    pub packed: u64,
    pub unpacked: u64,
    pub is_folder: bool,
    /// What has to follow.
    pub descriptor: Option<Descriptor>,
}

impl Entry {
    /// `lengths` are packed and unpacked, as the header says; `room` what may still be unpacked.
    pub(super) fn new(
        local: Local,
        lengths: (u64, u64),
        is_folder: bool,
        is_64: bool,
        room: u64,
    ) -> Result<Self, Refusal> {
        let has_descriptor = local.said.has_descriptor();
        if has_descriptor && local.said.method == Method::Stored {
            return Err(Refusal::LengthUnknown);
        }
        let (packed, unpacked) = lengths;
        if local.said.method == Method::Stored && packed != unpacked {
            return Err(Refusal::Mismatch);
        }
        let inflate = (local.said.method == Method::Deflated).then(|| Inflate {
            stream: Decompress::new(false),
            piece: vec![0; PIECE_BYTES].into_boxed_slice(),
        });
        let is_complete = !has_descriptor && packed == 0;
        if is_complete && inflate.is_some() {
            // Even nothing is two bytes long.
            return Err(Refusal::Deflate);
        }
        Ok(Self {
            local,
            is_folder,
            is_64,
            lengths: (!has_descriptor).then_some(lengths),
            room,
            packed: 0,
            unpacked: 0,
            crc: Crc::new(),
            magic: Vec::new(),
            inflate,
            is_complete,
        })
    }

    /// Nothing of its content is left to come.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Takes what of `chunk` is the entry's; whether it is complete.
    pub(super) fn push(&mut self, chunk: &mut &[u8], limits: &Limits) -> Result<bool, Refusal> {
        let left = self.lengths.map(|(packed, _)| packed - self.packed);
        let mine = left.map_or(chunk.len(), |left| {
            chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX))
        });
        let (mine, rest) = chunk.split_at(mine);
        let taken = match self.inflate.take() {
            None => {
                self.packed += mine.len() as u64;
                self.take_in(mine, limits)?;
                mine.len()
            }
            Some(mut inflate) => {
                let taken = self.unpack(&mut inflate, mine, limits)?;
                self.inflate = Some(inflate);
                taken
            }
        };
        if let Some((packed, _)) = self.lengths {
            let is_stream = self.inflate.is_some();
            let has_ended = if is_stream { self.is_complete } else { self.packed == packed };
            // The stream must end where its bytes do.
            if is_stream && has_ended != (self.packed == packed) {
                return Err(Refusal::Deflate);
            }
            self.is_complete = has_ended;
        }
        *chunk = if taken < mine.len() { &chunk[taken..] } else { rest };
        Ok(self.is_complete)
    }

    /// Inflates until the bytes or the stream end; how many bytes were the stream's.
    fn unpack(
        &mut self,
        inflate: &mut Inflate,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<usize, Refusal> {
        let mut taken = 0;
        loop {
            let (read, written) = (inflate.stream.total_in(), inflate.stream.total_out());
            let status = inflate
                .stream
                .decompress(&bytes[taken..], &mut inflate.piece, FlushDecompress::None)
                .map_err(|_| Refusal::Deflate)?;
            let read = inflate.stream.total_in() - read;
            let written = (inflate.stream.total_out() - written) as usize;
            taken += read as usize;
            self.packed += read;
            self.take_in(&inflate.piece[..written], limits)?;
            match status {
                Status::StreamEnd => {
                    self.is_complete = true;
                    return Ok(taken);
                }
                Status::Ok | Status::BufError if read == 0 && written == 0 => {
                    // It waits for more, or it would have gone on.
                    let is_waiting = taken == bytes.len();
                    return if is_waiting { Ok(taken) } else { Err(Refusal::Deflate) };
                }
                Status::Ok | Status::BufError => {}
            }
        }
    }

    /// Content as it was before it was packed.
    fn take_in(&mut self, content: &[u8], limits: &Limits) -> Result<(), Refusal> {
        self.unpacked += content.len() as u64;
        if self.unpacked > limits.entry_bytes {
            return Err(Refusal::EntryTooLarge);
        }
        if self.unpacked > self.room {
            return Err(Refusal::TooLarge);
        }
        let bound = match self.lengths {
            Some((packed, unpacked)) if self.unpacked <= unpacked => packed * limits.ratio,
            Some(_) => return Err(Refusal::Checksum),
            None => self.packed * limits.ratio + limits.ratio_ahead_bytes,
        };
        if self.unpacked > bound {
            return Err(Refusal::Ratio);
        }
        if self.is_folder && self.unpacked > 0 {
            return Err(Refusal::Folder);
        }
        self.crc.update(content);
        let missing = MAGIC_BYTES.saturating_sub(self.magic.len());
        self.magic.extend_from_slice(&content[..content.len().min(missing)]);
        Ok(())
    }

    /// Judges the whole content.
    pub(super) fn close(&self, limits: &Limits) -> Result<Known, Refusal> {
        let said = &self.local.said;
        let (crc, packed, unpacked) = (self.crc.sum(), self.packed, self.unpacked);
        if unpacked > packed.saturating_mul(limits.ratio) {
            return Err(Refusal::Ratio);
        }
        if self.lengths.is_some_and(|lengths| lengths != (packed, unpacked) || said.crc != crc) {
            return Err(Refusal::Checksum);
        }
        if !self.is_folder {
            check_content(&self.magic)?;
        }
        let descriptor = said.has_descriptor();
        let descriptor = descriptor.then(|| Descriptor::new(crc, packed, unpacked, self.is_64));
        let descriptor = descriptor.transpose()?;
        Ok(Known { crc, packed, unpacked, is_folder: self.is_folder, descriptor })
    }
}

/// By the first bytes.
fn check_content(magic: &[u8]) -> Result<(), Refusal> {
    match MediaType::of(magic) {
        Some(MediaType::Zip) => Err(Refusal::Nested),
        Some(_) => Ok(()),
        None if is_archive(magic) => Err(Refusal::Nested),
        None => Err(Refusal::Content),
    }
}

/// Other archives than ZIP: they are refused all the same, this only says why.
fn is_archive(magic: &[u8]) -> bool {
    let starts: [&[u8]; 8] = [
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ\0",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"\x28\xb5\x2f\xfd",
        b"MSCF",
        b"!<arch>\n",
    ];
    let is_tar = magic.get(257..).is_some_and(|rest| rest.starts_with(b"ustar"));
    is_tar || starts.iter().any(|start| magic.starts_with(start))
}
