//! Facts about a person as a whole: stream `subject-<pseudonym>`.
//!
//! What somebody did with a protocol stands in that protocol's streams; here stands what was
//! decided about the person: legal holds, erasure, and who looked at unsealed data. Nothing in
//! here is sealed, so reasons must not name anybody; they survive the person.

use serde::{Deserialize, Serialize};

use crate::record::Millis;
use crate::sealed::{KeyId, Personal, SealError, Sealer, Tag};

/// Kind of a subject's stream.
pub const SUBJECT: &str = "subject";

/// A legal hold stands; it replaces the one before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldSet {
    /// Why, in the operator's words.
    pub reason: String,
    /// Who, as the operator's side calls itself.
    pub by: String,
    /// It ends by itself then.
    pub until: Millis,
}

/// The legal hold was lifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldReleased {
    /// Why, in the operator's words.
    pub reason: String,
    /// Who.
    pub by: String,
}

/// The person asked to be forgotten while a hold stood: it is done when no hold stands any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErasureDeferred {
    /// Which generation is to end.
    pub generation: u32,
    /// Why; the request that follows from it says the same.
    pub reason: String,
    /// Who.
    pub by: String,
}

/// The person is to be forgotten. From here on the next generation of their streams is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErasureRequested {
    /// Which generation ends; the first is 0.
    pub generation: u32,
    /// Why, in the operator's words.
    pub reason: String,
    /// Who.
    pub by: String,
}

/// A key that is gone, or about to go, and how to recognise it should it turn up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CondemnedKey {
    /// Which.
    pub key: KeyId,
    /// SHA-256 of `kycd key commitment`, a zero byte, the id and the key itself.
    pub commitment: Tag,
}

/// These keys are about to be destroyed: nothing may be sealed under them any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeysCondemned {
    /// Of which generation.
    pub generation: u32,
    /// The keys, at most [`KeysCondemned::KEYS_MAX`].
    pub keys: Vec<CondemnedKey>,
}

impl KeysCondemned {
    /// Most keys in one event: it stays far below the largest record.
    pub const KEYS_MAX: usize = 4096;
}

/// All keys of a generation are destroyed, all its streams closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubjectErased {
    /// Which.
    pub generation: u32,
}

/// Somebody looked at unsealed data of this person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataUnsealed {
    /// Why, in the operator's words.
    pub reason: String,
    /// Who.
    pub by: String,
}

crate::event_set! {
    /// Facts of a subject's stream.
    pub enum SubjectEvent {
        HoldSet: "subject.HoldSet" @ 1,
        HoldReleased: "subject.HoldReleased" @ 1,
        ErasureDeferred: "subject.ErasureDeferred" @ 1,
        ErasureRequested: "subject.ErasureRequested" @ 1,
        KeysCondemned: "subject.KeysCondemned" @ 1,
        SubjectErased: "subject.SubjectErased" @ 1,
        DataUnsealed: "subject.DataUnsealed" @ 1,
    }
}

impl Personal for SubjectEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
