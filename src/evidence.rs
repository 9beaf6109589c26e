//! The log as evidence: what it says, shown, loaded and judged without running anything.

pub mod json;
pub mod row;
