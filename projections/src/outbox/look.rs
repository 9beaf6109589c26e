//! Questions to the outbox.

use kyc_events::Millis;
use kyc_events::corepass::OrderRef;
use uuid::Uuid;

use super::{Delivery, Report, State, delivery_key};
use crate::rows::{Key, Rows};

/// Deliveries due at `now` that are `wanted`, oldest first; at most `limit`.
pub fn due(
    rows: &Rows,
    now: Millis,
    limit: usize,
    wanted: impl Fn(&Delivery) -> bool,
) -> Vec<Delivery> {
    let end = Key::table("due").instant(now.saturating_add(1)).done();
    rows.scan::<Uuid>(&Key::table("due").done())
        .take_while(|(key, _)| **key < *end)
        .filter_map(|(_, id)| rows.get(&delivery_key(id)))
        .filter(wanted)
        .take(limit)
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
