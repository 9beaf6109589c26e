//! `GET /callbacks?state=`, `GET /callbacks/{id}`, `POST /callbacks/{id}/redeliver|export|remove`

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Json, Path, Query, ReqData};
use chrono::DateTime;
use kyc_events::corepass::CallbackContent;
use kyc_events::sealed::KeyId;
use kyc_projections::outbox::{self, Content, NeuroContent, Outbox, State, StellarContent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Console;
use super::problem::{self, Problem};
use crate::callbacks::delivery::Command;
use crate::callbacks::dispatcher::stream_of;
use crate::callbacks::renderer::{Exporter, RenderError};
use crate::config::limits;
use crate::corepass::service::order_id;
use crate::engine::failpoint::hold;
use crate::engine::handle::Origin;
use crate::http::RequestId;

/// Which ones.
#[derive(Deserialize)]
pub struct Filter {
    state: Option<String>,
}

/// How a delivery is shown.
#[derive(Serialize)]
pub struct Row {
    id: String,
    state: &'static str,
    channel: &'static str,
    content: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    attempts: u32,
    requested_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exported_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_at: Option<String>,
}

impl From<outbox::Delivery> for Row {
    fn from(delivery: outbox::Delivery) -> Self {
        let open = matches!(delivery.state, State::Pending | State::Retrying);
        let (mut order, mut customer, mut identity) = (None, None, None);
        match &delivery.content {
            Content::CorePass { order: number, .. } => {
                order = Some(order_id(&delivery.stream, *number));
            }
            Content::Stellar(_) => customer = Some(delivery.stream.key().to_owned()),
            Content::Neuro(_) => identity = Some(delivery.stream.key().to_owned()),
        }
        Self {
            id: delivery.id.to_string(),
            state: delivery.state.word(),
            channel: delivery.channel(),
            content: shown(&delivery.content),
            order,
            customer,
            identity,
            attempts: delivery.attempts,
            requested_at: instant(delivery.requested_at),
            due_at: open.then(|| instant(delivery.due_at)),
            last_error: delivery.last_error,
            exported_at: delivery.exported_at.map(instant),
            removed_at: delivery.removed_at.map(instant),
        }
    }
}

/// What it tells, in a few words.
fn shown(content: &Content) -> Value {
    match content {
        Content::CorePass { told, .. } => match told {
            CallbackContent::Status { status, .. } => json!({ "status": status.word() }),
            CallbackContent::Data => json!({ "data": true }),
            CallbackContent::Error { status } => json!({ "error": status.word() }),
        },
        Content::Stellar(told) => match told {
            StellarContent::Status { kind, status } => {
                json!({ "status": status.word(), "type": kind })
            }
            StellarContent::Transaction { transaction, status } => {
                json!({ "transaction": transaction, "status": status.word() })
            }
            StellarContent::Check { kind, provider } => {
                json!({ "provider": provider, "type": kind })
            }
        },
        Content::Neuro(NeuroContent::Check { run, provider }) => {
            json!({ "provider": provider, "run": run.to_string() })
        }
    }
}

fn instant(at: kyc_events::Millis) -> String {
    DateTime::from_timestamp_millis(at).map(|at| at.to_rfc3339()).unwrap_or_default()
}

/// Reads the word of a state.
pub fn parse_state(word: &str) -> Option<State> {
    [State::Pending, State::Retrying, State::Delivered, State::Dead]
        .into_iter()
        .find(|state| state.word() == word)
}

/// The list.
pub async fn list(
    console: Data<Console>,
    filter: Query<Filter>,
) -> Result<Json<Vec<Row>>, Problem> {
    let state = match filter.state.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(parse_state(word).ok_or_else(|| {
            Problem::bad_request("state is one of pending, retrying, delivered, dead")
        })?),
    };
    caught_up(&console).await?;
    let rows =
        console.models.of::<Outbox>().query(|rows| outbox::list(rows, state, limits::LIST_MAX));
    Ok(Json(rows.into_iter().map(Row::from).collect()))
}

/// One of them.
pub async fn show(console: Data<Console>, id: Path<String>) -> Result<Json<Row>, Problem> {
    find(&console, &id).await.map(|delivery| Json(delivery.into()))
}

