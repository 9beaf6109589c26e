//! Checking proofs: RFC 9162, sections 2.1.3.2 and 2.1.4.2. No log and no tree is needed.

use super::{empty_root, node_hash};
use crate::codec::Hash;

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum VerifyError {
    /// The leaf is not within the tree, or the old tree is larger than the new one.
    #[error("index or size is out of bounds")]
    Bounds,
    /// The proof has too few or too many hashes for these sizes.
    #[error("a proof for these sizes has another length")]
    Length,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Whether the proof shows that `leaf` is number `index` (the first is 0) of the tree of `size`
/// leaves with this root.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), VerifyError> {
    if index >= size {
        return Err(VerifyError::Bounds);
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match path.up()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    path.at_the_top()?;
    if hash == *root { Ok(()) } else { Err(VerifyError::Root) }
}

/// Whether the proof shows that the tree of `new_size` leaves begins with the leaves of the tree
/// of `old_size`, in the same order. Trees of the same size are consistent if they are the same;
/// every tree begins with the empty one. Both have an empty proof.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), VerifyError> {
    if old_size > new_size {
        return Err(VerifyError::Bounds);
    }
    if old_size == 0 || old_size == new_size {
        let expected = if old_size == 0 { &empty_root() } else { new_root };
        return match proof {
            [] if old_root == expected => Ok(()),
            [] => Err(VerifyError::Root),
            _ => Err(VerifyError::Length),
        };
    }
    let mut path = Path { node: old_size - 1, last: new_size - 1 };
    path.shift(path.node.trailing_ones());
    // A power of two: the old root stands in the new tree as it is and is left out of the proof.
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(VerifyError::Length)?
    };
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        match path.up()? {
            Side::Left => {
                old = node_hash(sibling, &old);
                new = node_hash(sibling, &new);
            }
            Side::Right => new = node_hash(&new, sibling),
        }
    }
    path.at_the_top()?;
    if old == *old_root && new == *new_root { Ok(()) } else { Err(VerifyError::Root) }
}

/// Which side the sibling is on.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root.
struct Path {
    /// Number of the node on its level.
    node: u64,
    /// Number of the last node on that level.
    last: u64,
}

impl Path {
    /// To the next level on which the node has a sibling, and past it.
    fn up(&mut self) -> Result<Side, VerifyError> {
        if self.last == 0 {
            return Err(VerifyError::Length);
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // The last node of a level may have no sibling: it is handed up as it is.
            self.shift(self.node.trailing_zeros());
            Side::Left
        } else {
            Side::Right
        };
        self.shift(1);
        Ok(side)
    }

    /// Up so many levels.
    fn shift(&mut self, levels: u32) {
        self.node = self.node.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }

    fn at_the_top(&self) -> Result<(), VerifyError> {
        if self.last == 0 { Ok(()) } else { Err(VerifyError::Length) }
    }
}
