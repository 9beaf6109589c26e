//! The vectors of `fixtures/taler`, for tests.

use std::sync::LazyLock;

use serde_json::Value;

static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/taler/vectors.json")).expect("JSON")
});

/// The public key of the vectors.
pub const PUBLIC_KEY: &str = "8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0";

/// All of them.
pub fn all() -> &'static Value {
    &VECTORS
}

/// A list of them; never empty.
pub fn list(name: &str) -> Vec<Value> {
    let list = all()[name].as_array().expect("a list").clone();
    assert!(!list.is_empty(), "{name}");
    list
}

/// A text in one of them.
pub fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_else(|| panic!("no text {name} in {vector}"))
}
