//! `GET /me/stellar/{token}?lang=`, `POST /me/stellar/{token}` (multipart/form-data)
//!
//! How a Stellar customer stands, what is missing, and a form to send it. No value that was given
//! is ever shown again: whoever has the link sees statuses only.

mod filled;
mod render;
mod shown;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use actix_web::web::{self, Data, Path, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use kyc_events::StreamId;
use kyc_events::stellar::CUSTOMER;
use tokio::sync::Semaphore;

use super::form::{self, Part, Unreadable};
use super::lang::Lang;
use super::link::{BadLink, Claim, Links};
use super::words::{self, Notice, Text};
use super::{lang_of_browser, lang_of_query, notice};
use crate::clock::Clock;
use crate::config::limits;
use crate::engine::Error;
use crate::engine::handle::{Handle, Origin};
use crate::http::RequestId;
use crate::stellar::customer::{Command, Customer, Kind, Rejection, State};
use crate::stellar::types::Types;
use crate::vault::Vault;
use filled::Filled;
use shown::Shown;

/// What the links of these pages are for.
pub const PURPOSE: &str = "stellar";

/// What a customer sends from the page, as a `PUT /customer` would. Personal data: never logged.
pub struct Sent {
    /// The customer.
    pub customer: StreamId,
    /// The type it is about.
    pub kind: String,
    /// By the names of SEP-12: `<field>`, `<field>_verification`. Values are checked, and are
    /// fields of the type.
    pub parts: BTreeMap<String, Part>,
    /// On whose account.
    pub origin: Origin,
}

/// Why nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutRefused {
    /// A value or code is not good; the name is that of [`Sent::parts`].
    Part(String, Fault),
    /// Nothing is left of the customer.
    Gone,
    /// Come again.
    Busy,
}

/// What is wrong with a value or code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No good value.
    Invalid,
    /// Another code.
    WrongCode,
    /// Too late, too many wrong ones, or no longer waited for.
    OldCode,
}

/// What becomes of what is sent.
pub type Stored<'a> = Pin<Box<dyn Future<Output = Result<(), PutRefused>> + 'a>>;

/// `PUT /customer`, whoever asks.
pub trait PutCustomer: Send + Sync {
    /// Stores what a customer sent; durable when it answers.
    fn put(&self, sent: Sent) -> Stored<'_>;
}

/// What the page uses. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    /// The customers.
    pub customers: Handle<Customer>,
    /// Opens reasons.
    pub vault: Arc<Vault>,
    /// Reads links.
    pub links: Links,
    /// The types of customers there are.
    pub types: Arc<Types>,
    /// What time it is.
    pub clock: Clock,
    /// Stores what is sent.
    pub put: Arc<dyn PutCustomer>,
    /// Forms that may be read at a time.
    pub room: Arc<Semaphore>,
}

/// The routes; need a [`Desk`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/me/stellar/{token}")
            .route(web::get().to(show))
            .route(web::head().to(show))
            .route(web::post().to(submit))
            .default_service(web::to(nothing_here)),
    );
    config.service(web::scope("/me").default_service(web::to(nothing_here)));
}

async fn nothing_here(request: HttpRequest) -> HttpResponse {
    refused(&request, Notice::Unknown)
}

/// Somebody who came in by a good link.
struct Visit {
    token: String,
    claim: Claim,
    lang: Lang,
    stream: StreamId,
    origin: Origin,
}

impl Visit {
    fn begin(
        desk: &Desk,
        request: &HttpRequest,
        id: &RequestId,
        token: String,
    ) -> Result<Self, Notice> {
        let claim =
            desk.links.read(PURPOSE, &token, desk.clock.now_s()).map_err(|bad| match bad {
                BadLink::Forged => Notice::Unknown,
                BadLink::Expired => Notice::Expired,
            })?;
        let stream = StreamId::new(CUSTOMER, &claim.subject).map_err(|_| Notice::Unknown)?;
        let lang = lang_of_query(request).unwrap_or(claim.lang);
        Ok(Self { token, claim, lang, stream, origin: id.origin("customer page") })
    }

    /// The customer, and the type the page is about, judged by the rules of now.
    async fn customer(&self, desk: &Desk) -> Result<(Arc<State>, String), Notice> {
        let state = desk.customers.state(&self.stream).await.map_err(notice_of)?;
        if state.is_erased || !state.is_registered {
            return Err(Notice::Expired);
        }
        let kind = shown::kind_of(&self.claim.kind, &state, &desk.types);
        let Some(rules) = desk.types.find(Some(&kind)).map(Kind::from) else {
            return Ok((state, kind));
        };
        let command = Command::Open { kind: rules };
        let reply = desk.customers.send(&self.stream, command, self.origin.clone()).await;
        Ok((reply.map_err(notice_of)?.state, kind))
    }

