//! The first 64 bytes of a segment, and its name.
//!
//! ```text
//!   0          8           12             20         28         60      64
//!   ├──────────┼───────────┼──────────────┼──────────┼──────────┼───────┤
//!   │ KYCDSEG\n│ version=1 │ first u64    │ mark u64 │ hash 32  │ CRC32C│
//!   └──────────┴───────────┴──────────────┴──────────┴──────────┴───────┘
//! ```

use crate::codec::Hash;
use crate::stream::Position;

/// What a segment says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Position of its first record.
    pub first: Position,
    /// Size of the log that the newest mark vouched for when the segment was created.
    pub mark: Position,
    /// Running hash before its first batch.
    pub hash: Hash,
}

/// Why 64 bytes are not a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HeaderError {
    /// Made by a version we do not know.
    Unknown(u32),
    /// Not what was written.
    Damaged(&'static str),
}

/// Length of a header; the first batch starts there.
pub(super) const HEADER_BYTES: usize = 64;
const MAGIC: &[u8; 8] = b"KYCDSEG\n";
const FORMAT_VERSION: u32 = 1;

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.mark.0.to_le_bytes());
        bytes[28..60].copy_from_slice(&self.hash);
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes: &[u8; HEADER_BYTES] =
            bytes.first_chunk().ok_or(HeaderError::Damaged("the header is cut short"))?;
        if &bytes[..8] != MAGIC {
            return Err(HeaderError::Damaged("not the first bytes of a segment"));
        }
        // Before the CRC: another version may keep it elsewhere.
        let version = u32::from_le_bytes(part(bytes, 8));
        if version != FORMAT_VERSION {
            return Err(HeaderError::Unknown(version));
        }
        if crc32c::crc32c(&bytes[..60]).to_le_bytes() != part(bytes, 60) {
            return Err(HeaderError::Damaged("the header's checksum does not hold"));
        }
        Ok(Self {
            first: Position(u64::from_le_bytes(part(bytes, 12))),
            mark: Position(u64::from_le_bytes(part(bytes, 20))),
            hash: part(bytes, 28),
        })
    }
}

fn part<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    *bytes[at..].first_chunk().expect("invariant: fields lie within the header")
}

/// File name of the segment that starts with this position.
pub(super) fn file_name(first: Position) -> String {
    format!("{:020}.seg", first.0)
}

/// The position in a segment's file name; `None` if it is not one of ours.
pub(super) fn parse_file_name(name: &str) -> Option<Position> {
    let first = Position(name.strip_suffix(".seg")?.parse().ok()?);
    (file_name(first) == name).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_and_every_flipped_bit_is_noticed() {
        let header = Header { first: Position(7), mark: Position(5), hash: [3; 32] };
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes), Ok(header));
        for bit in 0..HEADER_BYTES * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn only_twenty_digits_name_a_segment() {
        assert_eq!(parse_file_name("00000000000000000012.seg"), Some(Position(12)));
        for bad in ["12.seg", "+0000000000000000012.seg", "00000000000000000012", "x.seg"] {
            assert_eq!(parse_file_name(bad), None, "{bad}");
        }
    }
}
