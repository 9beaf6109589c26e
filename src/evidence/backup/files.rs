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

/// Where customers' documents lie, sealed under keys of the key store.
pub const DOCUMENTS: &str = "vault/documents";

/// The files beside the log.
pub fn hashes(dir: &Path) -> io::Result<Vec<FileHash>> {
    let fixed = NEEDED.into_iter().chain(OPTIONAL).map(str::to_owned);
    fixed
        .filter(|name| dir.join(name).exists())
        .chain(documents(dir)?)
        .map(|name| Ok(FileHash { sha256: sha256_of(&dir.join(&name))?, name }))
        .collect()
}

/// Whether this is the name of a document: `vault/documents/<key>/<file>`.
pub fn is_document(name: &str) -> bool {
    let rest = name.strip_prefix(DOCUMENTS).and_then(|rest| rest.strip_prefix('/'));
    rest.and_then(|rest| rest.split_once('/')).is_some_and(|(key, file)| {
        key.len() == 32
            && key.bytes().all(|b| b.is_ascii_hexdigit())
            && file.len() == 36
            && uuid::Uuid::parse_str(file).is_ok()
    })
}

/// Names of the documents there are; drafts are none.
fn documents(dir: &Path) -> io::Result<Vec<String>> {
    let all = dir.join(DOCUMENTS);
    if !all.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for key in fs::read_dir(&all)? {
        let key = key?;
        for file in fs::read_dir(key.path())? {
            let (key, file) = (key.file_name(), file?.file_name());
            names.push(format!("{DOCUMENTS}/{}/{}", key.to_string_lossy(), file.to_string_lossy()));
        }
    }
    names.retain(|name| is_document(name));
    names.sort();
    Ok(names)
}

/// Copies the documents there are. One that is removed meanwhile is referred to by nothing.
pub fn copy_documents(from: &Path, to: &Path) -> Result<(), BackupError> {
    for name in documents(from).map_err(|error| at(from, error))? {
        copy_private(from, to, &name)?;
    }
    Ok(())
}

/// Copies one file and makes the folders above it.
fn copy_private(from: &Path, to: &Path, name: &str) -> Result<(), BackupError> {
    let (from, to) = (from.join(name), to.join(name));
    if let Some(folder) = to.parent() {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| at(folder, error))?;
    }
    match fs::copy(&from, &to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&from, error)),
        Ok(_) | Err(_) => Ok(()),
    }
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
