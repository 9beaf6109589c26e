//! The body of an upload, on its way into the vault.
//!
//! ```text
//! network ──a few pieces──┬─► thread: SHA-512, kind of file, archive ─┬─► both content? sync, rename
//!                         └─► thread: seal, write to a draft ─────────┘
//! ```

use std::sync::Arc;

use actix_web::web::{Bytes, Payload};
use futures_util::StreamExt as _;
use kyc_events::sealed::KeyId;
use sha2::{Digest as _, Sha512};
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};
use uuid::Uuid;

use crate::config::limits;
use crate::media_type::{Family, MAGIC_BYTES, MediaType};
use crate::taler::bulk_headers::BulkHeaders;
use crate::taler::error::{Code, ErrorDetail};
use crate::taler::h_payto::is_same;
use crate::taler::zip::Inspector;
use crate::vault::{DocumentError, Draft, Vault};

/// A document that is in the vault, whole and durable; no event names it yet.
pub(super) struct Received {
    /// What the third party calls it, which agrees with what it is.
    pub media_type: String,
}

/// Why a body is not taken.
enum Bad {
    /// Not what the headers say; which of them.
    Header(&'static str),
    /// The archive is not what may be stored; why is for the log.
    Archive(crate::taler::zip::Refusal),
    /// The vault.
    Vault(DocumentError),
}

impl From<DocumentError> for Bad {
    fn from(error: DocumentError) -> Self {
        Self::Vault(error)
    }
}

impl From<Bad> for ErrorDetail {
    fn from(bad: Bad) -> Self {
        match bad {
            Bad::Header(name) => Self::parameter_malformed(name),
            Bad::Archive(refusal) => {
                tracing::warn!(%refusal, "an uploaded archive is refused");
                Self::parameter_malformed("body")
            }
            Bad::Vault(error) => {
                let code = match error {
                    DocumentError::Keys(_) => Code::DbSetupFailed,
                    DocumentError::Disk(_) | DocumentError::Torn => Code::DbStoreFailed,
                    DocumentError::TooLong => return Self::upload_exceeds_limit(),
                    DocumentError::Erased => return super::erased(),
                    DocumentError::Altered => Code::DbInvariantFailure,
                };
                Self::internal(code, error.to_string())
            }
        }
    }
}

/// Reads the body into the vault. Dropped or failed, it leaves nothing there.
pub(super) async fn receive(
    vault: &Arc<Vault>,
    (key, file): (KeyId, Uuid),
    headers: &BulkHeaders,
    payload: &mut Payload,
) -> Result<Received, ErrorDetail> {
    let (to_look, looking) = mpsc::channel(limits::BULK_PIECES_WAITING_MAX);
    let (to_seal, sealing) = mpsc::channel(limits::BULK_PIECES_WAITING_MAX);
    let (vault, claimed) = (Arc::clone(vault), headers.clone());
    let looked = spawn_blocking(move || look(&claimed, looking));
    let sealed = spawn_blocking(move || seal(&vault, (key, file), sealing));
    let sent = send(payload, [&to_look, &to_seal], headers.body_bytes).await;
    drop((to_look, to_seal));
    let (looked, sealed) = (looked.await, sealed.await);
    // What the vault says comes first: it may be why the other saw only half of the body. And what
    // either has against the body may be why it was not sent to its end.
    let draft = sealed.map_err(panicked)??;
    looked.map_err(panicked)??;
    sent?;
    spawn_blocking(move || draft.commit()).await.map_err(panicked)?.map_err(Bad::Vault)?;
    Ok(Received { media_type: headers.content_type.clone() })
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn panicked(error: JoinError) -> ErrorDetail {
    ErrorDetail::internal(Code::InternalInvariantFailure, error.to_string())
}

/// The document is not wanted after all. What cannot be removed is swept at the next start.
pub(super) async fn discard(vault: &Arc<Vault>, key: KeyId, file: Uuid) {
    let vault = Arc::clone(vault);
    let removed = spawn_blocking(move || vault.remove_document(key, file)).await;
    if let Ok(Err(error)) = removed {
        tracing::warn!(%error, "a document that nobody needs is still there");
    }
}

async fn send(
    payload: &mut Payload,
    [to_look, to_seal]: [&mpsc::Sender<Bytes>; 2],
    body_bytes: u64,
) -> Result<(), ErrorDetail> {
    let short = || ErrorDetail::parameter_malformed("Content-Length");
    let mut left = body_bytes;
    while left > 0 {
        let next = tokio::time::timeout(limits::BULK_SILENCE_MAX, payload.next()).await;
        let Ok(Some(Ok(piece))) = next else { return Err(short()) };
        left = left.checked_sub(piece.len() as u64).ok_or_else(short)?;
        // One of them has given up: its reason is the answer.
        if to_look.send(piece.clone()).await.is_err() || to_seal.send(piece).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// What a body is looked at for while it passes.
struct Looking<'a> {
    headers: &'a BulkHeaders,
    hash: Sha512,
    bytes: u64,
    /// The first bytes, until the kind of file is known from them.
    head: Option<Vec<u8>>,
    archive: Option<Inspector>,
}

impl Looking<'_> {
    fn at(&mut self, piece: &[u8]) -> Result<(), Bad> {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
        if let Some(head) = &mut self.head {
            let wanted = MAGIC_BYTES.saturating_sub(head.len()).min(piece.len());
            head.extend_from_slice(&piece[..wanted]);
            if head.len() >= MAGIC_BYTES || self.bytes >= self.headers.body_bytes {
                self.judge_head()?;
            }
        }
        match &mut self.archive {
            Some(archive) => archive.push(piece).map_err(Bad::Archive),
            None => Ok(()),
        }
    }

    fn judge_head(&mut self) -> Result<(), Bad> {
        let Some(head) = self.head.take() else { return Ok(()) };
        let kind = MediaType::of(&head);
        let agrees = kind.is_some_and(|kind| kind.agrees_with(&self.headers.declared));
        if agrees { Ok(()) } else { Err(Bad::Header("Content-Type")) }
    }

    fn end(mut self) -> Result<(), Bad> {
        if self.bytes != self.headers.body_bytes {
            return Err(Bad::Header("Content-Length"));
        }
        self.judge_head()?;
        if !is_same(&self.hash.finalize(), &self.headers.h_body) {
            return Err(Bad::Header("If-Not-Match"));
        }
        match self.archive {
            Some(archive) => archive.finish().map(drop).map_err(Bad::Archive),
            None => Ok(()),
        }
    }
}

fn look(headers: &BulkHeaders, mut queue: mpsc::Receiver<Bytes>) -> Result<(), Bad> {
    let is_archive = headers.declared.family() == Family::Zip;
    let mut looking = Looking {
        headers,
        hash: Sha512::new(),
        bytes: 0,
        head: Some(Vec::new()),
        archive: is_archive.then(Inspector::new),
    };
    while let Some(piece) = queue.blocking_recv() {
        looking.at(&piece)?;
    }
    looking.end()
}

fn seal(
    vault: &Vault,
    (key, file): (KeyId, Uuid),
    mut queue: mpsc::Receiver<Bytes>,
) -> Result<Draft, Bad> {
    let mut draft = vault.begin_document(key, file)?;
    while let Some(piece) = queue.blocking_recv() {
        draft.write(&piece)?;
    }
    Ok(draft)
}
