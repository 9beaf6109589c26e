//! `PUT /kyc/customer/verification`
//!
//! Codes alone. Deprecated since SEP-12 1.12.0, and still in use.

use std::collections::BTreeMap;

use actix_web::web::{Data, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use super::body::Form;
use super::customer::wrong_code;
use super::door::Whose;
use super::service::{NOT_FOUND, Service, stream_of};
use crate::http::RequestId;
use crate::stellar::customer::Command;
use crate::stellar::error::Error;
use crate::stellar::sep9::{self, Entry};

/// The endpoint.
pub async fn put(
    service: Data<Service>,
    id: ReqData<RequestId>,
    whose: Whose,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    if !service.offers_verification {
        return Err(Error::NotOffered);
    }
    let bad = |text: String| Error::BadRequest(text);
    let form = Form::read(&service.room, &request, payload).await?;
    let customer = form.word("id")?.ok_or_else(|| bad("'id' is required".to_owned()))?;
    let (kind, lang) = (service.kind(form.text("type")?)?, form.lang()?);
    let mut codes = BTreeMap::new();
    for (name, value) in form.all().filter(|(name, _)| !["id", "lang", "type"].contains(name)) {
        let Some(Entry::Code(field)) = sep9::entry(name) else {
            return Err(bad("only names of SEP-9 with '_verification' go here".to_owned()));
        };
        codes.insert(field.name.to_owned(), value.text(name)?.to_owned());
    }
    if codes.is_empty() {
        return Err(bad("a verification code is required".to_owned()));
    }
    let customer = Uuid::parse_str(customer).map_err(|_| NOT_FOUND)?;
    service.own(&whose.caller, customer).await?;
    let (stream, names) = (stream_of(customer), codes.keys().cloned().collect::<Vec<_>>());
    let command = Command::Verify { codes };
    let reply = service.parts.customers.send(&stream, command, id.origin("wallet")).await?;
    wrong_code(&reply.state, names.iter())?;
    Ok(HttpResponse::Ok().json(service.shown(&stream, reply.state, kind, &lang, &id).await?))
}
