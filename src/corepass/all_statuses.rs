//! `POST /api/v1/kyc/all-statuses`
//!
//! All statuses of a user and item set over all its orders, newest first, one calendar month back
//! (UTC). CorePass Connector, CP v. 1.

use actix_web::web::{Data, Json};
use serde::Serialize;

use super::error::Error;
use super::service::Service;
use super::status::{StatusAnswer, history};
use super::wire::Body;
use crate::config::limits;

/// The list, under its literal name.
#[derive(Serialize)]
pub struct Answer {
    #[serde(rename = "AllStatuses")]
    all: Vec<StatusAnswer>,
}

/// The endpoint.
pub async fn handle(service: Data<Service>, body: Body) -> Result<Json<Answer>, Error> {
    let all = history(&service, body, limits::STATUSES_MAX).await?;
    if all.is_empty() {
        return Err(Error::NotFound("no request found for this user and items"));
    }
    Ok(Json(Answer { all }))
}
