//! Facts of one callback's delivery: stream `callback.delivery-<id>`.
//!
//! That it has to be made is a fact of the aggregate that asked for it; here stands what was
//! tried and what came of it.

use serde::{Deserialize, Serialize};

use crate::record::Millis;
use crate::sealed::{Personal, SealError, Sealer};
use crate::subject::CondemnedKey;

/// Kind of a delivery's stream.
pub const DELIVERY: &str = "callback.delivery";

/// The receiver took it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    /// Number of the attempt; the first is 1.
    pub attempt: u32,
    /// HTTP status of the answer.
    pub status: u16,
    /// Milliseconds the attempt took.
    pub took_ms: u32,
}

/// An attempt came to nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptFailed {
    /// Number of the attempt; the first is 1.
    pub attempt: u32,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// `status`, or what kind of failure kept an answer from coming: `dns`, `connect`, `tls`, …
    pub kind: String,
    /// Milliseconds the attempt took.
    pub took_ms: u32,
    /// When the next attempt is due; `None`: there is none.
    pub retry_at: Option<Millis>,
}

/// No further attempt will be made by itself; the content stays, sealed, until it is removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLettered {
    /// Attempts made.
    pub attempts: u32,
}

/// An operator asked for one more attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RedeliveryRequested {}

/// An operator took the content out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetterExported {}

/// The content was destroyed; what happened stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetterRemoved {
    /// Removed without an export before.
    pub forced: bool,
    /// The keys of the content, which are destroyed next.
    #[serde(default)]
    pub keys: Vec<CondemnedKey>,
}

crate::event_set! {
    /// Facts of a delivery stream.
    pub enum DeliveryEvent {
        Delivered: "callback.Delivered" @ 1,
        AttemptFailed: "callback.AttemptFailed" @ 1,
        DeadLettered: "callback.DeadLettered" @ 1,
        RedeliveryRequested: "callback.RedeliveryRequested" @ 1,
        DeadLetterExported: "callback.DeadLetterExported" @ 1,
        DeadLetterRemoved: "callback.DeadLetterRemoved" @ 1,
    }
}

impl Personal for DeliveryEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
