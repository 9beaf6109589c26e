//! SEP-10 3.4.1, web authentication: a client proves that it holds an account's keys by signing a
//! transaction that can never be carried out, and gets a token for it.
//!
//! ```text
//! GET  /auth?account=G…   challenge: made and signed by us            ChallengeParty::issue
//! POST /auth              the same, signed by the client              ChallengeParty::read
//!                           who may sign for the account              horizon
//!                           are these the right signatures            Challenge::check_signatures
//!                           is it used for the first time             used
//!                         token                                       token
//! ```

pub mod challenge;
pub mod client_domain;
pub mod endpoint;
pub mod horizon;
pub mod service;
pub mod token;
pub mod used;

#[cfg(test)]
mod stub;

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::limits;

/// What was needed cannot be had now. The text is for the log and names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// Room for look-ups that clients cause. Clones share it.
#[derive(Clone, Debug)]
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(limits::STELLAR_LOOKUPS_MAX)))
    }
}

impl Room {
    fn take(&self) -> Result<SemaphorePermit<'_>, Unavailable> {
        self.0.try_acquire().map_err(|_| Unavailable("too many look-ups at a time".to_owned()))
    }
}
