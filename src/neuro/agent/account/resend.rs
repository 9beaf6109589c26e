//! `POST /Agent/Account/ResendVerificationCodes` `{eMail?, phoneNr?, language?}`: other codes to
//! contacts that are not verified.

use kyc_events::neuro::Channel;

use super::{Call, Error, Service};
use crate::neuro::account::Command;
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let known = service.account(call.bearer()?).await?;
    let profile = service.profile(&known)?;
    let wanted = (call.form.optional_text("eMail")?, call.form.optional_text("phoneNr")?);
    let other = || Error::bad("Only the address and the number of the account get codes.");
    let mut channels = Vec::new();
    match wanted {
        (None, None) => channels.extend([Channel::Email, Channel::Sms]),
        (e_mail, phone_nr) => {
            if let Some(e_mail) = e_mail {
                if e_mail != profile.e_mail {
                    return Err(other());
                }
                channels.push(Channel::Email);
            }
            if phone_nr.is_some() {
                if phone_nr != profile.phone_nr.as_deref() {
                    return Err(other());
                }
                channels.push(Channel::Sms);
            }
        }
    }
    let command = Command::SendCodes { channels };
    let reply = service.accounts.send(&known.stream, command, call.origin.clone()).await?;
    service.caught_up(&reply).await?;
    Ok(Reply::acknowledged())
}
