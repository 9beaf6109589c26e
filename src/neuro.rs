//! The Neuron Agent API: accounts, and their legal identities.
//!
//! ```text
//!   api_key ──► account ──keys──► identity ──► run ──► approved, rejected, or an operator
//! ```

pub mod account;
pub mod api_key;
pub mod identity;
pub mod onboarding;
pub mod xml;
