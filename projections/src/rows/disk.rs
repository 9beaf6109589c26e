//! Committed rows in a keyspace of a store.
//!
//! A log-structured tree pays for every scan with all the deleted rows it walks over, and the
//! tables that are asked "what is next?" consist of little else. So a table that is small is held
//! in memory too: gets and scans of it never touch the tree. A table that has outgrown
//! [`RESIDENT_BYTES_MAX`] is read from the tree until the store is opened again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use fjall::{Database, Guard, Keyspace};

use super::backend::{Changes, Range, Row, range};
use super::key::{after, table_of};
use crate::store::{META_KEY, Meta, StoreError};

/// Most bytes of one table that are held in memory.
pub const RESIDENT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What a row in memory takes beside its own bytes, about.
const ROW_OVERHEAD_BYTES: usize = 64;

/// See the module.
pub(crate) struct Disk {
    db: Database,
    keyspace: Keyspace,
    /// Every table that has a row, by its name with the zero byte.
    tables: BTreeMap<Vec<u8>, Table>,
}

/// One table.
enum Table {
    /// All its rows.
    Resident { rows: BTreeMap<Vec<u8>, Vec<u8>>, bytes: usize },
    /// Too large for that.
    Large,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disk({})", self.keyspace.name())
    }
}

impl Disk {
    /// The rows of `keyspace`: reads the beginning of each of its tables.
    pub(crate) fn open(db: Database, keyspace: Keyspace) -> Result<Self, StoreError> {
        let mut disk = Self { db, keyspace, tables: BTreeMap::new() };
        let mut from = first_key().to_vec();
        loop {
            let Some(next) = disk.tree(&from, None).next() else { return Ok(disk) };
            let key = next?.0.into_owned();
            let Some(name) = table_of(&key) else {
                // A row beside all tables: read from the tree.
                from = [&key, &[0][..]].concat();
                continue;
            };
            let mut table = Table::default();
            let end = after(name);
            for row in disk.tree(name, end.as_deref()) {
                let (key, row) = row?;
                table.put(key.into_owned(), Some(row.into_owned()));
                if matches!(table, Table::Large) {
                    break;
                }
            }
            disk.tables.insert(name.to_vec(), table);
            match end {
                Some(end) => from = end,
                None => return Ok(disk),
            }
        }
    }

    pub(crate) fn keyspace(&self) -> &Keyspace {
        &self.keyspace
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Cow<'_, [u8]>>, StoreError> {
        match table_of(key).map(|name| self.tables.get(name)) {
            Some(None) => Ok(None),
            Some(Some(Table::Resident { rows, .. })) => {
                Ok(rows.get(key).map(|row| Cow::from(row.as_slice())))
            }
            Some(Some(Table::Large)) | None => {
                Ok(self.keyspace.get(key)?.map(|row| Cow::from(row.to_vec())))
            }
        }
    }

    pub(super) fn range<'a>(&'a self, from: &[u8], end: Option<&[u8]>) -> Range<'a> {
        let within = |name: &&[u8]| end.is_some_and(|end| Some(end) <= after(name).as_deref());
        let table = table_of(from).filter(within).map(|name| self.tables.get(name));
        match table {
            Some(None) => Box::new(std::iter::empty()),
            Some(Some(Table::Resident { rows, .. })) => Box::new(range(rows, from, end)),
            Some(Some(Table::Large)) | None => Box::new(self.tree(from, end)),
        }
    }

    /// Rows as the tree has them.
    fn tree<'a>(
        &'a self,
        from: &[u8],
        end: Option<&[u8]>,
    ) -> impl DoubleEndedIterator<Item = Result<Row<'a>, StoreError>> + use<'a> {
        let from = from.max(first_key());
        let end = end.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = match end {
            Bound::Excluded(end) if end <= from => None,
            end => Some(self.keyspace.range::<&[u8], _>((Bound::Included(from), end))),
        };
        rows.into_iter().flatten().map(|guard: Guard| {
            let (key, row) = guard.into_inner()?;
            Ok((Cow::from(key.to_vec()), Cow::from(row.to_vec())))
        })
    }

    pub(super) fn apply(&mut self, changes: &mut Changes, meta: &Meta) -> Result<(), StoreError> {
        let mut batch = self.db.batch();
        for (key, row) in &*changes {
            match row {
                Some(row) => batch.insert(&self.keyspace, key.as_slice(), row.as_slice()),
                None => batch.remove(&self.keyspace, key.as_slice()),
            }
        }
        batch.insert(&self.keyspace, META_KEY, meta.encode());
        batch.commit()?;
        for (key, row) in std::mem::take(changes) {
            if let Some(name) = table_of(&key) {
                match self.tables.get_mut(name) {
                    Some(table) => table.put(key, row),
                    None => self.tables.entry(name.to_vec()).or_default().put(key, row),
                }
            }
        }
        Ok(())
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::Resident { rows: BTreeMap::new(), bytes: 0 }
    }
}

impl Table {
    fn put(&mut self, key: Vec<u8>, row: Option<Vec<u8>>) {
        let Self::Resident { rows, bytes } = self else { return };
        let size = |key: &[u8], row: &[u8]| key.len() + row.len() + ROW_OVERHEAD_BYTES;
        if let Some((key, old)) = rows.remove_entry(&key) {
            *bytes -= size(&key, &old);
        }
        if let Some(row) = row {
            *bytes += size(&key, &row);
            rows.insert(key, row);
        }
        if *bytes > RESIDENT_BYTES_MAX {
            *self = Self::Large;
        }
    }
}

/// Rows begin after what is kept about them.
fn first_key() -> &'static [u8] {
    &[1]
}
