//! Retries, dead letters, and what an operator does with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{Receiver, Server, id_of, wallet};

const BLOCK: i64 = 7_000;
const MINUTE: i64 = 60_000;

/// A transfer whose data callback meets these answers; stands at CONFIRMED or later.
fn confirmed(config: &str, answers: &[u16]) -> (Server, Receiver, kycd::cli::demo::wallet::Wallet) {
    let (server, receiver, wallet) = (Server::start(config), Receiver::start(), wallet());
    receiver.answer(answers);
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.until(&wallet, "INITIATED", BLOCK);
    let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
    server.post("/api/v1/kyc/transmit", &sent);
    server.wait(BLOCK, "CONFIRMED", |s| s.statuses(&wallet).iter().any(|s| s == "CONFIRMED"));
    (server, receiver, wallet)
}

#[test]
fn each_failure_waits_its_interval_and_every_attempt_is_signed_anew() {
    let config = "[corepass]\ncallback_intervals = [1, 5]\ncallback_content_type = \"json\"\n";
    let (server, receiver, wallet) = confirmed(config, &[503, 302]);
    receiver.wait("/data", 1);
    server.until(&wallet, "CALLBACK_FAILED", 0);
    server.advance(MINUTE - 1_000);
    assert_eq!(receiver.calls("/data").len(), 1, "not before a minute");
    server.advance(1_000);
    receiver.wait("/data", 2);
    server.wait(0, "the second failure", |s| {
        s.ask("GET", "/callbacks?state=retrying", &Value::Null).json()[0]["attempts"] == 2
    });
    server.advance(5 * MINUTE);
    let calls = receiver.wait("/data", 3);
    server.until(&wallet, "FINISH_SUCCESS", 0);
    assert!(calls.iter().all(|call| call.delivery == calls[0].delivery));
    assert!(calls[1].json()["deadline"].as_i64() > calls[0].json()["deadline"].as_i64());
    let key = server.callback_key();
    for call in &calls {
        kycd::cli::demo::receiver::verify(&call.json(), &key).expect("a good signature");
    }
}

#[test]
fn an_exhausted_callback_is_a_dead_letter_to_redeliver_export_and_remove() {
    let config = "[corepass]\ncallback_intervals = [1]\n";
    let (server, receiver, wallet) = confirmed(config, &[500, 404, 201]);
    receiver.wait("/data", 1);
    server.until(&wallet, "CALLBACK_FAILED", 0);
    server.advance(MINUTE);
    server.until(&wallet, "FINISH_FAILED", 0);
    assert_eq!(receiver.wait("/data", 2).len(), 2);

    let dead = server.ask("GET", "/callbacks?state=dead", &Value::Null).json();
    let id = dead[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(dead[0]["last_error"], "status 404");
    let path = |what: &str| format!("/callbacks/{id}/{what}");
    let early = server.ask("POST", &path("remove"), &Value::Null);
    assert_eq!(early.status, 409, "not before an export");
    assert_eq!(server.ask("POST", &path("redeliver"), &Value::Null).status, 202);
    receiver.wait("/data", 3);
    server.wait(0, "the redelivery's record", |s| {
        s.ask("GET", &format!("/callbacks/{id}"), &Value::Null).json()["attempts"] == 3
    });
    assert_eq!(server.statuses(&wallet).last().map(String::as_str), Some("FINISH_FAILED"));
    let exported = server.ask("POST", &path("export"), &Value::Null);
    assert_eq!(exported.json()["infos"], json!(wallet.infos));
    assert_eq!(server.ask("POST", &path("remove"), &Value::Null).status, 204);
    assert_eq!(server.ask("POST", &path("export"), &Value::Null).status, 409);
    assert_eq!(server.ask("POST", &path("redeliver"), &Value::Null).status, 409);
    let server = server.crash();
    assert_eq!(server.ask("POST", &path("export"), &Value::Null).status, 409);
}

#[test]
fn a_dead_status_receiver_never_holds_the_transfer_back() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let mut body = crate::harness::order(&wallet, &receiver);
    // Nobody listens on the discard port.
    body["statusCallback"] = json!("http://127.0.0.1:1/status");
    let id = id_of(&server.post("/api/v1/kyc/qrcode", &body));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.until(&wallet, "INITIATED", BLOCK);
    let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
    server.post("/api/v1/kyc/transmit", &sent);
    server.until(&wallet, "FINISH_SUCCESS", BLOCK);
    assert_eq!(receiver.wait("/data", 1).len(), 1);
}

#[test]
fn receivers_with_an_ethereum_library_get_a_recoverable_signature() {
    let config = "[corepass]\nsignature_scheme = \"secp256k1\"\n";
    let (server, receiver, wallet) = (Server::start(config), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    let mut body = receiver.wait("/status", 1)[0].json();
    let object = body.as_object_mut().expect("an object");
    let signature = object.shift_remove("signature").expect("a signature");
    let signature = STANDARD.decode(signature.as_str().expect("text")).expect("base64");
    let digest = kycd::signing::sha3_256(&kycd::corepass::go_json::to_vec(&body));
    let key = kycd::signing::secp256k1::recover(&digest, &signature).expect("recovers");
    let generated = std::fs::read_to_string(server.dir.with_extension("keys")).expect("keys");
    assert!(generated.contains("corepass_secp256k1"));
    let file = server.dir.with_file_name("kycd.toml");
    let shown =
        server.command(&["keys", "corepass", "--json", "--config", file.to_str().expect("text")]);
    assert!(shown.contains(&hex::encode(key.to_bytes())), "{shown}");
}
