//! Legitimization processes: a user is sent to an OAuth 2.0 provider and comes back with a code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::record::Millis;
use crate::sealed::{KeyId, Sealed};

/// The account's holder may go to the provider; ends the process before it. The `state` and the
/// PKCE verifier are not recorded: they are made of the payment target's key and `process`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessStarted {
    /// Id of the process.
    pub process: Uuid,
    /// Who comes back later has to start again.
    pub expires_at: Millis,
}

/// Why a code led to nothing, and may be given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The provider did not answer in time.
    Timeout,
    /// The provider could not be reached.
    Unreachable,
    /// What the provider answered makes no sense.
    InvalidAnswer,
}

/// A code was given and the provider had nothing to say about it; the process goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofUnanswered {
    /// The process.
    pub process: Uuid,
    /// Why.
    pub fault: Fault,
}

/// What a provider says when it refuses. Personal data: lives only inside [`Sealed`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// OAuth 2.0 `error`.
    pub error: String,
    /// OAuth 2.0 `error_description`.
    pub description: String,
}

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Refusal(…)")
    }
}

/// The provider refused; the process is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofRefused {
    /// The process.
    pub process: Uuid,
    /// The payment target's key.
    pub key: KeyId,
    /// What it said.
    pub refusal: Sealed<Refusal>,
}

/// The provider knows the account's holder: the account is legitimized, the process over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofAccepted {
    /// The process.
    pub process: Uuid,
    /// The payment target's key.
    pub key: KeyId,
    /// The provider's id of its user.
    pub user: Sealed<String>,
    /// What the provider knows, by our names.
    pub attributes: Sealed<BTreeMap<String, String>>,
}
