//! The keys that live outside the data directory: one small file, `name = "hex"` per line.

use std::path::{Path, PathBuf};

use kyc_events::sealed::Tag;
use zeroize::Zeroizing;

use super::cipher;
use super::key_file::{Entries, KeyFile};

/// What the names of epoch keys begin with.
pub(super) const EPOCH_PREFIX: &str = "backup_epoch_";

/// Master key, look-up key, and whatever else was generated beside them.
pub struct MasterKeys {
    master: Zeroizing<[u8; 32]>,
    lookup: Zeroizing<[u8; 32]>,
    entries: Entries,
    file: Option<KeyFile>,
}

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeysError {
    /// The file cannot be read or written.
    #[error("key file {}: {error}", file.display())]
    Io {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not one of ours.
    #[error("key file {}: {what}", file.display())]
    Malformed {
        /// Which.
        file: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The key in the configuration is not 64 hex digits.
    #[error("the master key is not 64 hex digits")]
    NotHex,
}

impl MasterKeys {
    /// Reads the file; with `create`, makes it (mode 0600) if there is none.
    pub fn from_file(file: &Path, create: bool) -> Result<Self, MasterKeysError> {
        let keys = KeyFile::at(file);
        if create && !file.exists() {
            keys.create(&format!(
                "# Keys of a kycd data directory. Whoever has this file and the directory can read everything.\n\
                 master = \"{}\"\nlookup = \"{}\"\n",
                hex::encode(cipher::random::<32>()),
                hex::encode(cipher::random::<32>())
            ))?;
        }
        let text = keys.text()?;
        if let Ok(master) = key(text.trim()) {
            return Ok(Self::derived(master));
        }
        let mut entries = keys.parse(&text)?;
        // Read when they are needed: none outlives its destruction in memory.
        entries.retain(|name, _| !name.starts_with(EPOCH_PREFIX));
        let named = |name: &str, what| {
            entries.get(name).and_then(|value| key(value).ok()).ok_or_else(|| keys.malformed(what))
        };
        Ok(Self {
            master: named("master", "no `master` of 64 hex digits")?,
            lookup: named("lookup", "no `lookup` of 64 hex digits")?,
            entries,
            file: Some(keys),
        })
    }

    /// From 64 hex digits of the configuration; the look-up key is derived.
    pub fn from_hex(master: &str) -> Result<Self, MasterKeysError> {
        key(master.trim()).map(Self::derived)
    }

    fn derived(master: Zeroizing<[u8; 32]>) -> Self {
        let lookup = Zeroizing::new(cipher::hmac(&master, &[b"kycd look-up key"]).0);
        Self { master, lookup, entries: Entries::new(), file: None }
    }

    /// A secret of `N` bytes, in hex, that was generated once and is kept beside the master key;
    /// derived from it where there is no file to keep it in. `shape` makes it fit its purpose.
    pub fn generated<const N: usize>(
        &mut self,
        name: &str,
        shape: impl FnOnce(&mut [u8; N]),
    ) -> Result<Zeroizing<String>, MasterKeysError> {
        if let Some(value) = self.entries.get(name) {
            return Ok(value.clone());
        }
        let mut bytes = Zeroizing::new([0; N]);
        if self.file.is_some() {
            *bytes = cipher::random();
        } else {
            for (block, part) in bytes.chunks_mut(32).enumerate() {
                let label = [b"kycd generated key", name.as_bytes(), &[block as u8]].join(&0);
                part.copy_from_slice(&cipher::hmac(&self.master, &[&label]).0[..part.len()]);
            }
        }
        shape(&mut bytes);
        let value = Zeroizing::new(hex::encode(*bytes));
        let value = match &self.file {
            Some(file) => file.add(name, &value)?,
            None => value,
        };
        self.entries.insert(name.to_owned(), value.clone());
        Ok(value)
    }

    /// Whether a secret of this name need not be generated first.
    pub fn has(&self, name: &str) -> bool {
        self.file.is_none() || self.entries.contains_key(name)
    }

    /// Where they are kept, if named keys can be kept there.
    pub(super) fn file(&self) -> Option<&KeyFile> {
        self.file.as_ref()
    }

    pub(super) fn master(&self) -> &[u8; 32] {
        &self.master
    }

    /// HMAC of a name under the look-up key: pseudonyms for streams and subjects.
    pub fn pseudonym(&self, domain: &str, value: &[u8]) -> Tag {
        cipher::hmac(&self.lookup, &[domain.as_bytes(), &[0], value])
    }

    /// Fixed keys.
    #[cfg(test)]
    pub fn for_tests() -> Self {
        Self::derived(Zeroizing::new([7; 32]))
    }
}

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKeys(…)")
    }
}

/// A key in 64 hex digits.
pub(super) fn key(hex: &str) -> Result<Zeroizing<[u8; 32]>, MasterKeysError> {
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(hex, key.as_mut_slice()).map_err(|_| MasterKeysError::NotHex)?;
    Ok(key)
}
