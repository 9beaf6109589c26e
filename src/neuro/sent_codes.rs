//! Codes to verify contacts with, as the sandbox shows them instead of sending them.

use kyc_events::neuro::{Channel, PROFILE};
use kyc_projections::neuro_accounts::{self, NeuroAccounts, SentCode};

use super::error::Error;
use super::service::Service;
use crate::callbacks::renderer::Boxed;
use crate::config::limits;
use crate::verification_code::{Outgoing, ShownCode, code_of};

impl Outgoing for Service {
    fn codes(&self) -> Boxed<'_, Result<Vec<ShownCode>, String>> {
        Box::pin(async {
            if !self.models.wait_for_all().await {
                return Err("the read models are behind".to_owned());
            }
            let sent = |rows: &_| neuro_accounts::codes(rows, limits::LIST_MAX);
            let mut shown = Vec::new();
            for code in self.models.of::<NeuroAccounts>().query(sent) {
                shown.extend(self.shown_code(&code).await.map_err(|error| error.to_string())?);
            }
            Ok(shown)
        })
    }
}

impl Service {
    async fn shown_code(&self, sent: &SentCode) -> Result<Option<ShownCode>, Error> {
        let state = self.accounts.state(&sent.stream).await?;
        let Some(owner) = &state.owner else { return Ok(None) };
        let created = self.vault.fields(&sent.stream, "neuro.AccountCreated");
        let profile = owner.profile.read(PROFILE, &created).map_err(Error::internal)?;
        let to = profile.and_then(|profile| match sent.channel {
            Channel::Email => Some(profile.e_mail),
            Channel::Sms => profile.phone_nr,
        });
        let code = code_of(&*self.vault, owner.key, sent.verification).map_err(Error::internal)?;
        let (channel, at) = (sent.channel, sent.at);
        Ok(to.zip(code).map(|(to, code)| ShownCode { to, channel, code, at }))
    }
}
