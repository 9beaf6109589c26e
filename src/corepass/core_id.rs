//! Core IDs: the account addresses of the Core blockchain, and `CorePass`'s names for its users.
//!
//! ```text
//! ab 14 8af5f9cdad10beddb05fbec4a3bef02577130e56
//! │  │  └ 40 hex: the last 20 bytes of SHA3-256(Ed448 public key)
//! │  └ two decimal check digits, 02 to 98
//! └ network: cb mainnet, ab Devin, ce any private network
//! ```
//!
//! The check digits are those of an IBAN (ISO 7064 mod 97-10): body ‖ prefix ‖ "00", each letter
//! written as a number (a = 10 … f = 15), read as one decimal number; 98 less its remainder by 97.
//!
//! Source: CIP-100 and go-core v2.2.2. The addresses that go-core lets through unchecked (the
//! precompiled contracts) are no users, so they are not let through here.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::signing::{ed448::PUBLIC_KEY_BYTES, sha3_256};

/// Characters of a Core ID.
pub const CORE_ID_CHARS: usize = 44;

/// The network an account belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// The main network, id 1.
    Mainnet,
    /// The public test network, id 3.
    Devin,
    /// Any other network, ids above 3.
    Private,
}

impl Network {
    const ALL: [Self; 3] = [Self::Mainnet, Self::Devin, Self::Private];

    /// The network with this id (`NETWORK_ID` of the connector); `None` for 0 and 2, which Core
    /// does not use.
    pub fn from_id(id: u64) -> Option<Self> {
        match id {
            1 => Some(Self::Mainnet),
            3 => Some(Self::Devin),
            0 | 2 => None,
            4.. => Some(Self::Private),
        }
    }

    /// The first two characters of its Core IDs.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Mainnet => "cb",
            Self::Devin => "ab",
            Self::Private => "ce",
        }
    }
}

/// A Core ID with correct check digits: 44 lower-case hexadecimal characters.
///
/// Personal data. Debug output hides it and there is no `Display`; `as_str` and the
/// serialisation show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoreId(Box<str>);

/// Why a text is not a Core ID of the network asked for. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCoreId {
    /// Not 44 characters.
    #[error("core id is not 44 characters long")]
    Length,
    /// Does not start with the prefix of any network.
    #[error("core id has an unknown network prefix")]
    Prefix,
    /// Something other than hexadecimal characters, or than decimal check digits.
    #[error("core id is not hexadecimal")]
    Character,
    /// The check digits belong to another body or prefix: a typing error.
    #[error("core id has wrong check digits")]
    CheckDigits,
    /// A correct Core ID, but of another network.
    #[error("core id does not belong to the network with prefix {}", expected.prefix())]
    Network {
        /// The network it should belong to.
        expected: Network,
    },
}

impl CoreId {
    /// Reads a Core ID in either case, with or without `0x`.
    pub fn parse(text: &str, network: Network) -> Result<Self, InvalidCoreId> {
        let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        if text.len() != CORE_ID_CHARS {
            return Err(InvalidCoreId::Length);
        }
        let text = text.to_ascii_lowercase();
        let (prefix, check, body) = text
            .split_at_checked(2)
            .and_then(|(prefix, rest)| {
                let (check, body) = rest.split_at_checked(2)?;
                Some((prefix, check, body))
            })
            .ok_or(InvalidCoreId::Character)?;

        let found = Network::ALL.into_iter().find(|network| network.prefix() == prefix);
        let found = found.ok_or(InvalidCoreId::Prefix)?;
        if !check.bytes().all(|byte| byte.is_ascii_digit())
            || !body.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(InvalidCoreId::Character);
        }
        // Compared, not merely congruent: 01, 00 and 99 would pass for 98, 97 and 02.
        if check != check_digits(body, found) {
            return Err(InvalidCoreId::CheckDigits);
        }
        if found != network {
            return Err(InvalidCoreId::Network { expected: network });
        }
        Ok(Self(text.into()))
    }

    /// The Core ID of an account, from its Ed448 public key.
    pub fn from_public_key(key: &[u8; PUBLIC_KEY_BYTES], network: Network) -> Self {
        let body = hex::encode(&sha3_256(key)[12..]);
        let text = format!("{}{}{body}", network.prefix(), check_digits(&body, network));
        Self(text.into())
    }

    /// The 44 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 22 bytes used on chain and in peppers; the check digits are one byte, 14 as 0x14.
    #[expect(clippy::missing_panics_doc, reason = "cannot happen")]
    pub fn raw(&self) -> [u8; CORE_ID_CHARS / 2] {
        let mut raw = [0; CORE_ID_CHARS / 2];
        hex::decode_to_slice(self.as_str(), &mut raw)
            .expect("invariant: a Core ID is 44 hexadecimal characters");
        raw
    }
}

/// Two decimal digits for `body`, which must be lower-case hexadecimal.
fn check_digits(body: &str, network: Network) -> String {
    let remainder =
        body.bytes().chain(network.prefix().bytes()).chain(*b"00").fold(0, |n, byte| match byte {
            b'a'..=b'f' => (n * 100 + u32::from(byte - b'a') + 10) % 97,
            digit => (n * 10 + u32::from(digit - b'0')) % 97,
        });
    format!("{:02}", 98 - remainder)
}

impl fmt::Debug for CoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CoreId(…)")
    }
}

