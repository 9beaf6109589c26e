//! The tree as it grows: of complete groups only their roots are kept, and what is above them.

use super::{GROUP_LEAVES, empty_root, node_hash, subtree};
use crate::codec::Hash;

/// The tree over the records so far. It keeps a quarter of a byte for each record (the roots of
/// complete subtrees of 256, 512, 1024, … leaves) and at most 255 leaves; proofs read the leaves
/// of one or two groups again.
///
/// ```
/// use kyc_events::merkle::{Tree, leaf_hash, verify_inclusion};
///
/// let leaves = [leaf_hash(b"first"), leaf_hash(b"second"), leaf_hash(b"third")];
/// let mut tree = Tree::default();
/// tree.extend(leaves);
/// let read = |_first, _count| Ok::<_, std::convert::Infallible>(leaves.to_vec());
/// let proof = tree.inclusion(1, 3, read).expect("it is in the tree");
/// verify_inclusion(&leaves[1], 1, 3, &proof, &tree.root()).expect("the proof holds");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Leaves after the last complete group.
    group: Vec<Hash>,
    /// At `n` the roots of the complete subtrees of `256 << n` leaves, from the left.
    rows: Vec<Vec<Hash>>,
}

impl Tree {
    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.groups() * GROUP_LEAVES as u64 + self.group.len() as u64
    }

    /// Adds the leaf of the next record.
    pub fn push(&mut self, leaf: Hash) {
        self.group.push(leaf);
        if self.group.len() < GROUP_LEAVES {
            return;
        }
        let mut root = subtree(&self.group);
        self.group.clear();
        for row in &mut self.rows {
            row.push(root);
            let (pairs, rest) = row.as_chunks::<2>();
            let (Some([left, right]), []) = (pairs.last(), rest) else { return };
            root = node_hash(left, right);
        }
        self.rows.push(vec![root]);
    }

    /// Root over all leaves; see [`empty_root`] for none. At most some 300 hashes.
    pub fn root(&self) -> Hash {
        let rest = (!self.group.is_empty()).then(|| subtree(&self.group));
        // A row of odd length ends in a subtree that has no neighbour yet.
        let alone = self.rows.iter().filter(|row| row.len() % 2 == 1).filter_map(|row| row.last());
        let join = |right: Option<Hash>, left: &Hash| {
            Some(right.map_or(*left, |right| node_hash(left, &right)))
        };
        alone.fold(rest, join).unwrap_or_else(empty_root)
    }

    /// Complete groups.
    pub(super) fn groups(&self) -> u64 {
        self.rows.first().map_or(0, Vec::len) as u64
    }

    /// Leaves after the last complete group.
    pub(super) fn rest(&self) -> &[Hash] {
        &self.group
    }

    /// Root of the complete subtree of `256 << row` leaves that has `number` such before it.
    pub(super) fn complete(&self, row: u32, number: u64) -> Option<&Hash> {
        self.rows.get(row as usize)?.get(number as usize)
    }
}

impl Extend<Hash> for Tree {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        for leaf in leaves {
            self.push(leaf);
        }
    }
}

#[cfg(test)]
impl Tree {
    /// Hashes in memory.
    pub(super) fn kept(&self) -> usize {
        self.group.len() + self.rows.iter().map(Vec::len).sum::<usize>()
    }
}
