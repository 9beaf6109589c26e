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
use crate::neuro::service::{Known, Service};
use crate::neuro::wire::Form;

/// A new token, and from when on it is worth nothing, milliseconds since 1970.
fn issue(service: &Service, known: &Known, seconds: u64) -> (String, i64) {
    let (token, bearer) = service.tokens.issue(
        (&known.user, known.generation),
        Uuid::new_v4(),
        service.clock.now_s(),
        seconds,
    );
    (token, bearer.expires_at_s.saturating_mul(1000))
}

fn seconds(form: &Form) -> Result<u64, Error> {
    form.whole("seconds", 1..=limits::NEURO_TOKEN_S_MAX)
}

/// The user name that was sent.
fn user_name(call: &Call) -> Result<UserName, Error> {
    let text = call.form.text("userName")?;
    UserName::parse(text).map_err(|error| Error::bad(format!("'userName' {error}.")))
}
