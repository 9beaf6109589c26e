//! Facts of the Neuron Agent API: accounts, their legal identities, and who may make accounts.
//!
//! | stream | key |
//! |---|---|
//! | `neuro.account-<tag>` | HMAC of the user name in lower case and of how often the person was erased |
//! | `neuro.identity-<uuid>` | the local part of the identity's id |
//! | `neuro.api_key-<id>` | the API key, without its secret |
//! | `neuro.nonce-<tag>` | HMAC of a nonce and of where it counts; never a second event |
//! | `neuro.token-<jti>` | id of a token; never a second event |
//!
//! Passwords, secrets of API keys and private keys are in no event: they lie in the vault, and
//! events name them by id.
//!
//! Source: `Legal/ReadyForApproval` and its siblings, as the vendor documents and calls them.

mod account;
mod api_key;
mod claim;
mod identity;
mod review;

pub use crate::channel::Channel;
pub use crate::document::Document;
pub use account::*;
pub use api_key::*;
pub use claim::*;
pub use identity::*;
pub use review::*;

use uuid::Uuid;

/// Name under which something of the run, review or document `id` is sealed.
pub fn of(name: &str, id: Uuid) -> String {
    format!("{name}#{id}")
}

/// Name under which the `number`th of its kind is sealed.
pub fn numbered(name: &str, number: u32) -> String {
    format!("{name}#{number}")
}

#[cfg(test)]
mod tests;
