//! Where committed rows lie.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use super::disk::Disk;
use crate::store::{Meta, StoreError};

/// A key and its row.
pub(super) type Row<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);
/// Rows in ascending order of their keys.
pub(super) type Range<'a> = Box<dyn DoubleEndedIterator<Item = Result<Row<'a>, StoreError>> + 'a>;
/// The keys that were changed, and their rows unless they are deleted.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// See the module.
#[derive(Debug)]
pub(super) enum Backend {
    Memory(BTreeMap<Vec<u8>, Vec<u8>>),
    Disk(Disk),
}

impl Backend {
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Cow<'_, [u8]>>, StoreError> {
        match self {
            Self::Memory(map) => Ok(map.get(key).map(|row| Cow::from(row.as_slice()))),
            Self::Disk(disk) => disk.get(key),
        }
    }

    /// Rows from `from` on, below `end`.
    pub(super) fn range(&self, from: &[u8], end: Option<&[u8]>) -> Range<'_> {
        match self {
            Self::Memory(map) => Box::new(range(map, from, end)),
            Self::Disk(disk) => disk.range(from, end),
        }
    }

    /// Writes changes and what is known of them, all or nothing. Leaves the changes empty.
    pub(super) fn apply(&mut self, changes: &mut Changes, meta: &Meta) -> Result<(), StoreError> {
        match self {
            Self::Memory(map) => {
                write(map, std::mem::take(changes));
                Ok(())
            }
            Self::Disk(disk) => disk.apply(changes, meta),
        }
    }
}

/// Rows of a map, as those of a backend.
pub(super) fn range<'a>(
    map: &'a BTreeMap<Vec<u8>, Vec<u8>>,
    from: &[u8],
    end: Option<&[u8]>,
) -> impl DoubleEndedIterator<Item = Result<Row<'a>, StoreError>> + use<'a> {
    let bounds = (Bound::Included(from), end.map_or(Bound::Unbounded, Bound::Excluded));
    let rows = (end.is_none_or(|end| from < end)).then(|| map.range::<[u8], _>(bounds));
    rows.into_iter()
        .flatten()
        .map(|(key, row)| Ok((Cow::from(key.as_slice()), Cow::from(row.as_slice()))))
}

fn write(map: &mut BTreeMap<Vec<u8>, Vec<u8>>, changes: Changes) {
    for (key, row) in changes {
        match row {
            Some(row) => map.insert(key, row),
            None => map.remove(&key),
        };
    }
}
