//! The log as evidence: what it says, shown, loaded and judged without running anything.
//!
//! | file | what |
//! |---|---|
//! | [`json`] | facts and states as JSON, sealed or opened |
//! | [`row`] | one record as a line |
//! | [`notary`] | signed checkpoints and proofs |
//! | [`backup`], [`restore`] | a copy of everything, and the way back |
//! | [`bundle`] | what an auditor gets |

pub mod backup;
pub mod bundle;
pub mod json;
pub mod notary;
pub mod restore;
pub mod row;
