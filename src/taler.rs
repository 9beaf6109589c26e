//! GNU Taler: what an exchange and its customers say to each other about KYC.
//!
//! | file | what |
//! |---|---|
//! | [`crockford`] | base32 of hashes, keys and signatures |
//! | [`payto`], [`h_payto`] | whose account, and the hash that stands for it |
//! | [`timestamp`], [`amount`] | time and money on the wire |
//! | [`message`] | what is signed, and by which key |
//! | [`measure_id`] | ids of requirements |
//! | [`bulk_headers`] | the headers of kyc-bulk |
//! | [`zip`] | looks into an archive that passes by |
//! | [`error`] | `ErrorDetail` with GANA's codes |

pub mod amount;
pub mod bulk_headers;
pub mod crockford;
pub mod error;
pub mod h_payto;
pub mod measure_id;
pub mod message;
pub mod payto;
#[cfg(test)]
pub(crate) mod testing;
pub mod timestamp;
pub mod zip;
