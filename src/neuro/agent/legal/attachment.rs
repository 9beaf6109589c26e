//! `POST /Agent/Legal/AddIdAttachment` `{keyId, legalId, nonce, keySignature, requestSignature,
//! attachmentBase64, attachmentFileName, attachmentContentType}`
//!
//! A document of an application, signed with the client's key. It is durable in the vault before the
//! event names it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyc_events::neuro::Document;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Owned;
use crate::aggregate::Keys as _;
use crate::engine;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::identity::{Attachment, Command};
use crate::neuro::legal_identity::attachment::{content_type, file_name};
use crate::neuro::service::Service;
use crate::neuro::signature;
use crate::neuro::signing::Presented;
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let presented = Presented::of(&call.form, "keyId")?;
    let form = &call.form;
    let base64 = form.text("attachmentBase64")?;
    let sent = signature::Attachment {
        base64,
        file_name: form.text("attachmentFileName")?,
        content_type: form.text("attachmentContentType")?,
    };
    let legal_id = form.text("legalId")?;
    let name = file_name(sent.file_name).map_err(|error| Error::bad(said(&error)))?;
    let kind =
        content_type(sent.content_type).map_err(|error| Error::bad(said(&error)))?.to_owned();
    let bytes =
        STANDARD.decode(base64).map_err(|_| Error::bad("'attachmentBase64' is no base64."))?;
    if bytes.len() > service.settings.attachment_bytes_max {
        return Err(Error::TooLarge);
    }
    let known = service.account(call.bearer()?).await?;
    let signed = service.signed(call, &known, &presented, |scope, shown| {
        scope.add_id_attachment(&shown.key_signature, shown.nonce.as_str(), &sent, legal_id)
    });
    let opened = signed.await?;
    let owned = Owned::find(service, call, &known).await?;
    let identification = owned.state.undecided()?;
    if identification.client.key_number != opened.key.number {
        return Err(Error::Forbidden("The identity was applied for with another key.".into()));
    }
    let (key, file) = (identification.key, Uuid::new_v4());
    let hash = Sha256::digest(&bytes);
    let tag = service.vault.tag(key, &[b"neuro attachment\0".as_slice(), &hash].concat());
    let tag = tag.map_err(Error::internal)?;
    let tag = tag.ok_or_else(|| Error::NotFound("There is no such identity.".into()))?;
    let signature = STANDARD.encode(opened.private.sign(&bytes));
    let document = Document { file, tag, media_type: kind, bytes: bytes.len() as u64 };
    let vault = Arc::clone(&service.vault);
    let stored = tokio::task::spawn_blocking(move || vault.store_document(key, file, &bytes)).await;
    stored.map_err(Error::internal)?.map_err(Error::internal)?;
    let attach = Command::Attach(Attachment { document, file_name: name, signature });
    match service.identities.send(&owned.stream, attach, call.origin.clone()).await {
        Ok(reply) => {
            service.caught_up(&reply).await?;
            service.identity_response(&owned.stream, &reply.state)
        }
        Err(error) => {
            if matches!(error, engine::Error::Rejected(_)) {
                let vault = Arc::clone(&service.vault);
                let gone = tokio::task::spawn_blocking(move || vault.remove_document(key, file));
                if let Ok(Err(error)) = gone.await {
                    tracing::warn!(%error, "an attachment that nobody needs is still there");
                }
            }
            Err(error.into())
        }
    }
}

fn said(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
