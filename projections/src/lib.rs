//! Read models: folds of the log that answer queries and say what is due.
//!
//! Everything here may be deleted and rebuilt: a read model knows only what the log told it.
//!
//! | read model | question it answers |
//! |---|---|
//! | [`transfer_status`] | what statuses did this user and item set have? |
//! | [`transfer_work`] | which orders wait for the chain, which batches are open? |
//! | [`outbox`] | which callbacks are due, which are dead letters, what is to be reported back? |
//! | [`deadlines`] | which orders expire when? |
//! | [`subjects`] | which streams and keys belong to this person, and what was decided about them? |
//! | [`stellar_customers`] | who owns a customer, which reviews wait, which transaction waits for whom? |
//! | [`payment_targets`] | how does the payment target of this row number stand, and whose is a document? |
//! | [`third_parties`] | who may upload documents to the Taler exchange? |
//!
//! [`catalog`] lists them all. Each keeps its rows in a [`Store`], with how far it is
//! ([`Checkpoint`]) and a [`digest`] of them; a [`Fold`] moves it through the log.

#![forbid(unsafe_code)]

pub mod catalog;
pub mod deadlines;
pub mod digest;
mod encoding;
pub mod fold;
pub mod outbox;
pub mod payment_targets;
pub mod projection;
pub mod rows;
pub mod stellar_customers;
pub mod stellar_index;
pub mod store;
pub mod subjects;
pub mod table;
pub mod third_parties;
pub mod transfer_status;
pub mod transfer_work;

pub use fold::Fold;
pub use projection::{FoldError, Projection};
pub use rows::Rows;
pub use store::{Checkpoint, Store, StoreError, Stored, stored_digest};
