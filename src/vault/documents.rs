//! Documents: sealed files in `vault/documents/<key>/<file>`.
//!
//! ```text
//!   prefix of the nonces, 19 bytes │ chunk 0 │ chunk 1 │ … │ last chunk
//!   nonce of a chunk               = prefix ‖ number, 4 bytes ‖ 1 if it is the last one
//!   chunk                          = 64 KiB, the last one less, sealed with XChaCha20-Poly1305 (+ 16 bytes)
//! ```
//!
//! So a file that was cut, put together otherwise or put in another's place does not open (STREAM
//! by Hoang, Reyhanitabar, Rogaway and Vizár). One folder for each key: when the key is destroyed,
//! the folder goes.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kyc_events::sealed::KeyId;
use uuid::Uuid;

use super::Vault;
use super::store::StoreError;

mod draft;

pub use draft::Draft;

/// Plain bytes of a chunk.
const CHUNK: usize = 64 * 1024;
const SEAL: usize = 16;
const PREFIX: usize = 19;

/// Why a document cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The key store failed.
    #[error(transparent)]
    Keys(#[from] StoreError),
    /// The disk failed.
    #[error("a document: {0}")]
    Disk(#[from] io::Error),
    /// The key was destroyed.
    #[error("a document: its key was destroyed")]
    Erased,
    /// Cut, altered, in another's place, or of another key.
    #[error("a document does not open: cut, altered, or of another key")]
    Altered,
    /// More than 256 TiB.
    #[error("a document is too long")]
    TooLong,
    /// A piece was not written, so nothing may follow it.
    #[error("a document: a piece of it was not written")]
    Torn,
}

impl Vault {
    /// Seals a document. It is durable when this returns.
    pub fn store_document(
        &self,
        key: KeyId,
        file: Uuid,
        plain: &[u8],
    ) -> Result<(), DocumentError> {
        let mut draft = self.begin_document(key, file)?;
        draft.write(plain)?;
        draft.commit()
    }

    /// Begins a document that comes in pieces. Nobody sees it before [`Draft::commit`].
    pub fn begin_document(&self, key: KeyId, file: Uuid) -> Result<Draft, DocumentError> {
        let secret = self.key(key)?.ok_or(DocumentError::Erased)?;
        let all = self.documents();
        let folder = folder(&all, key);
        for (new, above) in [(&all, self.dir()), (&folder, all.as_path())] {
            match DirBuilder::new().mode(0o700).create(new) {
                Ok(()) => File::open(above)?.sync_all()?,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        Draft::create(folder, &secret, key, file)
    }

    /// Opens a document, to be read chunk by chunk; `None` if it was erased or removed.
    pub fn open_document(&self, key: KeyId, file: Uuid) -> Result<Option<Chunks>, DocumentError> {
        let Some(secret) = self.key(key)? else { return Ok(None) };
        let mut source = match File::open(folder(&self.documents(), key).join(file.to_string())) {
            Ok(source) => source,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut prefix = [0; PREFIX];
        source.read_exact(&mut prefix).map_err(|_| DocumentError::Altered)?;
        let cipher = XChaCha20Poly1305::new((&*secret).into());
        let (bound, next) = (bound(key, file), chunk(&mut source)?);
        Ok(Some(Chunks { source, cipher, prefix, bound, number: 0, next: Some(next) }))
    }

    /// Removes a document that no event refers to.
    pub fn remove_document(&self, key: KeyId, file: Uuid) -> Result<(), DocumentError> {
        match fs::remove_file(folder(&self.documents(), key).join(file.to_string())) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Removes what a crash or an erasure left over: documents whose key is gone, and those that
    /// nothing refers to. Answers how many.
    pub fn sweep_documents(&self, is_known: &dyn Fn(Uuid) -> bool) -> Result<usize, DocumentError> {
        let mut removed = 0;
        let keys = self.stored()?;
        for dir in entries(&self.documents())? {
            let name = dir.file_name().map(|name| name.to_string_lossy().into_owned());
            let key =
                name.and_then(|name| hex::decode(name).ok()).and_then(|id| id.try_into().ok());
            let holds = key.is_some_and(|id| keys.contains(&KeyId(id)));
            for file in entries(&dir)? {
                let id = file.file_name().and_then(|name| name.to_str()).map(Uuid::parse_str);
                if !(holds && id.and_then(Result::ok).is_some_and(is_known)) {
                    fs::remove_file(&file)?;
                    removed += 1;
                }
            }
            if !holds {
                fs::remove_dir(&dir)?;
            }
        }
        Ok(removed)
    }

    /// Removes the documents of keys that were destroyed. What fails is swept at the next start.
    pub(super) fn forget_documents(&self, keys: &[KeyId]) {
        let all = self.documents();
        for key in keys {
            match fs::remove_dir_all(folder(&all, *key)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::error!(%error, "documents of an erased person were not removed");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    fn documents(&self) -> PathBuf {
        self.dir().join("documents")
    }
}

fn folder(all: &Path, key: KeyId) -> PathBuf {
    all.join(hex::encode(key.0))
}

fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Ok(found) => found.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn bound(key: KeyId, file: Uuid) -> Vec<u8> {
    [b"kycd document\0".as_slice(), &key.0, file.as_bytes()].concat()
}

fn nonce(prefix: &[u8; PREFIX], number: u32, is_last: bool) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..PREFIX].copy_from_slice(prefix);
    nonce[PREFIX..23].copy_from_slice(&number.to_be_bytes());
    nonce[23] = u8::from(is_last);
    XNonce::from(nonce)
}

fn chunk(source: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(CHUNK + SEAL);
    Read::by_ref(source).take((CHUNK + SEAL) as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The chunks of an open document. After an error there is nothing more.
pub struct Chunks {
    source: File,
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    bound: Vec<u8>,
    number: u32,
    next: Option<Vec<u8>>,
}

impl Chunks {
    fn open(&mut self, shut: &[u8]) -> Result<Vec<u8>, DocumentError> {
        let following = chunk(&mut self.source)?;
        let is_last = following.is_empty();
        let nonce = nonce(&self.prefix, self.number, is_last);
        let payload = Payload { msg: shut, aad: &self.bound };
        let plain = self.cipher.decrypt(&nonce, payload).map_err(|_| DocumentError::Altered)?;
        self.number += 1;
        self.next = (!is_last).then_some(following);
        Ok(plain)
    }
}

impl Iterator for Chunks {
    type Item = Result<Vec<u8>, DocumentError>;

    fn next(&mut self) -> Option<Self::Item> {
        let shut = self.next.take()?;
        Some(self.open(&shut))
    }
}

#[cfg(test)]
mod tests;
