//! Reviews of an identity: the automatic ones (runs), and what an operator looks at.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::PolicyId;
use crate::record::Millis;
use crate::review::{Reason, Verdict};
use crate::sealed::{KeyId, SealError, Sealed, Sealer};

/// The applicant has sent everything: a run begins, unless one was under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedReady {
    /// Id of the run.
    pub run: Uuid,
}

/// The authenticators are asked; once more if the rules were others before a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewStarted {
    /// Which run.
    pub run: Uuid,
    /// Names the rules they go by.
    pub rules: String,
}

/// What an authenticator says of a claim or photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is right.
    Valid,
    /// It is wrong.
    Invalid,
    /// It cannot tell.
    Unvalidated,
}

/// Who says what, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which authenticator.
    pub authenticator: String,
    /// What it says.
    pub standing: Standing,
    /// Machine code of the reason.
    pub code: Option<String>,
    /// The reason in words.
    pub message: Option<Sealed<String>>,
}

impl Finding {
    /// Name under which the words about `item`, a property's index or a file, are sealed.
    pub fn message_of(&self, run: Uuid, item: &str) -> String {
        format!("message#{run}/{item}/{}", self.authenticator)
    }

    pub(super) fn shut(
        &mut self,
        key: KeyId,
        field: &str,
        sealer: &dyn Sealer,
    ) -> Result<(), SealError> {
        self.message.as_mut().map_or(Ok(()), |message| message.shut(key, field, sealer))
    }
}

/// An authenticator looked at a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimAssessed {
    /// In which run.
    pub run: Uuid,
    /// The person's key.
    pub key: KeyId,
    /// Index of the property; the first is 0.
    pub property: u32,
    /// What it says.
    pub finding: Finding,
}

/// An authenticator looked at an attachment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoAssessed {
    /// In which run.
    pub run: Uuid,
    /// The person's key.
    pub key: KeyId,
    /// The attachment.
    pub file: Uuid,
    /// What it says.
    pub finding: Finding,
}

/// Whose an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The applicant's.
    Client,
    /// Ours.
    Server,
    /// A service's that was asked.
    Service,
}

impl Fault {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::Server => "Server",
            Self::Service => "Service",
        }
    }
}

/// An authenticator could not do its work, or refuses the application as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewErrored {
    /// In which run.
    pub run: Uuid,
    /// The person's key.
    pub key: KeyId,
    /// How many errors the run has, this one included; the first is 1.
    pub number: u32,
    /// Which authenticator.
    pub authenticator: String,
    /// Whose error it is.
    pub fault: Fault,
    /// Its machine code.
    pub code: Option<String>,
    /// What it says, in words.
    pub message: Option<Sealed<String>>,
}

/// A verification provider has to be asked; the run waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequested {
    /// Id of the request, the provider's answer names it; also the delivery's.
    pub request: Uuid,
    /// Which run waits.
    pub run: Uuid,
    /// Which provider.
    pub provider: String,
    /// The run goes on without an answer then.
    pub expires_at: Millis,
}

/// A verification provider answered, or will not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswered {
    /// The request.
    pub request: Uuid,
    /// What it said; to accept vouches for whatever nobody else found wrong. `None`: nothing.
    pub verdict: Option<Verdict>,
}

/// What a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All of it is right.
    Approve,
    /// Something is wrong.
    Reject,
    /// Somebody has to look at it.
    Manual,
}

/// The run is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewConcluded {
    /// Which run.
    pub run: Uuid,
    /// What it comes to.
    pub outcome: Outcome,
    /// What it was concluded under.
    #[serde(default)]
    pub policy: PolicyId,
}

/// The application waits for an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRequested {
    /// Id of the review.
    pub review: Uuid,
}

/// A review is over without a decision: the application was decided otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewWithdrawn {
    /// Which.
    pub review: Uuid,
}

/// An operator works on a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewClaimed {
    /// Which.
    pub review: Uuid,
    /// Who, as the operator's side calls itself.
    pub by: String,
}

/// An operator decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewDecided {
    /// Which review.
    pub review: Uuid,
    /// The person's key.
    pub key: KeyId,
    /// What was decided; to have it sent again leaves the application undecided.
    pub verdict: Verdict,
    /// Who, as the operator's side calls itself.
    pub by: String,
    /// Why.
    pub reason: Option<Reason>,
}
