//! `PUT /kyc/customer/callback`
//!
//! Where changes of a customer's status are told.

use actix_web::web::{Data, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::body::Form;
use super::door::Whose;
use super::service::Service;
use crate::callbacks::egress::Target;
use crate::http::RequestId;
use crate::stellar::customer::Command;
use crate::stellar::error::Error;

/// The endpoint.
pub async fn put(
    service: Data<Service>,
    id: ReqData<RequestId>,
    whose: Whose,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    if !service.offers_callbacks {
        return Err(Error::NotOffered);
    }
    let bad = |text: &str| Error::BadRequest(text.to_owned());
    let form = Form::read(&service.room, &request, payload).await?;
    let kind = form.text("type")?.map(|kind| service.kind(Some(kind))).transpose()?;
    let whom = service.whom(&whose.caller, &form).await?;
    let url = form.word("url")?.ok_or_else(|| bad("callback 'url' required"))?;
    let has_scheme = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
    let target = Target::parse(url, &service.parts.policy, true).ok().filter(|_| has_scheme);
    let target = target.ok_or_else(|| bad("'url' must be a valid URL"))?;
    let (stream, _) = service.found(&whom).await?;
    if let Some(kind) = kind {
        let open = Command::Open { kind: kind.into() };
        service.parts.customers.send(&stream, open, id.origin("wallet")).await?;
    }
    let command = Command::SetCallback { url: target.as_str().to_owned(), lang: form.lang()? };
    service.parts.customers.send(&stream, command, id.origin("wallet")).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}
