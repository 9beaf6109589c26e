//! `POST /api/v1/blockchain/valid`
//!
//! Which pieces of data match their fingerprint on the chain. Named in the migration table of the
//! CorePass documentation (2024-04-28); shape of the answer as in its later version.

use actix_web::web::{Data, Json};
use kyc_events::corepass::Info;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::service::Service;
use super::wire::{self, Body, RawInfo};

#[derive(Deserialize)]
struct Request {
    user: String,
    infos: Vec<RawInfo>,
}

/// The two lists of names in the order of the request; an empty one is left out.
#[derive(Serialize)]
pub struct Answer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    valids: Vec<String>,
    #[serde(rename = "unValids", skip_serializing_if = "Vec::is_empty")]
    unvalids: Vec<String>,
}

/// The endpoint.
pub async fn handle(service: Data<Service>, body: Body) -> Result<Json<Answer>, Error> {
    let request: Request = wire::parse(body)?;
    let user = service.user(&request.user)?;
    wire::check_infos(&request.infos)?;
    let infos: Vec<Info> = request.infos.into_iter().map(Info::from).collect();
    let names: Vec<String> = infos.iter().map(|info| info.field_id.clone()).collect();
    let valid = service.ask(move |chain| chain.valid(&user, &infos)).await?;
    let (yes, no): (Vec<_>, Vec<_>) = names.into_iter().zip(valid).partition(|(_, ok)| *ok);
    let names = |list: Vec<(String, bool)>| list.into_iter().map(|(name, _)| name).collect();
    Ok(Json(Answer { valids: names(yes), unvalids: names(no) }))
}
