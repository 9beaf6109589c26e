//! Values of a customer, and what a type of customer needs of them.

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::sealed::{Sealed, Tag};

/// One value of a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProvidedField {
    /// Canonical SEP-9 name, dots and all.
    pub name: String,
    /// How many values this field has had, this one included; the first is 1.
    pub revision: u32,
    /// HMAC of name and value under the customer's key: recognises a repetition.
    pub tag: Tag,
    /// The value.
    pub content: Content,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Text, number or date, in its normal form.
    Text(Sealed<String>),
    /// A file.
    Document(Document),
}

/// How a customer of a type is decided once nothing is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// Accepted at once.
    Automatic,
    /// By an operator.
    Review,
    /// By the verification provider of this name.
    Provider(String),
}

/// What a type of customer needs. Names are canonical SEP-9 names, sorted, each in one list of
/// `required` and `optional`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Fields without which nobody is accepted.
    pub required: Vec<String>,
    /// Fields that may be given.
    pub optional: Vec<String>,
    /// Those of both whose possession is proved by a code.
    pub verified: Vec<String>,
    /// Who decides.
    pub decider: Decider,
}

impl Requirement {
    /// All names, required ones first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.required.iter().chain(&self.optional).map(String::as_str)
    }
}
