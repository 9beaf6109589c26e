//! `POST /Agent/Account/VerifyEMail` `{eMail, code}`, `POST /Agent/Account/VerifyPhoneNr` `{phoneNr, code}`
//!
//! The code that was sent to an address or number. Neither wants a token: who has the code has the
//! address. With several accounts of one address, the one that waits for this code is meant. Whatever is
//! wrong is 403, and counts as a failure.

use kyc_events::neuro::Channel;
use kyc_projections::neuro_accounts::{self, NeuroAccounts};

use super::{Call, Error, Service};
use crate::config::limits;
use crate::engine;
use crate::neuro::account::{Command, Rejection};
use crate::neuro::name::UserName;
use crate::neuro::names;
use crate::neuro::service::Known;
use crate::neuro::wire::Reply;
use crate::verification_code::{DIGITS, code_of, is_same};

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
    let mut all = waiting(service, call, channel, address).await?;
    // Whose code it is; others of the same address do not pay for it.
    let mut meant = None;
    for (at, known) in all.iter().enumerate() {
        if is_due(service, known, channel, &code)? {
            meant = Some(at);
            break;
        }
    }
    let known = meant.map(|at| all.swap_remove(at));
    let tried = known.as_ref().map_or(all.as_slice(), std::slice::from_ref);
    let mut why = None;
    for known in tried {
        let command = Command::Verify { channel, code: code.clone() };
        match service.accounts.send(&known.stream, command, call.origin.clone()).await {
            Ok(reply) if reply.state.contact(channel).is_some_and(|c| c.verified_at.is_some()) => {
                // Said again it is no news, and ends no row of failures.
                if reply.events > 0 {
                    let _ = service.caught_up(&reply).await;
                    service.succeeded(call.remote).await?;
                }
                return Ok(known.user.clone());
            }
            Ok(_) => {}
            Err(engine::Error::Rejected(rejection)) => why = Some(rejection),
            Err(error) => return Err(error.into()),
        }
    }
    // Guessing is a failure like a signature that is not good, and an address that nobody has is
    // not told from a wrong code.
    let sentence = match why {
        Some(Rejection::TooManyWrongCodes) => "Too many wrong codes. Ask for another one.",
        Some(Rejection::CodeExpired) => "The code has expired. Ask for another one.",
        _ => "The code is not valid.",
    };
    Err(service.failed(call.remote, sentence).await)
}

/// Whether an account waits for this code.
fn is_due(service: &Service, known: &Known, channel: Channel, given: &str) -> Result<bool, Error> {
    let due = known.state.contact(channel).and_then(|contact| contact.code.as_ref());
    let Some(due) = due else { return Ok(false) };
    let code = code_of(&*service.vault, known.state.owner()?.key, due.id);
    Ok(code.map_err(Error::internal)?.is_some_and(|code| is_same(&code, given)))
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
