//! Stellar: SEP-1, SEP-10 and SEP-12.

pub mod account;
pub mod caller;
pub mod cors;
pub mod error;
pub mod memo;
pub mod sep1;
pub mod sep10;
pub mod signing_key;
