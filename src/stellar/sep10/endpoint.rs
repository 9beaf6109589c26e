//! `GET /auth`, `POST /auth`
//!
//! A challenge, and a token for the signed one (SEP-10 3.4.1, 2024-03-20).

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::Unavailable;
use super::challenge::{Asked, Refused};
use super::client_domain::ClientDomainRefused;
use super::service::Service;
use super::token::Grant;
use crate::config::limits;
use crate::stellar::account::{Account, AccountKey};
use crate::stellar::cors;
use crate::stellar::error::Error;
use crate::stellar::memo::parse_id;

/// The routes; need a [`Service`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource(["/auth", "/auth/"])
            .app_data(web::PayloadConfig::new(limits::BODY_BYTES_MAX))
            .wrap(from_fn(cors::open))
            .route(web::get().to(challenge))
            .route(web::post().to(token))
            .default_service(web::to(wrong_method)),
    );
}

/// `GET /auth?account=&memo=&home_domain=&client_domain=`
pub async fn challenge(
    service: Data<Service>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let query = Query::parse(request.query_string())?;
    let bad = |text: &str| Error::BadRequest(text.to_owned());
    let account = query.account.ok_or_else(|| bad("account is missing"))?;
    let account: Account = account.parse().map_err(|_| bad("account is invalid"))?;
    let memo = query.memo.map(|memo| parse_id(&memo).ok_or_else(|| bad("memo is not an id")));
    let home_domain = service
        .party
        .home_domain(query.home_domain.as_deref())
        .ok_or_else(|| bad("home_domain is not one of this server"))?;
    let mut asked = Asked { account, memo: memo.transpose()?, home_domain, client_domain: None };
    asked.check()?;
    let client_domain = query.client_domain;
    if let Some(domain) = client_domain.as_deref() {
        asked.client_domain = Some((domain, key_of(&service, domain).await?));
    }
    let now_s = u64::try_from(service.clock.now_s()).unwrap_or(0);
    let transaction = service.party.issue(&asked, now_s, &nonce()?)?;
    let passphrase = &service.party.network_passphrase;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "transaction": transaction, "network_passphrase": passphrase })))
}

/// `POST /auth`, form or JSON: `transaction`
pub async fn token(
    service: Data<Service>,
    request: HttpRequest,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Error> {
    let body = body.map_err(|error| match error.as_response_error().status_code().as_u16() {
        413 => Error::TooLarge,
        _ => Error::BadRequest("the body could not be read".to_owned()),
    })?;
    let transaction = transaction_of(&request, &body)?;
    let now_s = u64::try_from(service.clock.now_s()).unwrap_or(0);
    let challenge = service.party.read(&transaction, now_s)?;
    if !challenge.is_signed() {
        return Err(Refused::ClientSignature.into());
    }
    let authority = service.ledger.authority(&challenge.client_key()).await?;
    challenge.check_signatures(&authority)?;
    // Last of all, so that nobody burns a challenge that somebody else has yet to sign.
    let expires_at = challenge.expires_at_s.saturating_add(1).saturating_mul(1000);
    let expires_at = i64::try_from(expires_at).unwrap_or(i64::MAX);
    if !service.used.consume(challenge.hash, expires_at).await? {
        return Err(Refused::Used.into());
    }
    let grant = Grant {
        caller: challenge.caller(),
        challenge: challenge.hash,
        home_domain: &challenge.home_domain,
        client_domain: challenge.client_domain.as_deref(),
    };
    let token = service.tokens.issue(&grant, service.clock.now_s());
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "token": token })))
}

async fn wrong_method(_: HttpRequest) -> Result<&'static str, Error> {
    Err(Error::WrongMethod("GET, POST, OPTIONS"))
}

/// What a GET may say. Empty counts as absent, unknown parameters are none of our business.
#[derive(Default)]
struct Query {
    account: Option<String>,
    memo: Option<String>,
    home_domain: Option<String>,
    client_domain: Option<String>,
}

impl Query {
    fn parse(text: &str) -> Result<Self, Error> {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let place = match name.as_ref() {
                "account" => &mut query.account,
                "memo" => &mut query.memo,
                "home_domain" => &mut query.home_domain,
                "client_domain" => &mut query.client_domain,
                _ => continue,
            };
            if !value.is_empty() && place.replace(value.into_owned()).is_some() {
                return Err(Error::BadRequest("a parameter is given twice".to_owned()));
            }
        }
        Ok(query)
    }
}

async fn key_of(service: &Service, domain: &str) -> Result<AccountKey, Error> {
    service.client_domains.signing_key(domain).await.map_err(|refused| match refused {
        ClientDomainRefused::Unavailable(unavailable) => unavailable.into(),
        ClientDomainRefused::Invalid
        | ClientDomainRefused::Unobtainable
        | ClientDomainRefused::Unreadable
        | ClientDomainRefused::NoKey => Error::BadRequest(refused.to_string()),
    })
}

#[derive(Deserialize)]
struct Body {
    transaction: String,
}

fn transaction_of(request: &HttpRequest, body: &[u8]) -> Result<String, Error> {
    let bad = |text: &str| Error::BadRequest(text.to_owned());
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or("").trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/json" => serde_json::from_slice(body)
            .map(|body: Body| body.transaction)
            .map_err(|_| bad("the body is not JSON with a text named transaction")),
        "application/x-www-form-urlencoded" => {
            let mut given = form_urlencoded::parse(body).filter(|(name, _)| name == "transaction");
            match (given.next(), given.next()) {
                // Some clients forget to encode the `+` of base64, which then means a space.
                (Some((_, text)), None) => Ok(text.replace(' ', "+")),
                (None, _) => Err(bad("transaction is missing")),
                (Some(_), Some(_)) => Err(bad("transaction is given twice")),
            }
        }
        // Every refusal of a challenge is a 400, this one too.
        _ => Err(bad("the body has to be JSON or a form")),
    }
}

fn nonce() -> Result<[u8; 48], Error> {
    let mut nonce = [0; 48];
    getrandom::fill(&mut nonce).map_err(|_| Unavailable("no random bytes".to_owned()))?;
    Ok(nonce)
}

#[cfg(test)]
mod tests;
