//! That the log only grew: the body of `add-checkpoint` of C2SP `tlog-witness`.
//!
//! ```text
//!   old 20852014                                     size of the checkpoint one has
//!   PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=     hashes, RFC 6962 section 2.1.2; none for 0
//!   …
//!                                                    one empty line
//!   example.org/log                                  the newer checkpoint, signed
//!   …
//! ```

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;

use super::{Error, parse_hashes, parts, write_rest};
use crate::checkpoint::Checkpoint;
use crate::codec::Hash;
use crate::merkle::verify_consistency;
use crate::note::Verifier;
use crate::note::line::parse_number;

/// See the module. [`Display`](fmt::Display) writes the text, [`FromStr`] reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// Size of the older checkpoint.
    pub old_size: u64,
    /// At most [`HASHES_MAX`](super::HASHES_MAX).
    pub hashes: Vec<Hash>,
    /// The newer one: the signed note, as it is.
    pub checkpoint: String,
}

impl Consistency {
    /// Whether the log that one of these keys has signed for begins with what had `old_root` when
    /// its size was [`old_size`](Self::old_size); answers the newer checkpoint. The old root is
    /// that of a checkpoint one has kept; see [`empty_root`](crate::merkle::empty_root) for none.
    pub fn verify(&self, old_root: &Hash, keys: &[Verifier]) -> Result<Checkpoint, Error> {
        self.leads_to(old_root, Checkpoint::open(&self.checkpoint, keys)?)
    }

    /// The same for a log of whatever origin, with this key.
    pub fn verify_with_key(
        &self,
        old_root: &Hash,
        key: &VerifyingKey,
    ) -> Result<Checkpoint, Error> {
        self.leads_to(old_root, Checkpoint::open_with_key(&self.checkpoint, key)?)
    }

    fn leads_to(&self, old_root: &Hash, new: Checkpoint) -> Result<Checkpoint, Error> {
        verify_consistency(self.old_size, old_root, new.size, &new.root, &self.hashes)?;
        Ok(new)
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        write_rest(f, &self.hashes, &self.checkpoint)
    }
}

impl FromStr for Consistency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (mut lines, checkpoint) = parts(text)?;
        let old = lines.next().and_then(|line| parse_number(line.strip_prefix("old ")?));
        Ok(Self {
            old_size: old.ok_or(Error::Malformed("old size"))?,
            hashes: parse_hashes(lines)?,
            checkpoint: checkpoint.to_owned(),
        })
    }
}
