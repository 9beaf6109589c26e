//! Row numbers: one stream, whose versions are the numbers.

use serde::{Deserialize, Serialize};

use crate::sealed::{Personal, SealError, Sealer};
use crate::stream::StreamId;

/// Kind of the directory's stream.
pub const DIRECTORY: &str = "taler.directory";

/// The one stream of it.
pub fn payment_targets() -> StreamId {
    StreamId::new(DIRECTORY, "payment_targets").expect("invariant: a good name")
}

/// The number that is this event's version is taken, whatever becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NumberTaken {
    /// For whom. If two ask at once for the same stream, one of the numbers stays unused.
    pub stream: StreamId,
}

crate::event_set! {
    /// Facts of the directory's stream.
    pub enum DirectoryEvent {
        NumberTaken: "taler.NumberTaken" @ 1,
    }
}

impl Personal for DirectoryEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
