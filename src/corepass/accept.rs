//! `POST /api/v1/kyc/accept`
//!
//! The user's app accepts an order. Our own shape: the real one is not public.

use actix_web::HttpResponse;
use actix_web::web::{Data, ReqData};
use kyc_events::StreamId;
use kyc_events::corepass::{Cheque, OrderNo};
use serde::Deserialize;
use serde_json::Value;

use super::core_id::CoreId;
use super::error::Error;
use super::service::{Service, parse_order_id};
use super::signed::AcceptBody;
use super::transfer::Command;
use super::wire::{self, Body};
use super::{go_json, transfer};
use crate::http::RequestId;

#[derive(Deserialize)]
struct Request {
    id: String,
    user: String,
    deadline: i64,
    #[serde(rename = "providerCheque", default)]
    provider_cheque: Option<Value>,
    #[serde(rename = "providerSignature", default)]
    provider_signature: Option<Value>,
    signature: String,
}

/// The endpoint.
pub async fn handle(
    service: Data<Service>,
    id: ReqData<RequestId>,
    body: Body,
) -> Result<HttpResponse, Error> {
    let request: Request = wire::parse(body)?;
    let user = service.user(&request.user)?;
    let signed = AcceptBody {
        id: request.id,
        user: user.clone(),
        deadline: request.deadline,
        provider_cheque: request.provider_cheque,
        provider_signature: request.provider_signature,
    };
    let (deadline, message) = (request.deadline, signed.message());
    wire::check_signature(&service, &user, deadline, &message, &request.signature)?;
    let (stream, order) = order_of(&service, &signed.id, &user).await?;
    let text = |value: Value| String::from_utf8_lossy(&go_json::to_vec(&value)).into_owned();
    let cheque = Cheque {
        cheque: signed.provider_cheque.map(text),
        signature: signed.provider_signature.map(text),
    };
    let command = Command::Accept { order, cheque };
    service.transfers.send(&stream, command, id.origin("app")).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The order behind an id, if it is this user's.
pub async fn order_of(
    service: &Service,
    id: &str,
    user: &CoreId,
) -> Result<(StreamId, OrderNo), Error> {
    let unknown = || Error::from(transfer::Rejection::UnknownOrder);
    let (stream, order) = parse_order_id(id).ok_or_else(unknown)?;
    if service.models.log_has(&stream) {
        let state = service.transfers.state(&stream).await?;
        if state.subject != Some(service.subject(user)) {
            return Err(Error::Forbidden("the request is not of this user"));
        }
        if state.order(order).is_some() {
            return Ok((stream, order));
        }
    }
    Err(unknown())
}
