//! What is kept about the rows of a read model, beside them and in the same batch.

use kyc_events::{EventId, Position};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::encoding::{decode, encode};

/// Where it is kept: before all rows, since a row's key begins with the name of a table.
pub(crate) const META_KEY: &[u8] = &[0];

/// Version of what this module writes, and of the rows' encoding.
const FORMAT: u32 = 1;

/// How far a read model is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The first record that is not folded in.
    pub position: Position,
    /// Id of the event before it, by which another log is told apart; `None` at position 0.
    pub before: Option<EventId>,
}

impl Checkpoint {
    /// The checkpoint after a record.
    pub fn after(record: &kyc_events::Record) -> Self {
        Self { position: record.position.next(), before: Some(record.event_id) }
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    format: u32,
    name: String,
    schema: u32,
    checkpoint: Checkpoint,
    digest: [u8; 32],
}

impl Meta {
    /// No rows yet.
    pub(crate) fn new(name: &str, schema: u32) -> Self {
        Self { format: FORMAT, name: name.to_owned(), schema, ..Self::default() }
    }

    /// The same read model, further on.
    pub(crate) fn at(&self, checkpoint: Checkpoint, digest: Digest) -> Self {
        Self { checkpoint, digest: digest.to_bytes(), ..self.clone() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn schema(&self) -> u32 {
        self.schema
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::from_bytes(self.digest)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads what was kept about a read model of this name; why not, if there is none.
    pub(crate) fn decode(bytes: &[u8], name: &str) -> Result<Self, String> {
        let meta: Self = decode(bytes)?;
        if meta.format != FORMAT {
            return Err(format!("format {} is not {FORMAT}", meta.format));
        }
        if meta.name != name {
            return Err(format!("it is {}", meta.name));
        }
        Ok(meta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_under_its_own_name_only() {
        let before = Some(EventId::from_u128(7));
        let meta = Meta::new("outbox", 3)
            .at(Checkpoint { position: Position(9), before }, Digest::from_bytes([8; 32]));
        assert_eq!(Meta::decode(&meta.encode(), "outbox"), Ok(meta.clone()));
        assert!(Meta::decode(&meta.encode(), "inbox").is_err());
        assert!(Meta::decode(&meta.encode()[1..], "outbox").is_err());
        let other = Meta { format: FORMAT + 1, ..meta };
        assert!(Meta::decode(&other.encode(), "outbox").is_err());
    }
}
