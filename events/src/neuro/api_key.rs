//! API keys: who holds one may make so many accounts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sealed::{KeyId, Personal, SealError, Sealed, Sealer, Tag};

/// Kind of an API key's stream.
pub const API_KEY: &str = "neuro.api_key";

/// An operator made it; always the first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyMade {
    /// A key of its own: an API key is nobody's, and outlives every account.
    pub key: KeyId,
    /// Where its secret lies in the vault.
    pub secret: Uuid,
    /// How many accounts may be made with it.
    pub quota: u32,
    /// What the operator calls it; may be empty.
    pub name: Sealed<String>,
    /// Who made it, as the operator's side calls itself.
    pub by: String,
}

/// An account may be made with it, and counts, whatever becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAdmitted {
    /// The key of the account's stream.
    pub account: Tag,
}

/// Another number of accounts may be made with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaChanged {
    /// How many in all, those there are included.
    pub quota: u32,
    /// Who changed it, as the operator's side calls itself.
    pub by: String,
}

crate::event_set! {
    /// Facts of an API key's stream.
    pub enum ApiKeyEvent {
        ApiKeyMade: "neuro.ApiKeyMade" @ 1,
        AccountAdmitted: "neuro.AccountAdmitted" @ 1,
        QuotaChanged: "neuro.QuotaChanged" @ 1,
    }
}

impl Personal for ApiKeyEvent {
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        match self {
            Self::ApiKeyMade(e) => e.name.shut(e.key, NAME, sealer),
            Self::AccountAdmitted(_) | Self::QuotaChanged(_) => Ok(()),
        }
    }
}

/// Name under which an API key's name is sealed.
pub const NAME: &str = "name";
