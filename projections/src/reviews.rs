//! Which reviews wait for an operator, whichever protocol asks?
//!
//! People are known by pseudonym: no identity, no value. Who was erased leaves no row.

use kyc_events::neuro::{IDENTITY, IdentityEvent};
use kyc_events::sealed::Tag;
use kyc_events::stellar::{CUSTOMER, CustomerEvent};
use kyc_events::taler::{PAYMENT_TARGET, PaymentTargetEvent};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// How a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for an operator.
    Open,
    /// An operator works on it.
    Claimed,
    /// It was decided.
    Decided,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Claimed, Self::Decided];

    /// The word in lists and filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Decided => "decided",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One review. No personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: Uuid,
    /// What asked for it; the stream's kind tells the protocol.
    pub stream: StreamId,
    /// The person's pseudonym.
    pub subject: Tag,
    /// What to decide on, in the protocol's words: a type of customer, …
    pub kind: String,
    /// How it stands.
    pub state: State,
    /// Who works on it, or did.
    pub claimed_by: Option<String>,
    /// When it was asked for.
    pub requested_at: Millis,
    /// When it was decided.
    pub decided_at: Option<Millis>,
}

/// See the module.
pub struct Reviews;

impl Projection for Reviews {
    const NAME: &'static str = "reviews";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Tag>("subject", &[Text]),
        Table::of::<Review>("review", &[Text]),
        Table::of::<Uuid>("queue", &[Text, Number, Text]),
        Table::of::<Uuid>("of", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        match record.stream.kind() {
            CUSTOMER => stellar_customer(rows, record),
            PAYMENT_TARGET => taler_document(rows, record),
            IDENTITY => neuro_identity(rows, record),
            _ => Ok(()),
        }
    }
}

/// Of a customer and type only the last review is kept, and a decision is about it.
fn stellar_customer(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let (stream, at) = (&record.stream, record.recorded_at);
    match event(record)? {
        CustomerEvent::OwnerIdentified(e) => identify(rows, stream, e.subject),
        CustomerEvent::ReviewRequested(e) => {
            if let Some(last) = of_kind(rows, stream, &e.kind) {
                withdraw(rows, last);
            }
            request(rows, stream, &e.kind, e.review, at);
        }
        CustomerEvent::ReviewWithdrawn(e) => withdraw(rows, e.review),
        CustomerEvent::ReviewClaimed(e) => claim(rows, e.review, e.by),
        CustomerEvent::CustomerDecided(e) => {
            if let Some(last) = of_kind(rows, stream, &e.kind) {
                decide(rows, last, at);
            }
        }
        CustomerEvent::CustomerErased(_) => forget(rows, stream),
        CustomerEvent::CustomerRegistered(_)
        | CustomerEvent::FieldsProvided(_)
        | CustomerEvent::FileStored(_)
        | CustomerEvent::FileExpired(_)
        | CustomerEvent::TypeOpened(_)
        | CustomerEvent::StatusChanged(_)
        | CustomerEvent::VerificationRequested(_)
        | CustomerEvent::VerificationFailed(_)
        | CustomerEvent::FieldVerified(_)
        | CustomerEvent::CheckRequested(_)
        | CustomerEvent::TransactionRegistered(_)
        | CustomerEvent::TransactionReleased(_)
        | CustomerEvent::CallbackSet(_)
        | CustomerEvent::CallbackRequested(_) => {}
    }
    Ok(())
}

/// Each document that a third party uploaded has a review of its own.
fn taler_document(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let (stream, at) = (&record.stream, record.recorded_at);
    match event(record)? {
        PaymentTargetEvent::PaymentTargetRegistered(e) => identify(rows, stream, e.subject),
        PaymentTargetEvent::ReviewRequested(e) => request(rows, stream, "kyc-bulk", e.review, at),
        PaymentTargetEvent::ReviewClaimed(e) => claim(rows, e.review, e.by),
        PaymentTargetEvent::ReviewDecided(e) => decide(rows, e.review, at),
        PaymentTargetEvent::PaymentTargetErased(_) => forget(rows, stream),
        PaymentTargetEvent::ProcessStarted(_)
        | PaymentTargetEvent::ProofUnanswered(_)
        | PaymentTargetEvent::ProofRefused(_)
        | PaymentTargetEvent::ProofAccepted(_)
        | PaymentTargetEvent::DocumentUploaded(_) => {}
    }
    Ok(())
}

