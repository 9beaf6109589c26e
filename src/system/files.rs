//! Small files of the data directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

/// Writes a file that only its owner can read, whole or not at all.
pub fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let draft = file.with_extension("draft");
    let _ = fs::remove_file(&draft);
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&draft, file)?;
    match file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Makes the data directory, if need be, and takes it for this process.
pub fn own(dir: &Path) -> anyhow::Result<File> {
    // Nobody else on the machine needs to see what is in there.
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot make the data directory {}", dir.display()))?;
    // A command that only asks whether somebody owns it holds the lock for an instant.
    for _ in 0..LOCK_TRIES {
        match lock(dir) {
            Err(LockError::Owned(_)) => std::thread::sleep(LOCK_PAUSE),
            locked => return Ok(locked?),
        }
    }
    Ok(lock(dir)?)
}

const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Why the data directory is not this process's.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another process owns the data directory {}", .0.display())]
    Owned(PathBuf),
    /// It can't be written to.
    #[error("the data directory {} is a read-only copy: it can be looked at, and no more", .0.display())]
    ReadOnly(PathBuf),
    /// The operating system could not.
    #[error("cannot lock the data directory: {0}")]
    Io(#[from] io::Error),
}

/// Takes the data directory for this process. The lock ends with the process.
pub fn lock(dir: &Path) -> Result<File, LockError> {
    // For those too whom the modes of files do not stop.
    if fs::metadata(dir).is_ok_and(|dir| dir.permissions().readonly()) {
        return Err(LockError::ReadOnly(dir.to_owned()));
    }
    let options = OpenOptions::new().create(true).truncate(false).write(true).clone();
    let file = options.open(dir.join("LOCK")).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            LockError::ReadOnly(dir.to_owned())
        }
        _ => LockError::Io(error),
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(LockError::Owned(dir.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}
