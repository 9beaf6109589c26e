//! Verification codes in the sandbox: instead of being sent, they are shown to the operator.
//!
//! No sender is shipped. A code is made anew from the customer's key whenever it is asked for; it
//! is stored nowhere.

use kyc_events::sealed::SealError;
use kyc_events::stellar::{Channel, Content, numbered};
use kyc_projections::stellar_index::{SentCode, StellarIndex, codes};
use serde::Serialize;

use super::service::Service;
use crate::config::limits;
use crate::operator::subjects::instant;
use crate::stellar::error::Error;
use crate::verification_code::code_of;

/// One code, as it would have been sent. Holds personal data: never logged.
#[derive(Serialize)]
pub struct ShownCode {
    to: String,
    channel: Channel,
    code: String,
    at: String,
}

/// The last code of every field, those to this address or number, or all; the newest first.
pub async fn sent_to(service: &Service, to: Option<&str>) -> Result<Vec<ShownCode>, Error> {
    let models = &service.parts.models;
    if !models.wait_for_all().await {
        return Err(Error::Unavailable("the read models are behind".to_owned()));
    }
    let sent = models.of::<StellarIndex>().query(|rows| codes(rows, limits::LIST_MAX));
    let mut shown = Vec::new();
    for code in sent {
        let code = shown_code(service, &code).await?;
        shown.extend(code.filter(|code| to.is_none_or(|to| code.to == to)));
    }
    Ok(shown)
}

async fn shown_code(service: &Service, sent: &SentCode) -> Result<Option<ShownCode>, Error> {
    let state = service.state(&sent.stream).await?;
    let (Some(owner), Some(field)) = (state.known(), state.fields.get(&sent.field)) else {
        return Ok(None);
    };
    let Content::Text(text) = &field.content else { return Ok(None) };
    if field.revision != sent.revision {
        return Ok(None);
    }
    let vault = &service.parts.vault;
    let opener = vault.fields(&sent.stream, "stellar.FieldsProvided");
    let failed = |error: SealError| Error::Unavailable(error.to_string());
    let to = text.read(&numbered(&sent.field, sent.revision), &opener).map_err(failed)?;
    let code = code_of(&**vault, owner.key, sent.verification).map_err(failed)?;
    let (channel, at) = (sent.channel, instant(sent.at));
    Ok(to.zip(code).map(|(to, code)| ShownCode { to, channel, code, at }))
}
