//! What a protocol says about its callbacks.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use kyc_events::sealed::KeyId;
use kyc_projections::outbox;
use serde_json::Value;

use super::egress::{Target, UrlRefused};

/// A future that may be boxed.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// One attempt, freshly rendered: new deadline, new signature.
pub struct Rendered {
    /// `Content-Type`.
    pub content_type: HeaderValue,
    /// What else stands in the header: signatures.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; what was signed is what is sent.
    pub body: Bytes,
}

/// Why there is nothing to send.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The person, or this data, was erased.
    #[error("erased")]
    Erased,
    /// The URL is not one we call.
    #[error("refused: {0}")]
    Refused(#[from] UrlRefused),
    /// The configuration names no receiver for it.
    #[error("there is nobody to send it to: {0} is not set")]
    NoReceiver(String),
    /// Not now.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// A protocol's callbacks.
pub trait Renderer {
    /// Where it goes.
    fn target<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Target, RenderError>>;

    /// What is sent.
    fn render<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Rendered, RenderError>>;

    /// Whether this HTTP status means that the receiver took it.
    fn is_success(&self, status: u16) -> bool;

    /// Milliseconds to wait after the first, second, … failure; after the last there is no more.
    fn schedule_ms(&self, of: &outbox::Delivery) -> Vec<i64>;
}

/// What an operator may do with the content of a protocol's dead letters.
pub trait Exporter: Send + Sync {
    /// The content, for people.
    fn content<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Value, RenderError>>;

    /// The key whose end is the end of the content, if the content has one of its own.
    fn key<'a>(&'a self, of: &'a outbox::Delivery)
    -> Boxed<'a, Result<Option<KeyId>, RenderError>>;
}

/// Exporters by the kind of the streams whose callbacks they know.
pub type Exporters = Arc<HashMap<&'static str, Arc<dyn Exporter>>>;
