//! `POST /subjects/{id}/erase`, `POST|DELETE /subjects/{id}/hold`, `GET /erasures?since=`,
//! `GET /subjects/{id}/timeline?at=`, `POST /subjects/{id}/unseal`

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Json, Path, Query, ReqData};
use chrono::{DateTime, SecondsFormat};
use kyc_events::sealed::Tag;
use kyc_events::{Millis, Position};
use kyc_projections::subjects::{self, Subject, Subjects};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Console;
use super::problem::{self, Problem};
use crate::config::limits;
use crate::evidence::replay::{Glass, ReplayError, Target, Timeline, Until, find_streams, replay};
use crate::evidence::row::parse_instant;
use crate::http::RequestId;
use crate::subject::Command;
use crate::subject::name::{Name, stream_of};

type Body = Result<Bytes, actix_web::Error>;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    reason: String,
    #[serde(default = "operator")]
    by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetHold {
    reason: String,
    /// RFC 3339.
    until: String,
    #[serde(default = "operator")]
    by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseHold {
    reason: String,
    #[serde(default = "operator")]
    by: String,
}

fn operator() -> String {
    "operator".to_owned()
}

/// Forgets a person: 200 when it is done, 202 while a transaction that is being sent is waited for.
pub async fn erase(
    console: Data<Console>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let erase: Erase = problem::parse(body)?;
    let mut asked_before = false;
    let (tag, done) = loop {
        let person = Person::find(&console, &id, &[&erase.reason, &erase.by]).await?;
        let is_erasing = person.row.erasing.is_some();
        if person.row.generation > 0 && person.row.key.is_none() && !is_erasing {
            if asked_before {
                break (person.tag, true);
            }
            return Err(Problem::not_found("nothing is left of this subject"));
        }
        let Erase { reason, by } = erase.clone();
        person.send(&console, &request, Command::Erase { reason, by }).await?;
        let done = console.eraser.wait_for(person.tag).await;
        // Then it was an earlier erasure that ended; the person may have come back during it.
        if !(done && is_erasing) {
            break (person.tag, done);
        }
        asked_before = true;
    };
    let state = if done { "erased" } else { "erasing" };
    let answer = json!({ "subject": format!("tag:{}", tag.to_hex()), "state": state });
    Ok(if done { HttpResponse::Ok() } else { HttpResponse::Accepted() }.json(answer))
}

/// Refuses erasure until then.
pub async fn set_hold(
    console: Data<Console>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let hold: SetHold = problem::parse(body)?;
    let until = DateTime::parse_from_rfc3339(&hold.until)
        .map_err(|_| Problem::bad_request("until is an instant such as 2030-01-31T00:00:00Z"))?
        .timestamp_millis();
    let person = Person::find(&console, &id, &[&hold.reason, &hold.by]).await?;
    let command = Command::SetHold { reason: hold.reason, by: hold.by, until };
    person.send(&console, &request, command).await?;
    let tag = format!("tag:{}", person.tag.to_hex());
    Ok(HttpResponse::Ok().json(json!({ "subject": tag, "held_until": instant(until) })))
}

/// Allows erasure again.
pub async fn release_hold(
    console: Data<Console>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let release: ReleaseHold = problem::parse(body)?;
    let person = Person::find(&console, &id, &[&release.reason, &release.by]).await?;
    let command = Command::ReleaseHold { reason: release.reason, by: release.by };
    person.send(&console, &request, command).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Which moment.
#[derive(Deserialize)]
pub struct Moment {
    /// RFC 3339, or milliseconds since 1970.
    at: Option<String>,
    position: Option<u64>,
}

/// What was known of a person at a moment; personal data stays sealed.
pub async fn timeline(
    console: Data<Console>,
    id: Path<String>,
    moment: Query<Moment>,
) -> Result<Json<Timeline>, Problem> {
    let name = Name::parse(&id).map_err(|error| Problem::bad_request(error.to_string()))?;
    let tag = name.tag(console.vault.master());
    let at = moment.at.as_deref().map(parse_instant).transpose().map_err(Problem::bad_request)?;
    let until = until(at, moment.position)?;
    shown(&console, tag, until, false).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unseal {
    reason: String,
    #[serde(default = "operator")]
    by: String,
    at_ms: Option<Millis>,
    position: Option<u64>,
}

/// The same with personal data in the open; that it was opened is recorded first.
pub async fn unseal(
    console: Data<Console>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<Json<Timeline>, Problem> {
    let unseal: Unseal = problem::parse(body)?;
    let until = until(unseal.at_ms, unseal.position)?;
    let person = Person::find(&console, &id, &[&unseal.reason, &unseal.by]).await?;
    let command = Command::Unseal { reason: unseal.reason, by: unseal.by };
    person.send(&console, &request, command).await?;
    shown(&console, person.tag, until, true).await
}

fn until(at: Option<Millis>, position: Option<u64>) -> Result<Until, Problem> {
    match (at, position) {
        (None, None) => Ok(Until::End),
        (Some(at), None) => Ok(Until::At(at)),
        (None, Some(position)) => Ok(Until::Position(Position(position))),
        (Some(_), Some(_)) => Err(Problem::bad_request("either an instant or a position")),
    }
}

async fn shown(
    console: &Console,
    tag: Tag,
    until: Until,
    open: bool,
) -> Result<Json<Timeline>, Problem> {
    let (log, vault) = (console.models.log(), Arc::clone(&console.vault));
    let done = tokio::task::spawn_blocking(move || {
        let streams = find_streams(&*log, &Target::Subject(tag), &|_, _| {})?;
        if open {
            return replay(&*log, &streams, until, &Glass::Clear(&vault));
        }
        // Keys are listed after the end was fixed: one of then that is missing was erased.
        let until = until.fixed(log.size());
        let keys = vault.stored();
        replay(&*log, &streams, until, &Glass::Frosted(keys.ok()))
    });
    match done.await {
        Ok(Ok(timeline)) => Ok(Json(timeline)),
        Ok(Err(ReplayError::Unknown)) => {
            Err(Problem::not_found("nothing is recorded of this subject"))
        }
        Ok(Err(error @ ReplayError::TooLong)) => Err(Problem::conflict(error.to_string())),
        Ok(Err(error)) => {
            tracing::error!(%error, "a timeline could not be made");
            Err(Problem::unavailable())
        }
        Err(_) => Err(Problem::unavailable()),
    }
}

/// Somebody of whom something is recorded.
struct Person {
    tag: Tag,
    row: Subject,
}

impl Person {
    /// Finds them, and checks the texts that will be kept for ever.
    async fn find(console: &Console, id: &str, texts: &[&str]) -> Result<Self, Problem> {
        let name = Name::parse(id).map_err(|error| Problem::bad_request(error.to_string()))?;
        for text in texts {
            check_text(&name, text)?;
        }
        if !console.models.wait_for_all().await {
            return Err(Problem::unavailable());
        }
        let tag = name.tag(console.vault.master());
        let row = console.models.of::<Subjects>().query(|rows| subjects::find(rows, tag));
        let row = row.ok_or_else(|| Problem::not_found("nothing is recorded of this subject"))?;
        Ok(Self { tag, row })
    }

    async fn send(
        &self,
        console: &Console,
        request: &RequestId,
        command: Command,
    ) -> Result<(), Problem> {
        let stream = stream_of(self.tag);
        let reply = console.eraser.subjects.send(&stream, command, request.origin("operator"));
        match reply.await?.last {
            Some(last) if !console.models.wait_for(last).await => Err(Problem::unavailable()),
            _ => Ok(()),
        }
    }
}

/// Reasons outlive the person: short, printable, and without the person's name.
fn check_text(name: &Name, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::bad_request("a reason is required"));
    }
    if text.len() > limits::REASON_BYTES_MAX || text.chars().any(char::is_control) {
        let detail = format!("a reason is one line of at most {} bytes", limits::REASON_BYTES_MAX);
        return Err(Problem::bad_request(detail));
    }
    if name.is_given_away_by(text) {
        let detail = "the reason names the person; it is kept after the person is erased";
        return Err(Problem::bad_request(detail));
    }
    Ok(())
}

/// Since when.
#[derive(Deserialize)]
pub struct Since {
    #[serde(default)]
    since: u64,
}

/// One erasure.
#[derive(Serialize)]
pub struct Row {
    subject: String,
    generation: u32,
    /// Where its end is recorded; the end of the log, if it is not.
    position: u64,
    /// `erased` or `erasing`.
    state: &'static str,
}

/// Erasures since a position of the log, for a restore from a backup of then. Those that are under
/// way are among them: whoever was told that they will be forgotten does not come back either.
pub async fn erasures(
    console: Data<Console>,
    since: Query<Since>,
) -> Result<Json<Vec<Row>>, Problem> {
    if !console.models.wait_for_all().await {
        return Err(Problem::unavailable());
    }
    let size = console.models.log().size();
    let (erased, erasing) = console.models.of::<Subjects>().query(|rows| {
        (subjects::erased_since(rows, Position(since.since)), subjects::erasures(rows))
    });
    let erasing = erasing.into_iter().map(|erasure| (size, erasure, "erasing"));
    let erased = erased.into_iter().map(|(position, erasure)| (position, erasure, "erased"));
    let rows = erased.chain(erasing).map(|(position, erasure, state)| Row {
        subject: format!("tag:{}", erasure.subject.to_hex()),
        generation: erasure.generation,
        position: position.0,
        state,
    });
    Ok(Json(rows.collect()))
}

/// RFC 3339 in UTC, to the second.
pub fn instant(at: Millis) -> String {
    DateTime::from_timestamp_millis(at)
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}
