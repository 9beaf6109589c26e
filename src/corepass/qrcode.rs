//! `POST /api/v1/kyc/qrcode`
//!
//! Opens an order, or finds the live one. CorePass Connector, CP v. 1.

use actix_web::web::{Data, Json, ReqData};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::link;
use super::service::{Service, order_id};
use super::transfer::{Command, OrderWish, Rejection};
use super::wire::{self, Body};
use crate::callbacks::egress::Target;
use crate::engine::Error::Rejected;
use crate::http::RequestId;

#[derive(Deserialize)]
struct Request {
    user: String,
    items: Vec<String>,
    callback: String,
    #[serde(rename = "statusCallback", default)]
    status_callback: Option<String>,
    expiration: i64,
    #[serde(rename = "withoutQRCode", default)]
    without_qr_code: Option<bool>,
}

/// Code, link and expiration of the order.
#[derive(Serialize)]
pub struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode: Option<String>,
    link: String,
    expiration: i64,
    #[serde(rename = "alreadySent", skip_serializing_if = "std::ops::Not::not")]
    already_sent: bool,
}

/// The endpoint.
pub async fn handle(
    service: Data<Service>,
    id: ReqData<RequestId>,
    body: Body,
) -> Result<Json<Answer>, Error> {
    let request: Request = wire::parse(body)?;
    let user = service.user(&request.user)?;
    let items = Service::items(&request.items)?;
    let url = |name: &str, text: &str| {
        Target::parse(text, &service.policy, true)
            .map(|target| target.as_str().to_owned())
            .map_err(|error| Error::BadRequest(format!("invalid {name}: {error}")))
    };
    let callback = url("callback", &request.callback)?;
    let status_callback = request.status_callback.filter(|text| !text.is_empty());
    let status_callback = status_callback.map(|text| url("statusCallback", &text)).transpose()?;
    let subject = service.subject(&user);
    let mut wish = OrderWish {
        user: user.as_str().to_owned(),
        subject,
        key: None,
        items: items.iter().map(|item| item.name().to_owned()).collect(),
        callback,
        status_callback,
        expiration: request.expiration,
        all_verified: None,
        notify_pending: service.notify_pending,
    };
    let mut generation = service.generation(subject);
    let (stream, reply) = loop {
        let stream = service.stream_in(&user, &items, generation);
        let command = Command::Request(wish.clone());
        match service.transfers.send(&stream, command, id.origin("public")).await {
            // The chain is asked once, however the generation turns out.
            Err(Rejected(Rejection::VerificationNeeded)) if wish.all_verified.is_none() => {
                let (asked, fields) = (user.clone(), items.clone());
                let verified = service.ask(move |chain| chain.verified(&asked, &fields)).await?;
                wish.all_verified = Some(verified.into_iter().all(|ok| ok));
            }
            // Erased a moment ago; who comes back starts anew.
            Err(Rejected(Rejection::Erased)) => generation += 1,
            reply => break (stream, reply?),
        }
        wish.key = match wish.all_verified {
            Some(true) => Some(service.key_of(subject, generation)?),
            Some(false) | None => None,
        };
    };
    let order = reply.state.last().ok_or(Error::NotFound("no request found"))?;
    let id = order_id(&stream, order.number);
    let link = link::link(
        &service.public_url,
        &user,
        &service.requester,
        &order.items,
        order.expiration,
        &id,
    );
    let qrcode = if request.without_qr_code == Some(true) {
        None
    } else {
        let png = link::png(&link).ok_or_else(|| Error::Unavailable("no QR code".to_owned()))?;
        Some(STANDARD.encode(png))
    };
    let expiration = order.expiration;
    Ok(Json(Answer { qrcode, link, expiration, already_sent: reply.events == 0 }))
}
