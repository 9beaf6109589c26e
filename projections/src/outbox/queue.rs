//! Queues: who is due, who comes next, who is forgotten.

use kyc_events::{Millis, StreamId};
use uuid::Uuid;

use super::{Delivery, delivery_key, due_key, queue_key};
use crate::rows::{Key, Rows};

/// Puts a new delivery at the end of its queue; it is due if it is the only one.
pub(super) fn enter(rows: &mut Rows, delivery: &Delivery) {
    let key = queue_key(delivery);
    let mut queue: Vec<Uuid> = rows.get(&key).unwrap_or_default();
    if queue.is_empty() {
        rows.put(due_key(delivery.due_at, delivery.id), &delivery.id);
    }
    queue.push(delivery.id);
    rows.put(key, &queue);
}

/// Takes a finished delivery out of its queue; the next one becomes due at `now`.
pub(super) fn leave(rows: &mut Rows, delivery: &Delivery, now: Millis, was_final: bool) {
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

/// Makes the head of this queue due at `now`, if it is to be due later.
pub(super) fn hurry(rows: &mut Rows, stream: &StreamId, queue: &str, now: Millis) {
    let key = Key::table("queue").text(stream.as_str()).text(queue).done();
    let queue: Vec<Uuid> = rows.get(&key).unwrap_or_default();
    let head = queue.first().and_then(|id| rows.get::<Delivery>(&delivery_key(*id)));
    if let Some(mut head) = head.filter(|head| head.due_at > now) {
        rows.delete(&due_key(head.due_at, head.id));
        head.due_at = now;
        rows.put(due_key(now, head.id), &head.id);
        rows.put(delivery_key(head.id), &head);
    }
}

/// Drops everything about a stream: nothing of it is sent, listed or reported any more.
pub(super) fn forget(rows: &mut Rows, stream: &StreamId) {
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
