//! What an identity says: names and values, in the order in which the client signed them.
//!
//! | group | names |
//! |---|---|
//! | person | `FIRST MIDDLE LAST FULLNAME PNR GENDER NATIONALITY BDAY BMONTH BYEAR AGEABOVE` |
//! | address | `ADDR ADDR2 ZIP AREA CITY REGION COUNTRY` |
//! | contact | `PHONE EMAIL JID HOMEPAGE DOMAIN` |
//! | organisation | `ORGNAME ORGNR ORGDEPT ORGROLE ORGADDR ORGADDR2 ORGZIP ORGAREA ORGCITY ORGREGION ORGCOUNTRY` |
//! | process | `PREVIEW PROFILE PSEUDONYM DEVICE_ID AGENT` |
//!
//! Any other name may stand there too. Names are told apart without regard to case. Values are kept
//! in Unicode's composed form, which is what is signed.

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use crate::config::limits;

/// Where the application came from; added here.
pub const AGENT: &str = "AGENT";
/// Address of the account; added here unless the client says it, and rightly.
pub const JID: &str = "JID";

/// Derived by the server or by whoever reads an identity; no client may say them.
pub const RESERVED: [&str; 14] = [
    AGENT,
    "ACCOUNT",
    "CREATED",
    "FROM",
    "TO",
    "UPDATED",
    "STATE",
    "ID",
    "FULLADDR",
    "FULLORGADDR",
    "SIGNATURE",
    "SIGNATUREDATE",
    "SIGNATURETIME",
    "SIGNATUREDATETIME",
];

/// Names and values, none of them twice. Debug output hides them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Properties(Vec<(String, String)>);

/// Why properties are not taken. Never carries a value, nor a name that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProperty {
    /// There is nothing to attest.
    #[error("there are no properties")]
    None,
    /// More than [`limits::NEURO_PROPERTIES_MAX`].
    #[error("there are more than {} properties", limits::NEURO_PROPERTIES_MAX)]
    TooMany,
    /// Empty, too long, or with white space or control characters.
    #[error("property {0} has no name that is allowed")]
    Name(usize),
    /// One that the server derives.
    #[error("property {0} has a reserved name")]
    Reserved(usize),
    /// Its name has stood before.
    #[error("property {0} is given twice")]
    Twice(usize),
    /// Too long, or with control characters.
    #[error("property {0} has a value that is not allowed")]
    Value(usize),
    /// Somebody else's address.
    #[error("JID is not the account's")]
    Jid,
}

impl Properties {
    /// From what a client sent, in its order; numbers in complaints count from 1.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, InvalidProperty> {
        match pairs.len() {
            0 => return Err(InvalidProperty::None),
            // Two are the server's.
            count if count > limits::NEURO_PROPERTIES_MAX - 2 => {
                return Err(InvalidProperty::TooMany);
            }
            _ => {}
        }
        let normal = ComposingNormalizerBorrowed::new_nfc();
        let mut properties = Self(Vec::with_capacity(pairs.len() + 2));
        for (at, (name, value)) in pairs.iter().enumerate() {
            let at = at + 1;
            let name = normal.normalize(name);
            if !is_name(&name) {
                return Err(InvalidProperty::Name(at));
            }
            if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(&name)) {
                return Err(InvalidProperty::Reserved(at));
            }
            if properties.get(&name).is_some() {
                return Err(InvalidProperty::Twice(at));
            }
            let value = normal.normalize(value);
            if value.len() > limits::NEURO_PROPERTY_BYTES_MAX || value.contains(is_unprintable) {
                return Err(InvalidProperty::Value(at));
            }
            properties.0.push((name.into_owned(), value.into_owned()));
        }
        Ok(properties)
    }

    /// As they were recorded.
    pub fn recorded(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// With what the server adds before it signs: the account's address, and where the application
    /// came from (from [`agent`]).
    pub fn attested(mut self, jid: &str, agent: &str) -> Result<Self, InvalidProperty> {
        match self.get(JID) {
            None => self.0.push((JID.to_owned(), jid.to_owned())),
            Some(said) if said.eq_ignore_ascii_case(jid) => {}
            Some(_) => return Err(InvalidProperty::Jid),
        }
        self.0.push((AGENT.to_owned(), agent.to_owned()));
        Ok(self)
    }

    /// A value; the name in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let folded = name.to_lowercase();
        let found = self.0.iter().find(|(other, _)| other.to_lowercase() == folded);
        found.map(|(_, value)| value.as_str())
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What is engraved of a `Referer`: an absolute URL of http or https without user and password.
/// It is never fetched. `None`: it is no such URL.
pub fn agent(referer: &str) -> Option<String> {
    if referer.len() > limits::NEURO_REFERER_BYTES_MAX {
        return None;
    }
    let mut url = url::Url::parse(referer).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let agent = url.to_string();
    (agent.len() <= limits::NEURO_PROPERTY_BYTES_MAX).then_some(agent)
}

fn is_name(name: &str) -> bool {
    (1..=limits::NEURO_NAME_BYTES_MAX).contains(&name.len())
        && !name.contains(|c: char| c.is_whitespace() || is_unprintable(c))
}

/// Control characters, and what XML does not have.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')
}

