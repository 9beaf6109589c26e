//! `POST /Agent/Account/Info`: what is known of the token's account; contacts once it is enabled.

use kyc_events::neuro::Channel;

use super::{Call, Error, Service};
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let known = service.account(call.bearer()?).await?;
    let profile = service.profile(&known)?;
    let state = &known.state;
    let mut reply = Reply::new("AccountInfo")
        .text("userName", profile.user_name)
        .instant("created", state.owner()?.created_at);
    if let Some(updated) = state.updated_at {
        reply = reply.instant("updated", updated);
    }
    if state.enabled_at.is_none() {
        return Ok(["eMail", "eMailVerified", "phoneNr", "phoneNrVerified"]
            .into_iter()
            .fold(reply, Reply::null));
    }
    let verified = |channel| state.contact(channel).and_then(|contact| contact.verified_at);
    let shown = |reply: Reply, name, at: Option<i64>| match at {
        Some(at) => reply.instant(name, at),
        None => reply.null(name),
    };
    let reply =
        shown(reply.text("eMail", profile.e_mail), "eMailVerified", verified(Channel::Email));
    let phone_nr = profile.phone_nr.unwrap_or_default();
    Ok(shown(reply.text("phoneNr", phone_nr), "phoneNrVerified", verified(Channel::Sms)))
}
