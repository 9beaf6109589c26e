//! `/Agent/Account/…`

pub mod create;
pub mod domain_info;
pub mod info;
pub mod login;
pub mod logout;
pub mod refresh;
pub mod resend;
pub mod verify;

use uuid::Uuid;

use super::Call;
use crate::config::limits;
use crate::neuro::error::Error;
use crate::neuro::name::UserName;
use crate::neuro::nonce::Nonce;
use crate::neuro::service::Service;
use crate::neuro::signature::Signature;
use crate::neuro::wire::Form;

/// A new token, and from when on it is worth nothing, milliseconds since 1970.
fn issue(service: &Service, user: &UserName, seconds: u64) -> (String, i64) {
    let (token, bearer) = service.tokens.issue(
        (user, service.generation_of(user)),
        Uuid::new_v4(),
        service.clock.now_s(),
        seconds,
    );
    (token, bearer.expires_at_s.saturating_mul(1000))
}

fn seconds(form: &Form) -> Result<u64, Error> {
    form.whole("seconds", 1..=limits::NEURO_TOKEN_S_MAX)
}

/// A signature that was sent as `name`.
pub(super) fn signature(form: &Form, name: &str) -> Result<Signature, Error> {
    let invalid = |_| Error::bad(format!("'{name}' has to be 32 bytes in base64."));
    Signature::parse(form.text(name)?).map_err(invalid)
}

/// The nonce that was sent.
pub(super) fn nonce(form: &Form) -> Result<Nonce<'_>, Error> {
    Nonce::parse(form.text("nonce")?).map_err(|error| Error::bad(format!("'nonce' {error}.")))
}

/// The user name that was sent.
fn user_name(call: &Call) -> Result<UserName, Error> {
    let text = call.form.text("userName")?;
    UserName::parse(text).map_err(|error| Error::bad(format!("'userName' {error}.")))
}
