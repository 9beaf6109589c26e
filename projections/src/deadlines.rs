//! Which orders expire when?

use kyc_events::corepass::{OrderRef, TRANSFER, TransferEvent};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// What ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The user has not accepted.
    Acceptance,
    /// The user's app has not sent the data.
    Data,
}

/// One deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deadline {
    /// Of which order.
    pub order: OrderRef,
    /// What ends.
    pub kind: Kind,
    /// When.
    pub at: Millis,
}

/// See the module.
pub struct Deadlines;

impl Projection for Deadlines {
    const NAME: &'static str = "deadlines";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Deadline>("due", &[Number, Text, Number]),
        Table::of::<Millis>("of", &[Text, Number]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != TRANSFER {
            return Ok(());
        }
        let stream = &record.stream;
        match event(record)? {
            TransferEvent::OrderRequested(e) => {
                set(rows, stream, e.order, Kind::Acceptance, e.expiration.saturating_mul(1000));
            }
            TransferEvent::TransferInitiated(e) => {
                set(rows, stream, e.order, Kind::Data, e.data_due_at);
            }
            TransferEvent::OrderExpired(e) => clear(rows, stream, e.order),
            TransferEvent::OrderAccepted(e) => clear(rows, stream, e.order),
            TransferEvent::KycReceived(e) => clear(rows, stream, e.order),
            TransferEvent::ValidityFailed(e) => clear(rows, stream, e.order),
            TransferEvent::OrderFinished(e) => clear(rows, stream, e.order),
            TransferEvent::TransferErased(_) => clear_all(rows, stream),
            TransferEvent::TransactionSubmitted(_)
            | TransferEvent::InitiateFailed(_)
            | TransferEvent::ValidityCheckStarted(_)
            | TransferEvent::ValiditySucceeded(_)
            | TransferEvent::TransferConfirmed(_)
            | TransferEvent::ConfirmFailed(_)
            | TransferEvent::CallbackSucceeded(_)
            | TransferEvent::CallbackFailed(_)
            | TransferEvent::CallbackRequested(_) => {}
        }
        Ok(())
    }
}

/// The deadlines that have passed at `now`, oldest first; at most `limit`.
pub fn due(rows: &Rows, now: Millis, limit: usize) -> Vec<Deadline> {
    rows.scan::<Deadline>(&Key::table("due").done())
        .map(|(_, deadline)| deadline)
        .take_while(|deadline| deadline.at <= now)
        .take(limit)
        .collect()
}

/// When the next deadline is.
pub fn next(rows: &Rows) -> Option<Millis> {
    rows.scan::<Deadline>(&Key::table("due").done()).next().map(|(_, deadline)| deadline.at)
}

fn set(rows: &mut Rows, stream: &StreamId, order: u32, kind: Kind, at: Millis) {
    clear(rows, stream, order);
    let order_ref = OrderRef { stream: stream.clone(), order };
    rows.put(due_key(stream, order, at), &Deadline { order: order_ref, kind, at });
    rows.put(of_key(stream, order), &at);
}

fn clear(rows: &mut Rows, stream: &StreamId, order: u32) {
    let of = of_key(stream, order);
    if let Some(at) = rows.get::<Millis>(&of) {
        rows.delete(&due_key(stream, order, at));
        rows.delete(&of);
    }
}

/// Clears what a stream still waits for: at most its newest order.
fn clear_all(rows: &mut Rows, stream: &StreamId) {
    let prefix = Key::table("of").text(stream.as_str()).done();
    let orders: Vec<u32> = rows
        .scan::<Millis>(&prefix)
        .filter_map(|(key, _)| Some(u64::from_be_bytes(*key[prefix.len()..].first_chunk()?) as u32))
        .collect();
    for order in orders {
        clear(rows, stream, order);
    }
}

fn due_key(stream: &StreamId, order: u32, at: Millis) -> Vec<u8> {
    Key::table("due").instant(at).text(stream.as_str()).number(order.into()).done()
}

fn of_key(stream: &StreamId, order: u32) -> Vec<u8> {
    Key::table("of").text(stream.as_str()).number(order.into()).done()
}
