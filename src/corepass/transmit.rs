//! `POST /api/v1/kyc/transmit`
//!
//! The user's app hands over the data. Only the path is public; the shape is our own.

use actix_web::HttpResponse;
use actix_web::web::{Data, ReqData};
use serde::Deserialize;

use super::accept::order_of;
use super::error::Error;
use super::field::Field;
use super::service::Service;
use super::signed::{Info, TransmitBody};
use super::transfer::Command;
use super::wire::{self, Body, RawInfo};
use crate::http::RequestId;

#[derive(Deserialize)]
struct Request {
    id: String,
    user: String,
    infos: Vec<RawInfo>,
    deadline: i64,
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
    wire::check_infos(&request.infos)?;
    let infos: Vec<Info> = request
        .infos
        .iter()
        .filter_map(|raw| {
            let field = Field::from_name(&raw.field_id)?;
            Some(Info { field, value: raw.field_value.clone(), pepper: raw.pepper.clone() })
        })
        .collect();
    let deadline = request.deadline;
    let signed = TransmitBody { id: request.id, user: user.clone(), infos, deadline };
    wire::check_signature(&service, &user, deadline, &signed.message(), &request.signature)?;
    let (stream, order) = order_of(&service, &signed.id, &user).await?;
    let infos = request.infos.into_iter().map(Into::into).collect();
    let command = Command::Transmit { order, infos };
    service.transfers.send(&stream, command, id.origin("app")).await?;
    Ok(HttpResponse::NoContent().finish())
}
