//! `POST /stellar/customers/{id}/more-info-url` `{lang?, type?, ttl_s?}`

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Bytes, Data, Path};
use kyc_events::StreamId;
use kyc_events::stellar::CUSTOMER;
use kyc_projections::stellar_customers::{self, StellarCustomers};
use serde::Deserialize;
use serde_json::json;

use super::problem::{self, Problem};
use super::subjects::instant;
use crate::clock::Clock;
use crate::config::limits;
use crate::engine::ReadModels;
use crate::pages::lang::Lang;
use crate::pages::link::{Claim, Links};
use crate::pages::stellar::PURPOSE;
use crate::stellar::types::Types;

/// Makes links to customers' pages. Cheap to clone.
#[derive(Clone)]
pub struct MoreInfo {
    /// Read models.
    pub models: ReadModels,
    /// Signs them.
    pub links: Links,
    /// What time it is.
    pub clock: Clock,
    /// The types of customers there are.
    pub types: Arc<Types>,
    /// `server.public_url`, no trailing slash.
    pub public_url: Arc<str>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The whole URL. A secret of the customer: never logged.
    pub url: String,
    /// Seconds since 1970.
    pub expires_at_s: i64,
}

impl MoreInfo {
    /// The link to a customer's page; the customer is not looked up.
    pub fn link(&self, customer: &str, kind: &str, lang: Lang, ttl_s: i64) -> Link {
        let expires_at_s = self.clock.now_s().saturating_add(ttl_s);
        let (subject, kind) = (customer.to_owned(), kind.to_owned());
        let claim = Claim { purpose: PURPOSE, subject, kind, lang, expires_at_s };
        let url = format!("{}/me/stellar/{}", self.public_url, self.links.sign(&claim));
        Link { url, expires_at_s }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    lang: Option<String>,
    /// Which type's status the page shows; otherwise the one that needs something most.
    r#type: Option<String>,
    ttl_s: Option<i64>,
}

/// The route; needs a [`MoreInfo`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/stellar/customers/{id}/more-info-url")
            .route(web::post().to(make))
            .default_service(web::to(problem::wrong_method)),
    );
}

/// A signed link to the customer's page.
pub async fn make(
    more_info: Data<MoreInfo>,
    id: Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let wish: Wish = match &body {
        Ok(bytes) if bytes.is_empty() => Wish::default(),
        _ => problem::parse(body)?,
    };
    let ttl_s = wish.ttl_s.unwrap_or(limits::PAGE_LINK_S);
    if !(1..=limits::PAGE_LINK_S_MAX).contains(&ttl_s) {
        let detail = format!("ttl_s is between 1 and {}", limits::PAGE_LINK_S_MAX);
        return Err(Problem::bad_request(detail));
    }
    let kind = wish.r#type.unwrap_or_default();
    if !kind.is_empty() && more_info.types.find(Some(&kind)).is_none() {
        return Err(Problem::bad_request("there is no such type"));
    }
    let lang = wish.lang.as_deref().and_then(Lang::of).unwrap_or_default();
    let unknown = || Problem::not_found("no such customer");
    let stream = StreamId::new(CUSTOMER, &id).map_err(|_| unknown())?;
    if !more_info.models.wait_for_all().await {
        return Err(Problem::unavailable());
    }
    let find = |rows: &_| stellar_customers::find(rows, &stream);
    let customer = more_info.models.of::<StellarCustomers>().query(find);
    if customer.is_none_or(|customer| !customer.is_registered) {
        return Err(unknown());
    }
    let Link { url, expires_at_s } = more_info.link(&id, &kind, lang, ttl_s);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "url": url, "expires_at": instant(expires_at_s.saturating_mul(1000)) })))
}

#[cfg(test)]
mod tests;
