//! `POST /Agent/Account/Refresh` `{seconds}`: another token for one that is still good.

use super::{Call, Error, Service, issue, seconds};
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let seconds = seconds(&call.form)?;
    let known = service.account(call.bearer()?).await?;
    let (jwt, expires) = issue(service, &known, seconds);
    Ok(Reply::new("LoggedIn").text("jwt", jwt).instant("expires", expires))
}
