//! Who owns a customer, which reviews wait, and which transaction waits for whom?
//!
//! Everything is known by pseudonym: no identity, no value. An erased customer leaves no row.

use kyc_events::sealed::Tag;
use kyc_events::stellar::{CUSTOMER, CustomerEvent, Protocol, Status};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// One customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// The stream; its key is the customer's id.
    pub stream: StreamId,
    /// The person's pseudonym.
    pub subject: Tag,
    /// Pseudonym of the whole identity.
    pub owner: Tag,
    /// Pseudonym of the account without memo.
    pub account: Tag,
    /// There was a `PUT /customer`.
    pub is_registered: bool,
}

/// How a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// It waits for an operator.
    Open,
    /// An operator works on it.
    Claimed,
    /// It was decided.
    Decided,
}

impl ReviewState {
    /// The word in lists and filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Decided => "decided",
        }
    }
}

/// One review. Of the decided ones of a customer and type only the last is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: Uuid,
    /// The customer.
    pub stream: StreamId,
    /// The type to decide on.
    pub kind: String,
    /// How it stands.
    pub state: ReviewState,
    /// Who claimed it last.
    pub claimed_by: Option<String>,
    /// When it was asked for.
    pub requested_at: Millis,
    /// When it was decided.
    pub decided_at: Option<Millis>,
}

/// One transaction of the anchor's platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// The customer it waits for.
    pub stream: StreamId,
    /// Its protocol.
    pub protocol: Protocol,
    /// The type the customer has to be accepted as.
    pub kind: String,
    /// How the wait ended; `None`: it lasts.
    pub accepted: Option<bool>,
}

/// See the module.
pub struct StellarCustomers;

impl Projection for StellarCustomers {
    const NAME: &'static str = "stellar_customers";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Customer>("customer", &[Text]),
        Table::of::<StreamId>("owner", &[Text]),
        Table::of::<Status>("status", &[Text, Text]),
        Table::of::<Review>("review", &[Text]),
        Table::of::<Uuid>("queue", &[Number, Text]),
        Table::of::<Uuid>("last", &[Text, Text]),
        Table::of::<Transaction>("transaction", &[Text]),
        Table::of::<String>("of", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != CUSTOMER {
            return Ok(());
        }
        let (stream, at) = (&record.stream, record.recorded_at);
        match event(record)? {
            CustomerEvent::OwnerIdentified(e) => {
                let customer = Customer {
                    stream: stream.clone(),
                    subject: e.subject,
                    owner: e.owner,
                    account: e.account,
                    is_registered: false,
                };
                rows.put(customer_key(stream), &customer);
                rows.put(owner_key(e.owner), stream);
            }
            CustomerEvent::CustomerRegistered(_) => {
                if let Some(customer) = rows.get::<Customer>(&customer_key(stream)) {
                    let registered = Customer { is_registered: true, ..customer };
                    rows.put(customer_key(stream), &registered);
                }
            }
            CustomerEvent::StatusChanged(e) => {
                rows.put(status_key(stream).text(&e.kind).done(), &e.status);
            }
            CustomerEvent::ReviewRequested(e) => {
                forget_review(rows, stream, &e.kind);
                let review = Review {
                    id: e.review,
                    stream: stream.clone(),
                    kind: e.kind.clone(),
                    state: ReviewState::Open,
                    claimed_by: None,
                    requested_at: at,
                    decided_at: None,
                };
                rows.put(last_key(stream).text(&e.kind).done(), &e.review);
                put_review(rows, &review);
            }
            CustomerEvent::ReviewWithdrawn(e) => forget_review(rows, stream, &e.kind),
            CustomerEvent::ReviewClaimed(e) => change_review(rows, stream, &e.kind, |review| {
                review.state = ReviewState::Claimed;
                review.claimed_by = Some(e.by.clone());
            }),
            CustomerEvent::CustomerDecided(e) => change_review(rows, stream, &e.kind, |review| {
                review.state = ReviewState::Decided;
                review.decided_at = Some(at);
            }),
            CustomerEvent::TransactionRegistered(e) => {
                let (stream, accepted) = (stream.clone(), None);
                let one = Transaction { stream, protocol: e.protocol, kind: e.kind, accepted };
                rows.put(transaction_key(&e.transaction), &one);
                let of = of_key(&one.stream).text(&e.transaction).done();
                rows.put(of, &e.transaction);
            }
            CustomerEvent::TransactionReleased(e) => {
                if let Some(one) = rows.get::<Transaction>(&transaction_key(&e.transaction)) {
                    let over = Transaction { accepted: Some(e.accepted), ..one };
                    rows.put(transaction_key(&e.transaction), &over);
                }
            }
            CustomerEvent::CustomerErased(_) => erase(rows, stream),
            CustomerEvent::FieldsProvided(_)
            | CustomerEvent::FileStored(_)
            | CustomerEvent::FileExpired(_)
            | CustomerEvent::TypeOpened(_)
            | CustomerEvent::VerificationRequested(_)
            | CustomerEvent::VerificationFailed(_)
            | CustomerEvent::FieldVerified(_)
            | CustomerEvent::CheckRequested(_)
            | CustomerEvent::CallbackSet(_)
            | CustomerEvent::CallbackRequested(_) => {}
        }
        Ok(())
    }
}

