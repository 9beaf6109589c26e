//! Ids of identities and attachments: `2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.example.org`.
//!
//! They look like addresses, and are compared without regard to case. What a client signs is the
//! text as it was sent.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::limits;

/// An id, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LegalId {
    id: Uuid,
    /// Of the component: `legal.example.org`.
    provider: String,
}

/// A text is no such id. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has to be a UUID, @, and a domain that begins with 'legal.'")]
pub struct InvalidLegalId;

/// The component of a domain that vouches for identities: `legal.example.org`.
pub fn provider(domain: &str) -> String {
    format!("legal.{}", domain.to_ascii_lowercase())
}

impl LegalId {
    /// Of an identity or attachment of a domain of ours.
    pub fn new(id: Uuid, domain: &str) -> Self {
        Self { id, provider: provider(domain) }
    }

    /// From what a client sent, in any case.
    pub fn parse(text: &str) -> Result<Self, InvalidLegalId> {
        let (id, provider) = text.split_once('@').ok_or(InvalidLegalId)?;
        // The hyphenated spelling only; the parser takes three more.
        let id = Some(id).filter(|id| id.len() == 36).and_then(|id| Uuid::try_parse(id).ok());
        let provider = provider.to_ascii_lowercase();
        let domain = provider.strip_prefix("legal.").ok_or(InvalidLegalId)?;
        let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        if domain.is_empty()
            || domain.len() > limits::NEURO_DOMAIN_BYTES_MAX
            || !domain.bytes().all(is_domain)
        {
            return Err(InvalidLegalId);
        }
        Ok(Self { id: id.ok_or(InvalidLegalId)?, provider })
    }

    /// The part that is unique.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Whether it is of this domain.
    pub fn is_of(&self, domain: &str) -> bool {
        self.provider == provider(domain)
    }
}

impl fmt::Display for LegalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.provider)
    }
}

impl TryFrom<String> for LegalId {
    type Error = InvalidLegalId;

    fn try_from(text: String) -> Result<Self, InvalidLegalId> {
        Self::parse(&text)
    }
}

impl From<LegalId> for String {
    fn from(id: LegalId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.neuron.example.org";

    #[test]
    fn case_makes_no_difference() {
        let id = LegalId::parse(ID).expect("an id");
        assert_eq!(LegalId::parse(&ID.to_uppercase()), Ok(id.clone()));
        assert_eq!(id.to_string(), ID);
        assert_eq!(LegalId::new(id.id(), "Neuron.Example.ORG"), id);
        assert!(id.is_of("neuron.example.org") && id.is_of("NEURON.example.org"));
        assert!(!id.is_of("example.org"));
        assert!(LegalId::new(id.id(), "127.0.0.1:8080").is_of("127.0.0.1:8080"));
        let stored = serde_json::to_string(&id).expect("JSON");
        assert_eq!(serde_json::from_str::<LegalId>(&stored).expect("JSON"), id);
    }

    #[test]
    fn other_texts_are_no_ids() {
        for wrong in [
            "",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@neuron.example.org",
            "2b7d0c7e95a14d0e9a6f0c1d2e3f4a5b@legal.neuron.example.org",
            "{2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b}@legal.neuron.example.org",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5@legal.neuron.example.org",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.a@legal.b",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.a b",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.a/b",
            "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.å",
            "iotid:2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.neuron.example.org",
        ] {
            assert_eq!(LegalId::parse(wrong), Err(InvalidLegalId), "{wrong}");
        }
        let long = format!("{ID}{}", "x".repeat(limits::NEURO_DOMAIN_BYTES_MAX));
        assert_eq!(LegalId::parse(&long), Err(InvalidLegalId));
    }
}
