//! What may be asked of an identity, and why the answer may be no.

use kyc_events::Millis;
use kyc_events::StreamId;
use kyc_events::neuro::{By, Document, Fault, Standing, Status};
use kyc_events::review::Verdict;
use kyc_events::sealed::{KeyId, Tag};
use serde::Serialize;
use uuid::Uuid;

use crate::config::limits;

/// An application. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct Application {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// Stream of the account.
    pub account: StreamId,
    /// Which of the account's keys it is signed with.
    pub key_number: u32,
    /// What stands after `@legal.` in its id.
    pub domain: String,
    /// What is claimed, in the order in which it was sent.
    pub claims: Vec<(String, String)>,
    /// What the server adds, signed after the claims.
    pub added: Vec<(String, String)>,
    /// HMAC of country and personal number, if they are claimed.
    pub person: Option<Tag>,
    /// Name of the algorithm of the client's key.
    pub local_name: String,
    /// Namespace of that name.
    pub namespace: String,
    /// The client's public key, in base64.
    pub public_key: String,
    /// Signature of key and properties, in base64.
    pub client_signature: String,
    /// From when on it is good.
    pub valid_from: Millis,
    /// Until when it is good.
    pub valid_to: Millis,
    /// It is complete as it is: a run begins at once.
    pub is_ready: bool,
}

/// A document that lies in the vault by now. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct Attachment {
    /// The file; its media type is the content type that the client gave.
    pub document: Document,
    /// The name that the client gave.
    pub file_name: String,
    /// Signature of the bytes, in base64.
    pub signature: String,
}

/// What an authenticator says of one claim or attachment. Holds personal data: never logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opinion {
    /// What it says.
    pub standing: Standing,
    /// Machine code of the reason.
    pub code: Option<String>,
    /// The reason in words.
    pub message: Option<String>,
}

/// Why an authenticator could not do its work, or refuses the whole. Holds personal data: never
/// logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whose it is.
    pub fault: Fault,
    /// Its machine code.
    pub code: Option<String>,
    /// What it says, in words.
    pub message: Option<String>,
}

/// What one authenticator says. Holds personal data: never logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Assessment {
    /// Which authenticator.
    pub authenticator: String,
    /// Claims, by the index of the property.
    pub claims: Vec<(u32, Opinion)>,
    /// Attachments, by file.
    pub photos: Vec<(Uuid, Opinion)>,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// A provider that has to be asked.
    pub provider: Option<String>,
}

/// What a provider answered. Holds personal data: never logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// To accept vouches for whatever nobody found wrong; to have it sent again leaves it to an
    /// operator.
    pub verdict: Verdict,
    /// Why: machine codes, or words.
    pub reasons: Vec<String>,
}

/// What may be asked.
#[derive(Clone, Serialize)]
pub enum Command {
    /// Apply.
    Apply(Box<Application>),
    /// Attach a document.
    Attach(Attachment),
    /// Everything was sent: begin a run, unless one is under way.
    MarkReady,
    /// The authenticators are asked, by these rules.
    StartReview { run: Uuid, rules: String },
    /// What all authenticators of a run said.
    Assess { run: Uuid, assessments: Vec<Assessment> },
    /// What a provider said.
    Answer { request: Uuid, judgement: Judgement },
    /// A provider did not answer in time, or cannot be asked.
    GiveUp { request: Uuid },
    /// An operator takes a review.
    Claim { review: Uuid, by: String },
    /// An operator decides.
    Decide {
        review: Uuid,
        verdict: Verdict,
        by: String,
        reason: Option<String>,
        /// Even if there is another decision by now.
        is_revision: bool,
    },
    /// An operator or the owner has it stand like this.
    SetStatus { status: Status, by: By, reason: Option<String> },
    /// The person is being erased: everything is over.
    Erase { generation: u32 },
}

impl Command {
    /// For metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Apply(_) => "apply",
            Self::Attach(_) => "attach",
            Self::MarkReady => "mark_ready",
            Self::StartReview { .. } => "start_review",
            Self::Assess { .. } => "assess",
            Self::Answer { .. } => "answer",
            Self::GiveUp { .. } => "give_up",
            Self::Claim { .. } => "claim",
            Self::Decide { .. } => "decide",
            Self::SetStatus { .. } => "set_status",
            Self::Erase { .. } => "erase",
        }
    }
}

/// Only the name: commands hold personal data.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Why nothing happens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such identity.
    #[error("no such identity")]
    Unknown,
    /// The person was erased.
    #[error("the person was erased")]
    Erased,
    /// It is there already.
    #[error("the identity exists")]
    Exists,
    /// Not in the state it is in.
    #[error("the identity is {}", .0.word())]
    WrongStatus(Status),
    /// Nothing is claimed.
    #[error("an identity has at least one property")]
    NoProperties,
    /// Too many properties.
    #[error("an identity has at most {} properties", limits::NEURO_PROPERTIES_MAX)]
    TooManyProperties,
    /// Too many attachments.
    #[error("an identity has at most {} attachments", limits::NEURO_ATTACHMENTS_MAX)]
    TooManyAttachments,
    /// It was looked at too often.
    #[error("an identity is looked at {} times at most", limits::NEURO_RUNS_MAX)]
    TooManyRuns,
    /// The run is over, or never was.
    #[error("the run is over")]
    RunOver,
    /// An authenticator says too much, or speaks of what is not there.
    #[error("an assessment makes no sense: {0}")]
    Senseless(&'static str),
    /// No such request to a provider is known.
    #[error("no such request")]
    UnknownRequest,
    /// The provider has answered otherwise.
    #[error("the request was answered otherwise")]
    Answered,
    /// No such review.
    #[error("no such review")]
    UnknownReview,
    /// Somebody else works on it.
    #[error("somebody else works on this review")]
    Claimed,
    /// It was decided.
    #[error("the review was decided")]
    Decided,
    /// Such a decision needs a reason.
    #[error("a reason is needed")]
    ReasonNeeded,
}
