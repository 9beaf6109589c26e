//! `kyc-wallet` as in 2021: a wallet proves that it has its reserve's key, and gets a row number.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use ed25519_dalek::{Signer as _, SigningKey};
use kycd::taler::crockford;
use serde_json::{Value, json};

use super::check::{message, verifies};
use super::{Account, header, is_error};
use crate::harness::{Answer, PATIENCE, Server, call};

/// Public vectors of the wallet's own tests, and the signature made with both libraries.
const RESERVE_PUB: &str = "8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0";
const RESERVE_SIG: &str = "TZ9TB6S3XRZ0BXQYF99ENFZFHD69D125XB9WBVB8CCKTG8CVNT9A31XHMJRK313WV7Z3K840R039KFD3ZD5TS3GYNWGD3XQ20A5WA0G";

fn vector() -> Value {
    json!({ "reserve_pub": RESERVE_PUB, "reserve_sig": RESERVE_SIG })
}

fn ask(server: &Server, body: &Value) -> Answer {
    server.post("/kyc-wallet", body)
}

fn number(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    assert_eq!(body.as_object().expect("an object").len(), 1, "{body}");
    body["payment_target_uuid"].as_u64().expect("a number")
}

/// A request of the wallet with this key.
fn of(seed: u8) -> Value {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let signature = key.sign(&[0, 0, 0, 8, 0, 0, 4, 0xb5]);
    json!({
        "reserve_pub": crockford::encode(key.verifying_key().as_bytes()),
        "reserve_sig": crockford::encode(&signature.to_bytes()),
    })
}

#[test]
fn t21_7_a_wallet_gets_a_number_proves_itself_and_is_good() {
    let server = Server::start("");
    let number = number(&ask(&server, &vector()));
    let uri = format!("taler+http://reserve/{}/{RESERVE_PUB}", server.public);
    let account = Account::known(&uri, number);
    assert_eq!(account.check(&server, "").status, 202);
    account.prove(&server);
    let answer = account.check(&server, "");
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert!(verifies(&answer, &message(&account.hash, 103, &answer)), "{answer}");
    assert_eq!(Account::register(&server, &uri), account, "the operator names it likewise");
}

#[test]
fn a_wallet_of_an_exchange_with_a_public_url_is_named_by_that() {
    let server = Server::start("[server]\npublic_url = \"https://exchange.example/taler/\"\n");
    let number = number(&ask(&server, &vector()));
    let uri = format!("taler://reserve/exchange.example/taler/{RESERVE_PUB}");
    let account = Account::known(&uri, number);
    let way = account.way(&server);
    let redirect_uri = format!("https://exchange.example/taler/kyc-proof/{number}");
    assert_eq!(way.query["redirect_uri"], redirect_uri, "one slash between them");
}

#[test]
fn the_same_wallet_has_one_number_and_another_one_another() {
    // The wallet's URI names the exchange, so that has to keep its name.
    let server = Server::start("[server]\npublic_url = \"http://exchange.example\"\n");
    let first = number(&ask(&server, &vector()));
    let mut spelt = vector();
    spelt["reserve_pub"] = RESERVE_PUB.to_ascii_lowercase().into();
    assert_eq!(number(&ask(&server, &spelt)), first, "a key is its bytes");
    let second = number(&ask(&server, &of(1)));
    assert!(second > first);
    let server = server.crash();
    assert_eq!(number(&ask(&server, &vector())), first);
    assert_eq!(number(&ask(&server, &of(1))), second);
    let many: Vec<u64> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| number(&ask(&server, &of(2))))).collect();
        all.into_iter().map(|one| one.join().expect("a number")).collect()
    });
    assert!(many.iter().all(|number| *number == many[0] && *number > second), "{many:?}");
}

#[test]
fn a_signature_of_somebody_else_or_over_something_else_is_none() {
    let server = Server::start("");
    let mut foreign = of(1);
    foreign["reserve_pub"] = RESERVE_PUB.into();
    is_error(&ask(&server, &foreign), 403, 1925, None);
    let key = SigningKey::from_bytes(&[1; 32]);
    for message in [&b"\0\0\0\x08\0\0\x05\x47"[..], b"", b"\0\0\0\x08\0\0\x04\xb4"] {
        let mut other = of(1);
        other["reserve_sig"] = crockford::encode(&key.sign(message).to_bytes()).into();
        is_error(&ask(&server, &other), 403, 1925, None);
    }
    let mut zero = vector();
    zero["reserve_pub"] = crockford::encode(&[0; 32]).into();
    is_error(&ask(&server, &zero), 403, 1925, None);
    assert_eq!(super::events(&server, "NumberTaken"), 0);
}

#[test]
fn a_body_that_is_none_says_where() {
    let server = Server::start("");
    let send = |body: &str| call(&server.public, "POST", "/kyc-wallet", &[], body.as_bytes());
    let is_invalid = |answer: &Answer, field: &str, line: u32| {
        is_error(answer, 400, 22, None);
        let body = answer.json();
        assert_eq!((&body["field"], &body["line"]), (&json!(field), &json!(line)), "{answer:?}");
    };
    is_invalid(&send(""), "", 1);
    is_invalid(&send("{\n\"reserve_pub\": }"), "", 2);
    is_invalid(&send("[]"), "reserve_sig", 1);
    for (name, values) in [
        ("reserve_sig", [json!(null), json!(5), json!("X"), json!(RESERVE_PUB)]),
        ("reserve_pub", [json!(null), json!([]), json!(""), json!(RESERVE_SIG)]),
    ] {
        for value in values {
            let mut body = vector();
            body[name] = value;
            is_invalid(&send(&body.to_string()), name, 1);
        }
    }
    let large = format!("{{\"reserve_pub\": \"{}\"}}", "A".repeat(17 << 20));
    is_error(&send(&large), 413, 32, None);
    // What is declared too large is refused before any of it has come.
    let mut line = TcpStream::connect(&server.public).expect("connects");
    line.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let head = "POST /kyc-wallet HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n";
    line.write_all(head.as_bytes()).expect("writes");
    let mut start = [0; 12];
    line.read_exact(&mut start).expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 413");
    assert_eq!(header(&send("{"), "Access-Control-Allow-Origin"), "*");
}

#[test]
fn without_kyc_a_wallet_needs_no_number() {
    let server = Server::start("[taler]\nkyc_mode = \"none\"\n");
    let answer = ask(&server, &vector());
    assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{answer:?}");
    let mut foreign = of(1);
    foreign["reserve_pub"] = RESERVE_PUB.into();
    is_error(&ask(&server, &foreign), 403, 1925, None);
    is_error(&ask(&server, &json!({})), 400, 22, None);
    assert_eq!(super::events(&server, "NumberTaken"), 0);
}
