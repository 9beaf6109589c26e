//! Legal identities: what is claimed, what is attached, and how the application stands.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::document::Document;
use crate::record::Millis;
use crate::review::Reason;
use crate::sealed::{KeyId, Personal, SealError, Sealed, Sealer, Tag};
use crate::stream::StreamId;

use super::{
    CheckAnswered, CheckRequested, ClaimAssessed, MarkedReady, PUBLIC_KEY, PhotoAssessed,
    ReviewClaimed, ReviewConcluded, ReviewDecided, ReviewErrored, ReviewRequested, ReviewStarted,
    ReviewWithdrawn, of,
};

/// Kind of an identity's stream.
pub const IDENTITY: &str = "neuro.identity";

/// How an identity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Applied for, undecided.
    Created,
    /// Attested.
    Approved,
    /// Refused.
    Rejected,
    /// Withdrawn, by its owner or the provider.
    Obsoleted,
    /// Its key is not its owner's alone any more.
    Compromised,
}

impl Status {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
            Self::Obsoleted => "Obsoleted",
            Self::Compromised => "Compromised",
        }
    }
}

/// Who changed how an identity stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The automatic review.
    Rules,
    /// Who it is about.
    Owner,
    /// An operator, as the operator's side calls itself.
    Operator(String),
}

/// Somebody applied for an identity; always the first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityApplied {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// Stream of the account.
    pub account: StreamId,
    /// Which of the account's keys it is signed with.
    pub key_number: u32,
    /// What stands after `@legal.` in its id, for ever.
    pub domain: String,
    /// Names and values in the order in which they are signed; the claims come first, then what
    /// the server knows itself.
    pub properties: Sealed<Vec<(String, String)>>,
    /// How many of them are claims.
    pub claims: u32,
    /// HMAC of country and personal number under the look-up key, if they are claimed: recognises
    /// the same person under another account.
    pub person: Option<Tag>,
    /// Name of the algorithm of the client's key: `ed25519`, …
    pub local_name: String,
    /// Namespace of that name.
    pub namespace: String,
    /// The client's public key, in base64.
    pub public_key: Sealed<String>,
    /// Signature of key and properties with the client's key, in base64.
    pub client_signature: Sealed<String>,
    /// From when on it is good.
    pub valid_from: Millis,
    /// Until when it is good.
    pub valid_to: Millis,
}

/// A document was attached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttachmentAdded {
    /// The person's key.
    pub key: KeyId,
    /// The file; its media type is the content type that the client gave.
    pub document: Document,
    /// The name that the client gave.
    pub file_name: Sealed<String>,
    /// Signature of the bytes with the client's key, in base64.
    pub signature: Sealed<String>,
}

/// The identity is attested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityApproved {
    /// By whom.
    pub by: By,
}

/// The identity is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityRejected {
    /// The person's key.
    pub key: KeyId,
    /// By whom.
    pub by: By,
    /// Machine codes of what is wrong, without repetition.
    pub codes: Vec<String>,
    /// Why, if somebody gave a reason.
    pub reason: Option<Reason>,
}

/// The identity is withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityObsoleted {
    /// The person's key.
    pub key: KeyId,
    /// By whom.
    pub by: By,
    /// Why, if somebody gave a reason.
    pub reason: Option<Reason>,
}

/// The identity's key is not its owner's alone any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityCompromised {
    /// The person's key.
    pub key: KeyId,
    /// Who said so.
    pub by: By,
    /// Why, if somebody gave a reason.
    pub reason: Option<Reason>,
}

/// The person was erased: nothing of this stream is known any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityErased {
    /// Which generation of the person ended.
    pub generation: u32,
}

