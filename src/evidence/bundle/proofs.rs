//! The proofs in a bundle. The log itself proves all of it; these are for who has not all of it.

use std::fs;
use std::path::Path;

use kyc_events::Position;
use kyc_events::log::EventReader;
use kyc_events::merkle::{self, Tree, log_leaves};
use kyc_events::proof::{Consistency, Inclusion};

use super::{BundleError, Signed};
use crate::config::limits;

/// Writes them; answers how many. Checkpoints that the log contradicts are an error.
pub fn write(
    dir: &Path,
    reader: &dyn EventReader,
    own: &[Signed],
    saved: &[Signed],
) -> Result<usize, BundleError> {
    let Some(newest) = own.last() else { return Err(BundleError::NoCheckpoint) };
    let tree = tree_over(reader, own, saved)?;
    let leaves = |first, count| log_leaves(reader, first, count);
    let first = own.len().saturating_sub(limits::BUNDLE_PROOFS_MAX + 1);
    let successive = own[first..].windows(2).map(|pair| (&pair[0], &pair[1]));
    let given = saved.iter().map(|saved| (saved, newest));
    let mut written = 0;
    for (old, new) in successive.chain(given) {
        let (old, size) = (old.checkpoint.size, new.checkpoint.size);
        if old > size {
            // Past the newest of its own; nothing leads backwards.
            continue;
        }
        let hashes = tree.consistency(old, size, leaves)?;
        let proof = Consistency { old_size: old, hashes, checkpoint: new.note.clone() };
        fs::write(dir.join(format!("{old:020}-{size:020}.txt")), proof.to_string())?;
        written += 1;
    }
    if let Some(last) = newest.checkpoint.size.checked_sub(1) {
        let hashes = tree.inclusion(last, newest.checkpoint.size, leaves)?;
        let checkpoint = newest.note.clone();
        let proof = Inclusion { extra: None, index: last, hashes, checkpoint };
        fs::write(dir.join(format!("record-{last:020}.txt")), proof.to_string())?;
        written += 1;
    }
    Ok(written)
}

/// The tree over the whole log, compared with every checkpoint on the way.
fn tree_over(
    reader: &dyn EventReader,
    own: &[Signed],
    saved: &[Signed],
) -> Result<Tree, BundleError> {
    let mut all: Vec<&Signed> = own.iter().chain(saved).collect();
    all.sort_by_key(|signed| signed.checkpoint.size);
    let mut tree = Tree::default();
    for signed in all {
        merkle::catch_up(&mut tree, reader, Position(signed.checkpoint.size))?;
        if tree.root() != signed.checkpoint.root {
            return Err(BundleError::Contradicts { name: signed.name.clone() });
        }
    }
    Ok(tree)
}
