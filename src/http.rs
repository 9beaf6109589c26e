//! What both listeners share: request ids, bearer tokens, the journal of requests.

pub mod client;
pub mod cors;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use sha2::{Digest, Sha256};
use tracing::Instrument;
use uuid::Uuid;

use crate::engine::handle::Origin;

/// Id of one request; also the correlation of the events it leads to.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// The origin of a command of this request.
    pub fn origin(&self, actor: &str) -> Origin {
        Origin::request(actor, self.0)
    }
}

/// Gives every request an id, answers it as `X-Request-Id`, and logs method, route and status.
pub async fn with_request_id(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = Uuid::now_v7();
    request.extensions_mut().insert(RequestId(id));
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id);
    let mut response = next.call(request).instrument(span.clone()).await?;
    // The pattern, not the path: paths may hold names of people.
    let route = response.request().match_pattern().unwrap_or_else(|| "-".to_owned());
    let status = response.status().as_u16();
    span.in_scope(|| tracing::debug!(%method, route, status, "request"));
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    Ok(response)
}

/// A secret a client has to show.
#[derive(Clone)]
pub struct Bearer(Arc<[u8; 32]>);

impl Bearer {
    /// Keeps only a hash.
    pub fn new(token: &str) -> Self {
        Self(Arc::new(Sha256::digest(token.as_bytes()).into()))
    }

    /// Whether the request shows it. Compares hashes, so timing tells nothing.
    pub fn admits(&self, request: &ServiceRequest) -> bool {
        let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = shown.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        token.is_some_and(|token| {
            let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
            hash == *self.0
        })
    }
}
