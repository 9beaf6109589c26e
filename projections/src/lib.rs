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
//! | [`subjects`] | which key belongs to this person? |
//! | [`stellar_customers`] | who owns a customer, which reviews wait, which transaction waits for whom? |

#![forbid(unsafe_code)]

pub mod deadlines;
pub mod outbox;
pub mod projection;
pub mod rows;
pub mod stellar_customers;
pub mod subjects;
pub mod transfer_status;
pub mod transfer_work;

pub use projection::{FoldError, Projection};
pub use rows::Rows;
