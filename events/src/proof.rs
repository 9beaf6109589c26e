//! Proofs as text, each with the checkpoint it leads to: whoever has the log's public key needs
//! nothing else to check them. As of November 2026:
//!
//! - [`Inclusion`]: C2SP `tlog-proof` (c2sp.org/tlog-proof, format v1, text with its section on
//!   verifying, merged 2026-05): a record is in the log.
//! - [`Consistency`]: the body of `add-checkpoint` of C2SP `tlog-witness` (c2sp.org/tlog-witness,
//!   v1.0.0): the log only grew.

mod consistency;
mod inclusion;
#[cfg(test)]
mod tests;

pub use consistency::Consistency;
pub use inclusion::Inclusion;

use std::fmt;

use crate::checkpoint;
use crate::codec::Hash;
use crate::merkle::VerifyError;
use crate::note::NOTE_BYTES_MAX;
use crate::note::line::{base64, parse_hash};

/// Most hashes in a proof; a witness need not take more. It is enough for 2^62 records.
pub const HASHES_MAX: usize = 63;

/// Longest proof that is read: its checkpoint, and as much again.
pub const PROOF_BYTES_MAX: usize = 2 * NOTE_BYTES_MAX;

/// Why a proof was not read or does not hold.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Not a proof.
    #[error("not a proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint in it is not to be believed.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// It does not show what it should.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// The lines before the first empty line, and the checkpoint after it.
fn parts(text: &str) -> Result<(std::str::Split<'_, char>, &str), Error> {
    if text.len() > PROOF_BYTES_MAX {
        return Err(Error::Malformed("length"));
    }
    let (head, checkpoint) = text.split_once("\n\n").ok_or(Error::Malformed("no empty line"))?;
    Ok((head.split('\n'), checkpoint))
}

fn parse_hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, Error> {
    let hashes = lines.take(HASHES_MAX + 1).map(parse_hash).collect::<Option<Vec<Hash>>>();
    let hashes = hashes.ok_or(Error::Malformed("hash"))?;
    if hashes.len() > HASHES_MAX { Err(Error::Malformed("too many hashes")) } else { Ok(hashes) }
}

/// The hashes, an empty line and the checkpoint.
fn write_rest(f: &mut fmt::Formatter<'_>, hashes: &[Hash], checkpoint: &str) -> fmt::Result {
    for hash in hashes {
        writeln!(f, "{}", base64(hash))?;
    }
    write!(f, "\n{checkpoint}")
}
