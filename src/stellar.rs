//! Stellar: SEP-1, SEP-10 and SEP-12.

pub mod account;
pub mod caller;
pub mod memo;
pub mod signing_key;
