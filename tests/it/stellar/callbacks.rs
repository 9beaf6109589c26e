//! What a wallet's receiver sees: signatures, retries, another URL, and the end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kycd::stellar::account::AccountKey;
use kycd::stellar::signing_key::verify;
use serde_json::{Value, json};

use super::wallet::{Wallet, anna, id_of, server};
use crate::harness::{Call, Receiver, Server, call};

const TYPE: &str = "sep12-review";
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A customer who waits for an operator.
fn waiting(server: &Server) -> (Wallet, String) {
    let wallet = Wallet::new(1).signed_in(server);
    let mut body = anna();
    body["type"] = json!(TYPE);
    let id = id_of(&wallet.put(server, &body));
    (wallet, id)
}

fn register(server: &Server, wallet: &Wallet, url: &str) {
    let body = json!({ "url": url });
    let answer = wallet.json(server, "PUT", "/kyc/customer/callback", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// What an operator does with the only review in this state.
fn review(server: &Server, state: &str, verdict: &str, body: &Value) {
    let rows = server.ask("GET", &format!("/review?state={state}"), &Value::Null).json();
    let id = rows[0]["id"].as_str().expect("a review");
    let answer = server.ask("POST", &format!("/review/{id}/{verdict}"), body);
    assert!(answer.status < 300, "{answer:?}");
}

fn statuses(calls: &[Call]) -> Vec<String> {
    let status = |call: &Call| call.json()["status"].as_str().expect("a word").to_owned();
    calls.iter().map(status).collect()
}

fn signing_key(server: &Server) -> AccountKey {
    let file = call(&server.public, "GET", "/.well-known/stellar.toml", &[], b"").text;
    let line = file.lines().find_map(|line| line.strip_prefix("SIGNING_KEY = ")).expect("a key");
    line.trim_matches('"').parse().expect("G…")
}

/// `t` of a signature that holds for this host.
fn signed_at(call: &Call, key: &AccountKey, host: &str) -> i64 {
    let value = call.header("signature");
    assert_eq!(call.header("x-stellar-signature"), value);
    let (t, s) = value.split_once(", s=").expect("two parts");
    let t = t.strip_prefix("t=").expect("a time");
    let signature = STANDARD.decode(s).expect("base64");
    let mut signed = format!("{t}.{host}.").into_bytes();
    signed.extend_from_slice(&call.body);
    assert!(verify(key, &signed, &signature), "{value}");
    assert!(!verify(key, &[&signed[..], b" "].concat(), &signature));
    t.parse().expect("seconds")
}

#[test]
fn every_attempt_is_signed_anew_for_its_host_and_none_follows_a_success() {
    let (server, receiver) = (server(""), Receiver::start());
    let (wallet, id) = waiting(&server);
    // The receiver answers these where a path says data.
    register(&server, &wallet, &format!("{}/data/kyc?of=anna", receiver.url));
    receiver.answer(&[500, 302]);
    review(&server, "open", "accept", &json!({}));
    receiver.wait("/data", 1);
    server.wait(1_000, "the second attempt", |_| receiver.calls("/data").len() == 2);
    server.wait(10_000, "the third attempt", |_| receiver.calls("/data").len() == 3);
    let (key, host) = (signing_key(&server), receiver.url.replace("http://", ""));
    let calls = receiver.calls("/data");
    let times: Vec<i64> = calls.iter().map(|call| signed_at(call, &key, &host)).collect();
    assert!(times[0] + 5 <= times[1] && times[1] + 300 <= times[2], "{times:?}");
    assert!(
        calls.iter().all(|call| call.body == calls[0].body && call.path == "/data/kyc?of=anna")
    );
    assert!(calls.iter().all(|call| call.content_type == "application/json"));
    let shown = wallet.get(&server, &format!("/kyc/customer?id={id}&type={TYPE}"));
    assert_eq!(calls[0].json(), shown.json(), "the body is what GET answers");
    server.wait(0, "the outcome", |server| {
        server.command(&["events", "list"]).contains("callback.Delivered")
    });
    server.advance(7 * DAY_MS);
    assert_eq!(receiver.calls("/data").len(), 3);
}

#[test]
fn a_new_url_replaces_the_old_one_and_a_final_status_ends_the_registration() {
    let (server, receiver) = (server(""), Receiver::start());
    let (wallet, _) = waiting(&server);
    register(&server, &wallet, &format!("{}/first", receiver.url));
    register(&server, &wallet, &format!("{}/second", receiver.url));
    let ask = json!({ "reason": "too_dark", "fields": ["photo_id_front"] });
    review(&server, "open", "request-info", &ask);
    receiver.wait("/second", 1);
    // Fields that change without the status tell nothing.
    assert_eq!(wallet.put(&server, &json!({ "type": TYPE, "city": "Bern" })).status, 202);
    let photo = super::wallet::picture(1_000, 7);
    let parts: [(&str, &[u8]); 2] = [("type", TYPE.as_bytes()), ("photo_id_front", &photo)];
    id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts));
    receiver.wait("/second", 2);
    review(&server, "open", "accept", &json!({}));
    let told = receiver.wait("/second", 3);
    assert_eq!(statuses(&told), ["NEEDS_INFO", "PROCESSING", "ACCEPTED"]);
    // That was final: what comes later is told to nobody, until the wallet registers again.
    let again = json!({ "reason": "expired", "fields": ["photo_id_front"], "revise": true });
    review(&server, "decided", "request-info", &again);
    let shown = wallet.get(&server, &format!("/kyc/customer?type={TYPE}")).json();
    assert_eq!(shown["status"], "NEEDS_INFO");
    register(&server, &wallet, &format!("{}/third", receiver.url));
    let photo = super::wallet::picture(1_000, 8);
    let parts: [(&str, &[u8]); 2] = [("type", TYPE.as_bytes()), ("photo_id_front", &photo)];
    id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts));
    assert_eq!(statuses(&receiver.wait("/third", 1)), ["PROCESSING"]);
    server.advance(DAY_MS);
    assert_eq!(receiver.calls("/second").len(), 3);
    assert_eq!(receiver.calls("/first").len(), 0);
}

#[test]
fn the_body_speaks_the_language_of_the_registration() {
    let (server, receiver) = (server(""), Receiver::start());
    let (wallet, id) = waiting(&server);
    let body = json!({ "id": id, "lang": "de", "url": format!("{}/told", receiver.url) });
    assert_eq!(wallet.json(&server, "PUT", "/kyc/customer/callback", &body).status, 200);
    let ask = json!({ "reason": "too_dark", "fields": ["photo_id_front"] });
    review(&server, "open", "request-info", &ask);
    let told = receiver.wait("/told", 1).remove(0).json();
    let path = |lang: &str| format!("/kyc/customer?id={id}&type={TYPE}&lang={lang}");
    assert_eq!(told, wallet.get(&server, &path("de")).json());
    assert_ne!(told, wallet.get(&server, &path("en")).json());
    let unknown = wallet.get(&server, &path("xx")).json();
    assert_eq!(unknown, wallet.get(&server, &path("en")).json(), "English where we know no better");
}
