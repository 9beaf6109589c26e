//! How something reaches a person.

use serde::{Deserialize, Serialize};

/// How a verification code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To the e-mail address.
    Email,
    /// To the phone number.
    Sms,
}
