//! Names of accounts and of keys.
//!
//! What is signed is a row of texts with colons between them, and nothing escapes a colon in one of
//! them. So neither kind of name may have one: otherwise one signature would stand for two meanings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::limits;

/// Name of an account: the local part of its address. As long as [`limits::NEURO_NAME_BYTES_MAX`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// Name of a key, unique in its account. As long as [`limits::NEURO_NAME_BYTES_MAX`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// Why a text is no such name. Does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Empty or too long.
    #[error("has to have 1 to {} bytes", limits::NEURO_NAME_BYTES_MAX)]
    Length,
    /// One of those that have a meaning around a name, white space, or a control character.
    #[error("has a character that is not allowed")]
    Character,
}

impl UserName {
    /// From what a client sent.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        // Those that no local part of an XMPP address has, and what separates the parts of a text
        // that keys are derived from.
        let forbidden = |c: char| matches!(c, ':' | '@' | '/' | '"' | '&' | '\'' | '<' | '>' | '|');
        checked(text, |c| forbidden(c) || c.is_whitespace()).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl KeyId {
    /// From what a client sent.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        checked(text, |c| c == ':').map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn checked(text: &str, forbidden: impl Fn(char) -> bool) -> Result<String, InvalidName> {
    if text.is_empty() || text.len() > limits::NEURO_NAME_BYTES_MAX {
        return Err(InvalidName::Length);
    }
    // U+FFFE and U+FFFF are no characters of XML.
    let never = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.contains(|c: char| never(c) || forbidden(c)) {
        return Err(InvalidName::Character);
    }
    Ok(text.to_owned())
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UserName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(&text)
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl From<KeyId> for String {
    fn from(name: KeyId) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_colon() {
        assert_eq!(UserName::parse("a:b"), Err(InvalidName::Character));
        assert_eq!(KeyId::parse("a:b"), Err(InvalidName::Character));
        for good in ["alice.kyc", "Åsa-1", "a_b+c", "日本"] {
            assert_eq!(UserName::parse(good).as_ref().map(UserName::as_str), Ok(good));
        }
        for good in ["KycKey1", "my key", "a|b", "<&>"] {
            assert_eq!(KeyId::parse(good).as_ref().map(KeyId::as_str), Ok(good));
        }
    }

    #[test]
    fn an_account_is_no_address_and_no_path() {
        for wrong in ["a@b", "a/b", "a b", "a\u{a0}b", "a\nb", "\u{7f}", "a|b", "a<b", "\u{ffff}"] {
            assert_eq!(UserName::parse(wrong), Err(InvalidName::Character), "{wrong:?}");
        }
        assert_eq!(KeyId::parse("a\0b"), Err(InvalidName::Character));
    }

    #[test]
    fn names_are_bounded() {
        let longest = "å".repeat(limits::NEURO_NAME_BYTES_MAX / 2);
        assert!(UserName::parse(&longest).is_ok() && KeyId::parse(&longest).is_ok());
        for wrong in [String::new(), format!("{longest}a")] {
            assert_eq!(UserName::parse(&wrong), Err(InvalidName::Length));
            assert_eq!(KeyId::parse(&wrong), Err(InvalidName::Length));
        }
    }

    #[test]
    fn a_stored_name_is_checked_again() {
        let stored = serde_json::to_string(&KeyId("KycKey1".to_owned())).expect("JSON");
        assert_eq!(stored, "\"KycKey1\"");
        assert!(serde_json::from_str::<KeyId>(&stored).is_ok());
        assert!(serde_json::from_str::<KeyId>("\"a:b\"").is_err());
        assert!(serde_json::from_str::<UserName>("\"a:b\"").is_err());
    }
}
