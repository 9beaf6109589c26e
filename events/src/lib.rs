//! Facts, and the log that keeps them.
//!
//! | word | meaning |
//! |---|---|
//! | stream | the history of one aggregate, named `<kind>-<key>` |
//! | version | place of an event in its stream; the first is 1, no gaps |
//! | position | place of a record in the log; the first is 0, no gaps |
//! | record | one event as it lies in the log: envelope and payload bytes |
//! | schema | name and version of a payload's shape |
//! | leaf | SHA-256 of one record, as it stands in the [tree](merkle) over the log |
//! | checkpoint | [size and root](checkpoint) of that tree, signed: a [note]; the log cannot be changed behind it unnoticed |
//! | origin | name of the log in its checkpoints; a log that was put back to a backup goes on under a new one |
//! | proof | that a record is in the log, or that the log only grew, as [text](proof) that needs no server |
//!
//! This crate knows no HTTP, no actors and no clock: instants come in with the data.

#![forbid(unsafe_code)]

pub mod callback;
pub mod channel;
pub mod checkpoint;
pub mod codec;
pub mod corepass;
pub mod document;
pub mod engine;
pub mod lockout;
pub mod log;
pub mod merkle;
pub mod neuro;
pub mod note;
pub mod proof;
pub mod quarantine;
pub mod record;
pub mod review;
pub mod schema;
pub mod sealed;
pub mod stellar;
pub mod stream;
pub mod subject;
pub mod taler;

pub use record::{EventId, Millis, NewEvent, Record};
pub use stream::{ExpectedVersion, Position, StreamId, Version};
