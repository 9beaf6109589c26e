//! kycd: a KYC engine. Requests become commands to actors, actors append events to a log,
//! everything else is derived from it.
//!
//! | folder | what |
//! |---|---|
//! | [`aggregate`] | what a state machine is, and its test kit |
//! | [`engine`] | actors, journal, projector |
//! | [`callbacks`] | outbox, delivery, the one door for outgoing HTTP |
//! | [`evidence`] | what the log says, shown and judged without running anything |
//! | [`vault`] | the one door to personal data |
//! | [`signing`] | signature schemes |
//! | [`corepass`] | the CorePass connector |
//! | [`providers`] | answers of verification providers |
//! | [`stellar`] | Stellar SEP-1, SEP-10 and SEP-12 |
//! | [`media_type`] | what a file is, by its first bytes; for all protocols |
//! | [`subject`] | holds and erasure of a person |
//! | [`operator`] | the operator's listener |
//! | [`review`] | the queue of what waits for an operator, of all protocols |
//! | [`pages`] | pages for the people themselves |
//! | [`taler`] | GNU Taler's KYC |
//! | [`neuro`] | the Agent API of a Neuron: legal identities |
//! | [`system`] | starts and stops all of it |

#![forbid(unsafe_code)]

pub mod aggregate;
pub mod callbacks;
pub mod cli;
pub mod clock;
pub mod config;
pub mod corepass;
pub mod engine;
pub mod evidence;
pub mod http;
pub mod media_type;
pub mod metrics;
pub mod neuro;
pub mod operator;
pub mod pages;
pub mod providers;
pub mod review;
pub mod signing;
pub mod stellar;
pub mod subject;
pub mod system;
pub mod taler;
pub mod vault;
