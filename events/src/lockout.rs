//! Who failed too often and is not listened to: stream `lockout.endpoint-<HMAC of the address>`.
//!
//! Whichever protocol has something that could be guessed counts here. The address itself is not
//! recorded; an operator who knows it finds the stream again.

use serde::{Deserialize, Serialize};

use crate::record::Millis;
use crate::sealed::{Personal, SealError, Sealer};

/// Kind of an endpoint's stream; its key is the HMAC of a remote address under the look-up key.
pub const ENDPOINT: &str = "lockout.endpoint";

/// Something was tried in vain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptFailed {
    /// Where: `neuro`, …
    pub protocol: String,
    /// How many times in a row, this one included; the first is 1.
    pub number: u32,
}

/// The endpoint is not listened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointBlocked {
    /// Until then; `None`: until an operator releases it.
    pub until: Option<Millis>,
}

/// Something worked: the row of failures is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptSucceeded {
    /// Where: `neuro`, …
    pub protocol: String,
}

/// An operator has the endpoint listened to again, as if nothing had happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointReleased {
    /// Who, as the operator's side calls itself.
    pub by: String,
}

crate::event_set! {
    /// Facts of an endpoint's stream.
    pub enum EndpointEvent {
        AttemptFailed: "lockout.AttemptFailed" @ 1,
        EndpointBlocked: "lockout.EndpointBlocked" @ 1,
        AttemptSucceeded: "lockout.AttemptSucceeded" @ 1,
        EndpointReleased: "lockout.EndpointReleased" @ 1,
    }
}

impl Personal for EndpointEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
