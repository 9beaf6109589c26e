//! That a record is in the log: C2SP `tlog-proof`.
//!
//! ```text
//!   c2sp.org/tlog-proof@v1
//!   extra YW55dGhpbmc=                               perhaps; not covered by any signature
//!   index 73894                                      position of the record
//!   gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=     hashes, from the leaf's sibling upwards
//!   …
//!                                                    one empty line
//!   example.org/log                                  the checkpoint, signed
//!   …
//! ```

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;

use super::{Error, parse_hashes, parts, write_rest};
use crate::checkpoint::Checkpoint;
use crate::codec::Hash;
use crate::merkle::verify_inclusion;
use crate::note::Verifier;
use crate::note::line::{base64, parse_base64, parse_number};

/// First line; names the format.
const FORMAT: &str = "c2sp.org/tlog-proof@v1";

/// See the module. [`Display`](fmt::Display) writes the text, [`FromStr`] reads it; files of it
/// end in `.tlog-proof`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Anything; nobody has signed it.
    pub extra: Option<Vec<u8>>,
    /// Position of the record.
    pub index: u64,
    /// From the leaf's sibling upwards; at most [`HASHES_MAX`](super::HASHES_MAX).
    pub hashes: Vec<Hash>,
    /// The signed note, as it is.
    pub checkpoint: String,
}

impl Inclusion {
    /// Whether the leaf is in the log that one of these keys has signed for; answers the
    /// checkpoint. Compute the leaf from the record itself.
    pub fn verify(&self, leaf: &Hash, keys: &[Verifier]) -> Result<Checkpoint, Error> {
        self.leads_to(leaf, Checkpoint::open(&self.checkpoint, keys)?)
    }

    /// The same for a log of whatever origin, with this key.
    pub fn verify_with_key(&self, leaf: &Hash, key: &VerifyingKey) -> Result<Checkpoint, Error> {
        self.leads_to(leaf, Checkpoint::open_with_key(&self.checkpoint, key)?)
    }

    fn leads_to(&self, leaf: &Hash, checkpoint: Checkpoint) -> Result<Checkpoint, Error> {
        verify_inclusion(leaf, self.index, checkpoint.size, &self.hashes, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for Inclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        write_rest(f, &self.hashes, &self.checkpoint)
    }
}

impl FromStr for Inclusion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (lines, checkpoint) = parts(text)?;
        let mut lines = lines.peekable();
        if lines.next() != Some(FORMAT) {
            return Err(Error::Malformed("first line"));
        }
        let extra = lines.next_if(|line| line.starts_with("extra "));
        let extra = match extra.and_then(|line| line.strip_prefix("extra ")) {
            Some(extra) => Some(parse_base64(extra).ok_or(Error::Malformed("extra"))?),
            None => None,
        };
        let index = lines.next().and_then(|line| parse_number(line.strip_prefix("index ")?));
        Ok(Self {
            extra,
            index: index.ok_or(Error::Malformed("index"))?,
            hashes: parse_hashes(lines)?,
            checkpoint: checkpoint.to_owned(),
        })
    }
}
