//! Stellar SEP-12: customers of an anchor, known by their account.

pub mod customer;
pub mod sep9;
pub mod types;
