//! Verification codes, as the sandbox shows them instead of sending them.

use kyc_events::sealed::SealError;
use kyc_events::stellar::{Content, numbered};
use kyc_projections::stellar_index::{SentCode, StellarIndex, codes};

use super::service::Service;
use crate::callbacks::renderer::Boxed;
use crate::config::limits;
use crate::stellar::error::Error;
use crate::verification_code::{Outgoing, ShownCode, code_of};

impl Outgoing for Service {
    fn codes(&self) -> Boxed<'_, Result<Vec<ShownCode>, String>> {
        Box::pin(async {
            let models = &self.parts.models;
            if !models.wait_for_all().await {
                return Err("the read models are behind".to_owned());
            }
            let sent = models.of::<StellarIndex>().query(|rows| codes(rows, limits::LIST_MAX));
            let mut shown = Vec::new();
            for code in sent {
                shown.extend(shown_code(self, &code).await.map_err(|error| error.to_string())?);
            }
            Ok(shown)
        })
    }
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
    let (channel, at) = (sent.channel, sent.at);
    Ok(to.zip(code).map(|(to, code)| ShownCode { to, channel, code, at }))
}
