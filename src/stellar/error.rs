//! Stellar's errors: `{"error": "…"}`, whatever happens, with CORS headers so that a page may read
//! them.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use kyc_events::sealed::SealError;
use serde_json::json;

use super::caller::NotMeant;
use super::customer::Rejection;
use super::sep9::{BadFile, Invalid};
use super::sep10::Unavailable;
use super::sep10::challenge::{CannotIssue, Refused};
use super::sep10::token::TokenRefused;
use crate::config::limits;
use crate::engine;

/// What an endpoint may answer instead of 2xx.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400.
    #[error("{0}")]
    BadRequest(String),
    /// 401.
    #[error("{0}")]
    Unauthorized(String),
    /// 403.
    #[error("{0}")]
    Forbidden(String),
    /// 404.
    #[error("{0}")]
    NotFound(&'static str),
    /// 405; the methods there are.
    #[error("method not allowed")]
    WrongMethod(&'static str),
    /// 413.
    #[error("request body is too large")]
    TooLarge,
    /// 415.
    #[error("content type is not supported")]
    WrongContentType,
    /// 501.
    #[error("not implemented")]
    NotOffered,
    /// 503, come again.
    #[error("service is busy, try again")]
    Busy,
    /// 503. The inner text is for the log.
    #[error("service is unavailable")]
    Unavailable(String),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::BadRequest(refused.to_string())
    }
}

impl From<CannotIssue> for Error {
    fn from(error: CannotIssue) -> Self {
        Self::BadRequest(error.to_string())
    }
}

impl From<TokenRefused> for Error {
    fn from(refused: TokenRefused) -> Self {
        Self::Unauthorized(refused.to_string())
    }
}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable.0)
    }
}

impl From<NotMeant> for Error {
    fn from(refused: NotMeant) -> Self {
        match refused {
            NotMeant::Account | NotMeant::Memo => Self::Forbidden(refused.to_string()),
            NotMeant::Invalid(_) | NotMeant::MemoOfContract => {
                Self::BadRequest(refused.to_string())
            }
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::BadRequest(invalid.to_string())
    }
}

impl From<BadFile> for Error {
    fn from(bad: BadFile) -> Self {
        match bad {
            BadFile::TooLarge { .. } => Self::TooLarge,
            BadFile::Invalid(invalid) => invalid.into(),
        }
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::Unavailable(error.to_string())
    }
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
            Rejection::Unknown | Rejection::Erased | Rejection::Foreign => {
                Self::NotFound("customer not found")
            }
            Rejection::KeyNeeded | Rejection::KeysUnavailable => {
                Self::Unavailable(rejection.to_string())
            }
            _ => Self::BadRequest(rejection.to_string()),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotOffered => StatusCode::NOT_IMPLEMENTED,
            Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Unavailable(what) = self {
            tracing::error!(what, "a request could not be served");
        }
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        match self {
            Self::Busy | Self::Unavailable(_) => {
                response.insert_header((RETRY_AFTER, limits::RETRY_AFTER_S.to_string()));
            }
            Self::Unauthorized(_) => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer"));
            }
            Self::WrongMethod(methods) => {
                response.insert_header((ALLOW, *methods));
            }
            Self::BadRequest(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::TooLarge
            | Self::WrongContentType
            | Self::NotOffered => {}
        }
        response.json(json!({ "error": self.to_string() }))
    }
}
