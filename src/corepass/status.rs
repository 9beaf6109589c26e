//! `POST /api/v1/kyc/status`
//!
//! The newest status of a user and item set, one calendar month back (UTC). CorePass Connector,
//! CP v. 1.

use actix_web::web::{Data, Json};
use chrono::{DateTime, Months, Utc};
use kyc_projections::transfer_status::{self, Entry, TransferStatus};
use serde::Serialize;

use super::error::Error;
use super::service::Service;
use super::wire::{self, Body, UserAndItems};

/// One status.
#[derive(Serialize)]
pub struct StatusAnswer {
    status: &'static str,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tx_hash: Option<String>,
}

impl From<Entry> for StatusAnswer {
    fn from(entry: Entry) -> Self {
        Self {
            status: entry.status.word(),
            created_at: entry.created_at.div_euclid(1000),
            tx_hash: entry.tx_hash,
        }
    }
}

/// The endpoint.
pub async fn handle(service: Data<Service>, body: Body) -> Result<Json<StatusAnswer>, Error> {
    let newest = history(&service, body, 1).await?.into_iter().next();
    newest.map(Json).ok_or(Error::NotFound("no request found for this user and items"))
}

/// The statuses of the user and items in `body`, newest first; at most `limit`.
pub async fn history(
    service: &Service,
    body: Body,
    limit: usize,
) -> Result<Vec<StatusAnswer>, Error> {
    let request: UserAndItems = wire::parse(body)?;
    let user = service.user(&request.user)?;
    let items = Service::items(&request.items)?;
    let stream = service.stream(&user, &items);
    if !service.models.wait_for_stream(&stream).await {
        return Err(Error::Unavailable("the read models are behind".to_owned()));
    }
    let since = month_before(service.clock.now());
    let entries = service
        .models
        .of::<TransferStatus>()
        .query(|rows| transfer_status::history(rows, &stream, since, limit));
    Ok(entries.into_iter().map(StatusAnswer::from).collect())
}

/// The same day and time one calendar month earlier; the month's last day if it is shorter.
fn month_before(now: kyc_events::Millis) -> kyc_events::Millis {
    DateTime::<Utc>::from_timestamp_millis(now)
        .and_then(|now| now.checked_sub_months(Months::new(1)))
        .map_or(0, |then| then.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_a_calendar_month() {
        let at =
            |text: &str| DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis();
        assert_eq!(month_before(at("2026-03-31T10:00:00Z")), at("2026-02-28T10:00:00Z"));
        assert_eq!(month_before(at("2026-11-25T10:00:00Z")), at("2026-10-25T10:00:00Z"));
    }
}
