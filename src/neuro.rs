//! The Agent API of a Neuron: legal identities from registration to approval, in JSON and in XML.
//!
//! ```text
//!   api_key ──► account ──keys──► identity ──► run ──► approved, rejected, or an operator
//! ```
//!
//! | file | what |
//! |---|---|
//! | [`account`], [`api_key`], [`identity`] | the aggregates |
//! | [`xml`] | elements, read strictly and written |
//! | [`wire`] | which encoding, one model of requests and one of replies for both |
//! | [`instant`] | points in time as XML says them |
//! | [`error`] | one sentence of text, and the headers beside it |
//! | [`name`] | names of accounts and of keys |
//! | [`signature`], [`nonce`] | what clients sign with their passwords, once each |
//! | [`key`] | keys that the server holds and cannot use alone |
//! | [`legal_identity`] | identities as clients see them: properties, attachments, what is signed |
//! | [`pnr`] | personal numbers |
//! | [`jwt`] | tokens |

pub mod account;
pub mod api_key;
pub mod error;
pub mod identity;
pub mod instant;
pub mod jwt;
pub mod key;
pub mod legal_identity;
pub mod name;
pub mod nonce;
pub mod pnr;
pub mod signature;
#[cfg(test)]
pub(crate) mod testing;
pub mod wire;
pub mod xml;
