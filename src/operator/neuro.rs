//! `POST|GET /neuro/api-keys` `{quota, name?, by?}`, `PUT /neuro/api-keys/{key}` `{quota, by?}`;
//! `POST /neuro/identities/{id}/state` `{state, reason, by?}`; `DELETE /neuro/lockouts/{address}?by=`;
//! `GET /neuro/codes`: what the operator's own gateway sends to people

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Bytes, Data, Path, Query, ReqData};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kyc_events::neuro::{By as Whose, NAME, Status};
use kyc_projections::neuro_accounts::{self, NeuroAccounts};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::problem::{self, Problem};
use crate::config::limits;
use crate::engine;
use crate::evidence::row::instant;
use crate::http::RequestId;
use crate::lockout;
use crate::neuro::api_key;
use crate::neuro::error::Error;
use crate::neuro::identity::{self, Command, id_of};
use crate::neuro::legal_identity::LegalId;
use crate::neuro::names;
use crate::neuro::service::Service;
use crate::verification_code::{Outgoing as _, ShownCode};

type Body = Result<Bytes, actix_web::Error>;

/// What these endpoints use. Cheap to clone.
#[derive(Clone)]
pub struct Desk(pub Service);

/// The routes; need a [`Desk`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str| web::resource(path).default_service(web::to(problem::wrong_method));
    config
        .service(at("/neuro/api-keys").route(web::post().to(make)).route(web::get().to(list)))
        .service(at("/neuro/api-keys/{key}").route(web::put().to(set_quota)))
        .service(at("/neuro/identities/{id}/state").route(web::post().to(set_state)))
        .service(at("/neuro/codes").route(web::get().to(codes)))
        .service(at("/neuro/lockouts/{address}").route(web::delete().to(release)));
}

fn operator() -> String {
    "operator".to_owned()
}

/// One line that says something, and not too much of it.
fn check_line(name: &str, text: &str) -> Result<(), Problem> {
    let is_line = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if is_line && text.len() <= limits::REASON_BYTES_MAX {
        return Ok(());
    }
    Err(Problem::bad_request(format!("{name} is one line of text")))
}

fn failed(error: &Error) -> Problem {
    tracing::error!(%error, ?error, "the Agent API could not serve the operator");
    Problem::unavailable()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    quota: u32,
    #[serde(default)]
    name: Option<String>,
    #[serde(default = "operator")]
    by: String,
}

/// An API key: 201. The secret is told this once.
pub async fn make(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Make { quota, name, by } = problem::parse(body)?;
    let service = &desk.0;
    let api_key = random::<16>(hex::encode)?;
    let secret = Zeroizing::new(random::<32>(|bytes| URL_SAFE_NO_PAD.encode(bytes))?);
    let name = name.unwrap_or_else(|| api_key.clone());
    check_line("name", &name)?;
    check_line("by", &by)?;
    if quota > limits::NEURO_QUOTA_MAX {
        return Err(bad_quota());
    }
    let stream = names::api_key(&api_key).ok_or_else(Problem::unavailable)?;
    let subject = service.vault.pseudonym("neuro.api_key", api_key.as_bytes());
    let key = service.vault.key_for(subject, 0).map_err(|error| failed(&Error::internal(error)))?;
    let id = Uuid::new_v4();
    let plain = Zeroizing::new(secret.as_bytes().to_vec());
    service.keep_secret(key, id, plain).await.map_err(|error| failed(&error))?;
    let command = api_key::Command::Make { key, secret: id, quota, name, by };
    let sent = service.api_keys.send(&stream, command, request.origin("operator")).await;
    service.caught_up(&sent.map_err(key_failed)?).await.map_err(|error| failed(&error))?;
    let made = json!({ "api_key": api_key, "secret": *secret, "quota": quota });
    Ok(HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(made))
}

fn random<const N: usize>(text: impl Fn([u8; N]) -> String) -> Result<String, Problem> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| failed(&Error::internal(error)))?;
    Ok(text(*bytes))
}

fn bad_quota() -> Problem {
    Problem::bad_request(format!("quota is a number from 0 to {}", limits::NEURO_QUOTA_MAX))
}

fn key_failed(error: engine::Error<api_key::Rejection>) -> Problem {
    match error {
        engine::Error::Rejected(api_key::Rejection::Unknown) => {
            Problem::not_found("no such API key")
        }
        engine::Error::Rejected(api_key::Rejection::QuotaTooLarge) => bad_quota(),
        other => {
            tracing::error!(outcome = other.outcome(), "an API key could not be changed");
            Problem::unavailable()
        }
    }
}

