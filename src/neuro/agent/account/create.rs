//! `POST /Agent/Account/Create`: an account, disabled until its contacts are verified.
//!
//! ```text
//! endpoint blocked: 429, 403 ─► API key: 403 ─► signature with its secret: 403 ─► nonce: 400
//!   ─► name taken: 400 with others ─► quota: 403 ─► password into the vault ─► account ─► token
//! ```
//!
//! Who sends the name and the password of an account that is there is answered with a token of it: who
//! lost the first one asks for other codes with that.

use kyc_events::StreamId;
use kyc_events::neuro::{Channel, Contact, Profile};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Call, Error, Service, issue, seconds, user_name};
use crate::config::limits;
use crate::engine;
use crate::neuro::account::{self, Command, Registration, Rejection};
use crate::neuro::name::UserName;
use crate::neuro::nonce::Scope;
use crate::neuro::service::Known;
use crate::neuro::signature;
use crate::neuro::signing::{self, nonce};
use crate::neuro::wire::Reply;
use crate::neuro::{api_key, names};

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let form = &call.form;
    let (user, seconds) = (user_name(call)?, seconds(form)?);
    let (e_mail, phone_nr) = (form.text("eMail")?, form.optional_text("phoneNr")?);
    let password = form.text("password")?;
    let (api_key, nonce) = (form.text("apiKey")?, nonce(form)?);
    let signature = signing::signature(form, "signature")?;
    check_contacts(e_mail, phone_nr)?;
    let language = form.optional_text("language")?.map(str::to_owned);
    service.check_endpoint(call.remote).await?;

    let registration = signature::Registration {
        user: user.as_str(),
        host: &call.host,
        e_mail,
        phone_nr,
        password,
        api_key,
        nonce: nonce.as_str(),
    };
    let Some(secret) = secret_of(service, api_key).await? else {
        return Err(service
            .failed(call.remote, "The API key or the signature is not valid.")
            .await);
    };
    if !registration.text().is_signed_by(&secret, &signature) {
        return Err(service
            .failed(call.remote, "The API key or the signature is not valid.")
            .await);
    }
    service.use_up(nonce, Scope::ApiKey(api_key)).await?;
    if let Some(known) = service.find(&user).await? {
        return again(service, call, &known, password, seconds).await;
    }
    let profile = Profile {
        user_name: user.as_str().to_owned(),
        e_mail: e_mail.to_owned(),
        phone_nr: phone_nr.map(str::to_owned),
        language: language.or_else(|| call.language.clone()),
    };
    let known = create(service, call, &user, profile, password).await?;
    service.succeeded(call.remote).await?;
    created(service, &known, seconds)
}

fn created(service: &Service, known: &Known, seconds: u64) -> Result<Reply, Error> {
    let (jwt, expires) = issue(service, known, seconds);
    Ok(Reply::new("AccountCreated")
        .instant("created", known.state.owner()?.created_at)
        .flag("enabled", known.state.enabled_at.is_some())
        .flag("canRelay", false)
        .text("jwt", jwt)
        .instant("expires", expires))
}

/// An account of this name is there.
async fn again(
    service: &Service,
    call: &Call,
    known: &Known,
    password: &str,
    seconds: u64,
) -> Result<Reply, Error> {
    let theirs = service.password(known).await?;
    let is_theirs = bool::from(theirs.as_bytes().ct_eq(password.as_bytes()));
    if is_theirs {
        service.succeeded(call.remote).await?;
        return created(service, known, seconds);
    }
    // It may be somebody who guesses passwords: that is counted before it is told.
    match service.failed(call.remote, "").await {
        Error::Forbidden(sentence) if sentence.is_empty() => {}
        blocked => return Err(blocked),
    }
    Err(Error::NameTaken { alternatives: alternatives(service, &known.user).await? })
}

/// Free names that look like the one that is taken.
async fn alternatives(service: &Service, user: &UserName) -> Result<Vec<String>, Error> {
    let mut free = Vec::new();
    for number in 1..100 {
        let Ok(other) = UserName::parse(&format!("{}{number}", user.as_str())) else { break };
        if service.find(&other).await?.is_none() {
            free.push(other.as_str().to_owned());
        }
        if free.len() == limits::NEURO_ALTERNATIVES_MAX {
            break;
        }
    }
    Ok(free)
}

