//! Which messages wait for a Neuron account?
//!
//! One for each change of how an identity stands, and one for each review that did not approve: it
//! tells why. What a message says is made of the identity as of the event that it is about. Ids
//! and positions only; who was erased leaves no row.

use kyc_events::neuro::{ACCOUNT, AccountEvent, IDENTITY, IdentityEvent, Outcome, Status};
use kyc_events::review::Verdict;
use kyc_events::{Millis, Position, Record, StreamId, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The identity stands like this now.
    Status(Status),
    /// What an automatic review came to, and why.
    Run(Uuid),
    /// What an operator decided, and why.
    Review(Uuid),
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Position of the event that it is about; also what it is taken by.
    pub position: Position,
    /// Stream of the identity.
    pub identity: StreamId,
    /// Version of the identity as of then.
    pub version: Version,
    /// What it tells.
    pub told: Told,
    /// When that happened.
    pub at: Millis,
}

/// See the module.
pub struct NeuroInbox;

impl Projection for NeuroInbox {
    const NAME: &'static str = "neuro_inbox";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<StreamId>("account", &[Text]),
        Table::of::<Message>("message", &[Text, Number]),
        Table::of::<Position>("of", &[Text, Number]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        match record.stream.kind() {
            ACCOUNT => account(rows, record),
            IDENTITY => identity(rows, record),
            _ => Ok(()),
        }
    }
}

fn account(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let stream = &record.stream;
    match event(record)? {
        AccountEvent::MessagesPopped(e) => take(rows, stream, e.through),
        AccountEvent::AccountErased(_) => take(rows, stream, Position(u64::MAX)),
        AccountEvent::AccountCreated(_)
        | AccountEvent::VerificationRequested(_)
        | AccountEvent::VerificationFailed(_)
        | AccountEvent::ContactVerified(_)
        | AccountEvent::AccountEnabled(_)
        | AccountEvent::KeyCreated(_) => {}
    }
    Ok(())
}

fn identity(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    match event(record)? {
        IdentityEvent::IdentityApplied(e) => rows.put(account_key(&record.stream), &e.account),
        IdentityEvent::ReviewConcluded(e) if e.outcome != Outcome::Approve => {
            tell(rows, record, Told::Run(e.run));
        }
        IdentityEvent::ReviewDecided(e) if e.verdict != Verdict::Accept => {
            tell(rows, record, Told::Review(e.review));
        }
        IdentityEvent::IdentityApproved(_) => tell(rows, record, Told::Status(Status::Approved)),
        IdentityEvent::IdentityRejected(_) => tell(rows, record, Told::Status(Status::Rejected)),
        IdentityEvent::IdentityObsoleted(_) => tell(rows, record, Told::Status(Status::Obsoleted)),
        IdentityEvent::IdentityCompromised(_) => {
            tell(rows, record, Told::Status(Status::Compromised));
        }
        IdentityEvent::IdentityErased(_) => forget(rows, &record.stream),
        IdentityEvent::ReviewConcluded(_)
        | IdentityEvent::ReviewDecided(_)
        | IdentityEvent::AttachmentAdded(_)
        | IdentityEvent::MarkedReady(_)
        | IdentityEvent::ReviewStarted(_)
        | IdentityEvent::ClaimAssessed(_)
        | IdentityEvent::PhotoAssessed(_)
        | IdentityEvent::ReviewErrored(_)
        | IdentityEvent::CheckRequested(_)
        | IdentityEvent::CheckAnswered(_)
        | IdentityEvent::ReviewRequested(_)
        | IdentityEvent::ReviewWithdrawn(_)
        | IdentityEvent::ReviewClaimed(_) => {}
    }
    Ok(())
}

/// What waits, the oldest first; at most `limit`.
pub fn waiting(rows: &Rows, account: &StreamId, limit: usize) -> Vec<Message> {
    rows.scan(&messages(account).done()).map(|(_, message)| message).take(limit).collect()
}

/// Position of the newest message that waits.
pub fn newest(rows: &Rows, account: &StreamId) -> Option<Position> {
    let last = rows.scan::<Message>(&messages(account).done()).next_back();
    last.map(|(_, message)| message.position)
}

fn tell(rows: &mut Rows, record: &Record, told: Told) {
    let Some(account) = rows.get::<StreamId>(&account_key(&record.stream)) else { return };
    let message = Message {
        position: record.position,
        identity: record.stream.clone(),
        version: record.version,
        told,
        at: record.recorded_at,
    };
    rows.put(messages(&account).number(record.position.0).done(), &message);
    rows.put(of_key(&record.stream).number(record.position.0).done(), &record.position);
}

fn take(rows: &mut Rows, account: &StreamId, through: Position) {
    let waiting = rows.scan::<Message>(&messages(account).done()).map(|(_, message)| message);
    let taken: Vec<_> = waiting.take_while(|message| message.position <= through).collect();
    for message in taken {
        rows.delete(&messages(account).number(message.position.0).done());
        rows.delete(&of_key(&message.identity).number(message.position.0).done());
    }
}

fn forget(rows: &mut Rows, identity: &StreamId) {
    let Some(account) = rows.get::<StreamId>(&account_key(identity)) else { return };
    let told: Vec<Position> =
        rows.scan(&of_key(identity).done()).map(|(_, position)| position).collect();
    for position in told {
        rows.delete(&messages(&account).number(position.0).done());
    }
    rows.delete_all(&of_key(identity).done());
    rows.delete(&account_key(identity));
}

fn account_key(identity: &StreamId) -> Vec<u8> {
    Key::table("account").text(identity.as_str()).done()
}

fn messages(account: &StreamId) -> Key {
    Key::table("message").text(account.as_str())
}

fn of_key(identity: &StreamId) -> Key {
    Key::table("of").text(identity.as_str())
}

#[cfg(test)]
mod tests;
