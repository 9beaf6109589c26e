//! `POST /api/v1/blockchain/verified`
//!
//! Which of the items the user has verified. CorePass Connector, CP v. 1.

use actix_web::web::{Data, Json};
use serde::Serialize;

use super::error::Error;
use super::field::Field;
use super::service::Service;
use super::wire::{self, Body, UserAndItems};

/// The two lists in the order of the request; an empty one is left out.
#[derive(Serialize)]
pub struct Answer {
    #[serde(rename = "verifiedItems", skip_serializing_if = "Vec::is_empty")]
    verified: Vec<Field>,
    #[serde(rename = "unVerifiedItems", skip_serializing_if = "Vec::is_empty")]
    unverified: Vec<Field>,
}

/// The endpoint.
pub async fn handle(service: Data<Service>, body: Body) -> Result<Json<Answer>, Error> {
    let request: UserAndItems = wire::parse(body)?;
    let user = service.user(&request.user)?;
    let items = Service::items(&request.items)?;
    let asked = items.clone();
    let verified = service.ask(move |chain| chain.verified(&user, &asked)).await?;
    let (yes, no): (Vec<_>, Vec<_>) = items.into_iter().zip(verified).partition(|(_, ok)| *ok);
    let fields = |list: Vec<(Field, bool)>| list.into_iter().map(|(field, _)| field).collect();
    Ok(Json(Answer { verified: fields(yes), unverified: fields(no) }))
}
