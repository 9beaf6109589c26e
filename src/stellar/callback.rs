//! How Stellar's callbacks look: status changes to the client, released transactions to the
//! anchor's platform, requests to verification providers. Success is any 2xx.
//!
//! | what | where | body | signed |
//! |---|---|---|---|
//! | status | the URL registered last | the answer to `GET /customer` as of the change | `Signature` (SEP-12) |
//! | transaction | `stellar.platform_callback_url` | which, and how it ended | `Signature` (SEP-12) |
//! | check | `providers.NAME.url` | the customer's values as of the request | Standard Webhooks |
//!
//! Everything is rendered anew at every attempt, with a signature of that instant.

pub mod check;
mod signature;

pub use signature::{host_of, signature};

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use kyc_events::StreamId;
use kyc_events::log::EventReader;
use kyc_events::sealed::KeyId;
use kyc_events::stellar::{URL, numbered};
use kyc_projections::outbox::{self, Content, StellarContent};
use serde_json::{Value, json};

use super::customer::{Callback, Customer, State};
use super::signing_key::SigningKey;
use super::types::Types;
use crate::callbacks;
use crate::callbacks::egress::{Policy, Target};
use crate::callbacks::renderer::{Boxed, Exporter, RenderError, Rendered, Renderer};
use crate::clock::Clock;
use crate::config::Providers;
use crate::engine::Handle;
use crate::engine::past::state_at;
use crate::stellar::answer;
use crate::vault::Vault;

/// Renders with these. Cheap to clone.
#[derive(Clone)]
pub struct StellarRenderer {
    /// The customers as they are: who is erased, and which URL was registered last.
    pub customers: Handle<Customer>,
    /// The customers as they were.
    pub log: Arc<dyn EventReader>,
    /// Opens URLs, values and reasons.
    pub vault: Arc<Vault>,
    /// What fields are, in words.
    pub types: Arc<Types>,
    /// Signs: `SIGNING_KEY` of `stellar.toml`.
    pub key: SigningKey,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// Waits after each failure.
    pub schedule_ms: Vec<i64>,
    /// Where the anchor's platform listens.
    pub platform_url: Option<String>,
    /// Who checks customers.
    pub providers: Arc<Providers>,
}

/// What is told. Others are not asked for here.
fn told(of: &outbox::Delivery) -> Result<&StellarContent, RenderError> {
    match &of.content {
        Content::Stellar(told) => Ok(told),
        Content::CorePass { .. } | Content::Neuro(_) => {
            Err(RenderError::Unavailable("not Stellar's".to_owned()))
        }
    }
}

fn unavailable(error: impl std::fmt::Display) -> RenderError {
    RenderError::Unavailable(error.to_string())
}

impl StellarRenderer {
    /// Where it goes, as written.
    async fn url(&self, of: &outbox::Delivery) -> Result<String, RenderError> {
        let now = self.customers.state(&of.stream).await.map_err(unavailable)?;
        now.known().ok_or(RenderError::Erased)?;
        match told(of)? {
            StellarContent::Status { .. } => {
                let callback = now.callback.as_ref().ok_or(RenderError::Erased)?;
                self.registered(&of.stream, callback)
            }
            StellarContent::Transaction { .. } => {
                let name = "stellar.platform_callback_url";
                self.platform_url.clone().ok_or_else(|| RenderError::NoReceiver(name.to_owned()))
            }
            StellarContent::Check { provider, .. } => {
                callbacks::check::url(&self.providers, provider)
            }
        }
    }

    fn registered(&self, stream: &StreamId, callback: &Callback) -> Result<String, RenderError> {
        let fields = self.vault.fields(stream, "stellar.CallbackSet");
        let url = callback.url.read(&numbered(URL, callback.number), &fields);
        url.map_err(unavailable)?.ok_or(RenderError::Erased)
    }

    /// The customer as of the event that asked for the delivery.
    fn then(&self, of: &outbox::Delivery) -> Result<State, RenderError> {
        let then = state_at::<Customer>(&*self.log, &of.stream, of.version);
        let then = then.map_err(RenderError::Unavailable)?;
        if then.known().is_some() { Ok(then) } else { Err(RenderError::Erased) }
    }

    /// What is sent, the same with every attempt.
    fn body(&self, of: &outbox::Delivery) -> Result<Value, RenderError> {
        let then = self.then(of)?;
        match told(of)? {
            StellarContent::Status { kind, .. } => {
                let lang = then.callback.as_ref().map_or("en", |callback| callback.lang.as_str());
                let asked = answer::Asked { stream: &of.stream, kind, lang };
                let answer = answer::answer(&then, &asked, &self.types, &self.vault)?;
                answer.ok_or_else(|| unavailable("a status of no type"))
            }
            StellarContent::Transaction { transaction, status } => {
                let one = then.transactions.get(transaction);
                let one = one.ok_or_else(|| unavailable("no such transaction"))?;
                Ok(json!({
                    "transaction_id": transaction,
                    "protocol": one.protocol,
                    "customer_id": of.stream.key(),
                    "type": one.kind,
                    "status": status.word(),
                }))
            }
            StellarContent::Check { kind, .. } => {
                let data = check::data(&then, of, kind, &self.vault)?;
                Ok(callbacks::check::body(of, &data))
            }
        }
    }

    async fn rendered(&self, of: &outbox::Delivery) -> Result<Rendered, RenderError> {
        let url = self.url(of).await?;
        let body = Bytes::from(self.body(of)?.to_string());
        let now_s = self.clock.now_s();
        let headers = match told(of)? {
            StellarContent::Check { provider, .. } => {
                callbacks::check::headers(&self.providers, provider, of, now_s, &body)?
            }
            StellarContent::Status { .. } | StellarContent::Transaction { .. } => {
                let host = host_of(&url);
                let value = value(&signature(&self.key, host, now_s, &body));
                let names = ["signature", "x-stellar-signature"];
                names.map(|name| (HeaderName::from_static(name), value.clone())).to_vec()
            }
        };
        let content_type = HeaderValue::from_static("application/json");
        Ok(Rendered { content_type, headers, body })
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("invariant: digits, base64 and punctuation")
}

impl Renderer for StellarRenderer {
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

impl Exporter for StellarRenderer {
    fn content<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Value, RenderError>> {
        Box::pin(async move {
            let url = match self.url(of).await {
                Ok(url) => Some(url),
                Err(RenderError::NoReceiver(_)) => None,
                Err(error) => return Err(error),
            };
            let customer = of.stream.key();
            let body = self.body(of)?;
            Ok(json!({ "id": of.id, "customer": customer, "url": url, "body": body }))
        })
    }

    /// Nothing is kept for a delivery alone: the values are the customer's.
    fn key<'a>(&'a self, _: &'a outbox::Delivery) -> Boxed<'a, Result<Option<KeyId>, RenderError>> {
        Box::pin(async { Ok(None) })
    }
}

#[cfg(test)]
mod tests;
