//! A file in the vault, as events name it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sealed::Tag;

/// A file in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Where in the vault.
    pub file: Uuid,
    /// HMAC of its hash under the key that it is sealed under: recognises a repetition.
    pub tag: Tag,
    /// What it is, for example `image/png`.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
}
