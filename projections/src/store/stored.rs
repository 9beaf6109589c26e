//! A look at a store that nobody has open, without a change to it.

use std::fs;
use std::io;
use std::path::Path;

use kyc_events::Position;

use super::{Shared, StoreError};
use crate::rows::{Disk, Rows};

/// Cache of such a look: every row is read once.
const CACHE_BYTES: u64 = 1024 * 1024;

/// What a store says of a read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Schema of its rows.
    pub schema: u32,
    /// The first record that is not folded in.
    pub position: Position,
    /// The digest that was kept up; see [`crate::digest`].
    pub digest: [u8; 32],
    /// The digest of the rows as they are: another one tells of damage.
    pub counted: [u8; 32],
    /// Number of rows.
    pub rows: u64,
}

/// What the store in directory `dir` says of read model `name`; `None` if it does not know it. It
/// is copied to a temporary directory first, since fjall changes what it opens: call it only
/// when no server has the store open.
pub fn stored_digest(dir: &Path, name: &str) -> Result<Option<Stored>, StoreError> {
    if !dir.exists() {
        return Ok(None);
    }
    let copy = tempfile::tempdir()?;
    copy_all(dir, copy.path())?;
    let shared = Shared::open(copy.path(), CACHE_BYTES)?;
    let Some((keyspace, meta)) = shared.kept(name)? else { return Ok(None) };
    let (schema, position) = (meta.schema(), meta.checkpoint().position);
    let digest = meta.digest().to_bytes();
    let rows = Rows::on_disk(Disk::open(shared.db.clone(), keyspace)?, meta);
    let (counted, count) = rows.recount();
    match rows.damage() {
        Some(damage) => Err(StoreError::Damaged(damage.to_owned())),
        None => Ok(Some(Stored { schema, position, digest, counted, rows: count })),
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
