//! Legal identities as clients see them: what they say, and what of them is signed.
//!
//! Everything here is pure; the keys are [`super::key`]'s.

pub mod attachment;
pub mod canonical;
pub mod document;
pub mod legal_id;
pub mod property;

pub use attachment::Attachment;
pub use document::{Identity, NAMESPACE, Status};
pub use legal_id::LegalId;
pub use property::Properties;
