//! `GET /review?state=`, `GET /review/{id}?unseal&reason=&by=`,
//! `GET /review/{id}/documents/{field}?reason=&by=`,
//! `POST /review/{id}/claim|accept|reject|request-info`

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{self, Bytes, Data, Path, Query, ReqData};
use futures_util::{StreamExt as _, stream};
use kyc_events::sealed::Tag;
use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::problem::{self, Problem};
use crate::config::limits;
use crate::engine::{Handle, ReadModels};
use crate::http::RequestId;
use crate::review::{Decision, Document, Error, Pieces, Queue, State, Value, Verdict};
use crate::subject::{self, Subject, name};

mod answer;

use answer::{detailed, shown};

type Body = Result<Bytes, actix_web::Error>;

/// What these endpoints use. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    /// What waits.
    pub queue: Queue,
    /// Where it is noted that somebody looked at personal data.
    pub subjects: Handle<Subject>,
    /// Read models.
    pub models: ReadModels,
}

/// The routes; need a [`Desk`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str, route: actix_web::Route| {
        web::resource(path).route(route).default_service(web::to(problem::wrong_method))
    };
    config
        .service(at("/review", web::get().to(list)))
        .service(at("/review/{id}", web::get().to(show)))
        .service(at("/review/{id}/documents/{field}", web::get().to(document)))
        .service(at("/review/{id}/claim", web::post().to(claim)))
        .service(at("/review/{id}/accept", web::post().to(accept)))
        .service(at("/review/{id}/reject", web::post().to(reject)))
        .service(at("/review/{id}/request-info", web::post().to(request_info)));
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unknown => Self::not_found(error.to_string()),
            Error::Conflict(detail) => Self::conflict(detail),
            Error::Invalid(detail) => Self::bad_request(detail),
            Error::Unavailable(what) => {
                tracing::error!(what, "a review could not be served");
                Self::unavailable()
            }
        }
    }
}

/// Which ones.
#[derive(Deserialize)]
pub struct Filter {
    state: Option<String>,
}

/// The list.
pub async fn list(desk: Data<Desk>, filter: Query<Filter>) -> Result<HttpResponse, Problem> {
    let word = filter.state.as_deref().filter(|word| !word.is_empty());
    let unknown = || Problem::bad_request("state is one of open, claimed, decided");
    let state = word.map(|word| State::parse(word).ok_or_else(unknown)).transpose()?;
    desk.caught_up().await?;
    let found = desk.queue.list(state, limits::LIST_MAX).into_iter();
    let rows: Vec<Json> = found.map(|(review, protocol)| shown(&review, protocol)).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Whether values are wanted, by whom and why.
#[derive(Deserialize)]
pub struct Look {
    unseal: Option<String>,
    reason: Option<String>,
    by: Option<String>,
}

/// One of them; its values only for a reason, and that they were looked at is recorded first.
pub async fn show(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    id: Path<String>,
    look: Query<Look>,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    desk.caught_up().await?;
    let (review, protocol) = desk.queue.find(id)?;
    let details = protocol.details(&review).await?;
    let unseal = look.unseal.as_deref().is_some_and(|word| !matches!(word, "false" | "0"));
    if !unseal {
        return Ok(HttpResponse::Ok().json(detailed(&review, protocol, &details, None)));
    }
    let why = Why::of(look.into_inner())?;
    let values = protocol.values(&review).await?;
    why.check(&values)?;
    desk.note(review.subject, why, &request).await?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(detailed(
        &review,
        protocol,
        &details,
        Some(&values),
    )))
}

/// The file that a field holds, for a reason, recorded first.
pub async fn document(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    path: Path<(String, String)>,
    look: Query<Look>,
) -> Result<HttpResponse, Problem> {
    let (id, field) = path.into_inner();
    let id = parse_id(&id)?;
    let why = Why::of(look.into_inner())?;
    desk.caught_up().await?;
    let (review, protocol) = desk.queue.find(id)?;
    why.check(&protocol.values(&review).await?)?;
    let Document { media_type, pieces } = protocol.document(&review, &field).await?;
    // What cannot be read is told before anything is noted or sent.
    let (first, rest) = piece(pieces).await.ok_or_else(Problem::unavailable)?;
    let first = first.transpose().map_err(Error::Unavailable)?.map(|bytes| Ok(bytes.into()));
    desk.note(review.subject, why, &request).await?;
    let rest = stream::unfold(rest, |rest| async {
        let (next, rest) = piece(rest).await?;
        let next = next?.map(Bytes::from).map_err(|what| {
            tracing::error!(what, "a document could not be read to its end");
            std::io::Error::other("unreadable")
        });
        Some((next, rest))
    });
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(stream::iter(first).chain(rest)))
}

/// The next piece of a document, and the rest.
async fn piece(mut pieces: Pieces) -> Option<(Option<Result<Vec<u8>, String>>, Pieces)> {
    let read = move || {
        let next = pieces.next();
        (next, pieces)
    };
    tokio::task::spawn_blocking(read).await.ok()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    by: Option<String>,
}

/// An operator takes it; others are kept away for a while.
pub async fn claim(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    let claim: Claim = parse_or_default(body)?;
    let by = claim.by.unwrap_or_else(operator);
    check_line("by", &by)?;
    desk.caught_up().await?;
    let (review, protocol) = desk.queue.find(id)?;
    protocol.claim(&review, &by, request.origin("operator")).await?;
    desk.answer(id)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    by: Option<String>,
    reason: Option<String>,
    /// Even if there is another decision by now.
    #[serde(default)]
    revise: bool,
}

