//! Files on their way into the vault: durable there before an event names them.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::Bytes;
use kyc_events::sealed::KeyId;
use kyc_events::stellar::{Content, Document};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::service::Service;
use crate::aggregate::Keys;
use crate::stellar::customer::State;
use crate::stellar::error::Error;
use crate::stellar::sep9::MediaType;

/// What was stored for one command. What no event names in the end is removed again.
pub struct Stored {
    key: KeyId,
    /// By field name.
    pub documents: BTreeMap<String, Document>,
    fresh: Vec<Uuid>,
}

impl Service {
    /// Stores what came along; a file that its field has already is not stored twice.
    pub async fn store_all(
        &self,
        key: KeyId,
        state: &State,
        uploads: &BTreeMap<String, (Bytes, MediaType)>,
    ) -> Result<Stored, Error> {
        let mut stored = Stored { key, documents: BTreeMap::new(), fresh: Vec::new() };
        for (name, (bytes, media)) in uploads {
            let document = self.describe(key, bytes, *media)?;
            let known = state.fields.get(name).and_then(|field| match &field.content {
                Content::Document(known) if known.tag == document.tag => Some(known.clone()),
                Content::Document(_) | Content::Text(_) => None,
            });
            let document = if let Some(known) = known {
                known
            } else {
                stored.fresh.push(document.file);
                if let Err(error) = self.store(key, document.file, bytes.clone()).await {
                    self.remove(key, stored.fresh);
                    return Err(error);
                }
                document
            };
            stored.documents.insert(name.clone(), document);
        }
        Ok(stored)
    }

    /// A new file's name, tag, kind and size.
    pub fn describe(&self, key: KeyId, bytes: &[u8], media: MediaType) -> Result<Document, Error> {
        let hash = Sha256::new().chain_update(b"document\0").chain_update(bytes);
        let hash: [u8; 32] = hash.finalize().into();
        let tag = self.parts.vault.tag(key, &hash)?.ok_or(Error::Busy)?;
        let media_type = media.name().to_owned();
        Ok(Document { file: Uuid::new_v4(), tag, media_type, bytes: bytes.len() as u64 })
    }

    /// Stores one file.
    pub async fn store(&self, key: KeyId, file: Uuid, bytes: Bytes) -> Result<(), Error> {
        let vault = Arc::clone(&self.parts.vault);
        let stored =
            tokio::task::spawn_blocking(move || vault.store_document(key, file, &bytes)).await;
        let failed = |error: &dyn std::fmt::Display| Error::Unavailable(error.to_string());
        stored.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        crate::engine::failpoint::pass("document.stored");
        Ok(())
    }

    /// Removes files that no event names, aside. What fails is swept at the next start.
    pub fn remove(&self, key: KeyId, files: Vec<Uuid>) {
        let vault = Arc::clone(&self.parts.vault);
        if files.is_empty() {
            return;
        }
        drop(tokio::task::spawn_blocking(move || {
            for file in files {
                if let Err(error) = vault.remove_document(key, file) {
                    tracing::warn!(%error, "a file that nothing refers to was not removed");
                }
            }
        }));
    }

    /// Removes of what was stored for a command all that did not become a value.
    pub fn settle(&self, stored: Stored, state: Option<&State>) {
        let is_named = |file: &Uuid| {
            let mut fields = state.into_iter().flat_map(|state| state.fields.values());
            fields.any(|field| matches!(&field.content, Content::Document(d) if d.file == *file))
        };
        let left = stored.fresh.into_iter().filter(|file| !is_named(file)).collect();
        self.remove(stored.key, left);
    }
}
