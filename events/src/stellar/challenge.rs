//! A challenge of web authentication (SEP-10) that gave its token: stream
//! `stellar.challenge-<hash>`, of which there is never a second event.

use serde::{Deserialize, Serialize};

use crate::record::Millis;
use crate::sealed::{Personal, SealError, Sealer};

/// Kind of a challenge's stream; its key is the hex of the challenge's hash.
pub const CHALLENGE: &str = "stellar.challenge";

/// The challenge gave its token and gives no other one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeUsed {
    /// From then on the challenge is refused anyway.
    pub expires_at: Millis,
}

crate::event_set! {
    /// Facts of a challenge's stream.
    pub enum ChallengeEvent {
        ChallengeUsed: "stellar.ChallengeUsed" @ 1,
    }
}

impl Personal for ChallengeEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
