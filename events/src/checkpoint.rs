//! Checkpoints: size and root of the tree over a log, signed. C2SP `tlog-checkpoint`
//! (c2sp.org/tlog-checkpoint, v1.0.0 and as of commit 2793893, read in November 2026).
//!
//! ```text
//!   example.org/log                                  origin: the log's name, also the key's
//!   20852163                                         leaves in the tree, decimal
//!   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     root, base64
//!                                                    (extension lines: read over, never written)
//!   — example.org/log Az3grlgtzPICa5OS8npVmf1M…      see [`note`](crate::note)
//! ```
//!
//! A log never signs two checkpoints that contradict each other under one origin. A log that was
//! put back to a backup has forgotten some that it signed, so it goes on under a new origin, with
//! the same key; whoever has only the public key opens the checkpoints of both with
//! [`Checkpoint::open_with_key`].

#[cfg(test)]
mod tests;

use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::codec::Hash;
use crate::note::line::{base64, parse_hash, parse_number};
use crate::note::{self, Note, Verifier};

/// Size and root of the tree over the log of this origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log: not empty, no spaces, no `+`; best a URL without its scheme.
    pub origin: String,
    /// Leaves in the tree: the first so many records of the log.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

/// Why a checkpoint was not made, read or believed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] note::Error),
    /// A note, but not a checkpoint.
    #[error("not a checkpoint: {0}")]
    Malformed(&'static str),
}

impl Checkpoint {
    /// What is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64(&self.root))
    }

    /// Reads the text of a note. Extension lines are read over.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let lines = text.strip_suffix('\n').ok_or(Error::Malformed("no last line feed"))?;
        if lines.split('\n').any(str::is_empty) {
            return Err(Error::Malformed("an empty line"));
        }
        let mut lines = lines.split('\n');
        let mut line = |what| lines.next().ok_or(Error::Malformed(what));
        Ok(Self {
            origin: line("origin")?.to_owned(),
            size: parse_number(line("size")?).ok_or(Error::Malformed("size"))?,
            root: parse_hash(line("root")?).ok_or(Error::Malformed("root"))?,
        })
    }

    /// The signed note; the key's name is the origin.
    pub fn sign(&self, key: &SigningKey) -> Result<String, Error> {
        let note = Note::sign(&self.text(), &self.origin, key)?;
        // An origin with a line feed in it would be another checkpoint.
        if Self::parse(&note.text)? != *self {
            return Err(Error::Malformed("origin"));
        }
        Ok(note.to_string())
    }

    /// The checkpoint in a note that one of these keys has signed, under a name that is the
    /// checkpoint's origin.
    pub fn open(note: &str, keys: &[Verifier]) -> Result<Self, Error> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(&note.text)?;
        let of_the_log = |key: &&Verifier| key.name() == checkpoint.origin;
        let keys: Vec<Verifier> = keys.iter().filter(of_the_log).cloned().collect();
        note.check(&keys)?;
        Ok(checkpoint)
    }

    /// The checkpoint in a note that this key has signed, whatever the origin: the name of the
    /// signature is that of the origin in the note itself.
    pub fn open_with_key(note: &str, key: &VerifyingKey) -> Result<Self, Error> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(&note.text)?;
        let verifier = Verifier::new(&checkpoint.origin, *key);
        note.check(&[verifier.map_err(|_| Error::Malformed("origin"))?])?;
        Ok(checkpoint)
    }
}
