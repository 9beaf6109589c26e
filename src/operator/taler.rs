//! `POST /taler/payment-targets` `{payto_uri}`; `POST|GET /taler/third-parties` `{name, public_key}`,
//! `DELETE /taler/third-parties/{key}`

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data, Path, Query, ReqData};
use kyc_projections::third_parties::{self, ThirdParties};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{self, Problem};
use crate::config::limits;
use crate::engine;
use crate::engine::Handle;
use crate::evidence::row::instant;
use crate::http::RequestId;
use crate::taler::error::ErrorDetail;
use crate::taler::h_payto::HPayto;
use crate::taler::message::PublicKey;
use crate::taler::payto::Payto;
use crate::taler::service::Service;
use crate::taler::third_party::{Command, Rejection, ThirdParty, stream_of};

type Body = Result<Bytes, actix_web::Error>;

/// What these endpoints use. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    /// The exchange.
    pub service: Service,
    /// Who may upload.
    pub third_parties: Handle<ThirdParty>,
}

/// The routes; need a [`Desk`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str| web::resource(path).default_service(web::to(problem::wrong_method));
    config
        .service(at("/taler/payment-targets").route(web::post().to(register)))
        .service(at("/taler/third-parties").route(web::post().to(admit)).route(web::get().to(list)))
        .service(at("/taler/third-parties/{key}").route(web::delete().to(dismiss)));
}

impl From<ErrorDetail> for Problem {
    fn from(error: ErrorDetail) -> Self {
        match error.status {
            404 => Self::not_found(error.to_string()),
            400..=499 => Self::bad_request(error.to_string()),
            _ => {
                tracing::error!(%error, cause = error.cause, "the exchange could not serve the operator");
                Self::unavailable()
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    payto_uri: String,
}

/// The row number of an account: 201, or 200 if it was known.
pub async fn register(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Register { payto_uri } = problem::parse(body)?;
    let payto = Payto::parse_2021(&payto_uri)
        .map_err(|error| Problem::bad_request(format!("payto_uri: {error}")))?;
    let known = desk.service.current(&payto).await?.1;
    let target = desk.service.register(&payto, request.origin("operator")).await?;
    let mut answer = if known.is_some() { HttpResponse::Ok() } else { HttpResponse::Created() };
    let h_payto = HPayto::Full64(payto.full_hash()).to_string();
    Ok(answer.json(json!({ "payment_target_uuid": target.number, "h_payto": h_payto })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Admit {
    name: String,
    public_key: String,
    #[serde(default = "operator")]
    by: String,
}

fn operator() -> String {
    "operator".to_owned()
}

/// A third party may upload: 201, or 200 if it could before.
pub async fn admit(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Admit { name, public_key, by } = problem::parse(body)?;
    let key = key_of(&public_key)?;
    if !key.is_usable() {
        return Err(Problem::bad_request("public_key is no Ed25519 key that can sign"));
    }
    for text in [&name, &by] {
        let is_line = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !is_line || text.len() > limits::REASON_BYTES_MAX {
            return Err(Problem::bad_request("name and by are one line of text each"));
        }
    }
    let stream = stream_of(key.as_bytes());
    let was_known = desk.third_parties.state(&stream).await.map_err(failed)?.name.is_some();
    let command = Command::Admit { name: name.clone(), by };
    desk.send(&key, command, &request).await?;
    let mut answer = if was_known { HttpResponse::Ok() } else { HttpResponse::Created() };
    Ok(answer.json(json!({ "name": name, "public_key": key })))
}

/// Those who may upload.
pub async fn list(desk: Data<Desk>) -> Result<HttpResponse, Problem> {
    if !desk.service.models.wait_for_all().await {
        return Err(Problem::unavailable());
    }
    let all = desk.service.models.of::<ThirdParties>();
    let all = all.query(|rows| third_parties::all(rows, limits::LIST_MAX));
    let rows = all.iter().filter_map(|party| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&party.public_key, &mut bytes).ok()?;
        let public_key = PublicKey::from_bytes(bytes);
        let since = instant(party.admitted_at);
        Some(json!({ "name": party.name, "public_key": public_key, "admitted_at": since }))
    });
    Ok(HttpResponse::Ok().json(rows.collect::<Vec<Value>>()))
}

/// Who asks.
#[derive(Deserialize)]
pub struct By {
    by: Option<String>,
}

/// A third party may not upload any more; what it uploaded stays.
pub async fn dismiss(
    desk: Data<Desk>,
    request: ReqData<RequestId>,
    key: Path<String>,
    by: Query<By>,
) -> Result<HttpResponse, Problem> {
    let key = key_of(&key)?;
    let by = by.into_inner().by.unwrap_or_else(operator);
    desk.send(&key, Command::Dismiss { by }, &request).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn key_of(text: &str) -> Result<PublicKey, Problem> {
    let bad = |_| Problem::bad_request("a public key has 52 characters of Crockford base32");
    PublicKey::parse(text).map_err(bad)
}

impl Desk {
    async fn send(
        &self,
        key: &PublicKey,
        command: Command,
        request: &RequestId,
    ) -> Result<(), Problem> {
        let stream = stream_of(key.as_bytes());
        let sent = self.third_parties.send(&stream, command, request.origin("operator")).await;
        match sent.map_err(failed)?.last {
            Some(last) if !self.service.models.wait_for(last).await => Err(Problem::unavailable()),
            _ => Ok(()),
        }
    }
}

fn failed(error: engine::Error<Rejection>) -> Problem {
    match error {
        engine::Error::Rejected(Rejection::Unknown) => Problem::not_found("no such third party"),
        engine::Error::TooLarge => Problem::bad_request("the name is too long"),
        busy @ (engine::Error::Busy
        | engine::Error::Unavailable(_)
        | engine::Error::Quarantined) => {
            tracing::error!(outcome = busy.outcome(), "a third party could not be changed");
            Problem::unavailable()
        }
    }
}
