//! What the tests of several modules use.

use serde_json::Value;

/// The published inputs and outputs.
pub(crate) fn vectors() -> Value {
    serde_json::from_str(include_str!("../../fixtures/neuro/vectors.json")).expect("JSON")
}
