//! Legal identities: what they say, which states they go through, what of them is signed.
//!
//! Everything here is pure; the keys are [`super::key`]'s.

pub mod attachment;
pub mod canonical;
pub mod document;
pub mod legal_id;
pub mod property;
pub mod transition;

pub use attachment::Attachment;
pub use document::{Identity, NAMESPACE, Status};
pub use legal_id::LegalId;
pub use property::Properties;
pub use transition::{By, State};
