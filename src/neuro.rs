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
//! | [`onboarding`] | who looks at an application, and what they say |
//! | [`reviewer`] | asks them, and goes on after a restart |
//! | [`review`], [`callback`] | what operators and providers are shown and answer |
//! | [`message`] | what waits for an account |
//! | [`service`], [`signing`], [`view`] | what the resources use |
//! | [`agent`], [`download`], [`cors`] | the endpoints |

pub mod account;
pub mod agent;
pub mod api_key;
pub mod callback;
pub mod cors;
pub mod download;
pub mod error;
pub mod identity;
pub mod instant;
pub mod jwt;
pub mod key;
pub mod legal_identity;
pub mod message;
pub mod name;
pub mod names;
pub mod nonce;
pub mod onboarding;
pub mod pnr;
pub mod review;
pub mod reviewer;
pub mod sent_codes;
pub mod service;
pub mod settings;
pub mod signature;
pub mod signing;
#[cfg(test)]
pub(crate) mod testing;
pub mod view;
pub mod wire;
pub mod xml;

use actix_web::web;

/// The routes; need a [`service::Service`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    config.configure(agent::routes).configure(download::routes);
}
