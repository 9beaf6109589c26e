//! What the Agent API answers instead of 200: one English sentence as `text/plain`, which clients
//! show to people.
//!
//! ```text
//! 400  bad request      401  WWW-Authenticate: Bearer …   403  forbidden
//! 404  not found        405  Allow: POST                  406  neither JSON nor XML
//! 413  too large        429  Retry-After: 3600            500, 503  ours to blame
//! ```
//!
//! A sentence names members and headers; nothing that somebody sent is repeated, and nothing of
//! what went wrong inside.
//!
//! Source: the `OpenAPI` file of the Agent API for the numbers; which refusal has which is our choice where
//! nothing is published.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, ResponseError};

use super::{instant, jwt};
use crate::config::limits;

/// A sentence, mostly one that is fixed.
pub type Sentence = Cow<'static, str>;

/// What an endpoint answers instead of 200.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 400: what was sent is not what the resource asks for.
    #[error("{0}")]
    BadRequest(Sentence),
    /// 400: somebody else has the name. The others go into `X-AlternativeName1` and so on.
    #[error("The user name is already taken.")]
    NameTaken {
        /// Free at the moment, at most [`limits::NEURO_ALTERNATIVES_MAX`] are said.
        alternatives: Vec<String>,
    },
    /// 401: log in first.
    #[error("{}", .0.sentence())]
    Unauthorized(Challenge),
    /// 403: not by you, not in this state, or a signature is wrong.
    #[error("{0}")]
    Forbidden(Sentence),
    /// 404: the resource, or what is referred to.
    #[error("{0}")]
    NotFound(Sentence),
    /// 405: the methods there are.
    #[error("The resource does not support this method.")]
    WrongMethod(&'static str),
    /// 406: of the request or of the answer.
    #[error("{0}")]
    NotAcceptable(Sentence),
    /// 413.
    #[error("The request is too large.")]
    TooLarge,
    /// 429: too many failed signatures.
    #[error("Too many failed attempts. Try again after {}.", instant::text(*until_ms))]
    Blocked {
        /// When it ends, milliseconds since 1970.
        until_ms: i64,
        /// How long that is from now, whole seconds, rounded up.
        retry_after_s: u64,
    },
    /// 429: too many requests.
    #[error("Too many requests. Try again later.")]
    TooMany {
        /// Whole seconds.
        retry_after_s: u64,
    },
    /// 500: the cause is for the log, never for the client, and free of personal data.
    #[error("The server failed.")]
    Internal(String),
    /// 503: no room at the moment, or the disk does not write.
    #[error("The server is busy. Try again.")]
    Unavailable,
}

/// Who has to show a token, and what was wrong with the one that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Our domain.
    pub realm: String,
    /// `None` if there was no token.
    pub refused: Option<Refused>,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// By what it is or says.
    Token(jwt::Refused),
    /// Its owner has logged out.
    Revoked,
    /// There is no such account, or not any more.
    User,
}

impl Refused {
    fn description(self) -> &'static str {
        match self {
            Self::Token(refused) => refused.description(),
            Self::Revoked => "The token has been revoked",
            Self::User => "The user is not valid",
        }
    }
}

impl Challenge {
    fn sentence(&self) -> String {
        match self.refused {
            None => "You need to log in first.".to_owned(),
            Some(refused) => format!("{}.", refused.description()),
        }
    }

    /// The header `WWW-Authenticate`.
    pub fn header(&self) -> String {
        let quoted = self.realm.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\'));
        let realm: String = quoted.collect();
        match self.refused {
            None => format!("Bearer realm=\"{realm}\""),
            Some(refused) => format!(
                "Bearer realm=\"{realm}\", error=\"invalid_token\", error_description=\"{}\"",
                refused.description()
            ),
        }
    }
}

impl Error {
    /// 400 with a sentence that is fixed.
    pub fn bad(sentence: impl Into<Sentence>) -> Self {
        Self::BadRequest(sentence.into())
    }

