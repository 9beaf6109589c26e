//! Signed notes: text with signature lines below. C2SP `signed-note` v1.0.0 (c2sp.org/signed-note,
//! as of commit 0552876, read in November 2026), Ed25519 only (signature type 01).
//!
//! ```text
//!   any text,                                    signed with its last line feed
//!   of one or more lines
//!                                                one empty line
//!   — example.org/log Az3grlgtzPICa5OS8npVmf1M…  em dash, key name, base64(key id 4 │ signature)
//!   — other.example/key …                        signatures of keys one does not know are ignored
//! ```
//!
//! The key id is SHA-256(name │ line feed │ 01 │ public key), the first four bytes. The text of a
//! public key ([`Verifier`]) is that of Go's `sumdb/note`; C2SP describes the same in its pull
//! request 119, which is not merged.
//!
//! The crate `signed_note` 0.2.0 reads the same, but with ed25519-dalek 2 and sha2 0.10, a second
//! copy of both. That, or a merged vkey text which differs, would change this.

pub(crate) mod line;
#[cfg(test)]
mod tests;
mod verifier;

pub use verifier::Verifier;

use std::fmt;

use ed25519_dalek::{Signature as Ed25519, Signer as _, SigningKey};

use line::{base64, parse_base64};

/// Longest note that is read: room for sixteen signatures of 5 KB, which every reader has to
/// accept, and for as much text again.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;

/// First four bytes of a hash of key and name.
pub type KeyId = [u8; 4];

/// A text that is not a verifier key.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not three parts with `+` between them.
    #[error("a verifier key has three parts: name+id+key")]
    Parts,
    /// The name is empty or has a space or a `+` in it.
    #[error("a key name is not empty and has no space and no plus sign")]
    Name,
    /// Not base64 of 01 and the 32 bytes of a point on the curve.
    #[error("not an Ed25519 public key")]
    Key,
    /// The id in the middle is that of another key or name.
    #[error("the key id does not belong to this name and key")]
    Id,
}

/// Why a note was not made, read or believed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Not a note.
    #[error("not a note: {0}")]
    Malformed(&'static str),
    /// It has no signature of a key that is known here.
    #[error("no signature of a known key")]
    Unknown,
    /// A signature that says it is of a known key is not.
    #[error("the signature of {name} is wrong")]
    Wrong {
        /// Name of the key.
        name: String,
    },
}

/// A note, as it was read. Its text is to be believed only after [`check`](Self::check).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Ends with a line feed.
    pub text: String,
    /// At least one.
    pub signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Which key of that name.
    pub id: KeyId,
    /// 64 for Ed25519; other types have other lengths. At least one.
    pub bytes: Vec<u8>,
}

impl Note {
    /// Signs a text, which ends with a line feed and has no other control characters, under this
    /// name.
    pub fn sign(text: &str, name: &str, key: &SigningKey) -> Result<Self, Error> {
        let malformed = |_| Error::Malformed("key name");
        let verifier = Verifier::new(name, key.verifying_key()).map_err(malformed)?;
        check_text(text)?;
        let bytes = key.sign(text.as_bytes()).to_bytes().to_vec();
        let signature = Signature { name: name.to_owned(), id: verifier.id(), bytes };
        let note = Self { text: text.to_owned(), signatures: vec![signature] };
        if note.to_string().len() > NOTE_BYTES_MAX {
            return Err(Error::Malformed("length"));
        }
        Ok(note)
    }

    /// Reads a note, without a look at whether the signatures are right.
    pub fn parse(note: &str) -> Result<Self, Error> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(Error::Malformed("length"));
        }
        // The text may have empty lines; the last one is where the signatures begin.
        let end = note.rfind("\n\n").ok_or(Error::Malformed("no empty line"))?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        check_text(text)?;
        let lines = signatures.strip_suffix('\n').ok_or(Error::Malformed("no last line feed"))?;
        let signatures = lines.split('\n').map(Signature::parse).collect::<Option<_>>();
        let signatures = signatures.ok_or(Error::Malformed("signature line"))?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Whether every signature of a known key is right, and there is one. Signatures of other keys
    /// are ignored, also if they share name or id with a known one.
    pub fn check(&self, keys: &[Verifier]) -> Result<(), Error> {
        let mut checked = Err(Error::Unknown);
        for signature in &self.signatures {
            let of = |key: &&Verifier| key.name() == signature.name && key.id() == signature.id;
            let mut known = keys.iter().filter(of).peekable();
            if known.peek().is_none() {
                continue;
            }
            // Two keys with the same name and id are possible, if hardly by accident.
            if !known.any(|key| signature.is_of(key, &self.text)) {
                return Err(Error::Wrong { name: signature.name.clone() });
            }
            checked = Ok(());
        }
        checked
    }

    /// Reads a note and checks it.
    pub fn open(note: &str, keys: &[Verifier]) -> Result<Self, Error> {
        let note = Self::parse(note)?;
        note.check(keys)?;
        Ok(note)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.text, Lines(&self.signatures))
    }
}

struct Lines<'a>(&'a [Signature]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Signature { name, id, bytes } in self.0 {
            writeln!(f, "— {name} {}", base64(&[&id[..], bytes].concat()))?;
        }
        Ok(())
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        let signature = parse_base64(signature)?;
        let (id, bytes) = signature.split_first_chunk::<4>()?;
        (is_key_name(name) && !bytes.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
        })
    }

    fn is_of(&self, key: &Verifier, text: &str) -> bool {
        let Ok(signature) = Ed25519::from_slice(&self.bytes) else { return false };
        key.key().verify_strict(text.as_bytes(), &signature).is_ok()
    }
}

fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_ascii_control() || c == '+';
    !name.is_empty() && !name.contains(forbidden)
}

fn check_text(text: &str) -> Result<(), Error> {
    if !text.ends_with('\n') {
        return Err(Error::Malformed("no last line feed"));
    }
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(Error::Malformed("control character"));
    }
    Ok(())
}