async fn find(console: &Console, id: &str) -> Result<outbox::Delivery, Problem> {
    caught_up(console).await?;
    Uuid::parse_str(id)
        .ok()
        .and_then(|id| console.models.of::<Outbox>().query(|rows| outbox::find(rows, id)))
        .ok_or_else(|| Problem::not_found("no such callback"))
}

async fn caught_up(console: &Console) -> Result<(), Problem> {
    if console.models.wait_for_all().await { Ok(()) } else { Err(Problem::unavailable()) }
}

/// One more attempt, by hand.
pub async fn redeliver(
    console: Data<Console>,
    request: ReqData<RequestId>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let delivery = find(&console, &id).await?;
    let origin = request.origin("operator");
    console.deliveries.send(&stream_of(delivery.id), Command::Redeliver, origin).await?;
    Ok(HttpResponse::Accepted().json(json!({ "id": delivery.id.to_string() })))
}

/// Takes the content of a dead letter out.
pub async fn export(
    console: Data<Console>,
    request: ReqData<RequestId>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let delivery = find(&console, &id).await?;
    let content = content_of(&console, &delivery).await?;
    let origin = request.origin("operator");
    console.deliveries.send(&stream_of(delivery.id), Command::Export, origin).await?;
    Ok(HttpResponse::Ok().json(content))
}

/// How to remove.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// Even without an export before.
    #[serde(default)]
    force: bool,
}

/// Destroys the content of a dead letter; what happened stays.
pub async fn remove(
    console: Data<Console>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let removal = match &body {
        Ok(bytes) if bytes.is_empty() => Removal::default(),
        _ => problem::parse(body)?,
    };
    let (origin, force) = (request.origin("operator"), removal.force);
    // On its own: a client that goes away does not leave a key that the log calls destroyed.
    let removed = actix_web::rt::spawn(async move { take_out(&console, &id, force, origin).await });
    removed.await.map_err(|_| Problem::unavailable())??;
    Ok(HttpResponse::NoContent().finish())
}

async fn take_out(console: &Console, id: &str, force: bool, origin: Origin) -> Result<(), Problem> {
    // A backup has the key and no removal, or the removal and no key.
    let _turn = console.eraser.turn.lock().await;
    let delivery = find(console, id).await?;
    let vault = &console.vault;
    let keys = match data_key(console, &delivery).await? {
        Some(key) => vault.condemn(key).map_err(problem::key_store)?.into_iter().collect(),
        None => Vec::new(),
    };
    let command = Command::Remove { force, keys };
    console.deliveries.send(&stream_of(delivery.id), command, origin).await?;
    hold("removal.recorded").await;
    destroy(console, &delivery).await
}

/// Shreds the key of a removed dead letter's data. Also run at start, for a crash in between.
pub async fn destroy(console: &Console, delivery: &outbox::Delivery) -> Result<(), Problem> {
    match data_key(console, delivery).await? {
        Some(key) => console.vault.shred(&[key]).map_err(problem::key_store),
        None => Ok(()),
    }
}

/// The key of the data that a delivery carries, if it carries any.
async fn data_key(
    console: &Console,
    delivery: &outbox::Delivery,
) -> Result<Option<KeyId>, Problem> {
    match exporter(console, delivery) {
        Some(exporter) => exporter.key(delivery).await.map_err(not_exported),
        None => Ok(None),
    }
}

async fn content_of(console: &Console, delivery: &outbox::Delivery) -> Result<Value, Problem> {
    let exporter = exporter(console, delivery).ok_or_else(Problem::unavailable)?;
    exporter.content(delivery).await.map_err(not_exported)
}

/// Who knows what this delivery tells; `None` while its protocol is not configured.
fn exporter<'a>(console: &'a Console, delivery: &outbox::Delivery) -> Option<&'a dyn Exporter> {
    console.exporters.get(delivery.stream.kind()).map(|one| &**one)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn not_exported(error: RenderError) -> Problem {
    match error {
        RenderError::Erased => Problem::conflict("the content was removed"),
        RenderError::Refused(_) | RenderError::NoReceiver(_) | RenderError::Unavailable(_) => {
            tracing::error!(%error, "the content of a callback cannot be read");
            Problem::unavailable()
        }
    }
}