/// An application has a review whenever an automatic one leaves something open.
fn neuro_identity(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let (stream, at) = (&record.stream, record.recorded_at);
    match event(record)? {
        IdentityEvent::IdentityApplied(e) => identify(rows, stream, e.subject),
        IdentityEvent::ReviewRequested(e) => request(rows, stream, "identity", e.review, at),
        IdentityEvent::ReviewWithdrawn(e) => withdraw(rows, e.review),
        IdentityEvent::ReviewClaimed(e) => claim(rows, e.review, e.by),
        IdentityEvent::ReviewDecided(e) => decide(rows, e.review, at),
        IdentityEvent::IdentityErased(_) => forget(rows, stream),
        IdentityEvent::AttachmentAdded(_)
        | IdentityEvent::MarkedReady(_)
        | IdentityEvent::ReviewStarted(_)
        | IdentityEvent::ClaimAssessed(_)
        | IdentityEvent::PhotoAssessed(_)
        | IdentityEvent::ReviewErrored(_)
        | IdentityEvent::CheckRequested(_)
        | IdentityEvent::CheckAnswered(_)
        | IdentityEvent::ReviewConcluded(_)
        | IdentityEvent::IdentityApproved(_)
        | IdentityEvent::IdentityRejected(_)
        | IdentityEvent::IdentityObsoleted(_)
        | IdentityEvent::IdentityCompromised(_) => {}
    }
    Ok(())
}

/// One review.
pub fn find(rows: &Rows, id: Uuid) -> Option<Review> {
    rows.get(&review_key(id))
}

/// Reviews in this state, or all, of streams that are `wanted`, those asked for first coming
/// first; at most `limit`.
pub fn list(
    rows: &Rows,
    state: Option<State>,
    limit: usize,
    wanted: impl Fn(&StreamId) -> bool,
) -> Vec<Review> {
    let mut found = Vec::new();
    for state in State::ALL.into_iter().filter(|one| state.is_none_or(|state| state == *one)) {
        let ids = rows.scan::<Uuid>(&queue(state).done());
        let reviews = ids.filter_map(|(_, id)| find(rows, id));
        found.extend(reviews.filter(|review| wanted(&review.stream)).take(limit));
    }
    found.sort_by_key(|review| (review.requested_at, review.id));
    found.truncate(limit);
    found
}

/// Whose stream it is; comes before its first review.
fn identify(rows: &mut Rows, stream: &StreamId, subject: Tag) {
    rows.put(subject_key(stream), &subject);
}

fn request(rows: &mut Rows, stream: &StreamId, kind: &str, id: Uuid, at: Millis) {
    let Some(subject) = rows.get(&subject_key(stream)) else { return };
    let review = Review {
        id,
        stream: stream.clone(),
        subject,
        kind: kind.to_owned(),
        state: State::Open,
        claimed_by: None,
        requested_at: at,
        decided_at: None,
    };
    rows.put(of_key(&review), &id);
    put(rows, &review);
}

fn claim(rows: &mut Rows, id: Uuid, by: String) {
    change(rows, id, |review| {
        review.state = State::Claimed;
        review.claimed_by = Some(by);
    });
}

fn decide(rows: &mut Rows, id: Uuid, at: Millis) {
    change(rows, id, |review| {
        review.state = State::Decided;
        review.decided_at = Some(at);
    });
}

fn withdraw(rows: &mut Rows, id: Uuid) {
    if let Some(review) = find(rows, id) {
        rows.delete(&queue_key(&review));
        rows.delete(&review_key(id));
        rows.delete(&of_key(&review));
    }
}

/// Nothing is left of this stream.
fn forget(rows: &mut Rows, stream: &StreamId) {
    let ids: Vec<Uuid> = rows.scan(&of(stream).done()).map(|(_, id)| id).collect();
    for id in ids {
        withdraw(rows, id);
    }
    rows.delete(&subject_key(stream));
}

/// The review of this kind in a stream that has one of each.
fn of_kind(rows: &Rows, stream: &StreamId, kind: &str) -> Option<Uuid> {
    let ids = rows.scan::<Uuid>(&of(stream).done());
    let mut reviews = ids.filter_map(|(_, id)| find(rows, id));
    reviews.find(|review| review.kind == kind).map(|review| review.id)
}

fn change(rows: &mut Rows, id: Uuid, change: impl FnOnce(&mut Review)) {
    if let Some(mut review) = find(rows, id) {
        rows.delete(&queue_key(&review));
        change(&mut review);
        put(rows, &review);
    }
}

fn put(rows: &mut Rows, review: &Review) {
    rows.put(queue_key(review), &review.id);
    rows.put(review_key(review.id), review);
}

fn subject_key(stream: &StreamId) -> Vec<u8> {
    Key::table("subject").text(stream.as_str()).done()
}

fn review_key(id: Uuid) -> Vec<u8> {
    Key::table("review").text(&id.to_string()).done()
}

/// By state, so that those that wait are found without those that were decided.
fn queue(state: State) -> Key {
    Key::table("queue").text(state.word())
}

fn queue_key(review: &Review) -> Vec<u8> {
    queue(review.state).instant(review.requested_at).text(&review.id.to_string()).done()
}

fn of(stream: &StreamId) -> Key {
    Key::table("of").text(stream.as_str())
}

fn of_key(review: &Review) -> Vec<u8> {
    of(&review.stream).text(&review.id.to_string()).done()
}

#[cfg(test)]
mod tests;
