//! A directory as a tar: names in order, one instant for all, nobody's user and group.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use kyc_events::Millis;
use serde_json::{Map, Value, json};
use tar::{Builder, EntryType, Header};

use crate::evidence::backup::sha256_of;

/// SHA-256 of every file, by name.
pub fn hashes(dir: &Path) -> io::Result<Value> {
    let rows = files(dir)?.into_iter().map(|name| {
        let hash = sha256_of(&dir.join(&name))?;
        Ok((name.display().to_string(), json!(hash)))
    });
    rows.collect::<io::Result<Map<_, _>>>().map(Value::Object)
}

/// Writes the tar, durably.
pub fn pack(dir: &Path, tar: &Path, at: Millis) -> io::Result<()> {
    let mut builder = Builder::new(BufWriter::new(File::create_new(tar)?));
    for name in files(dir)? {
        let file = File::open(dir.join(&name))?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(file.metadata()?.len());
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(u64::try_from(at.div_euclid(1000)).unwrap_or(0));
        builder.append_data(&mut header, &name, file)?;
    }
    builder.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Names of all files below, in order.
fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut left, mut found) = (vec![PathBuf::new()], Vec::new());
    while let Some(below) = left.pop() {
        for entry in fs::read_dir(dir.join(&below))? {
            let entry = entry?;
            let name = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                left.push(name);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}
