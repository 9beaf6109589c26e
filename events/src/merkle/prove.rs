//! Making proofs: roots of earlier sizes, inclusion and consistency.

use super::{GROUP_LEAVES, Tree, empty_root, node_hash, split, subtree};
use crate::codec::Hash;

const GROUP: u64 = GROUP_LEAVES as u64;

/// Why there is no proof.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProveError<E> {
    /// Asked for a leaf or a size that the tree does not have.
    #[error("{asked} is out of bounds, {bound} is the limit")]
    Bounds {
        /// What was asked for.
        asked: u64,
        /// The size it must not be over, or (an index) reach.
        bound: u64,
    },
    /// The leaves that were read are not those the tree grew from: the log was changed.
    #[error("the leaves {first} to {} are not those the tree was made of", first + GROUP - 1)]
    Changed {
        /// Index of the first leaf of the group.
        first: u64,
    },
    /// The leaves could not be read.
    #[error("cannot read the leaves: {0}")]
    Source(E),
}

/// `leaves(first, count)` answers the hashes of so many leaves from that index on; it is asked for
/// whole groups only, at most two of them, and what it answers is checked against the tree.
impl Tree {
    /// Root that the tree had at an earlier size.
    pub fn root_at<E>(
        &self,
        size: u64,
        leaves: impl FnMut(u64, usize) -> Result<Vec<Hash>, E>,
    ) -> Result<Hash, ProveError<E>> {
        within(size, self.size())?;
        if size == 0 { Ok(empty_root()) } else { Prover::new(self, leaves).range(0, size) }
    }

    /// That leaf `index` is in the tree of `size` leaves: RFC 6962, section 2.1.1; the leaf's
    /// sibling first.
    pub fn inclusion<E>(
        &self,
        index: u64,
        size: u64,
        leaves: impl FnMut(u64, usize) -> Result<Vec<Hash>, E>,
    ) -> Result<Vec<Hash>, ProveError<E>> {
        within(size, self.size())?;
        if index >= size {
            return Err(ProveError::Bounds { asked: index, bound: size });
        }
        let mut prover = Prover::new(self, leaves);
        let (mut start, mut end) = (0, size);
        let mut proof = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(prover.range(middle, end)?);
                end = middle;
            } else {
                proof.push(prover.range(start, middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// That the tree of `new` leaves begins with the tree of `old`: RFC 6962, section 2.1.2.
    /// Empty if both are the same, or `old` is 0.
    pub fn consistency<E>(
        &self,
        old: u64,
        new: u64,
        leaves: impl FnMut(u64, usize) -> Result<Vec<Hash>, E>,
    ) -> Result<Vec<Hash>, ProveError<E>> {
        within(new, self.size())?;
        within(old, new)?;
        let mut prover = Prover::new(self, leaves);
        let (mut start, mut end) = (0, new);
        let mut proof = Vec::new();
        if old == 0 {
            return Ok(proof);
        }
        while end > old {
            let middle = start + split(end - start);
            if old <= middle {
                proof.push(prover.range(middle, end)?);
                end = middle;
            } else {
                proof.push(prover.range(start, middle)?);
                start = middle;
            }
        }
        // The verifier has the old root already if it stands in the new tree as it is.
        if start > 0 {
            proof.push(prover.range(start, end)?);
        }
        proof.reverse();
        Ok(proof)
    }
}

fn within<E>(asked: u64, bound: u64) -> Result<(), ProveError<E>> {
    if asked > bound { Err(ProveError::Bounds { asked, bound }) } else { Ok(()) }
}

struct Prover<'a, L> {
    tree: &'a Tree,
    leaves: L,
    /// Groups that were read, with their number.
    read: Vec<(u64, Vec<Hash>)>,
}

impl<'a, E, L: FnMut(u64, usize) -> Result<Vec<Hash>, E>> Prover<'a, L> {
    fn new(tree: &'a Tree, leaves: L) -> Self {
        Self { tree, leaves, read: Vec::new() }
    }

    /// Root over the leaves from `start` up to `end`. As everywhere in the tree, `start` is a
    /// multiple of a power of two that is not less than their number: they lie in one group, or
    /// begin at the start of one.
    fn range(&mut self, start: u64, end: u64) -> Result<Hash, ProveError<E>> {
        let count = end - start;
        if count.is_power_of_two()
            && let Some(row) = count.ilog2().checked_sub(GROUP.ilog2())
            && let Some(root) = self.tree.complete(row, start / count)
        {
            return Ok(*root);
        }
        if count <= GROUP {
            let group = self.group(start / GROUP)?;
            let from = (start % GROUP) as usize;
            return Ok(subtree(&group[from..from + count as usize]));
        }
        let middle = start + split(count);
        Ok(node_hash(&self.range(start, middle)?, &self.range(middle, end)?))
    }

    fn group(&mut self, number: u64) -> Result<&[Hash], ProveError<E>> {
        if number == self.tree.groups() {
            return Ok(self.tree.rest());
        }
        let at = match self.read.iter().position(|(of, _)| *of == number) {
            Some(at) => at,
            None => self.read_group(number)?,
        };
        Ok(&self.read[at].1)
    }

    /// Answers the place in `read`.
    fn read_group(&mut self, number: u64) -> Result<usize, ProveError<E>> {
        let first = number * GROUP;
        let leaves = (self.leaves)(first, GROUP_LEAVES).map_err(ProveError::Source)?;
        if leaves.len() != GROUP_LEAVES || self.tree.complete(0, number) != Some(&subtree(&leaves))
        {
            return Err(ProveError::Changed { first });
        }
        self.read.push((number, leaves));
        Ok(self.read.len() - 1)
    }
}
