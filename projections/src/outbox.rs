//! Which callbacks are due, which are dead letters, and what is to be reported back?
//!
//! Callbacks of one channel of one order stand in a queue: only its head is ever due. A head
//! that was delivered or became a dead letter makes room for the next. Orders of one stream do
//! not wait for each other: they may have different receivers, and one of them may be dead.

use kyc_events::callback::{DELIVERY, DeliveryEvent};
use kyc_events::corepass::{CallbackContent, OrderRef, TRANSFER, TransferEvent};
use kyc_events::{EventId, Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection, event};
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
    /// The order it belongs to.
    pub order: OrderRef,
    /// What it tells.
    pub content: CallbackContent,
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
    /// `status` or `data`.
    pub fn channel(&self) -> &'static str {
        match self.content {
            CallbackContent::Status { .. } => "status",
            CallbackContent::Data | CallbackContent::Error { .. } => "data",
        }
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
    const SCHEMA: u32 = 2;
    const TABLES: &'static [Table] = &[
        Table::of::<Delivery>("delivery", &[Text]),
        Table::of::<Uuid>("due", &[Number, Text]),
        Table::of::<Vec<Uuid>>("queue", &[Text, Number, Text]),
        Table::of::<(OrderRef, Report)>("report", &[Text, Number]),
        Table::of::<Uuid>("of", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        match record.stream.kind() {
            TRANSFER => transfer(rows, record),
            DELIVERY => delivery(rows, record),
            _ => Ok(()),
        }
    }
}

fn transfer(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    match &*record.name {
        "corepass.CallbackRequested"
        | "corepass.CallbackFailed"
        | "corepass.OrderFinished"
        | "corepass.TransferErased" => {}
        _ => return Ok(()),
    }
    match event(record)? {
        TransferEvent::CallbackRequested(e) => {
            let delivery = Delivery {
                id: e.delivery,
                order: OrderRef { stream: record.stream.clone(), order: e.order },
                content: e.content,
                cause: record.event_id,
                state: State::Pending,
                attempts: 0,
                requested_at: record.recorded_at,
                due_at: record.recorded_at,
                last_error: None,
                exported_at: None,
                removed_at: None,
            };
            enqueue(rows, &delivery);
            rows.put(of_key(&record.stream, delivery.id), &delivery.id);
            rows.put(delivery_key(delivery.id), &delivery);
        }
        TransferEvent::CallbackFailed(e) => {
            let key = report_key(&record.stream, e.order);
            let row = rows.get::<(OrderRef, Report)>(&key);
            if row.is_some_and(|(_, report)| report == Report::Failed) {
                rows.delete(&key);
            }
        }
        TransferEvent::OrderFinished(e) => rows.delete(&report_key(&record.stream, e.order)),
        TransferEvent::TransferErased(_) => forget(rows, &record.stream),
        _ => {}
    }
    Ok(())
}

fn delivery(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let Ok(id) = Uuid::parse_str(record.stream.key()) else { return Ok(()) };
    let key = delivery_key(id);
    let Some(mut row) = rows.get::<Delivery>(&key) else { return Ok(()) };
    let was_final = matches!(row.state, State::Delivered | State::Dead);
    match event(record)? {
        DeliveryEvent::Delivered(e) => {
            row.attempts = e.attempt;
            row.state = State::Delivered;
            row.last_error = None;
            leave(rows, &row, record.recorded_at, was_final);
            report(rows, &row, Report::Succeeded, was_final);
            if row.channel() == "status" {
                // A dozen of them per order: the log keeps them, this need not.
                rows.delete(&key);
                rows.delete(&of_key(&row.order.stream, id));
                return Ok(());
            }
        }
        DeliveryEvent::AttemptFailed(e) => {
            row.attempts = e.attempt;
            row.last_error =
                Some(e.status.map_or_else(|| e.kind.clone(), |status| format!("status {status}")));
            rows.delete(&due_key(row.due_at, id));
            if let Some(retry_at) = e.retry_at {
                row.state = State::Retrying;
                row.due_at = retry_at;
                rows.put(due_key(retry_at, id), &id);
            }
            if e.attempt == 1 {
                report(rows, &row, Report::Failed, was_final);
            }
        }
        DeliveryEvent::DeadLettered(_) => {
            row.state = State::Dead;
            leave(rows, &row, record.recorded_at, was_final);
            report(rows, &row, Report::Exhausted, was_final);
        }
        DeliveryEvent::RedeliveryRequested(_) => {
            row.due_at = record.recorded_at;
            rows.put(due_key(row.due_at, id), &id);
        }
        DeliveryEvent::DeadLetterExported(_) => row.exported_at = Some(record.recorded_at),
        DeliveryEvent::DeadLetterRemoved(_) => {
            row.removed_at = Some(record.recorded_at);
            rows.delete(&due_key(row.due_at, id));
        }
    }
    rows.put(key, &row);
    Ok(())
}

/// Puts a new delivery at the end of its queue; it is due if it is the only one.
fn enqueue(rows: &mut Rows, delivery: &Delivery) {
    let key = queue_key(delivery);
    let mut queue: Vec<Uuid> = rows.get(&key).unwrap_or_default();
    if queue.is_empty() {
        rows.put(due_key(delivery.due_at, delivery.id), &delivery.id);
    }
    queue.push(delivery.id);
    rows.put(key, &queue);
}

