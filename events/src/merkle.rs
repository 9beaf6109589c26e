//! The Merkle tree over the log: RFC 6962, section 2.1, the same as RFC 9162, section 2.1.
//!
//! ```text
//!   leaf = SHA-256(00 │ data)    node = SHA-256(01 │ left │ right)    no leaf: SHA-256 of nothing
//!
//!                  root            a tree of n leaves is split at the greatest power of two
//!              ┌────┴────┐         below n, again and again
//!            ┌─┴─┐     ┌─┴─┐
//!           ┌┴┐ ┌┴┐   ┌┴┐  │
//!           0 1 2 3   4 5  6       one leaf for each record, in order of position
//! ```
//!
//! The data of a record's leaf is the body of its frame, as `FORMAT.md` draws it: from the kind
//! byte to the end of the payload, without length and CRC. [`Tree`] grows with the log and makes
//! proofs; [`verify_inclusion`] and [`verify_consistency`] check them without a log.

mod prove;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod verify;

pub use prove::ProveError;
pub use source::{catch_up, log_leaves};
pub use tree::Tree;
pub use verify::{VerifyError, verify_consistency, verify_inclusion};

use sha2::{Digest, Sha256};

use crate::codec::{CodecError, Hash, PREFIX_BYTES, RecordView};

/// Leaves in one group: the tree keeps no leaf of a group that is full.
pub const GROUP_LEAVES: usize = 256;

/// Root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Hash of a leaf. It is set apart from that of a node, so that no data can pass for one.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// Leaf of a record. Encoding is strict: this is the hash of the bytes that lie in the log. A
/// record that no log would hold is an error.
pub fn record_leaf<'a>(record: impl Into<RecordView<'a>>) -> Result<Hash, CodecError> {
    let mut frame = Vec::new();
    record.into().encode(&mut frame)?;
    Ok(leaf_hash(&frame[PREFIX_BYTES..]))
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root over these leaves, of which there is at least one.
fn subtree(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
            node_hash(&subtree(left), &subtree(right))
        }
    }
}

/// Where a tree of `size` leaves (two or more) is split: the greatest power of two below it.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
