//! What a payment target's history amounts to. No plain values: tags and ids.

use std::collections::BTreeMap;

use kyc_events::Millis;
use kyc_events::review::Verdict;
use kyc_events::sealed::{KeyId, Sealed, Tag};
use kyc_events::taler::{
    Document, PaymentTargetEvent, PaymentTargetRegistered, ReviewDecided, ReviewRequested,
};
use serde::Serialize;
use uuid::Uuid;

use super::Rejection;
use crate::aggregate::IllegalHistory;
use crate::config::limits;

/// One payment target.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// Whose it is; none before the first event, and none after the last.
    pub owner: Option<Owner>,
    /// The holder was erased; nothing else is left.
    pub is_erased: bool,
    /// The process that is open, or was until it expired.
    pub process: Option<Process>,
    /// Why the account is good; `None`: it is not yet.
    pub legitimation: Option<Legitimation>,
    /// Documents by file.
    pub documents: BTreeMap<Uuid, Stored>,
    /// Reviews of documents by id.
    pub reviews: BTreeMap<Uuid, Review>,
    /// Codes that a provider refused.
    pub refusals: u32,
}

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Owner {
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
    /// The payto URI, sealed in `taler.PaymentTargetRegistered`.
    pub payto: Sealed<String>,
}

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Process {
    /// Its id.
    pub id: Uuid,
    /// Nobody can come back to it later.
    pub expires_at: Millis,
}

/// Why an account is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Legitimation {
    /// A provider knows its holder.
    Proof { process: Uuid },
    /// An operator accepted a document.
    Review { review: Uuid },
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stored {
    /// The file.
    pub document: Document,
    /// Public key of who uploaded it, 64 hex digits.
    pub third_party: String,
}

/// A review of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The document.
    pub file: Uuid,
    /// Who works on it, and since when.
    pub claim: Option<(String, Millis)>,
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
}

impl State {
    /// Whose it is.
    pub fn owner(&self) -> Result<&Owner, Rejection> {
        self.owner.as_ref().ok_or(Rejection::Unknown)
    }

    /// Whether the account may be used.
    pub fn is_legitimized(&self) -> bool {
        self.legitimation.is_some()
    }

    /// The process that somebody can come back to.
    pub fn open_process(&self, now: Millis) -> Option<&Process> {
        self.process.as_ref().filter(|process| now < process.expires_at)
    }

    /// Whether a document with this tag is there.
    pub fn holds(&self, tag: Tag) -> bool {
        self.documents.values().any(|stored| stored.document.tag == tag)
    }

    pub(super) fn apply(
        &mut self,
        event: &PaymentTargetEvent,
        at: Millis,
    ) -> Result<(), IllegalHistory> {
        use PaymentTargetEvent as E;
        let is_first = matches!(event, E::PaymentTargetRegistered(_));
        unless(!self.is_erased, "something of an erased payment target")?;
        unless(self.owner.is_none() == is_first, "not registered once, and first")?;
        match event {
            E::PaymentTargetRegistered(e) => self.register(e),
            E::ProcessStarted(e) => {
                unless(!self.is_legitimized(), "a process of a legitimized account")?;
                unless(self.open_process(at).is_none(), "two open processes")?;
                self.process = Some(Process { id: e.process, expires_at: e.expires_at });
            }
            E::ProofUnanswered(e) => self.check_process(e.process)?,
            E::ProofRefused(e) => {
                self.check_process(e.process)?;
                self.process = None;
                self.refusals += 1;
            }
            E::ProofAccepted(e) => {
                self.check_process(e.process)?;
                self.process = None;
                self.legitimation = Some(Legitimation::Proof { process: e.process });
            }
            E::DocumentUploaded(e) => {
                unless(!self.holds(e.document.tag), "the same document twice")?;
                let third_party = e.third_party.clone();
                let stored = Stored { document: e.document.clone(), third_party };
                self.documents.insert(e.document.file, stored);
            }
            E::ReviewRequested(e) => self.request_review(e)?,
            E::ReviewClaimed(e) => self.review(e.review)?.claim = Some((e.by.clone(), at)),
            E::ReviewDecided(e) => self.decide(e)?,
            E::PaymentTargetErased(_) => *self = Self { is_erased: true, ..Self::default() },
        }
        Ok(())
    }

    fn register(&mut self, e: &PaymentTargetRegistered) {
        self.owner = Some(Owner {
            number: e.number,
            subject: e.subject,
            key: e.key,
            full: e.full,
            short: e.short,
            payto: e.payto.clone(),
        });
    }

    fn check_process(&self, process: Uuid) -> Result<(), IllegalHistory> {
        let is_open = self.process.is_some_and(|open| open.id == process);
        unless(is_open, "a proof of a process that is not open")
    }

    fn request_review(&mut self, e: &ReviewRequested) -> Result<(), IllegalHistory> {
        unless(self.documents.contains_key(&e.file), "a review of no document")?;
        let review =
            Review { file: e.file, claim: None, verdict: None, decided_by: None, reason: None };
        unless(self.reviews.insert(e.review, review).is_none(), "a review asked for twice")
    }

    fn decide(&mut self, e: &ReviewDecided) -> Result<(), IllegalHistory> {
        let review = self.review(e.review)?;
        review.verdict = Some(e.verdict);
        review.decided_by = Some(e.by.clone());
        review.reason = e.reason.as_ref().map(|reason| reason.code.clone());
        let by_this = Legitimation::Review { review: e.review };
        match e.verdict {
            Verdict::Accept if self.legitimation.is_none() => {
                self.legitimation = Some(by_this);
                self.process = None;
            }
            Verdict::Resubmit | Verdict::Reject if self.legitimation == Some(by_this) => {
                self.legitimation = None;
            }
            Verdict::Accept | Verdict::Resubmit | Verdict::Reject => {}
        }
        Ok(())
    }

    fn review(&mut self, id: Uuid) -> Result<&mut Review, IllegalHistory> {
        self.reviews.get_mut(&id).ok_or_else(|| IllegalHistory::new("no such review"))
    }
}

fn unless(legal: bool, what: &str) -> Result<(), IllegalHistory> {
    if legal { Ok(()) } else { Err(IllegalHistory::new(what)) }
}
