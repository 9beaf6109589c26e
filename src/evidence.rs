//! The log as evidence: what it says, shown, loaded and judged without running anything.
//!
//! | file | what |
//! |---|---|
//! | [`audit`] | whether the log is what was written and signed, and can have been |
//! | [`backup`], [`restore`] | a copy of everything, and the way back |
//! | [`bundle`] | what an auditor gets |
//! | [`intents`] | which events ask for a delivery |
//! | [`json`] | facts and states as JSON, sealed or opened |
//! | [`kinds`] | the one table of what kinds of streams there are |
//! | [`named_keys`] | keys that something in the log is sealed under |
//! | [`notary`] | signed checkpoints and proofs |
//! | [`rebuild`] | read models folded from zero, and compared |
//! | [`replay`] | what was known at any time |
//! | [`row`] | one record as a line |
//! | [`scenario`] | histories as text, loaded into a log |

pub mod audit;
pub mod backup;
pub mod bundle;
pub mod intents;
pub mod json;
pub mod kinds;
pub mod named_keys;
pub mod notary;
pub mod rebuild;
pub mod replay;
pub mod restore;
pub mod row;
pub mod scenario;
