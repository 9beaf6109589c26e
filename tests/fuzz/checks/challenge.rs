//! SEP-10 challenges that come back: no text panics, and what is taken is one that was issued.

use kycd::stellar::caller::Caller;
use kycd::stellar::sep10::challenge::Party;
use kycd::stellar::signing_key::SigningKey;

/// In the middle of the time of the seeds.
const NOW_S: u64 = 1_700_000_100;
/// Hashes of the seeds that are good: nothing else bears our signature.
const ISSUED: [&str; 4] = [
    "c78a2887f42ed3ad7ee52462ea96441c2018e4e5b898657a0301db7c70c9c307",
    "7c496c2abacc0116c157eeaaed33c7ffde26d0e1e82019f7e69037367a190ab3",
    "0684c9e254f2759526a2fc0377e3508cbc23f6c4ff6936e80415722ce4aacd96",
    "d11d5926c3dcfd5211ae4106a87ef8e46a9a472e2601ad209c46d34a79e0a820",
];

/// Whether the text is taken.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let party = Party {
        key: SigningKey::from_bytes(&[7; 32]),
        network_passphrase: "Test SDF Network ; September 2015".to_owned(),
        home_domains: vec!["localhost:8080".to_owned()],
        web_auth_domain: "localhost:8080".to_owned(),
    };
    let Ok(challenge) = party.read(text, NOW_S) else { return false };
    let hash = hex::encode(challenge.hash);
    assert!(ISSUED.contains(&hash.as_str()), "{hash} was never issued");
    assert!((NOW_S..NOW_S + 900).contains(&challenge.expires_at_s));
    let caller = challenge.caller();
    assert!(caller.text().parse::<Caller>() == Ok(caller));
    true
}