/// The customer of a stream.
pub fn find(rows: &Rows, stream: &StreamId) -> Option<Customer> {
    rows.get(&customer_key(stream))
}

/// The customer of this identity.
pub fn of_owner(rows: &Rows, owner: Tag) -> Option<Customer> {
    find(rows, &rows.get(&owner_key(owner))?)
}

/// The statuses that were told of a customer, by type.
pub fn statuses(rows: &Rows, stream: &StreamId) -> Vec<(String, Status)> {
    let prefix = status_key(stream).done();
    rows.scan(&prefix)
        .map(|(key, status)| {
            let kind = String::from_utf8_lossy(&key[prefix.len()..key.len() - 1]);
            (kind.into_owned(), status)
        })
        .collect()
}

/// One review.
pub fn review(rows: &Rows, id: Uuid) -> Option<Review> {
    rows.get(&review_key(id))
}

/// Reviews in this state, or all, those asked for first coming first; at most `limit`.
pub fn reviews(rows: &Rows, state: Option<ReviewState>, limit: usize) -> Vec<Review> {
    rows.scan::<Uuid>(&Key::table("queue").done())
        .filter_map(|(_, id)| review(rows, id))
        .filter(|review| state.is_none_or(|state| review.state == state))
        .take(limit)
        .collect()
}

/// One transaction, by the platform's id.
pub fn transaction(rows: &Rows, id: &str) -> Option<Transaction> {
    rows.get(&transaction_key(id))
}

fn put_review(rows: &mut Rows, review: &Review) {
    rows.put(queue_key(review), &review.id);
    rows.put(review_key(review.id), review);
}

fn change_review(rows: &mut Rows, stream: &StreamId, kind: &str, change: impl FnOnce(&mut Review)) {
    let last = rows.get::<Uuid>(&last_key(stream).text(kind).done());
    if let Some(mut one) = last.and_then(|id| review(rows, id)) {
        change(&mut one);
        put_review(rows, &one);
    }
}

fn forget_review(rows: &mut Rows, stream: &StreamId, kind: &str) {
    let last = last_key(stream).text(kind).done();
    if let Some(one) = rows.get::<Uuid>(&last).and_then(|id| review(rows, id)) {
        rows.delete(&queue_key(&one));
        rows.delete(&review_key(one.id));
    }
    rows.delete(&last);
}

fn erase(rows: &mut Rows, stream: &StreamId) {
    let reviews: Vec<Uuid> = rows.scan(&last_key(stream).done()).map(|(_, id)| id).collect();
    for one in reviews.into_iter().filter_map(|id| review(rows, id)).collect::<Vec<_>>() {
        forget_review(rows, stream, &one.kind);
    }
    let transactions: Vec<String> = rows.scan(&of_key(stream).done()).map(|(_, id)| id).collect();
    for key in transactions.iter().map(|id| transaction_key(id)) {
        if rows.get::<Transaction>(&key).is_some_and(|one| one.stream == *stream) {
            rows.delete(&key);
        }
    }
    rows.delete_all(&of_key(stream).done());
    rows.delete_all(&status_key(stream).done());
    if let Some(key) = find(rows, stream).map(|customer| owner_key(customer.owner))
        // Who came back owns another stream by now.
        && rows.get::<StreamId>(&key).is_some_and(|of| of == *stream)
    {
        rows.delete(&key);
    }
    rows.delete(&customer_key(stream));
}

fn customer_key(stream: &StreamId) -> Vec<u8> {
    Key::table("customer").text(stream.as_str()).done()
}

fn owner_key(owner: Tag) -> Vec<u8> {
    Key::table("owner").text(&owner.to_hex()).done()
}

fn status_key(stream: &StreamId) -> Key {
    Key::table("status").text(stream.as_str())
}

fn review_key(id: Uuid) -> Vec<u8> {
    Key::table("review").text(&id.to_string()).done()
}

fn queue_key(review: &Review) -> Vec<u8> {
    Key::table("queue").instant(review.requested_at).text(&review.id.to_string()).done()
}

fn last_key(stream: &StreamId) -> Key {
    Key::table("last").text(stream.as_str())
}

fn transaction_key(id: &str) -> Vec<u8> {
    Key::table("transaction").text(id).done()
}

fn of_key(stream: &StreamId) -> Key {
    Key::table("of").text(stream.as_str())
}

#[cfg(test)]
mod tests;
