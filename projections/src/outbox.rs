//! Which callbacks are due, which are dead letters, and what is to be reported back?
//!
//! Callbacks of every protocol stand in queues of the stream that asked for them: only the head of
//! a queue is ever due. A head that was delivered or became a dead letter makes room for the next.
//! What shares a receiver and an order shares a queue; the others do not wait for each other. What
//! a callback says is its protocol's business ([`Content`]).

mod asked;
mod content;
mod look;
mod queue;
mod tried;

pub use content::{Content, NeuroContent, StellarContent};
pub use look::{counts, due, find, list, next_after, removed, reports};

use kyc_events::callback::DELIVERY;
use kyc_events::corepass::{OrderRef, TRANSFER};
use kyc_events::neuro::IDENTITY;
use kyc_events::stellar::CUSTOMER;
use kyc_events::{EventId, Millis, Record, StreamId, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

#[cfg(test)]
mod tests;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not tried yet.
    Pending,
    /// Tried in vain; another attempt will follow.
    Retrying,
    /// The receiver took it.
    Delivered,
    /// No attempt will follow by itself.
    Dead,
}

impl State {
    /// The word in lists and filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// One delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id, the same with every attempt.
    pub id: Uuid,
    /// The stream that asked for it.
    pub stream: StreamId,
    /// The version that the event that asked for it gave its stream: what it tells is told as of
    /// then.
    pub version: Version,
    /// What it tells.
    pub content: Content,
    /// The event that asked for it.
    pub cause: EventId,
    /// How it stands.
    pub state: State,
    /// Attempts made.
    pub attempts: u32,
    /// When it was asked for.
    pub requested_at: Millis,
    /// When the next attempt is due, if it is the head of its queue.
    pub due_at: Millis,
    /// What the last attempt met: `status 503`, `timeout`, …
    pub last_error: Option<String>,
    /// When an operator took the content out.
    pub exported_at: Option<Millis>,
    /// When the content was destroyed.
    pub removed_at: Option<Millis>,
}

impl Delivery {
    /// What kind of callback it is, for lists and metrics.
    pub fn channel(&self) -> &'static str {
        self.content.channel()
    }
}

/// What the order has to learn about its data callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// An attempt was not answered with 200.
    Failed,
    /// The receiver took it.
    Succeeded,
    /// No attempt will follow.
    Exhausted,
}

/// See the module.
pub struct Outbox;

impl Projection for Outbox {
    const NAME: &'static str = "outbox";
    const SCHEMA: u32 = 4;
    const TABLES: &'static [Table] = &[
        Table::of::<Delivery>("delivery", &[Text]),
        Table::of::<Uuid>("due", &[Number, Text]),
        Table::of::<Vec<Uuid>>("queue", &[Text, Text]),
        Table::of::<(OrderRef, Report)>("report", &[Text, Number]),
        Table::of::<Uuid>("of", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        match record.stream.kind() {
            TRANSFER => asked::by_transfer(rows, record),
            CUSTOMER => asked::by_customer(rows, record),
            IDENTITY => asked::by_identity(rows, record),
            DELIVERY => tried::apply(rows, record),
            _ => Ok(()),
        }
    }
}

fn delivery_key(id: Uuid) -> Vec<u8> {
    Key::table("delivery").text(&id.simple().to_string()).done()
}

fn of_key(stream: &StreamId, id: Uuid) -> Vec<u8> {
    Key::table("of").text(stream.as_str()).text(&id.simple().to_string()).done()
}

fn due_key(at: Millis, id: Uuid) -> Vec<u8> {
    Key::table("due").instant(at).text(&id.simple().to_string()).done()
}

fn queue_key(delivery: &Delivery) -> Vec<u8> {
    let queue = delivery.content.queue();
    Key::table("queue").text(delivery.stream.as_str()).text(&queue).done()
}

fn report_key(stream: &StreamId, order: u32) -> Vec<u8> {
    Key::table("report").text(stream.as_str()).number(order.into()).done()
}
