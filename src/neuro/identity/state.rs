//! What an identity's history amounts to. No plain values: indices, ids and codes.

mod apply;

use std::collections::BTreeMap;

use kyc_events::neuro::{By, Document, Status};
use kyc_events::review::Verdict;
use kyc_events::sealed::{KeyId, Sealed, Tag};
use kyc_events::{Millis, StreamId};
use serde::Serialize;
use uuid::Uuid;

use super::{Rejection, Run};
use crate::config::limits;

/// One identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// What was applied for; none before the first event, and none after the last.
    pub identification: Option<Identification>,
    /// The person was erased; nothing else is left.
    pub is_erased: bool,
    /// How it stands; `None`: there is none.
    pub status: Option<Status>,
    /// When something that its owner sees changed last, if anything did.
    pub updated_at: Option<Millis>,
    /// Attachments in the order in which they came.
    pub attachments: Vec<Attached>,
    /// The newest run.
    pub run: Option<Run>,
    /// How many there were.
    pub runs: u32,
    /// Reviews by operators.
    pub reviews: BTreeMap<Uuid, Review>,
    /// Machine codes of why it was rejected.
    pub codes: Vec<String>,
    /// Code of the reason that was given for how it stands.
    pub reason: Option<String>,
}

/// What was applied for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Identification {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// Stream of the account.
    pub account: StreamId,
    /// What stands after `@legal.` in its id.
    pub domain: String,
    /// Names and values, sealed in `neuro.IdentityApplied`.
    pub properties: Sealed<Vec<(String, String)>>,
    /// How many of them are claims; they come first.
    pub claims: u32,
    /// Recognises the same person under another account.
    pub person: Option<Tag>,
    /// Who signed it.
    pub client: Client,
    /// When it was applied for.
    pub created_at: Millis,
    /// From when on it is good.
    pub valid_from: Millis,
    /// Until when it is good.
    pub valid_to: Millis,
}

/// The client's key and signature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Client {
    /// Number of the account's key.
    pub key_number: u32,
    /// Name of its algorithm.
    pub local_name: String,
    /// Namespace of that name.
    pub namespace: String,
    /// The public key in base64, sealed in `neuro.IdentityApplied`.
    pub public_key: Sealed<String>,
    /// Signature of key and properties in base64, sealed in `neuro.IdentityApplied`.
    pub signature: Sealed<String>,
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attached {
    /// The file.
    pub document: Document,
    /// Its name, sealed in `neuro.AttachmentAdded`.
    pub file_name: Sealed<String>,
    /// Signature of its bytes in base64, sealed there too.
    pub signature: Sealed<String>,
    /// When it came.
    pub at: Millis,
}

impl Attached {
    /// Whether authenticators have to say something of it. XML is signed statements of others,
    /// not something to look at.
    pub fn is_assessed(&self) -> bool {
        let media_type = self.document.media_type.to_ascii_lowercase();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        !(matches!(essence, "text/xml" | "application/xml") || essence.ends_with("+xml"))
    }
}

/// A review by an operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Who works on it, and since when.
    pub claim: Option<(String, Millis)>,
    /// It was decided otherwise.
    pub is_withdrawn: bool,
    /// What was decided last.
    pub verdict: Option<Verdict>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Code of the reason.
    pub reason: Option<String>,
}

impl Review {
    /// Who works on it now.
    pub fn claimed_by(&self, now: Millis) -> Option<&str> {
        let (by, at) = self.claim.as_ref()?;
        (now < at.saturating_add(limits::CLAIM_TTL_MS)).then_some(by)
    }

    /// Whether it waits for an operator.
    pub fn is_open(&self) -> bool {
        !self.is_withdrawn && self.verdict.is_none()
    }
}

impl State {
    /// What was applied for.
    pub fn identification(&self) -> Result<&Identification, Rejection> {
        self.identification.as_ref().ok_or(Rejection::Unknown)
    }

    /// The same, while it is undecided.
    pub fn undecided(&self) -> Result<&Identification, Rejection> {
        let identification = self.identification()?;
        match self.status {
            None | Some(Status::Created) => Ok(identification),
            Some(other) => Err(Rejection::WrongStatus(other)),
        }
    }

    /// The run that is under way.
    pub fn open_run(&self) -> Option<&Run> {
        let is_undecided = self.status == Some(Status::Created);
        self.run.as_ref().filter(|run| is_undecided && run.outcome.is_none())
    }

    /// The review that waits for an operator.
    pub fn open_review(&self) -> Option<Uuid> {
        self.reviews.iter().find(|(_, review)| review.is_open()).map(|(id, _)| *id)
    }

    /// Attachments that something has to be said of.
    pub fn assessed_files(&self) -> impl Iterator<Item = Uuid> {
        let assessed = self.attachments.iter().filter(|attached| attached.is_assessed());
        assessed.map(|attached| attached.document.file)
    }
}

/// Whether somebody may have an identity that stands like `from` stand like `to`.
pub fn may_become(from: Status, to: Status, by: &By) -> bool {
    use Status::{Approved, Compromised, Created, Obsoleted, Rejected};
    match (from, to) {
        (Created, Approved) => *by != By::Owner,
        // The owner takes an application back.
        (Created, Rejected) => true,
        (Approved, Rejected) | (Obsoleted, Compromised) => matches!(by, By::Operator(_)),
        (Approved, Obsoleted | Compromised) => *by != By::Rules,
        (Created, Created | Obsoleted | Compromised)
        | (Approved, Created | Approved)
        | (Obsoleted, Created | Approved | Rejected | Obsoleted)
        | (Rejected | Compromised, _) => false,
    }
}
