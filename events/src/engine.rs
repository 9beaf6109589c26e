//! Facts about the engine itself: stream `engine-all`.

use serde::{Deserialize, Serialize};

use crate::sealed::{Personal, SealError, Sealer};
use crate::stream::StreamId;

/// Kind of the engine's stream.
pub const ENGINE: &str = "engine";

/// One key of the configuration, as `kycd config print` shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Dotted name.
    pub key: String,
    /// The value as TOML; `"***"` for a secret, empty for "not set".
    pub value: String,
}

/// The server started with this configuration; it holds until the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigurationInForce {
    /// Which; decisions name it as their policy.
    pub digest: PolicyId,
    /// Version of the software.
    pub software: String,
    /// Every key; no secret.
    pub redacted: Vec<Setting>,
}

/// Name of a policy: the first 16 hex digits of SHA-256 over software version and settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyId(pub String);

/// The log goes on from a backup: what came after `size` before is not part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRestored {
    /// Records in the backup.
    pub size: u64,
    /// Root of the Merkle tree over them, 64 hex digits.
    pub root: String,
    /// Origin of the checkpoints of the log before.
    pub old_origin: String,
    /// Origin of checkpoints from here on.
    pub origin: String,
    /// Restored without the list of erasures since the backup.
    pub resurrection_accepted: bool,
}

crate::event_set! {
    /// Facts of the engine's stream.
    pub enum EngineEvent {
        ConfigurationInForce: "engine.ConfigurationInForce" @ 1,
        LogRestored: "engine.LogRestored" @ 1,
    }
}

impl Personal for EngineEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}

/// The engine's stream.
pub fn stream() -> StreamId {
    StreamId::new(ENGINE, "all").expect("invariant: a constant name")
}