async fn secret_of(service: &Service, api_key: &str) -> Result<Option<Zeroizing<String>>, Error> {
    let Some(stream) = names::api_key(api_key).filter(|stream| service.models.log_has(stream))
    else {
        return Ok(None);
    };
    let state = service.api_keys.state(&stream).await.map_err(api_key_failed)?;
    let Some(made) = &state.made else { return Ok(None) };
    let secret = service.secret(made.key, made.secret).await?;
    String::from_utf8(secret.to_vec()).map(Zeroizing::new).map(Some).map_err(Error::internal)
}

async fn create(
    service: &Service,
    call: &Call,
    user: &UserName,
    profile: Profile,
    password: &str,
) -> Result<Known, Error> {
    let (stream, generation) = service.place_of(user);
    admit(service, call, &stream).await?;
    let (key, id) = (service.key_for(user)?, Uuid::new_v4());
    let secret = Zeroizing::new(password.as_bytes().to_vec());
    service.keep_secret(key, id, secret).await?;
    let contact = |channel, value: &str| Contact {
        channel,
        tag: names::contact(service.vault.master(), channel, value),
    };
    let mut contacts = vec![contact(Channel::Email, &profile.e_mail)];
    contacts.extend(profile.phone_nr.as_deref().map(|number| contact(Channel::Sms, number)));
    let api_key = call.form.text("apiKey")?.to_owned();
    let registration = Registration {
        subject: service.subject(user),
        key,
        profile,
        contacts,
        password: id,
        api_key,
    };
    let sent = service.accounts.send(&stream, Command::Create(registration), call.origin.clone());
    match sent.await {
        Ok(reply) => {
            let _ = service.caught_up(&reply).await;
            Ok(Known { stream, user: user.clone(), generation, state: reply.state })
        }
        Err(engine::Error::Rejected(account::Rejection::NameTaken)) => {
            service.forget_secret(key, id).await;
            Err(Error::NameTaken { alternatives: alternatives(service, user).await? })
        }
        // The person is erased at this very moment: another try finds the next generation.
        Err(engine::Error::Rejected(Rejection::Erased)) => Err(Error::Unavailable),
        Err(error) => Err(error.into()),
    }
}

/// Counts the account against the quota of its API key.
async fn admit(service: &Service, call: &Call, account: &StreamId) -> Result<(), Error> {
    let stream = names::api_key(call.form.text("apiKey")?);
    let stream = stream.ok_or_else(|| Error::Forbidden("The API key is not valid.".into()))?;
    let account = kyc_events::sealed::Tag::from_hex(account.key());
    let account = account.ok_or_else(|| Error::Internal("a stream without a tag".to_owned()))?;
    let command = api_key::Command::Admit { account };
    let sent = service.api_keys.send(&stream, command, call.origin.clone()).await;
    sent.map(drop).map_err(api_key_failed)
}

fn api_key_failed(error: engine::Error<api_key::Rejection>) -> Error {
    match error {
        engine::Error::Rejected(api_key::Rejection::QuotaUsedUp) => {
            Error::Forbidden("No more accounts may be made with this API key.".into())
        }
        engine::Error::Rejected(_) => Error::Forbidden("The API key is not valid.".into()),
        engine::Error::Busy => Error::Unavailable,
        other => Error::Internal(other.outcome().to_owned()),
    }
}

fn check_contacts(e_mail: &str, phone_nr: Option<&str>) -> Result<(), Error> {
    let is_mail = e_mail.len() <= limits::NEURO_CONTACT_BYTES_MAX
        && e_mail.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@')
        })
        && !e_mail.contains(|c: char| c.is_whitespace() || c.is_control());
    if !is_mail {
        return Err(Error::bad("'eMail' has to be an e-mail address."));
    }
    let is_number = |number: &str| {
        let digits = number.strip_prefix('+').unwrap_or_default();
        (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    match phone_nr {
        Some(number) if !is_number(number) => Err(Error::bad(
            "'phoneNr' has to be a number in international form, such as +46700000000.",
        )),
        Some(_) | None => Ok(()),
    }
}
