//! `POST /Agent/Account/VerifyEMail` `{eMail, code}`, `POST /Agent/Account/VerifyPhoneNr` `{phoneNr, code}`
//!
//! The code that was sent to an address or number. Neither wants a token: who has the code has the
//! address. With several accounts of one address, the one that waits for this code is meant.

use kyc_events::neuro::Channel;
use kyc_projections::neuro_accounts::{self, NeuroAccounts};

use super::{Call, Error, Service};
use crate::config::limits;
use crate::neuro::account::Command;
use crate::neuro::name::UserName;
use crate::neuro::names;
use crate::neuro::service::Known;
use crate::neuro::wire::Reply;
use crate::verification_code::DIGITS;

/// Answers for an e-mail address.
pub async fn e_mail(service: &Service, call: &Call) -> Result<Reply, Error> {
    let address = call.form.text("eMail")?;
    let user = verify(service, call, Channel::Email, address).await?;
    Ok(Reply::new("EMailVerified").text("eMail", address).text("userName", user.as_str()))
}

/// Answers for a phone number.
pub async fn phone_nr(service: &Service, call: &Call) -> Result<Reply, Error> {
    let number = call.form.text("phoneNr")?;
    let user = verify(service, call, Channel::Sms, number).await?;
    Ok(Reply::new("PhoneNrVerified").text("phoneNr", number).text("userName", user.as_str()))
}

async fn verify(
    service: &Service,
    call: &Call,
    channel: Channel,
    address: &str,
) -> Result<UserName, Error> {
    // A number has lost its zeros at the front.
    let code = format!("{:0>1$}", call.form.text_or_number("code")?.trim(), DIGITS);
    service.check_endpoint(call.remote).await?;
    let mut failed = Error::NotFound("Nobody waits for this code.".into());
    let mut is_wrong = false;
    for known in waiting(service, call, channel, address).await? {
        let command = Command::Verify { channel, code: code.clone() };
        match service.accounts.send(&known.stream, command, call.origin.clone()).await {
            Ok(reply) => {
                let is_verified =
                    reply.state.contact(channel).is_some_and(|one| one.verified_at.is_some());
                if is_verified {
                    service.caught_up(&reply).await?;
                    service.succeeded(call.remote).await?;
                    return Ok(known.user);
                }
                is_wrong = true;
            }
            Err(error) => failed = error.into(),
        }
    }
    // Guessing is a failure like a signature that is not good.
    if is_wrong {
        return Err(service.failed(call.remote, "The code is not valid.").await);
    }
    Err(failed)
}

/// Accounts with this address: the token's, if one is shown.
async fn waiting(
    service: &Service,
    call: &Call,
    channel: Channel,
    address: &str,
) -> Result<Vec<Known>, Error> {
    let tag = names::contact(service.vault.master(), channel, address);
    if let Some(bearer) = &call.bearer {
        let known = service.account(bearer).await?;
        let is_theirs = known.state.contacts.iter().any(|contact| contact.tag == tag);
        return Ok(if is_theirs { vec![known] } else { Vec::new() });
    }
    let query =
        |rows: &_| neuro_accounts::by_contact(rows, tag, limits::NEURO_ACCOUNTS_OF_CONTACT_MAX);
    let streams = service.models.of::<NeuroAccounts>().query(query);
    let mut all = Vec::new();
    for stream in streams {
        let state = service.accounts.state(&stream).await?;
        if state.owner.is_none() {
            continue;
        }
        let name = service.profile_of(&stream, &state)?.user_name;
        let user = UserName::parse(&name).map_err(Error::internal)?;
        let generation = service.generation_of(&user);
        all.push(Known { stream, user, generation, state });
    }
    Ok(all)
}
