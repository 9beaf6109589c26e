//! The one door for outgoing HTTP: callbacks to customers' URLs, OAuth exchanges, `stellar.toml`
//! look-ups.
//!
//! Here live the rules on where a request may go ([`Policy`], [`Target`]), the address filter that
//! is applied to the address actually dialled, and a client that sends one request over one fresh
//! connection under one deadline ([`Client`]). Signing, retries and what a status means live with
//! the callers. Nothing else in the engine opens an outgoing HTTP connection.
//!
//! ```text
//! text ──Target::parse──▶ Target ──Client::send──▶ look up once ─▶ filter every address ─▶ dial ─▶ TLS ─▶ exchange ─▶ Response
//!        scheme, port,                             └──────────────────────── one deadline ───────────────────────┘
//!        literal addresses
//! ```
//!
//! Redirects are never followed, connections never reused, and no proxy variable of the environment
//! is read: nothing below this module knows of one.

mod address;
mod client;
mod deadline;
mod dial;
mod error;
mod exchange;
mod guard;
mod message;
mod policy;
mod target;
mod tls;

#[cfg(test)]
mod stub;
#[cfg(test)]
mod tests;

pub use address::Class as AddressClass;
pub use client::Client;
pub use error::{BuildError, Phase, ProtocolFault, SendError, TlsFault};
pub use message::{Request, Response};
pub use policy::{AllowEntry, AllowEntryInvalid, Policy};
pub use target::{Target, UrlRefused};
