//! Errors of the operator's listener: problem+json (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::limits;
use crate::engine;
use crate::vault::StoreError;

/// One problem.
#[derive(Debug, Serialize, thiserror::Error)]
#[error("{title}")]
pub struct Problem {
    status: u16,
    title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, detail: Option<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { status: status.as_u16(), title, detail }
    }

    /// 400.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(detail.into()))
    }

    /// 401.
    pub fn unauthorized() -> Self {
        let detail = "send `Authorization: Bearer TOKEN` with the operator's token";
        Self::new(StatusCode::UNAUTHORIZED, Some(detail.to_owned()))
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Some(detail.into()))
    }

    /// 409.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Some(detail.into()))
    }

    /// 500, with a detail that is for the operator.
    pub fn failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Some(detail.into()))
    }

    /// 503.
    pub fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, None)
    }
}

impl<R: std::fmt::Display> From<engine::Error<R>> for Problem {
    fn from(error: engine::Error<R>) -> Self {
        match error {
            engine::Error::Rejected(rejection) => Self::conflict(rejection.to_string()),
            engine::Error::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, None),
            engine::Error::Busy | engine::Error::Quarantined | engine::Error::Unavailable(_) => {
                Self::unavailable()
            }
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if self.status == 503 {
            response.insert_header((RETRY_AFTER, limits::RETRY_AFTER_S.to_string()));
        }
        response
            .content_type("application/problem+json")
            .body(serde_json::to_string(self).expect("invariant: a problem is plain data"))
    }
}

/// The key store failed; what it said is for the log.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn key_store(error: StoreError) -> Problem {
    tracing::error!(%error, "the key store failed");
    Problem::unavailable()
}

/// Parses a body.
pub fn parse<T: DeserializeOwned>(body: Result<Bytes, actix_web::Error>) -> Result<T, Problem> {
    let body = body.map_err(|error| Problem::new(error.as_response_error().status_code(), None))?;
    serde_json::from_slice(&body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Problem::bad_request(format!("the body is not what is expected here, at {place}"))
    })
}

/// Answers other methods.
pub async fn wrong_method() -> Result<&'static str, Problem> {
    Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, None))
}

/// Answers unknown paths.
pub async fn not_found() -> Result<&'static str, Problem> {
    Err(Problem::not_found("there is nothing here"))
}
