//! Small files of the data directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

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
    fs::create_dir_all(dir)
        .with_context(|| format!("cannot make the data directory {}", dir.display()))?;
    lock(dir)
}

/// Takes the data directory for this process. The lock ends with the process.
pub fn lock(dir: &Path) -> anyhow::Result<File> {
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(dir.join("LOCK"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            anyhow::bail!("another process owns the data directory {}", dir.display())
        }
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}
