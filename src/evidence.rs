//! The log as evidence: what an auditor, an operator or a regulator makes of it.
//!
//! | file | what |
//! |---|---|
//! | [`notary`] | signed checkpoints and proofs |

pub mod notary;
