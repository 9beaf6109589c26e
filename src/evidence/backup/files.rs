//! Files and directories of a backup.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use kyc_events::Position;
use kyc_events::log::checkpoints::Checkpoints;
use kyc_events::log::segment::disk::{Disk, RealDisk};
use kyc_events::log::segment::{CopyError, copy_prefix};
use sha2::{Digest, Sha256};

use super::{BackupError, FileHash, at};

/// Copies the first `size` records of a log and its checkpoints up to there.
pub fn copy_log(from: &Path, to: &Path, size: Position) -> Result<(), BackupError> {
    let source: Arc<dyn Disk> =
        Arc::new(RealDisk::read_only(from).map_err(|error| at(from, error))?);
    let target = RealDisk::lock(to).map_err(CopyError::Target)?;
    copy_prefix(&*source, &target, size)?;
    Ok(Checkpoints::on(source).copy_to(&target, size.0)?)
}

/// Makes a directory that only its owner can enter, or takes an empty one; answers whether it is
/// new, `None` if there is something.
pub fn make_private(dir: &Path) -> io::Result<Option<bool>> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => return Ok(Some(true)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    if !dir.is_dir() || fs::read_dir(dir)?.next().is_some() {
        return Ok(None);
    }
    fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    Ok(Some(false))
}

/// Takes away what was begun; the directory too, if it is new.
pub fn clear(dir: &Path, new: bool) {
    let cleared = fs::remove_dir_all(dir)
        .and_then(|()| if new { Ok(()) } else { DirBuilder::new().mode(0o700).create(dir) });
    if let Err(error) = cleared {
        tracing::warn!(%error, "the beginning of a backup was not taken away");
    }
}

/// The files beside the log that every backup has.
pub const NEEDED: [&str; 2] = ["checkpoint.note", "vault/keys.sqlite"];
/// Those that only a sandbox has.
pub const OPTIONAL: [&str; 2] = ["sandbox/chain.sqlite", "sandbox/clock"];

/// The files beside the log.
pub fn hashes(dir: &Path) -> io::Result<Vec<FileHash>> {
    NEEDED
        .into_iter()
        .chain(OPTIONAL)
        .filter(|name| dir.join(name).exists())
        .map(|name| Ok(FileHash { name: name.to_owned(), sha256: sha256_of(&dir.join(name))? }))
        .collect()
}

/// SHA-256 of a file, hex.
pub fn sha256_of(file: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut piece) = (File::open(file)?, Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

/// Makes everything below and the directory's own name durable.
pub fn sync_all(dir: &Path) -> io::Result<()> {
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() {
                left.push(path);
            } else {
                File::open(path)?.sync_all()?;
            }
        }
        File::open(dir)?.sync_all()?;
    }
    match dir.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
