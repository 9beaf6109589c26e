//! What may be asked of a payment target, and why the answer may be no.

use std::collections::BTreeMap;

use kyc_events::review::Verdict;
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::taler::{Binding, Document, Fault, Refusal};
use serde::Serialize;
use uuid::Uuid;

/// Whose account it is. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct Registration {
    /// Its row number.
    pub number: u64,
    /// The person's pseudonym.
    pub subject: Tag,
    /// The payment target's key.
    pub key: KeyId,
    /// HMAC of the 64 bytes of `h_payto`.
    pub full: Tag,
    /// HMAC of their first 32 bytes.
    pub short: Tag,
    /// The payto URI.
    pub payto: String,
}

/// What came of a code. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub enum Outcome {
    /// The provider knows the user.
    Accepted {
        /// The provider's id of its user.
        user: String,
        /// What it knows, by our names.
        attributes: BTreeMap<String, String>,
    },
    /// The provider refuses.
    Refused(Refusal),
    /// Nothing; the code may be given again.
    Unanswered(Fault),
}

/// A document that lies in the vault by now. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct Upload {
    /// The file.
    pub document: Document,
    /// The third party's public key, 64 hex digits.
    pub third_party: String,
    /// What it signed.
    pub binding: Binding,
    /// An operator has to look at it.
    pub is_reviewed: bool,
}

/// What may be asked.
#[derive(Clone, Serialize)]
pub enum Command {
    /// Know the account; if it is known already, nothing happens.
    Register(Registration),
    /// Open a process, unless one is open or none is needed.
    Start,
    /// Note what came of a code.
    RecordProof { process: Uuid, outcome: Outcome },
    /// Note a document.
    Upload(Upload),
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
    /// The holder is being erased: everything is over.
    Erase { generation: u32 },
}

impl Command {
    /// For metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Register(_) => "register",
            Self::Start => "start",
            Self::RecordProof { .. } => "record_proof",
            Self::Upload(_) => "upload",
            Self::Claim { .. } => "claim",
            Self::Decide { .. } => "decide",
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing is known about the account.
    #[error("the payment target is unknown")]
    Unknown,
    /// The holder was erased; who comes back starts on the next generation of the stream.
    #[error("the person was erased")]
    Erased,
    /// The process is not the open one any more.
    #[error("the process is over")]
    ProcessOver,
    /// The same document is there.
    #[error("the document is known")]
    AlreadyUploaded,
    /// There are too many documents of this account.
    #[error("there are too many documents of this account")]
    TooManyDocuments,
    /// No such review.
    #[error("no such review")]
    UnknownReview,
    /// Somebody else works on it.
    #[error("somebody else works on this review")]
    Claimed,
    /// It was decided.
    #[error("the review was decided")]
    Decided,
    /// A rejection needs a reason.
    #[error("a reason is needed")]
    ReasonNeeded,
}
