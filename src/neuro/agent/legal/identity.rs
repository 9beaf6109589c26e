//! `POST /Agent/Legal/GetIdentity` `{legalId}`, `POST /Agent/Legal/GetIdentities` `{offset?, maxCount?}`

use kyc_projections::neuro_accounts::{self, NeuroAccounts};

use super::Owned;
use crate::config::limits;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::service::Service;
use crate::neuro::wire::{Item, Reply};

/// One of the account's own.
pub async fn one(service: &Service, call: &Call) -> Result<Reply, Error> {
    let known = service.account(call.bearer()?).await?;
    let owned = Owned::find(service, call, &known).await?;
    service.identity_response(&owned.stream, &owned.state)
}

/// All of them, the newest first.
pub async fn all(service: &Service, call: &Call) -> Result<Reply, Error> {
    let known = service.account(call.bearer()?).await?;
    let offset = call.form.optional_whole("offset", 0..=u64::MAX)?.unwrap_or(0);
    let most = limits::NEURO_PAGE_MAX as u64;
    let count = call.form.optional_whole("maxCount", 1..=u64::MAX)?.unwrap_or(most).min(most);
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let query = |rows: &_| neuro_accounts::identities(rows, &known.stream, offset, count as usize);
    let streams = service.models.of::<NeuroAccounts>().query(query);
    let mut shown = Vec::new();
    for known in streams {
        let stream = known.stream;
        let state = service.identities.state(&stream).await?;
        if state.identification.is_some() {
            shown.push(Item::Element(service.shown(&stream, &state)?));
        }
    }
    Ok(Reply::new("IdentitiesResponse").many("Identities", shown))
}
