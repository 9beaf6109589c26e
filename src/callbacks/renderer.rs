//! What a protocol says about its callbacks.

use std::future::Future;
use std::pin::Pin;

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use kyc_projections::outbox;

use super::egress::{Target, UrlRefused};

/// A future that may be boxed.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// One attempt, freshly rendered: new deadline, new signature.
pub struct Rendered {
    /// `Content-Type`.
    pub content_type: HeaderValue,
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