crate::event_set! {
    /// Facts of an identity's stream.
    pub enum IdentityEvent {
        IdentityApplied: "neuro.IdentityApplied" @ 1,
        AttachmentAdded: "neuro.AttachmentAdded" @ 1,
        MarkedReady: "neuro.MarkedReady" @ 1,
        ReviewStarted: "neuro.ReviewStarted" @ 1,
        ClaimAssessed: "neuro.ClaimAssessed" @ 1,
        PhotoAssessed: "neuro.PhotoAssessed" @ 1,
        ReviewErrored: "neuro.ReviewErrored" @ 1,
        CheckRequested: "neuro.CheckRequested" @ 1,
        CheckAnswered: "neuro.CheckAnswered" @ 1,
        ReviewConcluded: "neuro.ReviewConcluded" @ 1,
        ReviewRequested: "neuro.ReviewRequested" @ 1,
        ReviewWithdrawn: "neuro.ReviewWithdrawn" @ 1,
        ReviewClaimed: "neuro.ReviewClaimed" @ 1,
        ReviewDecided: "neuro.ReviewDecided" @ 1,
        IdentityApproved: "neuro.IdentityApproved" @ 1,
        IdentityRejected: "neuro.IdentityRejected" @ 1,
        IdentityObsoleted: "neuro.IdentityObsoleted" @ 1,
        IdentityCompromised: "neuro.IdentityCompromised" @ 1,
        IdentityErased: "neuro.IdentityErased" @ 1,
    }
}

impl Personal for IdentityEvent {
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        match self {
            Self::IdentityApplied(e) => {
                e.properties.shut(e.key, PROPERTIES, sealer)?;
                e.public_key.shut(e.key, PUBLIC_KEY, sealer)?;
                e.client_signature.shut(e.key, CLIENT_SIGNATURE, sealer)
            }
            Self::AttachmentAdded(e) => {
                e.file_name.shut(e.key, &of(FILE_NAME, e.document.file), sealer)?;
                e.signature.shut(e.key, &of(SIGNATURE, e.document.file), sealer)
            }
            Self::ClaimAssessed(e) => {
                let name = e.finding.message_of(e.run, &e.property.to_string());
                e.finding.shut(e.key, &name, sealer)
            }
            Self::PhotoAssessed(e) => {
                let name = e.finding.message_of(e.run, &e.file.to_string());
                e.finding.shut(e.key, &name, sealer)
            }
            Self::ReviewErrored(e) => match &mut e.message {
                Some(message) => message.shut(e.key, &error_of(e.run, e.number), sealer),
                None => Ok(()),
            },
            Self::ReviewDecided(e) => {
                shut_reason(&mut e.reason, e.key, &of(REASON, e.review), sealer)
            }
            Self::IdentityRejected(e) => shut_reason(&mut e.reason, e.key, REASON, sealer),
            Self::IdentityObsoleted(e) => shut_reason(&mut e.reason, e.key, REASON, sealer),
            Self::IdentityCompromised(e) => shut_reason(&mut e.reason, e.key, REASON, sealer),
            Self::MarkedReady(_)
            | Self::ReviewStarted(_)
            | Self::CheckRequested(_)
            | Self::CheckAnswered(_)
            | Self::ReviewConcluded(_)
            | Self::ReviewRequested(_)
            | Self::ReviewWithdrawn(_)
            | Self::ReviewClaimed(_)
            | Self::IdentityApproved(_)
            | Self::IdentityErased(_) => Ok(()),
        }
    }
}

fn shut_reason(
    reason: &mut Option<Reason>,
    key: KeyId,
    field: &str,
    sealer: &dyn Sealer,
) -> Result<(), SealError> {
    reason.as_mut().map_or(Ok(()), |reason| reason.shut(key, field, sealer))
}

/// Name under which the properties are sealed.
pub const PROPERTIES: &str = "properties";
/// Name under which the client's signature is sealed.
pub const CLIENT_SIGNATURE: &str = "client_signature";
/// Name, before `#` and a file, under which an attachment's name is sealed.
pub const FILE_NAME: &str = "file_name";
/// Name, before `#` and a file, under which an attachment's signature is sealed.
pub const SIGNATURE: &str = "signature";
/// Name under which a reason is sealed; before `#` and a review in `ReviewDecided`.
pub const REASON: &str = "reason";

/// Name under which what the `number`th error of a run says is sealed.
pub fn error_of(run: Uuid, number: u32) -> String {
    format!("error#{run}/{number}")
}
