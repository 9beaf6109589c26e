//! `DELETE /kyc/customer/{account}`
//!
//! Everything of a customer is forgotten, by the same steps as an operator's erasure. A legal hold
//! puts that off: the answer is 403, and it is done when the hold ends.

use actix_web::web::{Data, Path, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::body::Form;
use super::door::Whose;
use super::service::{Service, stream_of};
use crate::engine::Error::Rejected;
use crate::http::RequestId;
use crate::stellar::caller::NotMeant;
use crate::stellar::error::Error;
use crate::subject;

const NOT_FOUND: Error = Error::NotFound("account not found");

const HELD: &str = "a legal hold stands; the customer is deleted when it ends";

/// The endpoint. What it answers 200 to is recorded, and goes on after a crash.
pub async fn handle(
    service: Data<Service>,
    id: ReqData<RequestId>,
    whose: Whose,
    account: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    let form = Form::read(&service.room, &request, payload).await?;
    let (memo, memo_type) = (form.text("memo")?, form.text("memo_type")?);
    let person = match whose.caller.meant(Some(&account), memo, memo_type) {
        Ok(person) => person,
        Err(NotMeant::Account | NotMeant::Memo) => return Err(NOT_FOUND),
        Err(refused) => return Err(refused.into()),
    };
    let customer = service.id_of(&person, service.current(&person));
    if service.state(&stream_of(customer)).await?.known().is_none() {
        return Err(NOT_FOUND);
    }
    let subject = service.subject(customer);
    let command = subject::Command::EraseOrDefer {
        reason: "asked for by the customer".to_owned(),
        by: "customer".to_owned(),
    };
    let stream = subject::name::stream_of(subject);
    let eraser = &service.parts.eraser;
    let sent = eraser.subjects.send(&stream, command, id.origin("wallet")).await;
    let reply = sent.map_err(|error| match error {
        Rejected(other) => Error::Unavailable(other.to_string()),
        crate::engine::Error::Busy => Error::Busy,
        other => Error::Unavailable(other.to_string()),
    })?;
    if let Some(last) = reply.last {
        service.parts.models.wait_for(last).await;
    }
    if reply.state.deferred.is_some() {
        return Err(Error::Forbidden(HELD.to_owned()));
    }
    // What is left to do is done in any case; a slow disk need not keep anybody waiting.
    eraser.wait_for(subject).await;
    Ok(HttpResponse::Ok().json(json!({ "status": "success" })))
}