/// The person is good.
pub async fn accept(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Accept { by, reason, revise } = parse_or_default(body)?;
    let wish = Wish { verdict: Verdict::Accept, by, reason, fields: BTreeMap::new(), revise };
    desk.decide(&id, wish, &request).await
}

/// Whether the person may try again.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Finality {
    Final,
    Retry,
}

/// Names, or names with a reason each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fields {
    Names(Vec<String>),
    Reasons(BTreeMap<String, Option<String>>),
}

impl Fields {
    fn reasons(this: Option<Self>) -> BTreeMap<String, Option<String>> {
        match this {
            None => BTreeMap::new(),
            Some(Self::Names(names)) => names.into_iter().map(|name| (name, None)).collect(),
            Some(Self::Reasons(reasons)) => reasons,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reject {
    reason: String,
    kind: Finality,
    fields: Option<Fields>,
    by: Option<String>,
    #[serde(default)]
    revise: bool,
}

/// The person is not good: for good, or until something else is sent.
pub async fn reject(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Reject { reason, kind, fields, by, revise } = problem::parse(body)?;
    let verdict = match kind {
        Finality::Final => Verdict::Reject,
        Finality::Retry => Verdict::Resubmit,
    };
    let fields = Fields::reasons(fields);
    desk.decide(&id, Wish { verdict, by, reason: Some(reason), fields, revise }, &request).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestInfo {
    reason: String,
    fields: Fields,
    by: Option<String>,
    #[serde(default)]
    revise: bool,
}

/// Something is missing: fields to send, or to send again.
pub async fn request_info(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let RequestInfo { reason, fields, by, revise } = problem::parse(body)?;
    let fields = Fields::reasons(Some(fields));
    if fields.is_empty() {
        return Err(Problem::bad_request("fields names what is wanted, at least one"));
    }
    let (verdict, reason) = (Verdict::Resubmit, Some(reason));
    desk.decide(&id, Wish { verdict, by, reason, fields, revise }, &request).await
}

/// A decision as it came in.
struct Wish {
    verdict: Verdict,
    by: Option<String>,
    reason: Option<String>,
    fields: BTreeMap<String, Option<String>>,
    revise: bool,
}

impl Wish {
    fn check(&self) -> Result<(), Problem> {
        self.by.as_deref().map_or(Ok(()), |by| check_line("by", by))?;
        self.reason.as_deref().map_or(Ok(()), |reason| check_line("reason", reason))?;
        if self.fields.len() > limits::REVIEW_FIELDS_MAX {
            return Err(Problem::bad_request("too many fields"));
        }
        self.fields.values().flatten().try_for_each(|reason| check_line("reason", reason))
    }
}

impl Desk {
    async fn caught_up(&self) -> Result<(), Problem> {
        if self.models.wait_for_all().await { Ok(()) } else { Err(Problem::unavailable()) }
    }

    async fn decide(
        &self,
        id: &str,
        wish: Wish,
        request: &RequestId,
    ) -> Result<HttpResponse, Problem> {
        let id = parse_id(id)?;
        wish.check()?;
        self.caught_up().await?;
        let (review, protocol) = self.queue.find(id)?;
        let Wish { verdict, by, reason, fields, revise } = wish;
        // Whoever claimed it need not say it again.
        let by = by.or_else(|| review.claimed_by.clone()).unwrap_or_else(operator);
        let decision = Decision { verdict, by, reason, fields, is_revision: revise };
        protocol.decide(&review, decision, request.origin("operator")).await?;
        self.answer(id)
    }

    /// The review as it stands now.
    fn answer(&self, id: Uuid) -> Result<HttpResponse, Problem> {
        let (review, protocol) = self.queue.find(id)?;
        Ok(HttpResponse::Ok().json(shown(&review, protocol)))
    }

    async fn note(&self, person: Tag, why: Why, request: &RequestId) -> Result<(), Problem> {
        let command = subject::Command::Unseal { reason: why.reason, by: why.by };
        let origin = request.origin("operator");
        let noted = self.subjects.send(&name::stream_of(person), command, origin).await;
        noted.map(drop).map_err(Problem::from)
    }
}

/// Why somebody looks at personal data.
struct Why {
    reason: String,
    by: String,
}

impl Why {
    fn of(look: Look) -> Result<Self, Problem> {
        let reason = look.reason.unwrap_or_default();
        let by = look.by.unwrap_or_else(operator);
        check_line("reason", &reason)?;
        check_line("by", &by)?;
        Ok(Self { reason, by })
    }

    /// The reason outlives the person: it holds none of the values.
    fn check(&self, values: &BTreeMap<String, Value>) -> Result<(), Problem> {
        let said = format!("{}\n{}", self.reason, self.by).to_lowercase();
        let told = values.values().any(|value| match value {
            Value::Text(text) => text.chars().count() > 3 && said.contains(&text.to_lowercase()),
            Value::File { .. } => false,
        });
        let detail = "the reason gives away a value; it is kept after the person is erased";
        if told { Err(Problem::bad_request(detail)) } else { Ok(()) }
    }
}

fn operator() -> String {
    "operator".to_owned()
}

fn parse_id(id: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(id).map_err(|_| Error::Unknown.into())
}

fn parse_or_default<T: serde::de::DeserializeOwned + Default>(body: Body) -> Result<T, Problem> {
    match &body {
        Ok(bytes) if bytes.is_empty() => Ok(T::default()),
        _ => problem::parse(body),
    }
}

/// What is kept for ever is short and printable.
fn check_line(what: &str, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::bad_request(format!("{what} is required")));
    }
    if text.len() > limits::REASON_BYTES_MAX || text.chars().any(char::is_control) {
        let bytes_max = limits::REASON_BYTES_MAX;
        return Err(Problem::bad_request(format!(
            "{what} is one line of at most {bytes_max} bytes"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