    fn shown(&self, desk: &Desk, state: &State, kind: &str) -> Result<Shown, Notice> {
        let reasons = desk.vault.fields(&self.stream, "stellar.CustomerDecided");
        let rules = desk.types.find(Some(kind));
        let mut shown = Shown::of(state, kind, rules, self.lang, &reasons).map_err(|error| {
            tracing::error!(%error, "a reason could not be read");
            Notice::Busy
        })?;
        shown.form_secret = desk.links.form_secret(&self.token);
        shown.expires_at_s = self.claim.expires_at_s;
        Ok(shown)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn notice_of(error: Error<Rejection>) -> Notice {
    match error {
        Error::Rejected(_) => Notice::Expired,
        Error::Busy | Error::Unavailable(_) | Error::Quarantined | Error::TooLarge => Notice::Busy,
    }
}

fn refused(request: &HttpRequest, why: Notice) -> HttpResponse {
    let lang = lang_of_query(request).unwrap_or_else(|| lang_of_browser(request));
    let status = match why {
        Notice::Unknown => StatusCode::NOT_FOUND,
        Notice::Expired => StatusCode::GONE,
        Notice::Busy => StatusCode::SERVICE_UNAVAILABLE,
    };
    notice(status, lang, why)
}

/// How the customer stands.
pub async fn show(
    desk: Data<Desk>,
    request: HttpRequest,
    id: ReqData<RequestId>,
    token: Path<String>,
) -> HttpResponse {
    let visit = Visit::begin(&desk, &request, &id, token.into_inner());
    let was_sent = request.query_string().split('&').any(|pair| pair == "sent=1");
    look(&desk, visit, was_sent).await.unwrap_or_else(|why| refused(&request, why))
}

async fn look(
    desk: &Desk,
    visit: Result<Visit, Notice>,
    was_sent: bool,
) -> Result<HttpResponse, Notice> {
    let visit = visit?;
    let (state, kind) = visit.customer(desk).await?;
    let mut shown = visit.shown(desk, &state, &kind)?;
    shown.was_sent = was_sent;
    Ok(render::page(&shown, StatusCode::OK))
}

/// Takes what was filled in.
pub async fn submit(
    desk: Data<Desk>,
    request: HttpRequest,
    id: ReqData<RequestId>,
    token: Path<String>,
    form: Multipart,
) -> HttpResponse {
    let visit = Visit::begin(&desk, &request, &id, token.into_inner());
    take(&desk, visit, form).await.unwrap_or_else(|why| refused(&request, why))
}

async fn take(
    desk: &Desk,
    visit: Result<Visit, Notice>,
    form: Multipart,
) -> Result<HttpResponse, Notice> {
    let visit = visit?;
    let (state, kind) = visit.customer(desk).await?;
    let shown = visit.shown(desk, &state, &kind)?;
    let _room = desk.room.try_acquire().map_err(|_| Notice::Busy)?;
    let read = tokio::time::timeout(limits::PAGE_FORM_WITHIN, form::read(form));
    let parts = match read.await.map_err(|_| Notice::Busy)? {
        Ok(parts) => parts,
        Err(Unreadable::TooLarge) => {
            return Ok(with_problem(shown, words::TOO_LARGE, StatusCode::PAYLOAD_TOO_LARGE));
        }
        Err(Unreadable::Malformed) => {
            return Ok(with_problem(shown, words::FORM_OLD, StatusCode::BAD_REQUEST));
        }
    };
    let secret = match parts.get(render::SECRET) {
        Some(Part::Text(secret)) => secret.as_str(),
        Some(Part::File(_)) | None => "",
    };
    if !desk.links.is_form_secret(&visit.token, secret) {
        return Ok(with_problem(shown, words::FORM_OLD, StatusCode::FORBIDDEN));
    }
    store(desk, visit, kind, shown, parts).await
}

async fn store(
    desk: &Desk,
    visit: Visit,
    kind: String,
    mut shown: Shown,
    parts: form::Parts,
) -> Result<HttpResponse, Notice> {
    let filled = Filled::of(&shown, parts, desk.types.find(Some(&kind)));
    filled.keep_in(&mut shown);
    if shown.has_problem() {
        return Ok(render::page(&shown, StatusCode::BAD_REQUEST));
    }
    if filled.parts.is_empty() {
        return Ok(with_problem(shown, words::NOTHING_SENT, StatusCode::BAD_REQUEST));
    }
    let Visit { stream, origin, lang, .. } = visit;
    let sent = Sent { customer: stream, kind, parts: filled.parts, origin };
    match desk.put.put(sent).await {
        // Relative, so that the secret address is not written down once more.
        Ok(()) => Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, format!("?lang={}&sent=1", lang.code())))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .finish()),
        Err(PutRefused::Part(name, fault)) => {
            let text = match fault {
                Fault::Invalid => words::INVALID,
                Fault::WrongCode => words::WRONG_CODE,
                Fault::OldCode => words::OLD_CODE,
            };
            match shown.inputs.iter_mut().find(|input| input.name == name) {
                Some(input) => {
                    input.error = Some(text.pick(lang).to_owned());
                    shown.is_refused = true;
                    Ok(render::page(&shown, StatusCode::BAD_REQUEST))
                }
                None => Ok(with_problem(shown, text, StatusCode::BAD_REQUEST)),
            }
        }
        Err(PutRefused::Gone) => Err(Notice::Expired),
        Err(PutRefused::Busy) => Err(Notice::Busy),
    }
}

fn with_problem(mut shown: Shown, text: Text, status: StatusCode) -> HttpResponse {
    shown.problem = Some(text.pick(shown.lang).to_owned());
    render::page(&shown, status)
}

#[cfg(test)]
mod tests;
