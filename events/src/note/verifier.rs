//! A key that notes are checked with, and its text.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use super::line::{base64, parse_base64};
use super::{KeyError, KeyId, is_key_name};

/// Ed25519, as the note specification assigns it.
const ED25519: u8 = 0x01;

/// A public key and the name it signs under.
///
/// Its text is `<name>+<key id, 8 hexadecimal digits>+<base64 of 01 and the 32 bytes of the key>`,
/// the *vkey* of Go's `sumdb/note` and of everything that reads C2SP notes.
///
/// ```
/// use kyc_events::note::Verifier;
///
/// let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// let verifier: Verifier = text.parse()?;
/// assert_eq!((verifier.name(), verifier.to_string()), ("PeterNeumann", text.to_owned()));
/// # Ok::<(), kyc_events::note::KeyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Verifier {
    /// The name is not empty and has no space and no `+`.
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        if is_key_name(name) {
            Ok(Self { name: name.to_owned(), key })
        } else {
            Err(KeyError::Name)
        }
    }

    /// What it signs as.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key alone.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Tells signatures of this key from others; it proves nothing.
    pub fn id(&self) -> KeyId {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{id:08x}+{}", self.name, base64(&key))
    }
}

impl FromStr for Verifier {
    type Err = KeyError;

    /// Accepts what [`Display`](fmt::Display) writes and nothing else.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Parts);
        };
        let key = parse_base64(key).ok_or(KeyError::Key)?;
        let [ED25519, key @ ..] = &key[..] else { return Err(KeyError::Key) };
        let key = key.try_into().map_err(|_| KeyError::Key)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| KeyError::Key)?;
        let verifier = Self::new(name, key)?;
        if verifier.to_string() == text { Ok(verifier) } else { Err(KeyError::Id) }
    }
}
