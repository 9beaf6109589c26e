//! The GNU Taler exchange.

mod archives;
mod bank;
mod bulk;
mod bulk_faults;
mod bulk_review;
