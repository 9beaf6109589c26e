//! `POST /Agent/Account/Logout`: the token is worth nothing any more.

use super::{Call, Error, Service};
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    service.revoke(call.bearer()?).await?;
    Ok(Reply::acknowledged())
}
