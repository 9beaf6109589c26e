//! The log as evidence: what it says, shown, loaded and judged without running anything.
//!
//! | file | what |
//! |---|---|
//! | [`json`] | facts and states as JSON, sealed or opened |
//! | [`row`] | one record as a line |
//! | [`notary`] | signed checkpoints and proofs |

pub mod json;
pub mod notary;
pub mod row;
