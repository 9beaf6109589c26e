//! What an operator's decision is made of, whichever protocol asked for it.

use serde::{Deserialize, Serialize};

use crate::sealed::{KeyId, SealError, Sealed, Sealer};

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The values are good.
    Accept,
    /// Something has to be sent, or sent again.
    Resubmit,
    /// The customer is rejected for good.
    Reject,
}

/// Why. Survives the person only as its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// 1 to 64 of `a`–`z`, `0`–`9`, `_`; `other` if there is only a text.
    pub code: String,
    /// What the customer is told, in the operator's words.
    pub text: Option<Sealed<String>>,
}

impl Reason {
    /// Shuts the text.
    pub fn shut(&mut self, key: KeyId, field: &str, sealer: &dyn Sealer) -> Result<(), SealError> {
        self.text.as_mut().map_or(Ok(()), |text| text.shut(key, field, sealer))
    }
}
