//! `POST /providers/{name}/decisions`: verification providers answer what they were asked.
//!
//! The door knows providers and their signatures, and finds the request that is answered in the
//! outbox; what the answer means is the business of the protocol that asked ([`Decides`]).
//!
//! ```text
//! body ─► known provider? 404 ─► signature? 401 ─► JSON? 400 ─► request of this provider? 404 ─► protocol
//! ```

mod neuro;
mod stellar;

pub use neuro::NeuroDecisions;
pub use stellar::StellarDecisions;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::web::{self, Bytes, Data, Path, ReqData};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use kyc_events::StreamId;
use kyc_events::review::Verdict;
use kyc_projections::outbox::{self, Outbox};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{Providers, limits};
use crate::engine::ReadModels;
use crate::engine::handle::Origin;
use crate::http::RequestId;
use crate::signing::webhook::{self, Message};

/// What a provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The values are good.
    Accept,
    /// Nothing will help.
    Reject,
    /// Something has to be sent, or sent again.
    Info,
}

impl From<Decision> for Verdict {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Accept => Self::Accept,
            Decision::Reject => Self::Reject,
            Decision::Info => Self::Resubmit,
        }
    }
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// The request, as it was told to the provider.
    pub request_id: Uuid,
    /// What the provider says.
    pub decision: Decision,
    /// Why; each protocol says what its reasons look like.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// Why an answer is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// 400.
    #[error("{0}")]
    BadRequest(String),
    /// 401.
    #[error("{0}")]
    Unauthorized(#[from] webhook::Refused),
    /// 404.
    #[error("{0}")]
    NotFound(&'static str),
    /// 405.
    #[error("method not allowed")]
    WrongMethod,
    /// 409: it contradicts what was decided before.
    #[error("{0}")]
    Conflict(String),
    /// 413.
    #[error("request body is too large")]
    TooLarge,
    /// 503, come again. The inner text is for the log.
    #[error("service is unavailable, try again")]
    Unavailable(String),
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::WrongMethod => drop(response.insert_header((ALLOW, "POST"))),
            Self::Unavailable(what) => {
                tracing::error!(what, "a provider's answer cannot be taken");
                response.insert_header((RETRY_AFTER, limits::RETRY_AFTER_S.to_string()));
            }
            _ => {}
        }
        response.json(json!({ "error": self.to_string() }))
    }
}

/// Whether an answer was taken.
pub type Taken<'a> = Pin<Box<dyn Future<Output = Result<(), Refused>> + 'a>>;

/// Who takes answers about the streams of one kind. The same answer again is taken again and
/// changes nothing.
pub trait Decides: Send + Sync {
    /// Takes what `provider` answers about a stream.
    fn decide<'a>(
        &'a self,
        stream: &'a StreamId,
        provider: &'a str,
        answer: Answer,
        origin: Origin,
    ) -> Taken<'a>;
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    /// Who may knock.
    pub providers: Arc<Providers>,
    /// Where requests are found.
    pub models: ReadModels,
    /// What time it is.
    pub clock: Clock,
    /// Who takes answers, by the kind of the streams they are about.
    pub deciders: Arc<HashMap<&'static str, Arc<dyn Decides>>>,
}

/// The routes; the app's data has to hold a [`Door`].
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/providers/{name}/decisions")
            .app_data(web::PayloadConfig::new(limits::BODY_BYTES_MAX))
            .route(web::post().to(take))
            .default_service(web::to(wrong_method)),
    );
}

async fn wrong_method() -> Result<&'static str, Refused> {
    Err(Refused::WrongMethod)
}

async fn take(
    door: Data<Door>,
    request: HttpRequest,
    id: ReqData<RequestId>,
    name: Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Refused> {
    let provider = door.providers.get(name.as_str());
    let provider = provider.ok_or(Refused::NotFound("no such provider"))?;
    let body = body.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Refused::TooLarge,
        _ => Refused::BadRequest("the body cannot be read".to_owned()),
    })?;
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    let message = Message {
        id: header(webhook::ID),
        timestamp: header(webhook::TIMESTAMP),
        signatures: header(webhook::SIGNATURE),
        body: &body,
    };
    provider.secret.verify(&message, door.clock.now_s())?;
    let answer = read(&body)?;
    let stream = door.find(&name, answer.request_id).await?;
    let decider = door.deciders.get(stream.kind());
    let decider = decider.ok_or(Refused::NotFound("no such request"))?;
    let origin = id.origin(&format!("provider:{name}"));
    decider.decide(&stream, &name, answer, origin).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn read(body: &[u8]) -> Result<Answer, Refused> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Refused::BadRequest(format!("the body is not what is expected here, at {place}"))
    })?;
    let is_long = |reason: &String| reason.len() > limits::REASON_BYTES_MAX;
    if answer.reasons.len() > limits::REASONS_MAX || answer.reasons.iter().any(is_long) {
        let (count, bytes) = (limits::REASONS_MAX, limits::REASON_BYTES_MAX);
        let what = format!("reasons: at most {count} of at most {bytes} bytes each");
        return Err(Refused::BadRequest(what));
    }
    Ok(answer)
}

impl Door {
    /// The stream that a request of this provider is about.
    async fn find(&self, provider: &str, request: Uuid) -> Result<StreamId, Refused> {
        if !self.models.wait_for_all().await {
            return Err(Refused::Unavailable("the read models are behind".to_owned()));
        }
        let found = self.models.of::<Outbox>().query(|rows| outbox::find(rows, request));
        let asked = found.filter(|one| one.content.provider() == Some(provider));
        asked.map(|one| one.stream).ok_or(Refused::NotFound("no such request"))
    }
}

#[cfg(test)]
mod tests;
