//! A document that is being written: `<file>.<random>.draft` beside its place, until it is whole.
//!
//! Memory: one chunk, whatever the size. The last chunk's nonce says that it is the last one, so a
//! full chunk waits until more comes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use kyc_events::sealed::KeyId;
use uuid::Uuid;

use super::{CHUNK, DocumentError, PREFIX, SEAL, bound, nonce};
use crate::vault::{Key, cipher};

/// See the module. Dropped without [`commit`](Self::commit), it leaves nothing.
#[must_use = "a draft that is not committed is removed"]
pub struct Draft {
    folder: PathBuf,
    /// Where it is written.
    at: PathBuf,
    /// Where it will be.
    place: PathBuf,
    target: File,
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    bound: Vec<u8>,
    /// What is not sealed yet, at most a chunk.
    chunk: Vec<u8>,
    /// Of the chunk that is sealed next.
    number: u32,
    is_torn: bool,
    is_committed: bool,
}

impl Draft {
    pub(super) fn create(
        folder: PathBuf,
        secret: &Key,
        key: KeyId,
        file: Uuid,
    ) -> Result<Self, DocumentError> {
        // Two drafts of one document do not write into each other, and the sweep takes neither
        // name for a document's.
        let at = folder.join(format!("{file}.{}.draft", hex::encode(cipher::random::<8>())));
        let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&at);
        let mut draft = Self {
            place: folder.join(file.to_string()),
            folder,
            at,
            target: target.map_err(gone)?,
            cipher: XChaCha20Poly1305::new((&**secret).into()),
            prefix: cipher::random(),
            bound: bound(key, file),
            chunk: Vec::with_capacity(CHUNK + SEAL),
            number: 0,
            is_torn: false,
            is_committed: false,
        };
        draft.target.write_all(&draft.prefix)?;
        Ok(draft)
    }

    /// Adds a piece of any length. After an error nothing more is taken.
    pub fn write(&mut self, mut plain: &[u8]) -> Result<(), DocumentError> {
        while !plain.is_empty() {
            if self.chunk.len() >= CHUNK {
                self.seal(false)?;
            }
            let (now, later) = plain.split_at(plain.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            plain = later;
        }
        Ok(())
    }

    /// Puts the document in its place. It is whole and durable when this returns.
    pub fn commit(mut self) -> Result<(), DocumentError> {
        // An empty document is one empty chunk.
        self.seal(true)?;
        self.target.sync_all()?;
        fs::rename(&self.at, &self.place).map_err(gone)?;
        self.is_committed = true;
        Ok(File::open(&self.folder).map_err(gone)?.sync_all()?)
    }

    /// Seals what waits and writes it.
    fn seal(&mut self, is_last: bool) -> Result<(), DocumentError> {
        if mem::replace(&mut self.is_torn, true) {
            return Err(DocumentError::Torn);
        }
        let nonce = nonce(&self.prefix, self.number, is_last);
        if !is_last {
            self.number = self.number.checked_add(1).ok_or(DocumentError::TooLong)?;
        }
        let shut = self.cipher.encrypt_in_place(&nonce, &self.bound, &mut self.chunk);
        shut.map_err(|_| DocumentError::TooLong)?;
        self.target.write_all(&self.chunk)?;
        self.chunk.clear();
        self.is_torn = false;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What fails is swept at the next start.
        if !self.is_committed {
            let _ = fs::remove_file(&self.at);
        }
    }
}

/// A folder goes with its key.
fn gone(error: io::Error) -> DocumentError {
    match error.kind() {
        ErrorKind::NotFound => DocumentError::Erased,
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests;
