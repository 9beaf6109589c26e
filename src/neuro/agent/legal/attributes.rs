//! `POST /Agent/Legal/GetApplicationAttributes`: what an application needs.

use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::service::Service;
use crate::neuro::wire::{Item, Reply};

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    service.account(call.bearer()?).await?;
    let profile = &service.settings.profile;
    let required = profile.required.iter().map(|name| Item::Text("Item", name.clone()));
    Ok(Reply::new("ApplicationAttributes")
        .flag("peerReview", profile.peer_review)
        .whole("nrReviewers", 0)
        .whole("nrPhotos", profile.photos.count() as i64)
        .flag("iso3166", profile.iso3166)
        .many("Required", required.collect()))
}
