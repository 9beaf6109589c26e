//! The least a disk asks for: the same bytes over zeros that are there already, and one sync.
//!
//! The zeros are written and synced beforehand, so no block has to be found, no extent converted
//! and no length changed while the clock runs. Nothing is encoded, checked or indexed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const FILE_BYTES: usize = 64 * 1024 * 1024;

/// A file full of zeros, written from front to back and then over again.
pub struct Baseline {
    file: File,
    at: usize,
}

impl Baseline {
    /// Makes the file, in `dir`.
    pub fn create(dir: &Path) -> io::Result<Self> {
        let file = File::create(dir.join("baseline"))?;
        file.write_all_at(&vec![0; FILE_BYTES], 0)?;
        file.sync_all()?;
        Ok(Self { file, at: 0 })
    }

    /// One write, one `fdatasync`.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.at + bytes.len() > FILE_BYTES {
            self.at = 0;
        }
        self.file.write_all_at(bytes, self.at as u64)?;
        self.at += bytes.len();
        self.file.sync_data()
    }
}
