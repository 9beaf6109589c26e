//! One event as it lies in the log: the envelope and the payload's bytes.

use std::sync::Arc;

use crate::stream::{Position, StreamId, Version};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// Unique id of an event, chosen by the writer.
pub type EventId = uuid::Uuid;

/// An event on its way into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Chosen by the writer; the same id is never given to two events.
    pub event_id: EventId,
    /// Schema name, for example `corepass.OrderAccepted`; 1–255 bytes of ASCII.
    pub name: Arc<str>,
    /// Schema version of the payload; the first is 1.
    pub schema_version: u16,
    /// Who caused it: `public`, `operator`, `timer`, …; at most 255 bytes of ASCII, no personal data.
    pub actor: Arc<str>,
    /// The event that led to this one.
    pub causation: Option<EventId>,
    /// The request or run this belongs to.
    pub correlation: uuid::Uuid,
    /// CBOR (RFC 8949).
    pub payload: Vec<u8>,
}

/// An event in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Place in the log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Place in the stream.
    pub version: Version,
    /// Position of the record before it in the same stream; `None` at version 1.
    pub previous: Option<Position>,
    /// When it was recorded; never less than that of the record before it in the log.
    pub recorded_at: Millis,
    /// See [`NewEvent::event_id`].
    pub event_id: EventId,
    /// See [`NewEvent::name`].
    pub name: Arc<str>,
    /// See [`NewEvent::schema_version`].
    pub schema_version: u16,
    /// See [`NewEvent::actor`].
    pub actor: Arc<str>,
    /// See [`NewEvent::causation`].
    pub causation: Option<EventId>,
    /// See [`NewEvent::correlation`].
    pub correlation: uuid::Uuid,
    /// See [`NewEvent::payload`].
    pub payload: Vec<u8>,
}