    /// 500; the cause is for the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// The headers beside the sentence.
    fn headers(&self) -> Vec<(HeaderName, String)> {
        match self {
            Self::NameTaken { alternatives } => {
                let said = alternatives.iter().take(limits::NEURO_ALTERNATIVES_MAX);
                let named = |(at, name): (usize, &String)| {
                    let header = format!("x-alternativename{}", at + 1);
                    let header = HeaderName::try_from(header).ok()?;
                    Some((header, name.clone()))
                };
                said.enumerate().filter_map(named).collect()
            }
            Self::Unauthorized(challenge) => vec![(WWW_AUTHENTICATE, challenge.header())],
            Self::WrongMethod(allow) => vec![(ALLOW, (*allow).to_owned())],
            Self::Blocked { retry_after_s, .. } | Self::TooMany { retry_after_s } => {
                vec![(RETRY_AFTER, retry_after_s.to_string())]
            }
            Self::Unavailable => vec![(RETRY_AFTER, limits::RETRY_AFTER_S.to_string())],
            Self::BadRequest(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::NotAcceptable(_)
            | Self::TooLarge
            | Self::Internal(_) => Vec::new(),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::NameTaken { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Blocked { .. } | Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(cause) = self {
            tracing::error!(cause, "a request of the Agent API could not be served");
        }
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"));
        response.insert_header((CACHE_CONTROL, "no-store"));
        response.insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
        for (name, value) in self.headers() {
            // A client stops at the first gap: a name that no header can hold ends the list.
            let Ok(value) = HeaderValue::from_str(&value) else { break };
            response.insert_header((name, value));
        }
        response.body(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    fn rendered(error: &Error) -> (u16, Vec<(String, String)>, String) {
        let response = error.error_response();
        let status = response.status().as_u16();
        let plain = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        assert_eq!(plain, Some("text/plain; charset=utf-8"));
        let mut headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter(|(name, _)| {
                ![CONTENT_TYPE, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS].contains(name)
            })
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
            .collect();
        headers.sort();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let body = runtime.block_on(to_bytes(response.into_body())).expect("a body");
        (status, headers, String::from_utf8(body.to_vec()).expect("text"))
    }

    fn header(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn each_refusal_is_a_sentence_and_has_its_status() {
        let realm = "neuron.example.org".to_owned();
        let challenge = |refused| Error::Unauthorized(Challenge { realm: realm.clone(), refused });
        let blocked = Error::Blocked { until_ms: 1_790_331_072_000, retry_after_s: 3_600 };
        for (error, status, headers, text) in [
            (Error::bad("'nonce' is missing."), 400, vec![], "'nonce' is missing."),
            (
                challenge(None),
                401,
                header("www-authenticate", "Bearer realm=\"neuron.example.org\""),
                "You need to log in first.",
            ),
            (
                challenge(Some(Refused::Token(jwt::Refused::Expired))),
                401,
                header(
                    "www-authenticate",
                    "Bearer realm=\"neuron.example.org\", error=\"invalid_token\", \
                     error_description=\"The token has expired\"",
                ),
                "The token has expired.",
            ),
            (
                challenge(Some(Refused::Revoked)),
                401,
                header(
                    "www-authenticate",
                    "Bearer realm=\"neuron.example.org\", error=\"invalid_token\", \
                     error_description=\"The token has been revoked\"",
                ),
                "The token has been revoked.",
            ),
            (Error::Forbidden("No.".into()), 403, vec![], "No."),
            (Error::NotFound("No key.".into()), 404, vec![], "No key."),
            (
                Error::WrongMethod("POST, OPTIONS"),
                405,
                header("allow", "POST, OPTIONS"),
                "The resource does not support this method.",
            ),
            (Error::NotAcceptable("JSON or XML.".into()), 406, vec![], "JSON or XML."),
            (Error::TooLarge, 413, vec![], "The request is too large."),
            (
                blocked,
                429,
                header("retry-after", "3600"),
                "Too many failed attempts. Try again after 2026-09-25T10:11:12.000Z.",
            ),
            (
                Error::TooMany { retry_after_s: 7 },
                429,
                header("retry-after", "7"),
                "Too many requests. Try again later.",
            ),
            (Error::internal("disk sda1"), 500, vec![], "The server failed."),
            (Error::Unavailable, 503, header("retry-after", "1"), "The server is busy. Try again."),
        ] {
            assert_eq!(rendered(&error), (status, headers, text.to_owned()));
        }
    }

    #[test]
    fn other_names_are_numbered_from_one_without_a_gap() {
        let names = ["alice1", "alice.2"].map(str::to_owned).to_vec();
        let (status, headers, text) = rendered(&Error::NameTaken { alternatives: names });
        let expected =
            [header("x-alternativename1", "alice1"), header("x-alternativename2", "alice.2")];
        assert_eq!((status, headers), (400, expected.concat()));
        assert_eq!(text, "The user name is already taken.");

        let names = ["alice1", "a\nb", "alice3"].map(str::to_owned).to_vec();
        let (_, headers, _) = rendered(&Error::NameTaken { alternatives: names });
        assert_eq!(headers, header("x-alternativename1", "alice1"));

        let names = vec!["a".to_owned(); 100];
        let (_, headers, _) = rendered(&Error::NameTaken { alternatives: names });
        assert_eq!(headers.len(), limits::NEURO_ALTERNATIVES_MAX);
    }

    #[test]
    fn a_realm_cannot_end_its_quotes() {
        let challenge = Challenge { realm: "a\"b\\c\nd".to_owned(), refused: None };
        assert_eq!(challenge.header(), "Bearer realm=\"abcd\"");
    }
}
