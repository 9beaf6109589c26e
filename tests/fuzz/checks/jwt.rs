//! Tokens, and claims signed with our secret: nothing panics, and who is let in is in time, for us,
//! and has a name that reads back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use kycd::stellar::caller::Caller;
use kycd::stellar::sep10::token::Tokens;
use sha2::Sha256;

const SECRET: &str = "a secret of the fuzz targets";
const NOW_S: i64 = 1_700_000_100;

/// Whether the bytes are a token, or claims that a token may make.
pub fn check(bytes: &[u8]) -> bool {
    let issuer = "https://kyc.example/auth".to_owned();
    let tokens = Tokens::new(SECRET, issuer, vec!["kyc.example".to_owned()]);
    let as_it_is = std::str::from_utf8(bytes).is_ok_and(|text| is_good(&tokens, text));
    as_it_is | is_good(&tokens, &signed(bytes))
}

fn is_good(tokens: &Tokens, token: &str) -> bool {
    let Ok(bearer) = tokens.verify(token, NOW_S) else { return false };
    assert!(bearer.caller.text().parse::<Caller>() == Ok(bearer.caller));
    assert_eq!(tokens.verify(token, NOW_S).as_ref(), Ok(&bearer));
    assert!(tokens.verify(token, i64::MAX).is_err(), "no token is good for ever");
    // A signature says nothing about other bytes.
    let (said, tag) = token.rsplit_once('.').expect("it was read");
    assert!(tokens.verify(&format!("{said}A.{tag}"), NOW_S).is_err());
    true
}

fn signed(claims: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let said = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).expect("any length");
    let tag = mac.chain_update(said.as_bytes()).finalize().into_bytes();
    format!("{said}.{}", URL_SAFE_NO_PAD.encode(tag))
}
