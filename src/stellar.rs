//! Stellar: SEP-1, SEP-9, SEP-10 and SEP-12.

pub mod account;
pub mod answer;
pub mod callback;
pub mod caller;
pub mod cors;
pub mod customer;
pub mod endpoints;
pub mod error;
pub mod memo;
pub mod review;
pub mod sep1;
pub mod sep10;
pub mod sep9;
pub mod signing_key;
#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
pub mod testing;
pub mod transaction;
pub mod types;
