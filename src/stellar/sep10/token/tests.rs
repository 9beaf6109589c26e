//! Tokens good and forged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::stellar::account::{Account, AccountKey};

const NOW_S: i64 = 1_700_000_000;
const SECRET: &str = "a secret of more than 32 bytes, with an ü";
const HOME: &str = "localhost:8080";

fn tokens() -> Tokens {
    let home_domains = vec![HOME.to_owned(), "other.example".to_owned()];
    Tokens::new(SECRET, "http://localhost:8080/auth".to_owned(), home_domains)
}

fn caller() -> Caller {
    Caller { account: Account::Key(AccountKey([9; 32])), memo: Some(42) }
}

fn issued() -> String {
    let grant = Grant {
        caller: caller(),
        challenge: [0xab; 32],
        home_domain: HOME,
        client_domain: Some("wallet.example.com"),
    };
    tokens().issue(&grant, NOW_S)
}

fn claims() -> Value {
    json!({
        "iss": "http://localhost:8080/auth", "sub": caller().text(),
        "iat": NOW_S, "exp": NOW_S + 100
    })
}

/// A token with this header and these claims, rightly signed with HS256.
fn signed(header: &str, claims: &str) -> String {
    tokens().key.signed(header, claims)
}

fn made(claims: &Value) -> String {
    signed(r#"{"alg":"HS256"}"#, &claims.to_string())
}

fn with(name: &str, value: impl Into<Value>) -> String {
    let mut claims = claims();
    claims[name] = value.into();
    made(&claims)
}

fn verify(token: &str) -> Result<Bearer, TokenRefused> {
    tokens().verify(token, NOW_S)
}

#[test]
fn an_issued_token_says_all_and_is_good_for_a_day() {
    let token = issued();
    let part = token.split('.').nth(1).expect("three parts");
    let decoded = URL_SAFE_NO_PAD.decode(part).expect("base64");
    let said: Value = serde_json::from_slice(&decoded).expect("JSON");
    let expected = json!({
        "iss": "http://localhost:8080/auth", "sub": caller().text(), "aud": HOME,
        "iat": NOW_S, "exp": NOW_S + 86_400, "jti": "ab".repeat(32), "home_domain": HOME,
        "client_domain": "wallet.example.com"
    });
    assert_eq!(said, expected);
    let bearer = Bearer { caller: caller(), client_domain: Some("wallet.example.com".to_owned()) };
    assert_eq!(tokens().verify(&token, NOW_S), Ok(bearer.clone()));
    assert_eq!(tokens().verify(&token, NOW_S + 86_399), Ok(bearer));
    assert_eq!(tokens().verify(&token, NOW_S + 86_400), Err(TokenRefused::Expired));
    assert_eq!(tokens().verify(&token, NOW_S - 1), Err(TokenRefused::Early));
}

#[test]
fn the_token_of_rfc_7515_has_the_signature_printed_there() {
    // Appendix A.1: only the key differs from ours in kind, it is not text.
    let key = URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .expect("base64");
    let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let tokens = Tokens { key: jwt::Key::new(&key), ..tokens() };
    let token = format!("{signed}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    // The signature holds; what it lacks is a subject.
    assert_eq!(tokens.verify(&token, 1_300_000_000), Err(TokenRefused::Malformed));
    let token = format!("{signed}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXg");
    assert_eq!(tokens.verify(&token, 1_300_000_000), Err(TokenRefused::Signature));
}

#[test]
fn a_token_of_another_server_with_our_secret_is_good() {
    let bearer = Bearer { caller: caller(), client_domain: None };
    assert_eq!(verify(&made(&claims())), Ok(bearer.clone()));
    assert_eq!(verify(&with("iss", "https://anchor.example/auth")), Ok(bearer.clone()));
    assert_eq!(verify(&with("aud", HOME)), Ok(bearer.clone()));
    assert_eq!(verify(&with("aud", json!(["x", "other.example"]))), Ok(bearer.clone()));
    assert_eq!(verify(&with("exp", 1_700_000_000.5)), Err(TokenRefused::Expired));
    assert_eq!(verify(&with("iat", 1_699_999_999.5)), Ok(bearer));
}

#[test]
fn another_algorithm_is_refused_however_it_is_signed() {
    let claims = claims().to_string();
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":""}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"EdDSA"}"#,
        r#"{"alg":"HS256","crit":["exp"],"b64":false}"#,
    ] {
        let token = signed(header, &claims);
        assert_eq!(verify(&token), Err(TokenRefused::Algorithm), "{header}");
        let (bare, _) = token.rsplit_once('.').expect("three parts");
        assert_eq!(verify(&format!("{bare}.")), Err(TokenRefused::Algorithm), "{header}");
    }
    for header in [r"{}", r#"{"alg":null}"#, r#"{"alg":"HS256","alg":"none"}"#, "HS256", ""] {
        assert_eq!(verify(&signed(header, &claims)), Err(TokenRefused::Malformed), "{header}");
    }
}

#[test]
fn no_character_of_a_token_can_be_changed() {
    let token = issued();
    assert!(verify(&token).is_ok());
    for at in 0..token.len() {
        for other in ["A", "B", "_", "=", ".", ""] {
            let mut changed = token.clone();
            changed.replace_range(at..=at, other);
            assert!(changed == token || verify(&changed).is_err(), "{at} {other}");
        }
    }
}

#[test]
fn cut_and_extended_tokens_are_refused() {
    let token = issued();
    for end in 0..token.len() {
        assert!(verify(&token[..end]).is_err(), "{end}");
    }
    let parts: Vec<&str> = token.split('.').collect();
    for wrong in [
        format!("{token}."),
        format!("{token}="),
        format!("{token}A"),
        format!("{token} "),
        format!(".{token}"),
        format!("{}.{}.{}.{}", parts[0], parts[1], parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        parts[1].to_owned(),
    ] {
        assert!(verify(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_signature_in_another_spelling_is_refused() {
    let token = issued();
    // 32 bytes are 43 characters; two bits of the last one are unused and have to be 0.
    let (body, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).expect("of the alphabet");
    assert_eq!(at % 4, 0);
    for other in at + 1..at + 4 {
        let token = format!("{body}{}", &alphabet[other..=other]);
        assert_eq!(verify(&token), Err(TokenRefused::Malformed));
    }
}

#[test]
fn another_secret_is_refused() {
    let theirs = Tokens::new("another secret", String::new(), vec![HOME.to_owned()]);
    assert_eq!(theirs.verify(&issued(), NOW_S), Err(TokenRefused::Signature));
}

#[test]
fn times_are_kept_to_the_second() {
    assert_eq!(verify(&with("exp", NOW_S)), Err(TokenRefused::Expired));
    assert!(verify(&with("exp", NOW_S + 1)).is_ok());
    assert_eq!(verify(&with("iat", NOW_S + 1)), Err(TokenRefused::Early));
    assert_eq!(verify(&with("nbf", NOW_S + 1)), Err(TokenRefused::Early));
    assert!(verify(&with("nbf", NOW_S)).is_ok());
    for wrong in [json!("1800000000"), json!(1e300), json!(null), json!([])] {
        assert_eq!(verify(&with("exp", wrong.clone())), Err(TokenRefused::Malformed), "{wrong}");
    }
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    for audience in [json!("evil.example"), json!([]), json!(["a", "b"]), json!("")] {
        let token = with("aud", audience.clone());
        assert_eq!(verify(&token), Err(TokenRefused::Audience), "{audience}");
    }
}

#[test]
fn issuer_subject_and_times_are_needed() {
    for name in ["iss", "sub", "iat", "exp"] {
        let mut claims = claims();
        claims.as_object_mut().expect("an object").remove(name);
        assert_eq!(verify(&made(&claims)), Err(TokenRefused::Malformed), "{name}");
    }
    let key = AccountKey([9; 32]).text();
    for subject in ["", "joe", &format!("{key}:x"), &key[1..]] {
        assert_eq!(verify(&with("sub", subject)), Err(TokenRefused::Subject), "{subject}");
    }
}

#[test]
fn an_oversized_token_is_not_even_looked_at() {
    let token = with("client_domain", "x".repeat(limits::STELLAR_TOKEN_BYTES_MAX));
    assert_eq!(verify(&token), Err(TokenRefused::TooLong));
}