impl std::fmt::Debug for Properties {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Properties({} …)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Properties, InvalidProperty> {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Properties::parse(&pairs)
    }

    #[test]
    fn the_order_is_kept_and_the_server_adds_at_the_end() {
        let properties = parse(&[("LAST", "B"), ("FIRST", "A"), ("SPORT", "")]).expect("good");
        let properties = properties.attested("a@b", "https://c/").expect("good");
        let all: Vec<_> = properties.iter().collect();
        let expected =
            [("LAST", "B"), ("FIRST", "A"), ("SPORT", ""), ("JID", "a@b"), ("AGENT", "https://c/")];
        assert_eq!(all, expected);
        assert_eq!(properties.get("first"), Some("A"));
        assert_eq!(properties.get("MIDDLE"), None);
        assert_eq!(format!("{properties:?}"), "Properties(5 …)");
    }

    #[test]
    fn an_address_may_be_said_if_it_is_the_accounts() {
        let properties = parse(&[("jid", "A@b"), ("FIRST", "A")]).expect("good");
        let attested = properties.clone().attested("a@b", "x").expect("good");
        assert_eq!(attested.iter().count(), 3);
        assert_eq!(properties.attested("c@b", "x"), Err(InvalidProperty::Jid));
    }

    #[test]
    fn values_are_composed() {
        let properties = parse(&[("LAST", "A\u{30a}ngstro\u{308}m")]).expect("good");
        assert_eq!(properties.get("LAST"), Some("Ångström"));
        assert_eq!(parse(&[("Å", "1"), ("A\u{30a}", "2")]), Err(InvalidProperty::Twice(2)));
    }

    #[test]
    fn reserved_names_and_others_that_cannot_be_are_refused() {
        for reserved in RESERVED {
            for name in [reserved.to_owned(), reserved.to_lowercase()] {
                assert_eq!(parse(&[(&name, "x")]), Err(InvalidProperty::Reserved(1)), "{name}");
            }
        }
        let long = "N".repeat(limits::NEURO_NAME_BYTES_MAX + 1);
        for name in ["", "A B", "A\n", "\u{0}", "\u{ffff}", &long] {
            assert_eq!(parse(&[("OK", ""), (name, "x")]), Err(InvalidProperty::Name(2)), "{name}");
        }
        let long = "v".repeat(limits::NEURO_PROPERTY_BYTES_MAX + 1);
        for value in ["a\nb", "\t", "\u{0}", "\u{7f}", "\u{85}", "\u{fffe}", &long] {
            assert_eq!(parse(&[("OK", value)]), Err(InvalidProperty::Value(1)), "{value}");
        }
        assert_eq!(parse(&[("FIRST", "A"), ("First", "B")]), Err(InvalidProperty::Twice(2)));
        assert_eq!(parse(&[]), Err(InvalidProperty::None));
        let names: Vec<String> =
            (0..=limits::NEURO_PROPERTIES_MAX - 2).map(|at| format!("N{at}")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(parse(&many), Err(InvalidProperty::TooMany));
        assert!(parse(&many[1..]).is_ok());
    }

    #[test]
    fn a_referer_is_engraved_without_what_is_secret_in_it() {
        for (referer, expected) in [
            ("https://kyc.example.org/apply", Some("https://kyc.example.org/apply")),
            ("http://localhost:3000", Some("http://localhost:3000/")),
            ("https://user:password@a.example/?q=1", Some("https://a.example/?q=1")),
            ("/apply", None),
            ("", None),
            ("ftp://a.example/", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("https://", None),
        ] {
            assert_eq!(agent(referer).as_deref(), expected, "{referer}");
        }
        let long = format!("https://a.example/{}", "x".repeat(limits::NEURO_REFERER_BYTES_MAX));
        assert_eq!(agent(&long), None);
    }
}
