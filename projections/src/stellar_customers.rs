//! Who owns a customer, what was told of them, and which transaction waits for whom?
//!
//! Everything is known by pseudonym: no identity, no value. An erased customer leaves no row.

use kyc_events::sealed::Tag;
use kyc_events::stellar::{CUSTOMER, CustomerEvent, Protocol, Status};
use kyc_events::{Record, StreamId};
use serde::{Deserialize, Serialize};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::Text;
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
    const SCHEMA: u32 = 2;
    const TABLES: &'static [Table] = &[
        Table::of::<Customer>("customer", &[Text]),
        Table::of::<StreamId>("owner", &[Text]),
        Table::of::<Status>("status", &[Text, Text]),
        Table::of::<Transaction>("transaction", &[Text]),
        Table::of::<String>("of", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != CUSTOMER {
            return Ok(());
        }
        let stream = &record.stream;
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
            | CustomerEvent::ReviewRequested(_)
            | CustomerEvent::ReviewWithdrawn(_)
            | CustomerEvent::ReviewClaimed(_)
            | CustomerEvent::CheckRequested(_)
            | CustomerEvent::CustomerDecided(_)
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

/// One transaction, by the platform's id.
pub fn transaction(rows: &Rows, id: &str) -> Option<Transaction> {
    rows.get(&transaction_key(id))
}

fn erase(rows: &mut Rows, stream: &StreamId) {
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

fn transaction_key(id: &str) -> Vec<u8> {
    Key::table("transaction").text(id).done()
}

fn of_key(stream: &StreamId) -> Key {
    Key::table("of").text(stream.as_str())
}

#[cfg(test)]
mod tests;
