//! `POST /transactions` `{id, kind, customer, role}`, `GET /transactions/{id}`

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data, Path, ReqData};
use kyc_events::stellar::Protocol;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{self, Problem};
use crate::http::RequestId;
use crate::stellar::transaction::{Error, Known, Transactions, Wish};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    id: String,
    /// `sep6`, `sep24` or `sep31`.
    kind: Protocol,
    /// A customer's id, also as `stellar:<id>`.
    customer: String,
    role: Option<String>,
}

/// The routes; need [`Transactions`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str, route: actix_web::Route| {
        web::resource(path).route(route).default_service(web::to(problem::wrong_method))
    };
    config
        .service(at("/transactions", web::post().to(register)))
        .service(at("/transactions/{id}", web::get().to(show)));
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Id | Error::Role => Self::bad_request(error.to_string()),
            Error::UnknownCustomer => Self::not_found(error.to_string()),
            Error::Taken | Error::TooMany => Self::conflict(error.to_string()),
            Error::Unavailable(what) => {
                tracing::error!(what, "a transaction could not be served");
                Self::unavailable()
            }
        }
    }
}

/// A transaction of the platform waits for a customer: 201, or 200 if it was known.
pub async fn register(
    transactions: Data<Transactions>,
    request: ReqData<RequestId>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let Register { id, kind, customer, role } = problem::parse(body)?;
    let customer = customer.strip_prefix("stellar:").unwrap_or(&customer).to_owned();
    let wish = Wish { id, protocol: kind, customer, role };
    let (known, is_new) = transactions.register(wish, request.origin("operator")).await?;
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(shown(&known)))
}

/// One of them.
pub async fn show(
    transactions: Data<Transactions>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let known = transactions.find(&id).await?;
    let known = known.ok_or_else(|| Problem::not_found("no such transaction"))?;
    Ok(HttpResponse::Ok().json(shown(&known)))
}

fn shown(known: &Known) -> Value {
    let state = match known.accepted {
        None => "waiting",
        Some(true) => "accepted",
        Some(false) => "rejected",
    };
    json!({
        "id": known.id,
        "kind": known.protocol,
        "customer": known.customer,
        "type": known.kind,
        "state": state,
        "customer_status": known.status,
    })
}

#[cfg(test)]
mod tests;
