//! Events and wishes for tests of logs: small, and the same every time.

use uuid::Uuid;

use crate::log::Append;
use crate::record::{Millis, NewEvent};
use crate::stream::{ExpectedVersion, StreamId};

/// The instant of the wishes made here: 2026-01-02T03:04:05Z.
pub const NOW: Millis = 1_767_323_045_000;

/// A stream of kind `sample` with this key.
///
/// # Panics
/// If the key is not one a stream can have.
pub fn stream(key: &str) -> StreamId {
    StreamId::new("sample", key).expect("invariant: tests choose well-formed keys")
}

/// The event number `number`, with this payload.
pub fn event(number: u32, payload: Vec<u8>) -> NewEvent {
    let id = |salt: u128| Uuid::from_u128((salt << 64) | u128::from(number));
    NewEvent {
        event_id: id(1),
        name: "sample.Happened".into(),
        schema_version: 1,
        actor: "public".into(),
        causation: (number % 2 == 1).then(|| id(2)),
        correlation: id(3),
        payload,
    }
}

/// A wish for `count` small events, whatever the version of the stream.
pub fn wish(key: &str, count: u32) -> Append {
    wish_at(key, ExpectedVersion::Any, count)
}

/// A wish for `count` small events.
pub fn wish_at(key: &str, expected: ExpectedVersion, count: u32) -> Append {
    let events = (0..count).map(|number| event(number, format!("{key} {number}").into_bytes()));
    Append { stream: stream(key), expected, events: events.collect(), now: NOW }
}
