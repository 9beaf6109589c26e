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
//! | [`reviews`] | which reviews wait for an operator, whichever protocol asks? |
//! | [`stellar_customers`] | who owns a customer, what was told of them, which transaction waits for whom? |
//! | [`stellar_index`] | whose is this file, which code was sent last? |
//! | [`payment_targets`] | how does the payment target of this row number stand, and whose is a document? |
//! | [`neuro_accounts`] | whose is a Neuron identity, an attachment or a code, and who may make accounts? |
//! | [`neuro_inbox`] | which messages wait for a Neuron account? |
//! | [`neuro_work`] | which Neuron applications are being looked at, and which providers are waited for? |
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
pub mod neuro_accounts;
pub mod neuro_inbox;
pub mod neuro_work;
pub mod outbox;
pub mod payment_targets;
pub mod projection;
pub mod reviews;
pub mod rows;
pub mod stellar_customers;
pub mod stellar_index;
pub mod store;
pub mod subjects;
pub mod table;
#[cfg(test)]
mod testing;
pub mod third_parties;
pub mod transfer_status;
pub mod transfer_work;

pub use fold::Fold;
pub use projection::{FoldError, Projection};
pub use rows::Rows;
pub use store::{Checkpoint, Store, StoreError, Stored, stored_digest};
