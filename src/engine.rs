//! Actors, the journal, projectors and whatever keeps them going.
//!
//! Nobody outside holds an actor's address: protocols hold [`Handle`]s.

pub mod entity;
pub mod error;
pub mod failpoint;
pub mod handle;
pub mod journal;
pub mod past;
pub mod quarantine;
pub mod read_models;
pub mod registry;
pub mod snapshots;
pub mod turns;
pub mod wakes;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use handle::{Handle, Reply};
pub use journal::Journal;
pub use read_models::ReadModels;
