//! What a customer's history amounts to. No plain values: tags, revisions and flags.

mod apply;
mod judge;

use std::collections::{BTreeMap, BTreeSet};

use kyc_events::Millis;
use kyc_events::sealed::{KeyId, Sealed, Tag};
use kyc_events::stellar::{
    Content, DecidedBy, Document, Identity, Protocol, Reason, Requirement, Status, Verdict,
};
use serde::Serialize;
use uuid::Uuid;

use crate::verification_code::{Code, Sent};

/// One customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// Who it is; none before the first event, and none after the last.
    pub owner: Option<Owner>,
    /// There was a `PUT /customer`.
    pub is_registered: bool,
    /// The person was erased; nothing else is left.
    pub is_erased: bool,
    /// Values by canonical field name.
    pub fields: BTreeMap<String, Field>,
    /// Uploaded files.
    pub files: BTreeMap<Uuid, File>,
    /// The types the customer is judged as.
    pub kinds: BTreeMap<String, Kind>,
    /// Where status changes are told.
    pub callback: Option<Callback>,
    /// Transactions by the platform's id.
    pub transactions: BTreeMap<String, Transaction>,
    pub(super) checks: BTreeMap<Uuid, Check>,
    pub(super) provisions: u32,
    pub(super) callbacks: u32,
    pub(super) decisions: u32,
}

/// Who a customer is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Owner {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The customer's key.
    pub key: KeyId,
    /// Pseudonym of the whole identity.
    pub owner: Tag,
    /// Pseudonym of the account without memo.
    pub account: Tag,
    /// The identity, sealed in `stellar.OwnerIdentified`.
    pub identity: Sealed<Identity>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// How many values it has had.
    pub revision: u32,
    /// Recognises the value.
    pub tag: Tag,
    /// The value, sealed in `stellar.FieldsProvided`.
    pub content: Content,
    /// The value is not good.
    pub refused: Option<Refused>,
    /// The right code was given for this value.
    pub is_verified: bool,
    /// The newest code for this value.
    pub code: Option<Code>,
    /// When the last codes were sent, whichever the value.
    pub codes_sent_at: Sent,
}

/// Why a value is not good.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    /// Another value will not help.
    pub is_final: bool,
    /// Why.
    pub reason: Reason,
    /// Number of the decision that says so.
    pub decision: u32,
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct File {
    /// The file.
    pub document: Document,
    /// It is dropped then, if no field refers to it.
    pub expires_at: Millis,
    /// A field refers to it, or did.
    pub is_bound: bool,
}

/// How the customer stands as one type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kind {
    /// What the type needs.
    pub requirement: Requirement,
    /// What an operator or provider wants beyond that.
    pub asked: BTreeSet<String>,
    /// The status that was told last.
    pub status: Option<Status>,
    /// The last decision.
    pub decision: Option<Decision>,
    /// The review that waits.
    pub review: Option<Review>,
    /// The last review that was decided.
    pub reviewed: Option<Uuid>,
    /// The provider's request that waits.
    pub check: Option<Uuid>,
}

/// The last decision on a type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Its number.
    pub number: u32,
    /// What.
    pub verdict: Verdict,
    /// By whom.
    pub by: DecidedBy,
    /// Why.
    pub reason: Option<Reason>,
    /// It names no field: it is about all of them.
    pub is_whole: bool,
    /// Recognises a repetition.
    pub tag: Tag,
    /// The values it was made on.
    pub seen: Vec<(String, u32)>,
}

/// A review that waits for an operator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Review {
    /// Its id.
    pub id: Uuid,
    /// Who works on it, and since when.
    pub claim: Option<(String, Millis)>,
    /// The values it is about.
    pub seen: Vec<(String, u32)>,
}

/// Where status changes are told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Callback {
    /// Its number.
    pub number: u32,
    /// The URL, sealed in `stellar.CallbackSet`.
    pub url: Sealed<String>,
    /// Recognises the URL.
    pub tag: Tag,
    /// Language of what is told.
    pub lang: String,
    /// Types whose end was told: nothing more is told of them.
    pub ended: BTreeSet<String>,
}

/// A transaction of the platform.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transaction {
    /// Its protocol.
    pub protocol: Protocol,
    /// The type the customer has to be accepted as.
    pub kind: String,
    /// How the wait ended; `None`: it lasts.
    pub accepted: Option<bool>,
}

/// A request to a provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Which provider.
    pub provider: String,
    /// The type it is about.
    pub kind: String,
    /// The values it is about.
    pub seen: Vec<(String, u32)>,
    /// Recognises its answer.
    pub answer: Option<Tag>,
}

impl State {
    /// The customer's key and all the rest, if anything is known.
    pub fn known(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    /// A request to a provider, if it is one of the last.
    pub fn check(&self, request: Uuid) -> Option<&Check> {
        self.checks.get(&request)
    }

    /// The type a review is about: the one that waits or the last that was decided.
    pub fn kind_of_review(&self, review: Uuid) -> Option<&str> {
        let is_of = |kind: &Kind| {
            kind.reviewed == Some(review) || kind.review.as_ref().is_some_and(|r| r.id == review)
        };
        self.kinds.iter().find(|(_, kind)| is_of(kind)).map(|(name, _)| name.as_str())
    }

    /// Whether these fields are verified, all of them: after a command with codes that was not
    /// rejected, no means that a code was wrong.
    pub fn are_verified<'a>(&self, fields: impl IntoIterator<Item = &'a String>) -> bool {
        fields.into_iter().all(|name| self.fields.get(name).is_some_and(|f| f.is_verified))
    }

    /// Number of the next arrival of values.
    pub(super) fn next_provision(&self) -> u32 {
        self.provisions + 1
    }

    /// Number of the next decision.
    pub(super) fn next_decision(&self) -> u32 {
        self.decisions + 1
    }

    /// Whether looking at the customer as this type would write nothing: it is judged by these rules
    /// already, and no code has still to be sent.
    pub fn stands_as(&self, kind: &str, requirement: &Requirement) -> bool {
        let codeless = |(name, field): (&String, &Field)| {
            let needed = || self.kinds.values().any(|kind| kind.verifies(name));
            field.code.is_none() && !field.is_verified && needed()
        };
        let known = self.kinds.get(kind);
        known.is_some_and(|known| known.requirement == *requirement)
            && !self.fields.iter().any(codeless)
    }

    /// Number of the next callback URL.
    pub(super) fn next_callback(&self) -> u32 {
        self.callbacks + 1
    }
}

impl Review {
    /// Who works on it at `now`.
    pub fn claimed_by(&self, now: Millis) -> Option<&str> {
        let (by, since) = self.claim.as_ref()?;
        let lapsed = now >= since.saturating_add(crate::config::limits::CLAIM_TTL_MS);
        (!lapsed).then_some(by.as_str())
    }
}