/// All API keys, without their secrets.
pub async fn list(desk: Data<Desk>) -> Result<HttpResponse, Problem> {
    let service = &desk.0;
    if !service.models.wait_for_all().await {
        return Err(Problem::unavailable());
    }
    let all = |rows: &_| neuro_accounts::api_keys(rows, limits::LIST_MAX);
    let mut shown = Vec::new();
    for key in service.models.of::<NeuroAccounts>().query(all) {
        let made = service.vault.fields(&key.stream, "neuro.ApiKeyMade");
        let name = key.name.read(NAME, &made).map_err(|error| failed(&Error::internal(error)))?;
        shown.push(json!({
            "api_key": key.stream.key(),
            "name": name,
            "quota": key.quota,
            "accounts": key.accounts,
            "made_at": instant(key.made_at),
        }));
    }
    Ok(HttpResponse::Ok().json(shown))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetQuota {
    quota: u32,
    #[serde(default = "operator")]
    by: String,
}

/// How many accounts may be made with an API key in all.
pub async fn set_quota(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    key: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let SetQuota { quota, by } = problem::parse(body)?;
    check_line("by", &by)?;
    let stream = names::api_key(&key).ok_or_else(|| Problem::not_found("no such API key"))?;
    let command = api_key::Command::SetQuota { quota, by };
    let sent = desk.0.api_keys.send(&stream, command, request.origin("operator")).await;
    let reply = sent.map_err(key_failed)?;
    desk.0.caught_up(&reply).await.map_err(|error| failed(&error))?;
    let accounts = reply.state.accounts.len();
    let shown = json!({ "api_key": *key, "quota": quota, "accounts": accounts });
    Ok(HttpResponse::Ok().json(shown))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetState {
    state: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default = "operator")]
    by: String,
}

/// Has an identity stand otherwise; its owner is told.
pub async fn set_state(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let SetState { state, reason, by } = problem::parse(body)?;
    check_line("by", &by)?;
    if let Some(reason) = &reason {
        check_line("reason", reason)?;
    }
    let settled = [Status::Approved, Status::Rejected, Status::Obsoleted, Status::Compromised];
    let status = settled.into_iter().find(|status| status.word() == state).ok_or_else(|| {
        Problem::bad_request("state is one of Approved, Rejected, Obsoleted, Compromised")
    })?;
    let unknown = || Problem::not_found("no such identity");
    let service = &desk.0;
    let known = if let Ok(id) = Uuid::parse_str(&id) {
        Some(id)
    } else {
        let id = LegalId::parse(&id).map_err(|_| unknown())?;
        Some(id.id()).filter(|_| id.is_of(&service.settings.domain))
    };
    let stream = identity::stream_of(known.ok_or_else(unknown)?);
    if !service.models.log_has(&stream) {
        return Err(unknown());
    }
    let command = Command::SetStatus { status, by: Whose::Operator(by), reason };
    let sent = service.identities.send(&stream, command, request.origin("operator")).await;
    let reply = match sent {
        Ok(reply) => reply,
        Err(engine::Error::Rejected(rejection)) => return Err(refused(&rejection)),
        Err(engine::Error::TooLarge) => return Err(Problem::bad_request("the reason is too long")),
        Err(other) => {
            tracing::error!(outcome = other.outcome(), "an identity could not be changed");
            return Err(Problem::unavailable());
        }
    };
    service.caught_up(&reply).await.map_err(|error| failed(&error))?;
    let state = reply.state.status.unwrap_or(Status::Created).word();
    let id = id_of(&stream).map(|id| LegalId::new(id, &service.settings.domain).to_string());
    Ok(HttpResponse::Ok().json(json!({ "id": id, "state": state })))
}

fn refused(rejection: &identity::Rejection) -> Problem {
    use identity::Rejection as R;
    match rejection {
        R::Unknown | R::Erased => Problem::not_found("no such identity"),
        R::ReasonNeeded => Problem::bad_request(rejection.to_string()),
        other => Problem::conflict(other.to_string()),
    }
}

/// Codes for contacts that are not verified yet, the newest first: whatever sends mail and short
/// messages for the operator takes them from here. Personal data.
pub async fn codes(desk: Data<Desk>) -> Result<HttpResponse, Problem> {
    let waiting = desk.0.codes().await.map_err(|cause| failed(&Error::Internal(cause)))?;
    let shown: Vec<Value> = waiting.iter().map(ShownCode::json).collect();
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(shown))
}

/// Who asks.
#[derive(Deserialize)]
pub struct By {
    by: Option<String>,
}

/// A remote endpoint is listened to again, and its failures are forgotten.
pub async fn release(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    address: Path<String>,
    by: Query<By>,
) -> Result<HttpResponse, Problem> {
    let address: IpAddr =
        address.parse().map_err(|_| Problem::bad_request("an address is one of IP"))?;
    let by = by.into_inner().by.unwrap_or_else(operator);
    check_line("by", &by)?;
    let service = &desk.0;
    let stream = service.endpoint(address);
    if !service.models.log_has(&stream) {
        return Err(Problem::not_found("nothing is known of this address"));
    }
    let command = lockout::Command::Release { by };
    match service.lockouts.send(&stream, command, request.origin("operator")).await {
        Ok(_) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => {
            tracing::error!(outcome = error.outcome(), "an address could not be released");
            Err(Problem::unavailable())
        }
    }
}
