//! The log as a source of leaves.

use super::{Tree, record_leaf};
use crate::codec::Hash;
use crate::log::{EventReader, ReadError};
use crate::stream::Position;

/// Leaves of up to `count` records from `first` on, for proofs; fewer at the end of the log.
pub fn log_leaves(
    reader: &(impl EventReader + ?Sized),
    first: u64,
    count: usize,
) -> Result<Vec<Hash>, ReadError> {
    let mut leaves = Vec::with_capacity(count);
    while leaves.len() < count {
        let from = Position(first + leaves.len() as u64);
        let records = reader.read(from, count - leaves.len())?;
        if records.is_empty() {
            break;
        }
        for record in &records {
            let leaf = record_leaf(record).map_err(|error| ReadError::Damaged {
                position: record.position,
                what: error.to_string(),
            })?;
            leaves.push(leaf);
        }
    }
    Ok(leaves)
}

/// Adds the records that the tree does not have yet, up to `size` records in all or the end of
/// the log.
pub fn catch_up(
    tree: &mut Tree,
    reader: &(impl EventReader + ?Sized),
    size: Position,
) -> Result<(), ReadError> {
    while tree.size() < size.0 {
        let count = (size.0 - tree.size()).min(READ_RECORDS) as usize;
        let leaves = log_leaves(reader, tree.size(), count)?;
        let ended = leaves.len() < count;
        tree.extend(leaves);
        if ended {
            break;
        }
    }
    Ok(())
}

/// Records held in memory at a time.
const READ_RECORDS: u64 = 1024;
