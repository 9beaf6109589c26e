//! `POST /Agent/Account/Login` `{userName, nonce, signature, seconds}`: a token for who knows the
//! password, which is not sent.

use super::{Call, Error, Service, issue, seconds, user_name};
use crate::neuro::nonce::Scope;
use crate::neuro::signature::login;
use crate::neuro::signing::{nonce, signature};
use crate::neuro::wire::Reply;

const NOT_VALID: &str = "The user name or the signature is not valid.";

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let form = &call.form;
    let (user, seconds, nonce) = (user_name(call)?, seconds(form)?, nonce(form)?);
    let signature = signature(form, "signature")?;
    service.check_endpoint(call.remote).await?;
    let Some(known) = service.find(&user).await? else {
        return Err(service.failed(call.remote, NOT_VALID).await);
    };
    let password = service.password(&known).await?;
    let signed = login(user.as_str(), &call.host, nonce.as_str());
    if !signed.is_signed_by(&password, &signature) {
        return Err(service.failed(call.remote, NOT_VALID).await);
    }
    service.use_up(nonce, Scope::Account(&user)).await?;
    service.succeeded(call.remote).await?;
    if known.state.enabled_at.is_none() {
        return Err(Error::Forbidden("The account is not enabled.".into()));
    }
    let (jwt, expires) = issue(service, &known, seconds);
    Ok(Reply::new("LoggedIn").text("jwt", jwt).instant("expires", expires))
}
