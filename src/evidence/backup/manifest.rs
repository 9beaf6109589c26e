//! `manifest.json`: what a backup says of itself.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::system::files::write_private;

/// The format that is written and read.
pub const FORMAT: u32 = 1;
/// Its name in the backup.
const NAME: &str = "manifest.json";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// Who made it.
    pub software: String,
    /// Name of the log.
    pub origin: String,
    /// Records in the backup.
    pub size: u64,
    /// Root of the tree over them, hex.
    pub root: String,
    /// Name of the key that the keys are wrapped under.
    pub epoch: String,
    /// When, RFC 3339.
    pub made_at: String,
    /// The files beside the log; the log has checksums and the root.
    pub files: Vec<FileHash>,
}

/// A file and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHash {
    /// Relative to the backup.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
}

impl Manifest {
    /// Writes it, durably, whole or not at all.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        write_private(&dir.join(NAME), &text)
    }

    /// Reads the one of a backup.
    pub fn read(dir: &Path) -> io::Result<Self> {
        Ok(serde_json::from_str(&std::fs::read_to_string(dir.join(NAME))?)?)
    }
}
