//! How streams are named, and under which pseudonyms what people give is found again.

use std::net::{IpAddr, Ipv6Addr};

use kyc_events::StreamId;
use kyc_events::lockout::ENDPOINT;
use kyc_events::neuro::{ACCOUNT, API_KEY, Channel, NONCE, TOKEN};
use kyc_events::sealed::Tag;
use uuid::Uuid;

use crate::vault::MasterKeys;

/// The stream of an account, in one generation of its holder. The case of letters does not count.
pub fn account(keys: &MasterKeys, user_name: &str, generation: u32) -> StreamId {
    let mut name = user_name.to_lowercase();
    if generation > 0 {
        name = format!("{name}\0{generation}");
    }
    hashed(ACCOUNT, keys.pseudonym(ACCOUNT, name.as_bytes()))
}

/// The stream of a nonce, from what stands for its use
/// ([`Nonce::claim`](super::nonce::Nonce::claim)).
pub fn nonce(keys: &MasterKeys, claim: &[u8; 32]) -> StreamId {
    hashed(NONCE, keys.pseudonym(NONCE, claim))
}

/// The stream of a token.
pub fn token(id: Uuid) -> StreamId {
    StreamId::new(TOKEN, &id.to_string()).expect("invariant: a UUID is a good key")
}

/// The stream of an API key; `None`: there is no such key.
pub fn api_key(id: &str) -> Option<StreamId> {
    StreamId::new(API_KEY, id).ok()
}

/// The stream of a remote endpoint, of all protocols: its address without port, of IPv6 the network of
/// 64 bits, since whoever has one address of it has them all.
pub fn endpoint(keys: &MasterKeys, address: IpAddr) -> StreamId {
    let address = match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        four @ IpAddr::V4(_) => four,
    };
    hashed(ENDPOINT, keys.pseudonym(ENDPOINT, address.to_string().as_bytes()))
}

/// The pseudonym of an e-mail address or phone number, the case of whose letters does not count.
pub fn contact(keys: &MasterKeys, channel: Channel, value: &str) -> Tag {
    let channel = match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    };
    let text = format!("{channel}\0{}", value.trim().to_lowercase());
    keys.pseudonym("neuro.contact", text.as_bytes())
}

/// The pseudonym of a person, by country and normalized personal number.
pub fn person(keys: &MasterKeys, country: &str, personal_number: &str) -> Tag {
    let text = format!("{}\0{personal_number}", country.to_uppercase());
    keys.pseudonym("neuro.person", text.as_bytes())
}

fn hashed(kind: &str, tag: Tag) -> StreamId {
    StreamId::new(kind, &tag.to_hex()).expect("invariant: hex is a good key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_what_counts_and_by_nothing_else() {
        let keys = MasterKeys::for_tests();
        assert_eq!(account(&keys, "Alice.KYC", 0), account(&keys, "alice.kyc", 0));
        assert_ne!(account(&keys, "alice.kyc", 0), account(&keys, "alice.kyc", 1));
        assert_ne!(nonce(&keys, &[1; 32]), nonce(&keys, &[2; 32]));
        let mail = |value| contact(&keys, Channel::Email, value);
        assert_eq!(mail("Alice@example.org "), mail("alice@example.org"));
        assert_ne!(mail("alice@example.org"), contact(&keys, Channel::Sms, "alice@example.org"));
        assert_eq!(person(&keys, "se", "1"), person(&keys, "SE", "1"));
        let four = endpoint(&keys, "192.0.2.1".parse().expect("an address"));
        let mapped = endpoint(&keys, "::ffff:192.0.2.1".parse().expect("an address"));
        assert_eq!(four, mapped);
        let six = |text: &str| endpoint(&keys, text.parse().expect("an address"));
        assert_eq!(six("2001:db8:1:2::1"), six("2001:db8:1:2:ffff::"));
        assert_ne!(six("2001:db8:1:2::1"), six("2001:db8:1:3::1"));
        assert_eq!(api_key("no such key"), None);
    }
}
