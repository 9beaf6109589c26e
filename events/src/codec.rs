//! One record, or one commit marker, to bytes and back: the frames of `FORMAT.md`.
//!
//! ```text
//!   0        4        8      9                               8 + length
//!   ├────────┼────────┼──────┼───────────────────────────────┤
//!   │ length │ CRC32C │ kind │ fields of the kind            │      all numbers little-endian
//!   └────────┴────────┴──────┴───────────────────────────────┘
//!       └──────────────── CRC over length bytes and body ────┘
//! ```
//!
//! Decoding is strict: what it accepts, encoding gives back byte for byte. Where frames lie and
//! in which order is the business of the log engines, not of this module.

mod commit;
mod record;

pub use commit::{Commit, Hash, chain};
pub use record::RecordView;
pub(crate) use record::is_text;

/// Largest frame of a record: 4 MiB with its eight bytes of length and CRC.
pub const RECORD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Length and CRC in front of every body.
pub const PREFIX_BYTES: usize = 8;

/// Bytes that are not a frame, or fields that do not make one.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum CodecError {
    /// The bytes end inside the frame.
    #[error("frame of {needed} bytes, {found} are left")]
    Short {
        /// Bytes of the frame as far as known.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
    /// No frame is this long.
    #[error("body length {0} is out of bounds")]
    Length(usize),
    /// The bytes are not those that were written.
    #[error("checksum {expected:08x} expected, {found:08x} found")]
    Checksum {
        /// CRC in the frame.
        expected: u32,
        /// CRC of the bytes.
        found: u32,
    },
    /// A kind of frame this version does not know.
    #[error("unknown kind of frame {0}")]
    Kind(u8),
    /// The checksum holds, but this field has a value no writer writes.
    #[error("field out of bounds: {0}")]
    Field(&'static str),
}

impl CodecError {
    /// Whether a write that reached the disk only in part can leave this behind. A frame with
    /// the right checksum and wrong fields was never half-written.
    pub fn may_be_torn(self) -> bool {
        match self {
            Self::Short { .. } | Self::Length(_) | Self::Checksum { .. } => true,
            Self::Kind(_) | Self::Field(_) => false,
        }
    }
}

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// One event.
    Record(RecordView<'a>),
    /// The end of a batch.
    Commit(Commit),
}

/// A frame and what the reader needs to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// What it holds.
    pub frame: Frame<'a>,
    /// Its length, prefix included: the next frame starts there.
    pub bytes: usize,
    /// Its CRC, for the running hash.
    pub crc: u32,
}

/// Length of the frame that starts here, prefix included, judged by its length field alone.
pub fn frame_bytes(bytes: &[u8]) -> Result<usize, CodecError> {
    let Some(length) = bytes.first_chunk::<4>() else {
        return Err(CodecError::Short { needed: PREFIX_BYTES, found: bytes.len() });
    };
    let length = u32::from_le_bytes(*length) as usize;
    if length == 0 || length > RECORD_BYTES_MAX - PREFIX_BYTES {
        return Err(CodecError::Length(length));
    }
    Ok(PREFIX_BYTES + length)
}

/// Reads the frame at the start of `bytes`; what follows it is not looked at.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, CodecError> {
    let needed = frame_bytes(bytes)?;
    let Some(frame) = bytes.get(..needed) else {
        return Err(CodecError::Short { needed, found: bytes.len() });
    };
    let (length, rest) = frame.split_at(4);
    let Some((crc, body)) = rest.split_first_chunk::<4>() else {
        return Err(CodecError::Length(0));
    };
    let expected = u32::from_le_bytes(*crc);
    let found = crc32c::crc32c_append(crc32c::crc32c(length), body);
    if expected != found {
        return Err(CodecError::Checksum { expected, found });
    }
    let Some((kind, fields)) = body.split_first() else { return Err(CodecError::Length(0)) };
    let frame = match *kind {
        RecordView::KIND => Frame::Record(RecordView::decode(fields)?),
        Commit::KIND => Frame::Commit(Commit::decode(fields)?),
        unknown => return Err(CodecError::Kind(unknown)),
    };
    Ok(Decoded { frame, bytes: needed, crc: found })
}

/// Fills in length and CRC of the frame that was begun at `start` with an empty prefix.
fn seal(out: &mut [u8], start: usize) -> u32 {
    let (prefix, body) = out[start..].split_at_mut(PREFIX_BYTES);
    let length = (body.len() as u32).to_le_bytes();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&length), body);
    prefix[..4].copy_from_slice(&length);
    prefix[4..].copy_from_slice(&crc.to_le_bytes());
    crc
}

/// Takes the next `N` bytes off the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], CodecError> {
    let (head, rest) = bytes.split_first_chunk::<N>().ok_or(CodecError::Field("length"))?;
    *bytes = rest;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zeros_are_no_frame() {
        assert_eq!(decode(&[0; 64]), Err(CodecError::Length(0)));
    }

    #[test]
    fn an_unknown_kind_is_an_error() {
        let mut frame = vec![0; PREFIX_BYTES];
        frame.push(9);
        seal(&mut frame, 0);
        assert_eq!(decode(&frame), Err(CodecError::Kind(9)));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn arbitrary_bodies_with_a_right_checksum_never_panic_and_decode_strictly(
            kind in 0_u8..4,
            fields in prop::collection::vec(prop_oneof![Just(0_u8), Just(1), any::<u8>()], 0..300),
        ) {
            let mut frame = vec![0; PREFIX_BYTES];
            frame.push(kind);
            frame.extend(fields);
            seal(&mut frame, 0);
            if let Ok(decoded) = decode(&frame) {
                let mut again = Vec::new();
                match decoded.frame {
                    Frame::Record(record) => { record.encode(&mut again).expect("was decoded"); }
                    Frame::Commit(commit) => { commit.encode(&mut again); }
                }
                prop_assert_eq!(again, frame);
            }
        }
    }
}
