//! Third parties: banks and others who may upload documents. Organisations, not people: nothing in
//! here is sealed.

use serde::{Deserialize, Serialize};

use crate::sealed::{Personal, SealError, Sealer};

/// Kind of a third party's stream; its key is the public key, 64 hex digits.
pub const THIRD_PARTY: &str = "taler.third_party";

/// A third party may upload; or goes by another name from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThirdPartyAdmitted {
    /// What the operator calls it.
    pub name: String,
    /// Who admitted it, as the operator's side calls itself.
    pub by: String,
}

/// A third party may not upload any more. What it uploaded stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThirdPartyDismissed {
    /// Who dismissed it.
    pub by: String,
}

crate::event_set! {
    /// Facts of a third party's stream.
    pub enum ThirdPartyEvent {
        ThirdPartyAdmitted: "taler.ThirdPartyAdmitted" @ 1,
        ThirdPartyDismissed: "taler.ThirdPartyDismissed" @ 1,
    }
}

impl Personal for ThirdPartyEvent {
    fn seal(&mut self, _: &dyn Sealer) -> Result<(), SealError> {
        Ok(())
    }
}