impl Serialize for CoreId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEVIN: &str = "ab148af5f9cdad10beddb05fbec4a3bef02577130e56";

    fn vectors() -> serde_json::Value {
        serde_json::from_str(include_str!("../../fixtures/corepass/vectors.json")).expect("JSON")
    }

    fn texts(list: &serde_json::Value) -> Vec<String> {
        serde_json::from_value(list.clone()).expect("strings")
    }

    fn network_of(text: &str) -> Network {
        let found = Network::ALL.into_iter().find(|network| text.starts_with(network.prefix()));
        found.unwrap_or(Network::Devin)
    }

    #[test]
    fn valid_vectors_parse_in_either_case_and_with_0x() {
        for text in texts(&vectors()["core_ids"]["valid"]) {
            let id = CoreId::parse(&text, network_of(&text)).expect(&text);
            assert_eq!(id.as_str(), text);
            for spelling in [text.to_uppercase(), format!("0x{text}"), format!("0X{text}")] {
                assert_eq!(CoreId::parse(&spelling, network_of(&text)), Ok(id.clone()));
            }
        }
    }

    #[test]
    fn invalid_vectors_do_not_parse() {
        for text in texts(&vectors()["core_ids"]["invalid"]) {
            assert!(CoreId::parse(&text, network_of(&text)).is_err(), "{text}");
        }
    }

    #[test]
    fn every_kind_of_fault_has_its_error() {
        let cases = [
            ("", InvalidCoreId::Length),
            (&DEVIN[1..], InvalidCoreId::Length),
            ("0xab148af5f9cdad10beddb05fbec4a3bef02577130e", InvalidCoreId::Length),
            ("xx148af5f9cdad10beddb05fbec4a3bef02577130e56", InvalidCoreId::Prefix),
            ("ab1a8af5f9cdad10beddb05fbec4a3bef02577130e56", InvalidCoreId::Character),
            ("ab14gaf5f9cdad10beddb05fbec4a3bef02577130e56", InvalidCoreId::Character),
            ("ab148af5f9cdad10beddb05fbec4a3bef02577130eé", InvalidCoreId::Character),
            ("aé148af5f9cdad10beddb05fbec4a3bef02577130e5", InvalidCoreId::Character),
            ("ab158af5f9cdad10beddb05fbec4a3bef02577130e56", InvalidCoreId::CheckDigits),
            (
                "cb82a5fd22b9bee8b8ab877c86e0a2c21765e1d5bfc5",
                InvalidCoreId::Network { expected: Network::Devin },
            ),
        ];
        for (text, error) in cases {
            assert_eq!(CoreId::parse(text, Network::Devin), Err(error), "{text}");
        }
    }

    #[test]
    fn congruent_but_impossible_check_digits_are_refused() {
        // 01 leaves the same remainder as 98.
        let (body, check) = (0_u32..10_000)
            .map(|n| format!("{n:040x}"))
            .map(|body| (body.clone(), check_digits(&body, Network::Devin)))
            .find(|(_, check)| check == "98")
            .expect("about one body in 97");
        assert!(CoreId::parse(&format!("ab{check}{body}"), Network::Devin).is_ok());
        let error = Err(InvalidCoreId::CheckDigits);
        assert_eq!(CoreId::parse(&format!("ab01{body}"), Network::Devin), error);
    }

    #[test]
    fn public_keys_give_their_core_ids_on_every_network() {
        let vectors = vectors();
        let key = |text: &serde_json::Value| -> [u8; PUBLIC_KEY_BYTES] {
            hex::decode(text.as_str().expect("text")).expect("hex").try_into().expect("57")
        };
        let signer = &vectors["signer"];
        for (network, expected) in Network::ALL.into_iter().zip(texts(&signer["core_ids"])) {
            let id = CoreId::from_public_key(&key(&signer["public_key"]), network);
            assert_eq!(id.as_str(), expected);
            assert_eq!(CoreId::parse(&expected, network), Ok(id));
        }
        for case in vectors["published"].as_array().expect("a list") {
            let id = CoreId::from_public_key(&key(&case["public_key"]), Network::Devin);
            assert_eq!(id.as_str(), case["signer_core_id"]);
        }
    }

    #[test]
    fn network_ids_are_those_of_core() {
        let prefix = |id| Network::from_id(id).map(Network::prefix);
        let found = [0, 1, 2, 3, 4, u64::MAX].map(prefix);
        assert_eq!(found, [None, Some("cb"), None, Some("ab"), Some("ce"), Some("ce")]);
    }

    #[test]
    fn debug_output_hides_the_id() {
        let id = CoreId::parse(DEVIN, Network::Devin).expect("valid");
        assert_eq!(format!("{id:?}"), "CoreId(…)");
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(at in 2_usize..44, digit in 0_u8..10) {
            let mut text = DEVIN.as_bytes().to_vec();
            prop_assume!(text[at].is_ascii_digit() && text[at] != b'0' + digit);
            text[at] = b'0' + digit;
            let text = String::from_utf8(text).expect("ASCII");
            prop_assert_eq!(
                CoreId::parse(&text, Network::Devin),
                Err(InvalidCoreId::CheckDigits)
            );
        }

        #[test]
        fn raw_bytes_are_the_text(key in proptest::array::uniform32(any::<u8>())) {
            let mut public = [0; PUBLIC_KEY_BYTES];
            public[..32].copy_from_slice(&key);
            let id = CoreId::from_public_key(&public, Network::Mainnet);
            prop_assert_eq!(hex::encode(id.raw()), id.as_str());
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,50}") {
            let _ = CoreId::parse(&text, Network::Devin);
        }
    }
}
