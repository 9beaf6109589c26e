//! The connector's errors: plain text, as the documentation prints them.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};

use super::chain::ChainError;
use super::transfer::Rejection;
use crate::config::limits;
use crate::engine;

/// What an endpoint may answer instead of 2xx.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400.
    #[error("{0}")]
    BadRequest(String),
    /// 401.
    #[error("unauthorized")]
    Unauthorized,
    /// 403.
    #[error("{0}")]
    Forbidden(&'static str),
    /// 404.
    #[error("{0}")]
    NotFound(&'static str),
    /// 405.
    #[error("method not allowed")]
    WrongMethod,
    /// 413.
    #[error("request body is too large")]
    TooLarge,
    /// 503, come again.
    #[error("service is busy, try again")]
    Busy,
    /// 503. The inner text is for the log.
    #[error("service is unavailable")]
    Unavailable(String),
}

impl From<engine::Error<Rejection>> for Error {
    fn from(error: engine::Error<Rejection>) -> Self {
        match error {
            engine::Error::Rejected(rejection) => rejection.into(),
            engine::Error::Busy => Self::Busy,
            engine::Error::Unavailable(what) => Self::Unavailable(what),
            engine::Error::Quarantined => Self::Unavailable("quarantined command".to_owned()),
            engine::Error::TooLarge => Self::TooLarge,
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::ExpirationInvalid
            | Rejection::NotVerified
            | Rejection::Ongoing
            | Rejection::Expired
            | Rejection::NotWaitingForData
            | Rejection::AlreadyTransmitted
            | Rejection::OtherFields => Self::BadRequest(rejection.to_string()),
            Rejection::UnknownOrder => Self::NotFound("no request found for this id"),
            // The endpoint goes on to the next generation by itself, so this one was too slow.
            Rejection::Erased => Self::Busy,
            Rejection::VerificationNeeded | Rejection::KeysUnavailable => {
                Self::Unavailable(rejection.to_string())
            }
        }
    }
}

impl From<ChainError> for Error {
    fn from(error: ChainError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Unavailable(what) = self {
            tracing::error!(what, "a request could not be served");
        }
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"));
        match self {
            Self::Busy | Self::Unavailable(_) => {
                response.insert_header((RETRY_AFTER, HeaderValue::from(limits::RETRY_AFTER_S)));
            }
            Self::Unauthorized => {
                response.insert_header(("WWW-Authenticate", "Bearer"));
            }
            Self::WrongMethod => {
                response.insert_header(("Allow", "POST"));
            }
            Self::BadRequest(_) | Self::Forbidden(_) | Self::NotFound(_) | Self::TooLarge => {}
        }
        response.body(self.to_string())
    }
}
