//! Reviews, checks by providers, and what was decided about a customer.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::PolicyId;
pub use crate::review::{Reason, Verdict};

use crate::sealed::{KeyId, Tag};

/// A customer waits for an operator; replaces an earlier review of the same type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewRequested {
    /// Id of the review.
    pub review: Uuid,
    /// The type to decide on.
    pub kind: String,
}

/// A review is over without a decision: the customer changed something, or has to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewWithdrawn {
    /// Which.
    pub review: Uuid,
    /// The type it was about.
    pub kind: String,
}

/// An operator works on a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewClaimed {
    /// Which.
    pub review: Uuid,
    /// The type it is about.
    pub kind: String,
    /// Who, as the operator's side calls itself.
    pub by: String,
}

/// A verification provider has to be asked; replaces an earlier request of the same type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRequested {
    /// Id of the request, the provider's answer names it; also the delivery's.
    pub request: Uuid,
    /// The type to decide on.
    pub kind: String,
    /// Which provider.
    pub provider: String,
}

/// Who decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The rules of the type.
    Rules,
    /// An operator, as the operator's side calls itself.
    Operator(String),
    /// A provider, in answer to a request.
    Provider {
        /// Its name.
        name: String,
        /// The request.
        request: Uuid,
    },
}

/// A value that is not good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusedField {
    /// The field.
    pub field: String,
    /// Another value will not help.
    pub is_final: bool,
    /// Why.
    pub reason: Reason,
}

/// A decision about the values that stand at this event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerDecided {
    /// How many decisions there were, this one included; the first is 1.
    pub number: u32,
    /// The customer's key.
    pub key: KeyId,
    /// The type decided on.
    pub kind: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Who decided.
    pub by: DecidedBy,
    /// Why, for all of it.
    pub reason: Option<Reason>,
    /// Values that are not good.
    pub refused: Vec<RefusedField>,
    /// Fields needed from this customer beyond what the type needs.
    pub asked: Vec<String>,
    /// HMAC of the decision under the customer's key: recognises a repetition.
    pub tag: Tag,
    /// What the decision was made under.
    #[serde(default)]
    pub policy: PolicyId,
}
