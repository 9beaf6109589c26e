//! What can be used once: nonces, and the right to say that a token is worth nothing.

use serde::{Deserialize, Serialize};

use crate::record::Millis;
use crate::sealed::{Personal, SealError, Sealer};

/// Kind of a nonce's stream.
pub const NONCE: &str = "neuro.nonce";
/// Kind of a token's stream.
pub const TOKEN: &str = "neuro.token";

/// A signed request used this nonce; no other ever may. It is never forgotten: what is signed
/// says no time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonceUsed {}

crate::event_set! {
    /// Facts of a nonce's stream.
    pub enum NonceEvent {
        NonceUsed: "neuro.NonceUsed" @ 1,
    }
}

impl Personal for NonceEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}

/// Who holds this token is not let in with it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRevoked {
    /// From then on it is refused anyway.
    pub expires_at: Millis,
}

crate::event_set! {
    /// Facts of a token's stream.
    pub enum TokenEvent {
        TokenRevoked: "neuro.TokenRevoked" @ 1,
    }
}

impl Personal for TokenEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
