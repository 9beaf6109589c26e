//! Facts about commands that crash the engine: stream `engine.quarantine-all`.

use serde::{Deserialize, Serialize};

use crate::sealed::{Personal, SealError, Sealer, Tag};
use crate::stream::StreamId;

/// The one stream.
pub const QUARANTINE: &str = "engine.quarantine";

/// A command crashed its aggregate too often; it is refused from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandQuarantined {
    /// The aggregate.
    pub stream: StreamId,
    /// HMAC of stream and command: the same command is known again, its content is not.
    pub command: Tag,
    /// How often it crashed.
    pub crashes: u32,
}

crate::event_set! {
    /// Facts of the quarantine stream.
    pub enum QuarantineEvent {
        CommandQuarantined: "engine.CommandQuarantined" @ 1,
    }
}

impl Personal for QuarantineEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
