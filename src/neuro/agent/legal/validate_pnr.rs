//! `POST /Agent/Legal/ValidatePNr` `{countryCode, pnr}`: whether a personal number can be one.

use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::pnr::{self, Answer};
use crate::neuro::service::Service;
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    service.account(call.bearer()?).await?;
    let (country, number) = (call.form.text("countryCode")?, call.form.text("pnr")?);
    let reply = Reply::new("ValidatePNrResponse");
    Ok(match pnr::validate(country, number, service.this_year()) {
        Answer::Unsupported => reply.flag("countrySupported", false),
        Answer::Invalid => reply.flag("countrySupported", true).flag("isValid", false),
        Answer::Valid(normalized) => reply
            .flag("countrySupported", true)
            .flag("isValid", true)
            .text("normalized", normalized),
    })
}
