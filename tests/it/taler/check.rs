//! `kyc-check`: what is asked, in which order, and what the answer proves.

use ed25519_dalek::{Signature, VerifyingKey};
use kycd::taler::crockford;
use serde_json::Value;

use super::{Account, JOHN, get, is_error};
use crate::harness::Server;

#[test]
fn numbers_are_pure_decimal() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let bad = ["abc", "12x", "-1", "+1", "1.0", "%201", "0x1", "18446744073709551616"];
    for number in bad {
        let path = format!("/kyc-check/{number}?h_payto={}", account.h_payto);
        is_error(&get(&server, &path), 400, 26, Some("payment_target_uuid"));
    }
    let padded = format!("/kyc-check/00{}?h_payto={}", account.number, account.h_payto);
    assert_eq!(get(&server, &padded).status, 202);
    for unknown in [0, account.number + 1, u64::MAX] {
        let path = format!("/kyc-check/{unknown}?h_payto={}", account.h_payto);
        is_error(&get(&server, &path), 404, 1939, None);
    }
}

#[test]
fn the_hash_is_needed_and_has_one_of_two_lengths() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let at = format!("/kyc-check/{}", account.number);
    is_error(&get(&server, &at), 400, 25, Some("h_payto"));
    is_error(&get(&server, &format!("{at}?timeout_ms=5")), 400, 25, Some("h_payto"));
    let (full, short) = (account.h_payto.as_str(), account.short());
    let starred = format!("{}*", &short[..51]);
    let dashed = format!("{}-{}", &full[..50], &full[51..]);
    for bad in ["", &short[..51], &format!("{short}0"), &starred, &dashed, &full[..102], "%00"] {
        is_error(&get(&server, &format!("{at}?h_payto={bad}")), 400, 26, Some("h_payto"));
    }
    // The first thing that is wrong is told, a malformed request before anything else.
    let both = format!("{at}?h_payto=x&timeout_ms=abc");
    is_error(&get(&server, &both), 400, 26, Some("timeout_ms"));
    is_error(&get(&server, "/kyc-check/x?timeout_ms=abc"), 400, 26, Some("payment_target_uuid"));
    for bad in ["abc", "5x", "-5", "", "1e3", "18446744073709551616"] {
        let answer = account.check(&server, &format!("&timeout_ms={bad}"));
        is_error(&answer, 400, 26, Some("timeout_ms"));
    }
    assert_eq!(account.check(&server, "&timeout_ms=0&lpt=3&other=").status, 202);
}

#[test]
fn the_hash_of_another_account_opens_nothing() {
    let server = Server::start("");
    let john = Account::register(&server, JOHN);
    let jane = Account::register(&server, "payto://x-taler-bank/localhost/42");
    let foreign = Account { number: john.number, ..jane.clone() };
    let flipped = |at: usize, bit: u8| {
        let mut hash = john.hash;
        hash[at] ^= 1 << bit;
        Account { h_payto: crockford::encode(&hash), hash, ..john.clone() }
    };
    for stranger in [foreign.clone(), flipped(0, 7), flipped(31, 0), flipped(63, 0)] {
        let answer = stranger.check(&server, "");
        is_error(&answer, 401, 1930, Some("h_payto"));
        assert!(!answer.head.to_lowercase().contains("www-authenticate"), "{answer:?}");
    }
    let half = format!("/kyc-check/{}?h_payto={}", john.number, flipped(31, 0).short());
    is_error(&get(&server, &half), 401, 1930, Some("h_payto"));
    john.prove(&server);
    is_error(&foreign.check(&server, ""), 401, 1930, None);
    assert_eq!(jane.check(&server, "").status, 202, "one proof, one account");
}

#[test]
fn a_hash_may_be_spelt_in_many_ways() {
    let server = Server::start("");
    let mut account = Account::register(&server, JOHN);
    account.prove(&server);
    let canonical = [account.h_payto.clone(), account.short()];
    for text in canonical {
        let last = text.len() - 1;
        let mut spellings = vec![
            text.to_ascii_lowercase(),
            text.replace('0', "O"),
            text.replace('0', "o"),
            text.replace('1', "I"),
            text.replace('1', "l"),
            text.replace('V', "U"),
            text.replace('V', "u"),
        ];
        // The last character's surplus bits say nothing: 3 of them, or 4.
        let value = |c: char| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".find(c).expect("base32");
        let surplus = if text.len() == 103 { 8 } else { 16 };
        let end = value(text[last..].chars().next().expect("one"));
        for more in 0..surplus {
            let c = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".as_bytes()[end + more];
            spellings.push(format!("{}{}", &text[..last], char::from(c)));
        }
        for spelling in spellings {
            account.h_payto = spelling;
            let answer = account.check(&server, "");
            assert_eq!(answer.status, 200, "{} {answer:?}", account.h_payto);
            let message = message(&account.hash, text.len(), &answer.json());
            assert!(verifies(&answer.json(), &message), "{answer:?}");
        }
    }
}

#[test]
fn an_answer_is_signed_over_the_hash_and_the_time() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    account.prove(&server);
    let now_s = server.deadline() - 120;
    for (chars, bytes, text) in [(103, 80, account.h_payto.clone()), (52, 48, account.short())] {
        let path = format!("/kyc-check/{}?h_payto={text}", account.number);
        let answer = get(&server, &path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        assert_eq!(answer.as_object().expect("an object").len(), 3, "{answer}");
        let then_s = answer["now"]["t_s"].as_i64().expect("seconds");
        assert!((now_s..now_s + 30).contains(&then_s), "{then_s} at {now_s}");
        assert_eq!(answer["exchange_sig"].as_str().map(str::len), Some(103));
        assert_eq!(answer["exchange_pub"].as_str().map(str::len), Some(52));
        let message = message(&account.hash, chars, &answer);
        assert_eq!(message.len(), bytes);
        assert!(verifies(&answer, &message), "{answer}");
        for at in 0..bytes * 8 {
            let mut other = message.clone();
            other[at / 8] ^= 1 << (at % 8);
            assert!(!verifies(&answer, &other), "bit {at}");
        }
        let mut other = answer.clone();
        other["exchange_pub"] = "8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0".into();
        assert!(!verifies(&other, &message), "another key");
    }
    server.advance(90_000);
    let later = account.check(&server, "").json()["now"]["t_s"].as_i64().expect("seconds");
    assert!((now_s + 90..now_s + 120).contains(&later), "{later}");
}

/// Size, purpose 1044, hash, microseconds; big endian. By the exchange's source, not by ours.
pub fn message(hash: &[u8; 64], chars: usize, answer: &Value) -> Vec<u8> {
    let (size, hash) = if chars == 103 { (80_u32, &hash[..]) } else { (48, &hash[..32]) };
    let now_s = answer["now"]["t_s"].as_u64().expect("seconds");
    let micros = (now_s * 1_000_000).to_be_bytes();
    [&size.to_be_bytes()[..], &1044_u32.to_be_bytes(), hash, &micros].concat()
}

/// Whether the answer's key signed this.
pub fn verifies(answer: &Value, message: &[u8]) -> bool {
    let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
    let key = crockford::decode::<32>(text("exchange_pub")).expect("a key");
    let signature = crockford::decode::<64>(text("exchange_sig")).expect("a signature");
    let key = VerifyingKey::from_bytes(&key).expect("a key");
    key.verify_strict(message, &Signature::from_bytes(&signature)).is_ok()
}
