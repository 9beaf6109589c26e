//! Texts that a client may use once. Signed requests have no time in them, so only the memory of
//! each nonce keeps somebody from sending one again.
//!
//! ```text
//! SHA-256( kind 1 │ length of the scope u32 BE │ scope │ nonce )
//! ```
//!
//! The hash alone would tell an attacker with a guess whether the nonce was used; whoever stores it
//! makes a keyed hash of it.

use sha2::{Digest as _, Sha256};

use super::name::UserName;
use crate::config::limits;

/// A text of [`limits::NEURO_NONCE_CHARS_MIN`] to [`limits::NEURO_NONCE_CHARS_MAX`] characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce<'a>(&'a str);

/// Within what a nonce may be used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Whatever an account signs, logging in as well.
    Account(&'a UserName),
    /// Registrations with an API key.
    ApiKey(&'a str),
}

/// Too short, too long, or with a colon: texts that are signed are rows of parts with colons between
/// them, and a nonce that holds one would let one request be sent as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "has to have {} to {} characters, none of them a colon",
    limits::NEURO_NONCE_CHARS_MIN,
    limits::NEURO_NONCE_CHARS_MAX
)]
pub struct InvalidNonce;

impl<'a> Nonce<'a> {
    /// From what a client sent. Characters are counted, not bytes.
    pub fn parse(text: &'a str) -> Result<Self, InvalidNonce> {
        let is_long_enough = text.chars().nth(limits::NEURO_NONCE_CHARS_MIN - 1).is_some();
        let is_too_long = text.chars().nth(limits::NEURO_NONCE_CHARS_MAX).is_some();
        let is_one_part = !text.contains(':');
        if is_long_enough && !is_too_long && is_one_part {
            Ok(Self(text))
        } else {
            Err(InvalidNonce)
        }
    }

    /// The text.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// What stands for its use in this scope.
    pub fn claim(self, scope: Scope<'_>) -> [u8; 32] {
        let (kind, scope) = match scope {
            Scope::Account(user) => (1, user.as_str()),
            Scope::ApiKey(key) => (2, key),
        };
        let mut hash = Sha256::new();
        hash.update([kind]);
        hash.update((scope.len() as u32).to_be_bytes());
        hash.update(scope.as_bytes());
        hash.update(self.0.as_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        for (text, is_good) in [
            ("a".repeat(31), false),
            ("å".repeat(31), false),
            ("a".repeat(32), true),
            ("😀".repeat(32), true),
            ("😀".repeat(256), true),
            ("a".repeat(257), false),
            (String::new(), false),
            (format!("{}:", "a".repeat(40)), false),
        ] {
            assert_eq!(Nonce::parse(&text).is_ok(), is_good, "{text}");
        }
    }

    #[test]
    fn each_scope_has_its_own_claims() {
        let text = "0123456789abcdef0123456789abcdef";
        let (nonce, user) =
            (Nonce::parse(text).expect("long"), |name| UserName::parse(name).expect("a name"));
        let (alice, other) = (user("alice"), user("alice0"));
        let longer = format!("0{text}");
        let claims = [
            nonce.claim(Scope::Account(&alice)),
            nonce.claim(Scope::ApiKey("alice")),
            nonce.claim(Scope::Account(&other)),
            Nonce::parse(&longer).expect("long").claim(Scope::Account(&alice)),
        ];
        for (at, claim) in claims.iter().enumerate() {
            assert!(!claims[at + 1..].contains(claim), "{at}");
        }
        assert_eq!(claims[0], nonce.claim(Scope::Account(&alice)));
    }
}
