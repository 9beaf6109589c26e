//! The commit marker: the end of a batch, without which none of the batch counts.

use sha2::{Digest, Sha256};

use super::{CodecError, PREFIX_BYTES, seal, take};
use crate::stream::Position;

/// SHA-256 over everything before it.
pub type Hash = [u8; 32];

/// The last frame of a batch.
///
/// ```text
///   │ kind = 2 │ count u32 │ first u64 │ mark u64 │ hash 32 │      53 bytes
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Records in the batch; at least one.
    pub count: u32,
    /// Position of the first of them.
    pub first: Position,
    /// Size of the log that the newest durable mark vouched for when this was written. A mark
    /// file that says less has been rolled back.
    pub mark: Position,
    /// The running hash after the batch: see [`chain`].
    pub hash: Hash,
}

/// The running hash after a batch: SHA-256 over the hash before it, the position of its first
/// record, the number of its records and the CRC of each record's frame.
pub fn chain(before: &Hash, first: Position, crcs: &[u32]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(first.0.to_le_bytes());
    hasher.update((crcs.len() as u32).to_le_bytes());
    for crc in crcs {
        hasher.update(crc.to_le_bytes());
    }
    hasher.finalize().into()
}

impl Commit {
    /// First byte of the body.
    pub const KIND: u8 = 2;

    /// Length of the frame.
    pub const FRAME_BYTES: usize = PREFIX_BYTES + 1 + 4 + 8 + 8 + 32;

    /// Appends the frame to `out`; answers its CRC.
    pub fn encode(&self, out: &mut Vec<u8>) -> u32 {
        let start = out.len();
        out.extend_from_slice(&[0; PREFIX_BYTES]);
        out.push(Self::KIND);
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.first.0.to_le_bytes());
        out.extend_from_slice(&self.mark.0.to_le_bytes());
        out.extend_from_slice(&self.hash);
        seal(out, start)
    }

    pub(super) fn decode(mut fields: &[u8]) -> Result<Self, CodecError> {
        let fields = &mut fields;
        let commit = Self {
            count: u32::from_le_bytes(take(fields)?),
            first: Position(u64::from_le_bytes(take(fields)?)),
            mark: Position(u64::from_le_bytes(take(fields)?)),
            hash: take(fields)?,
        };
        if !fields.is_empty() {
            return Err(CodecError::Field("length"));
        }
        if commit.count == 0 {
            return Err(CodecError::Field("count"));
        }
        // A mark vouches for what was durable before this batch.
        if commit.mark > commit.first {
            return Err(CodecError::Field("mark"));
        }
        Ok(commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Frame, decode};

    #[test]
    fn a_marker_comes_back() {
        let commit = Commit { count: 3, first: Position(8), mark: Position(5), hash: [7; 32] };
        let mut bytes = Vec::new();
        let crc = commit.encode(&mut bytes);
        assert_eq!(bytes.len(), Commit::FRAME_BYTES);
        let decoded = decode(&bytes).expect("a whole frame");
        assert_eq!((decoded.frame, decoded.crc), (Frame::Commit(commit), crc));
    }

    #[test]
    fn the_chain_depends_on_every_part() {
        let base = chain(&[0; 32], Position(0), &[1, 2]);
        assert_ne!(base, chain(&[1; 32], Position(0), &[1, 2]));
        assert_ne!(base, chain(&[0; 32], Position(1), &[1, 2]));
        assert_ne!(base, chain(&[0; 32], Position(0), &[1, 3]));
        assert_ne!(base, chain(&[0; 32], Position(0), &[1]));
    }
}
