//! The log as evidence: what it says, shown, loaded and judged without running anything.
//!
//! | file | what |
//! |---|---|
//! | [`json`] | facts and states as JSON, sealed or opened |
//! | [`kinds`] | the one table of what kinds of streams there are |
//! | [`notary`] | signed checkpoints and proofs |
//! | [`row`] | one record as a line |
//! | [`scenario`] | histories as text, loaded into a log |

pub mod json;
pub mod kinds;
pub mod notary;
pub mod row;
pub mod scenario;
