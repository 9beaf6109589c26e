//! Facts of a GNU Taler exchange: payment targets, and third parties who upload for them.
//!
//! | stream | key |
//! |---|---|
//! | `taler.payment_target-<tag>` | HMAC of the payto URI and of how often its holder was erased |
//! | `taler.third_party-<hex>` | the third party's public key |
//! | `taler.directory-payment_targets` | one for all: a version is a row number |
//!
//! A payto URI names a person, and so does its hash, which anybody can compute: both are sealed, and
//! a request is compared with keyed hashes of what the exchange knows.
//!
//! Source: GNU Taler exchange API, `kyc-check`, `kyc-proof` (6 October 2021), `kyc-bulk` (vIMPORT).

mod directory;
mod proof;
mod third_party;

pub use crate::document::Document;
pub use directory::*;
pub use proof::*;
pub use third_party::*;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::review::{Reason, Verdict};
use crate::sealed::{KeyId, Personal, SealError, Sealed, Sealer, Tag};

/// Kind of a payment target's stream.
pub const PAYMENT_TARGET: &str = "taler.payment_target";

/// An account is known from here on; always the first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentTargetRegistered {
    /// Its row number, which the protocol calls `PAYMENT_TARGET_UUID`; never used again.
    pub number: u64,
    /// The person's pseudonym, HMAC of the number under the look-up key.
    pub subject: Tag,
    /// The one key of this payment target.
    pub key: KeyId,
    /// HMAC of the 64 bytes of `h_payto` under the look-up key.
    pub full: Tag,
    /// HMAC of their first 32 bytes.
    pub short: Tag,
    /// The payto URI, as it was given.
    pub payto: Sealed<String>,
}

/// A third party uploaded a document about the account's holder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentUploaded {
    /// The payment target's key.
    pub key: KeyId,
    /// The file; its tag is an HMAC of its SHA-512.
    pub document: Document,
    /// The third party's public key, 64 hex digits.
    pub third_party: String,
    /// What the third party signed.
    pub binding: Sealed<Binding>,
}

/// What a third party signed for. Personal data: lives only inside [`Sealed`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// SHA-512 of the document, 128 hex digits.
    pub sha512: String,
    /// The payto URI, as it was sent.
    pub payto: String,
    /// The signature, 128 hex digits.
    pub signature: String,
    /// The layout of what is signed, as the configuration calls it.
    pub layout: String,
    /// The purpose number.
    pub purpose: u32,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Binding(…)")
    }
}

/// A document waits for an operator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewRequested {
    /// Id of the review.
    pub review: Uuid,
    /// The document.
    pub file: Uuid,
}

/// An operator works on a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewClaimed {
    /// Which.
    pub review: Uuid,
    /// Who, as the operator's side calls itself.
    pub by: String,
}

/// An operator decided. To accept a document legitimizes the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewDecided {
    /// Which review.
    pub review: Uuid,
    /// The payment target's key.
    pub key: KeyId,
    /// What was decided.
    pub verdict: Verdict,
    /// Who, as the operator's side calls itself.
    pub by: String,
    /// Why.
    pub reason: Option<Reason>,
}

/// The holder was erased: nothing of this stream is known any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentTargetErased {
    /// Which generation of the person ended.
    pub generation: u32,
}

crate::event_set! {
    /// Facts of a payment target's stream.
    pub enum PaymentTargetEvent {
        PaymentTargetRegistered: "taler.PaymentTargetRegistered" @ 1,
        ProcessStarted: "taler.ProcessStarted" @ 1,
        ProofUnanswered: "taler.ProofUnanswered" @ 1,
        ProofRefused: "taler.ProofRefused" @ 1,
        ProofAccepted: "taler.ProofAccepted" @ 1,
        DocumentUploaded: "taler.DocumentUploaded" @ 1,
        ReviewRequested: "taler.ReviewRequested" @ 1,
        ReviewClaimed: "taler.ReviewClaimed" @ 1,
        ReviewDecided: "taler.ReviewDecided" @ 1,
        PaymentTargetErased: "taler.PaymentTargetErased" @ 1,
    }
}

impl Personal for PaymentTargetEvent {
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        match self {
            Self::PaymentTargetRegistered(e) => e.payto.shut(e.key, PAYTO, sealer),
            Self::ProofRefused(e) => e.refusal.shut(e.key, &of(REFUSAL, e.process), sealer),
            Self::ProofAccepted(e) => {
                e.user.shut(e.key, &of(USER, e.process), sealer)?;
                e.attributes.shut(e.key, &of(ATTRIBUTES, e.process), sealer)
            }
            Self::DocumentUploaded(e) => {
                e.binding.shut(e.key, &of(BINDING, e.document.file), sealer)
            }
            Self::ReviewDecided(e) => match &mut e.reason {
                Some(reason) => reason.shut(e.key, &of(REASON, e.review), sealer),
                None => Ok(()),
            },
            Self::ProcessStarted(_)
            | Self::ProofUnanswered(_)
            | Self::ReviewRequested(_)
            | Self::ReviewClaimed(_)
            | Self::PaymentTargetErased(_) => Ok(()),
        }
    }
}

/// Name under which the payto URI is sealed.
pub const PAYTO: &str = "payto";
/// Name, before `#` and an id, under which a refusal is sealed.
pub const REFUSAL: &str = "refusal";
/// Name, before `#` and an id, under which the provider's user id is sealed.
pub const USER: &str = "user";
/// Name, before `#` and an id, under which the provider's attributes are sealed.
pub const ATTRIBUTES: &str = "attributes";
/// Name, before `#` and an id, under which what a third party signed is sealed.
pub const BINDING: &str = "binding";
/// Name, before `#` and an id, under which a decision's reason is sealed.
pub const REASON: &str = "reason";

/// Name under which something of the process, document or review `id` is sealed.
pub fn of(name: &str, id: Uuid) -> String {
    format!("{name}#{id}")
}

#[cfg(test)]
mod tests;
