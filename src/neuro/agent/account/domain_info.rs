//! `GET /Agent/Account/DomainInfo`: who this server is.

use crate::neuro::settings::Settings;
use crate::neuro::wire::Reply;

/// The answer, to everybody.
pub fn reply(settings: &Settings) -> Reply {
    Reply::new("DomainInfo")
        .text("domain", &*settings.domain)
        .flag("useEncryption", settings.uses_encryption())
        .text("humanReadableName", &*settings.human_name)
        .text("humanReadableDescription", &*settings.human_description)
}
