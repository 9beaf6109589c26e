//! How an operator names a person, and the pseudonym behind the name.
//!
//! `corepass:<Core ID>`, `stellar:<customer id>`, `taler:<payment target uuid>`, `neuro:<user name>`, or
//! `tag:<64 hex digits>`, the pseudonym itself, as lists show it.

use kyc_events::StreamId;
use kyc_events::sealed::Tag;
use kyc_events::subject::SUBJECT;
use uuid::Uuid;

use crate::config::limits;
use crate::corepass::core_id::{CoreId, Network};
use crate::taler::query::decimal;
use crate::vault::MasterKeys;

/// A person, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    CorePass(CoreId),
    Stellar(Uuid),
    /// A row number.
    Taler(u64),
    /// A user name, in lower case.
    Neuro(String),
    Tag(Tag),
}

/// A text that names nobody.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a subject is named corepass:<Core ID>, stellar:<customer id>, taler:<payment target uuid>, neuro:<user name>, or tag:<64 hex digits>"
)]
pub struct InvalidName;

impl Name {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let (protocol, id) = text.split_once(':').ok_or(InvalidName)?;
        let kind = match protocol {
            "corepass" => {
                let networks = [Network::Mainnet, Network::Devin, Network::Private];
                let mut ids = networks.into_iter().filter_map(|n| CoreId::parse(id, n).ok());
                Kind::CorePass(ids.next().ok_or(InvalidName)?)
            }
            "stellar" => Kind::Stellar(Uuid::parse_str(id).map_err(|_| InvalidName)?),
            "taler" => Kind::Taler(decimal(id).ok_or(InvalidName)?),
            "neuro" => Kind::Neuro(user_name(id).ok_or(InvalidName)?),
            "tag" => Kind::Tag(Tag::from_hex(id).ok_or(InvalidName)?),
            _ => return Err(InvalidName),
        };
        Ok(Self(kind))
    }

    /// The name of a CorePass user.
    pub fn corepass(user: &CoreId) -> Self {
        Self(Kind::CorePass(user.clone()))
    }

    /// The name of a Stellar customer.
    pub fn stellar(customer: Uuid) -> Self {
        Self(Kind::Stellar(customer))
    }

    /// The name of the holder of a Taler payment target.
    pub fn taler(number: u64) -> Self {
        Self(Kind::Taler(number))
    }

    /// The name of the holder of an account of the Agent API, whatever the case of its letters.
    pub fn neuro(user_name: &str) -> Self {
        Self(Kind::Neuro(user_name.to_lowercase()))
    }

    /// The pseudonym: an HMAC under the look-up key.
    pub fn tag(&self, keys: &MasterKeys) -> Tag {
        match &self.0 {
            Kind::CorePass(user) => {
                keys.pseudonym("subject", format!("corepass:{}", user.as_str()).as_bytes())
            }
            Kind::Stellar(customer) => {
                keys.pseudonym("subject", format!("stellar:{customer}").as_bytes())
            }
            Kind::Taler(number) => keys.pseudonym("subject", format!("taler:{number}").as_bytes()),
            Kind::Neuro(name) => keys.pseudonym("subject", format!("neuro:{name}").as_bytes()),
            Kind::Tag(tag) => *tag,
        }
    }

    /// The pseudonym, if it is what the name says.
    pub fn own_tag(&self) -> Option<Tag> {
        match &self.0 {
            Kind::CorePass(_) | Kind::Stellar(_) | Kind::Taler(_) | Kind::Neuro(_) => None,
            Kind::Tag(tag) => Some(*tag),
        }
    }

    /// Whether a text that is kept for ever gives the person away.
    pub fn is_given_away_by(&self, text: &str) -> bool {
        match &self.0 {
            Kind::CorePass(user) => {
                text.to_ascii_lowercase().contains(&user.as_str().to_ascii_lowercase())
            }
            Kind::Stellar(customer) => text.to_ascii_lowercase().contains(&customer.to_string()),
            // A short name is part of many words.
            Kind::Neuro(name) => text
                .to_lowercase()
                .split(|c: char| {
                    c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')' | '"')
                })
                .any(|word| word.trim_end_matches(['.', '!', '?']) == name),
            // A row number is no more than a number.
            Kind::Taler(_) | Kind::Tag(_) => false,
        }
    }
}

fn user_name(text: &str) -> Option<String> {
    let is_good = |c: char| !(c.is_whitespace() || c.is_control() || c == ':');
    let fits = (1..=limits::NEURO_NAME_BYTES_MAX).contains(&text.len());
    (fits && text.chars().all(is_good)).then(|| text.to_lowercase())
}

/// The stream of a person.
pub fn stream_of(subject: Tag) -> StreamId {
    StreamId::new(SUBJECT, &subject.to_hex()).expect("invariant: hex is a good key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_texts_name_nobody() {
        for bad in [
            "",
            "corepass",
            "corepass:",
            "corepass:xy",
            "tag:12",
            "stellar:1",
            "taler:",
            "taler:1x",
            "neuro:",
            "neuro:a b",
            "neuro:a:b",
            "Tag:",
        ] {
            assert_eq!(Name::parse(bad), Err(InvalidName), "{bad}");
        }
    }

    #[test]
    fn a_stellar_customer_is_named_by_its_id_in_any_case() {
        let id = Uuid::from_u128(0xab << 64);
        let name = Name::parse(&format!("stellar:{}", id.to_string().to_uppercase()));
        assert_eq!(name, Ok(Name::stellar(id)));
        let keys = MasterKeys::for_tests();
        assert_ne!(Name::stellar(id).tag(&keys), Name::stellar(Uuid::nil()).tag(&keys));
        assert!(Name::stellar(id).is_given_away_by(&format!("erase {id}")));
    }

    #[test]
    fn a_neuron_account_is_named_in_any_case_and_given_away_by_the_whole_name_only() {
        let name = Name::parse("neuro:Alice.KYC").expect("a name");
        assert_eq!(name, Name::neuro("alice.kyc"));
        for given in ["erase alice.kyc.", "Alice.KYC, as she asked", "(alice.kyc)"] {
            assert!(name.is_given_away_by(given), "{given}");
        }
        assert!(!Name::neuro("al").is_given_away_by("all of it"));
    }

    #[test]
    fn a_tag_names_the_same_person_as_the_name_behind_it() {
        let tag = Tag([7; 32]);
        let name = Name::parse(&format!("tag:{}", tag.to_hex())).expect("a name");
        assert_eq!(name.tag(&MasterKeys::for_tests()), tag);
        assert_eq!(name.own_tag(), Some(tag));
    }
}