/// Takes a finished delivery out of its queue; the next one becomes due at `now`.
fn leave(rows: &mut Rows, delivery: &Delivery, now: Millis, was_final: bool) {
    rows.delete(&due_key(delivery.due_at, delivery.id));
    if was_final {
        return;
    }
    let key = queue_key(delivery);
    let mut queue: Vec<Uuid> = rows.get(&key).unwrap_or_default();
    queue.retain(|id| *id != delivery.id);
    if let Some(mut head) = queue.first().and_then(|id| rows.get::<Delivery>(&delivery_key(*id))) {
        head.due_at = head.due_at.max(now);
        rows.put(due_key(head.due_at, head.id), &head.id);
        rows.put(delivery_key(head.id), &head);
    }
    if queue.is_empty() {
        rows.delete(&key);
    } else {
        rows.put(key, &queue);
    }
}

/// Drops everything about a stream: nothing of it is sent, listed or reported any more.
fn forget(rows: &mut Rows, stream: &StreamId) {
    let of = Key::table("of").text(stream.as_str()).done();
    let ids: Vec<Uuid> = rows.scan::<Uuid>(&of).map(|(_, id)| id).collect();
    for id in ids {
        if let Some(delivery) = rows.get::<Delivery>(&delivery_key(id)) {
            rows.delete(&due_key(delivery.due_at, id));
        }
        rows.delete(&delivery_key(id));
    }
    rows.delete_all(&of);
    for table in ["queue", "report"] {
        rows.delete_all(&Key::table(table).text(stream.as_str()).done());
    }
}

/// Only the data callback's outcome is the order's business, and only the first final one.
fn report(rows: &mut Rows, delivery: &Delivery, report: Report, was_final: bool) {
    if delivery.content == CallbackContent::Data && !was_final {
        let key = report_key(&delivery.order.stream, delivery.order.order);
        rows.put(key, &(delivery.order.clone(), report));
    }
}

/// Deliveries due at `now`, oldest first, without those to `skip`; at most `limit`.
pub fn due(rows: &Rows, now: Millis, limit: usize, skip: impl Fn(&Uuid) -> bool) -> Vec<Delivery> {
    let end = Key::table("due").instant(now.saturating_add(1)).done();
    rows.scan::<Uuid>(&Key::table("due").done())
        .take_while(|(key, _)| **key < *end)
        .filter(|(_, id)| !skip(id))
        .take(limit)
        .filter_map(|(_, id)| rows.get(&delivery_key(id)))
        .collect()
}

/// When the next delivery is due, if one is after `now`.
pub fn next_after(rows: &Rows, now: Millis) -> Option<Millis> {
    let table = Key::table("due").done();
    let from = Key::table("due").instant(now.saturating_add(1)).done();
    let key = rows.first_from(&table, &from)?;
    let instant = key[table.len()..].first_chunk().expect("invariant: due keys hold one");
    Some(Millis::try_from(u64::from_be_bytes(*instant)).unwrap_or(Millis::MAX))
}

/// How many are due at `now`, and how many are not final at all.
pub fn counts(rows: &Rows, now: Millis) -> (usize, usize) {
    let end = Key::table("due").instant(now.saturating_add(1)).done();
    let overdue =
        rows.scan::<Uuid>(&Key::table("due").done()).take_while(|(key, _)| **key < *end).count();
    let waiting = rows.scan::<Vec<Uuid>>(&Key::table("queue").done()).map(|(_, q)| q.len()).sum();
    (overdue, waiting)
}

/// One delivery.
pub fn find(rows: &Rows, id: Uuid) -> Option<Delivery> {
    rows.get(&delivery_key(id))
}

/// Deliveries in `state` (or all), in order of id; at most `limit`.
pub fn list(rows: &Rows, state: Option<State>, limit: usize) -> Vec<Delivery> {
    rows.scan::<Delivery>(&Key::table("delivery").done())
        .map(|(_, delivery)| delivery)
        .filter(|delivery| state.is_none_or(|wanted| delivery.state == wanted))
        .take(limit)
        .collect()
}

/// Deliveries whose content was removed.
pub fn removed(rows: &Rows) -> Vec<Delivery> {
    rows.scan::<Delivery>(&Key::table("delivery").done())
        .map(|(_, delivery)| delivery)
        .filter(|delivery| delivery.removed_at.is_some())
        .collect()
}

/// Orders that have to learn something about their data callback; at most `limit`.
pub fn reports(rows: &Rows, limit: usize) -> Vec<(OrderRef, Report)> {
    rows.scan(&Key::table("report").done()).map(|(_, row)| row).take(limit).collect()
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
    Key::table("queue")
        .text(delivery.order.stream.as_str())
        .number(delivery.order.order.into())
        .text(delivery.channel())
        .done()
}

fn report_key(stream: &StreamId, order: u32) -> Vec<u8> {
    Key::table("report").text(stream.as_str()).number(order.into()).done()
}
