//! What verification providers are told of an application: its claims and attachments as of the
//! request, signed as Standard Webhooks. Success is any 2xx.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use kyc_events::neuro::{FILE_NAME, PROPERTIES, of as field};
use kyc_events::sealed::KeyId;
use kyc_projections::outbox::{self, Content, NeuroContent};
use serde_json::{Map, Value, json};

use super::identity::{Identity, State, id_of};
use super::legal_identity::LegalId;
use crate::callbacks::check;
use crate::callbacks::egress::{Policy, Target};
use crate::callbacks::renderer::{Boxed, Exporter, RenderError, Rendered, Renderer};
use crate::clock::Clock;
use crate::config::Providers;
use crate::engine::past::state_at;
use crate::engine::{Handle, ReadModels};
use crate::vault::Vault;

/// Renders with these. Cheap to clone.
#[derive(Clone)]
pub struct NeuroRenderer {
    /// The identities as they are: who is erased.
    pub identities: Handle<Identity>,
    /// The log: the identities as they were.
    pub models: ReadModels,
    /// Opens claims.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// Waits after each failure.
    pub schedule_ms: Vec<i64>,
    /// Who is asked.
    pub providers: Arc<Providers>,
}

fn provider(of: &outbox::Delivery) -> Result<&str, RenderError> {
    match &of.content {
        Content::Neuro(NeuroContent::Check { provider, .. }) => Ok(provider),
        Content::CorePass { .. } | Content::Stellar(_) => {
            Err(RenderError::Unavailable("not of this protocol".to_owned()))
        }
    }
}

fn unavailable(error: impl std::fmt::Display) -> RenderError {
    RenderError::Unavailable(error.to_string())
}

impl NeuroRenderer {
    async fn url(&self, of: &outbox::Delivery) -> Result<String, RenderError> {
        let now = self.identities.state(&of.stream).await.map_err(unavailable)?;
        now.identification.as_ref().ok_or(RenderError::Erased)?;
        check::url(&self.providers, provider(of)?)
    }

    /// What is sent, the same with every attempt.
    fn body(&self, of: &outbox::Delivery) -> Result<Value, RenderError> {
        let then = state_at::<Identity>(&*self.models.log(), &of.stream, of.version);
        let data = self.data(of, &then.map_err(RenderError::Unavailable)?)?;
        Ok(check::body(of, &data))
    }

    fn data(&self, of: &outbox::Delivery, then: &State) -> Result<Value, RenderError> {
        let known = then.identification.as_ref().ok_or(RenderError::Erased)?;
        let id = id_of(&of.stream).ok_or_else(|| unavailable("a stream without id"))?;
        let applied = self.vault.fields(&of.stream, "neuro.IdentityApplied");
        let properties = known.properties.read(PROPERTIES, &applied).map_err(unavailable)?;
        let properties = properties.ok_or(RenderError::Erased)?.into_iter();
        let claims: Map<String, Value> = properties
            .take(known.claims as usize)
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        let added = self.vault.fields(&of.stream, "neuro.AttachmentAdded");
        let mut documents = Vec::new();
        for attached in &then.attachments {
            let document = &attached.document;
            let name = attached.file_name.read(&field(FILE_NAME, document.file), &added);
            documents.push(json!({
                "file_id": document.file,
                "file_name": name.map_err(unavailable)?.ok_or(RenderError::Erased)?,
                "content_type": document.media_type,
                "size": document.bytes,
            }));
        }
        Ok(json!({
            "request_id": of.id,
            "protocol": "neuro",
            "legal_id": LegalId::new(id, &known.domain).to_string(),
            "claims": claims,
            "documents": documents,
        }))
    }

    async fn rendered(&self, of: &outbox::Delivery) -> Result<Rendered, RenderError> {
        self.url(of).await?;
        let body = Bytes::from(self.body(of)?.to_string());
        let now_s = self.clock.now_s();
        let headers = check::headers(&self.providers, provider(of)?, of, now_s, &body)?;
        let content_type = HeaderValue::from_static("application/json");
        Ok(Rendered { content_type, headers, body })
    }
}

impl Renderer for NeuroRenderer {
    fn target<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Target, RenderError>> {
        Box::pin(async move { Ok(Target::parse(&self.url(of).await?, &self.policy, true)?) })
    }

    fn render<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Rendered, RenderError>> {
        Box::pin(self.rendered(of))
    }

    fn is_success(&self, status: u16) -> bool {
        (200..300).contains(&status)
    }

    fn schedule_ms(&self, _: &outbox::Delivery) -> Vec<i64> {
        self.schedule_ms.clone()
    }
}

impl Exporter for NeuroRenderer {
    fn content<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Value, RenderError>> {
        Box::pin(async move {
            let url = match self.url(of).await {
                Ok(url) => Some(url),
                Err(RenderError::NoReceiver(_)) => None,
                Err(error) => return Err(error),
            };
            let (identity, body) = (of.stream.key(), self.body(of)?);
            Ok(json!({ "id": of.id, "identity": identity, "url": url, "body": body }))
        })
    }

    /// Nothing is kept for a delivery alone: the claims are the identity's.
    fn key<'a>(&'a self, _: &'a outbox::Delivery) -> Boxed<'a, Result<Option<KeyId>, RenderError>> {
        Box::pin(async { Ok(None) })
    }
}
