//! Statuses of customers, and the protocols of transactions.

use serde::{Deserialize, Serialize};

/// Status of a customer as one type. The order is that of precedence: the greatest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// All that is needed is there and good. Not for ever: it may be judged anew.
    Accepted,
    /// Somebody or something is looking at it.
    Processing,
    /// The client has to send something.
    NeedsInfo,
    /// Nothing the client sends will help.
    Rejected,
}

impl Status {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Processing => "PROCESSING",
            Self::NeedsInfo => "NEEDS_INFO",
            Self::Rejected => "REJECTED",
        }
    }

    /// Whether a callback registration ends with it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Rejected)
    }
}

/// Status of one value that was provided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FieldStatus {
    /// It is good.
    Accepted,
    /// Nobody has judged it yet.
    Processing,
    /// It is not good.
    Rejected,
    /// A code has to be given first.
    VerificationRequired,
}

impl FieldStatus {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Processing => "PROCESSING",
            Self::Rejected => "REJECTED",
            Self::VerificationRequired => "VERIFICATION_REQUIRED",
        }
    }
}

/// Which protocol a transaction belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Deposit and withdrawal.
    Sep6,
    /// Hosted deposit and withdrawal.
    Sep24,
    /// Cross-border payments.
    Sep31,
}
