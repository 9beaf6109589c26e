//! A Stellar wallet: the file, signing in, and customers.
//!
//! What no public suite tests, and what tests it here (*unit*: beside the code in `src/stellar`):
//!
//! | | |
//! |---|---|
//! | a foreign id on `GET`, `PUT`, callback, verification, files; `DELETE` by a foreign token; `account` against the token's | [`identities`] |
//! | a foreign `transaction_id` | [`identities`] |
//! | a foreign `FIELD_file_id` | [`files`] |
//! | invariants of a status | unit, `customer/tests/properties.rs` |
//! | a status for each type, `lang`, the three encodings, 413, 501 | [`customers`], [`files`], [`callbacks`] |
//! | callbacks: registering, firing, signature, another URL, end after a final status, a fresh time with each attempt | [`callbacks`], [`telling`]; unit, `customer/tests/telling.rs`, `callback/tests.rs` |
//! | verification codes | [`codes`]; unit, `customer/tests/verifying.rs` |
//! | CORS on errors and preflights; single use of a challenge, also after a crash | here |
//! | failures burn no challenge, memo beside a muxed account, `client_domain`, a ledger that answers 5xx | unit, `sep10/endpoint/tests.rs`, `horizon.rs`, `client_domain.rs` |
//! | exact times of a challenge, an operation of somebody else's | unit, `sep10/challenge/tests.rs` |
//! | a deletion under a legal hold | [`deletion`] |
//! | audit, replay, rebuild, erase, hold, retention, export | [`evidence`]; `rebuild --from` in `rebuild.rs` |

mod callbacks;
mod clients;
mod codes;
mod customers;
mod deletion;
mod evidence;
mod files;
mod forged;
mod identities;
mod parity;
mod telling;
pub mod wallet;

use serde_json::Value;

use crate::harness::{Server, call};
use wallet::{Wallet, server};

#[test]
fn a_wallet_finds_its_way_from_the_file_to_a_customer() {
    let server = server("");
    let file = call(&server.public, "GET", "/.well-known/stellar.toml", &[], b"");
    assert_eq!(file.status, 200, "{file:?}");
    assert!(file.text.contains("WEB_AUTH_ENDPOINT = \"http://kyc.example/auth\""), "{file:?}");
    assert!(file.text.contains("KYC_SERVER = \"http://kyc.example/kyc\""), "{file:?}");
    let wallet = Wallet::new(1).signed_in(&server);
    let customer = wallet.get(&server, "/kyc/customer");
    assert_eq!(customer.status, 200, "{customer:?}");
    assert_eq!(customer.json()["status"], "NEEDS_INFO");
    assert_eq!(customer.json().get("id"), None);
    assert_eq!(customer.json()["fields"]["email_address"]["type"], "string");
}

#[test]
fn a_challenge_gives_one_token_also_after_a_crash() {
    let server = server("");
    let signed = Wallet::new(1).signed_challenge(&server);
    let body = serde_json::json!({ "transaction": signed });
    assert_eq!(server.post("/auth", &body).status, 200);
    let again = server.post("/auth", &body);
    assert_eq!(again.status, 400, "{again:?}");
    let server = server.crash();
    let again = server.post("/auth", &body);
    assert_eq!(again.status, 400, "{again:?}");
    assert!(again.json()["error"].is_string());
}

#[test]
fn pages_of_other_origins_may_ask_and_read_every_answer() {
    let server = server("");
    let paths = ["/auth", "/kyc/customer", "/kyc/customer/files", "/.well-known/stellar.toml"];
    for path in paths {
        let preflight = call(&server.public, "OPTIONS", path, &["Origin: http://a.example"], b"");
        assert_eq!(preflight.status, 204, "{path} {preflight:?}");
        assert!(has_cors(&preflight.head), "{path} {preflight:?}");
        assert!(preflight.head.to_lowercase().contains("authorization"), "{preflight:?}");
    }
    let wallet = Wallet::new(1).signed_in(&server);
    for (method, path, status) in [
        ("GET", "/auth", 400),
        ("DELETE", "/auth", 405),
        ("POST", "/kyc/customer", 405),
        ("GET", "/kyc/nothing/here", 404),
        ("GET", "/kyc/customer?type=nothing", 400),
        ("PUT", "/kyc/customer", 415),
    ] {
        let answer = wallet.send(&server, method, path, "text/plain", b"x");
        assert_eq!(answer.status, status, "{method} {path} {answer:?}");
        assert!(answer.json()["error"].is_string(), "{method} {path} {answer:?}");
        assert!(has_cors(&answer.head), "{method} {path} {answer:?}");
    }
    // The suite's request without a token: never 400 or 415.
    let refused = call(&server.public, "PUT", "/kyc/customer", &["Content-Type: text/plain"], b"x");
    assert_eq!(refused.status, 401, "{refused:?}");
    assert!(has_cors(&refused.head) && refused.head.to_lowercase().contains("www-authenticate"));
}

#[test]
fn paths_of_corepass_answer_as_before() {
    let server = server("[corepass]\napi_key = \"hunter2\"\n");
    let missing = server.post("/api/v1/kyc/status", &Value::Null);
    assert_eq!(missing.status, 401, "{missing:?}");
    let wallet = Wallet::new(1).signed_in(&server);
    assert_eq!(wallet.get(&server, "/kyc/customer").status, 200, "needs no key of CorePass");
}

fn has_cors(head: &str) -> bool {
    head.to_lowercase().contains("access-control-allow-origin: *")
}

/// Number of Stellar events in the log.
fn events(server: &Server) -> usize {
    server.command(&["events", "list", "--protocol", "stellar", "--json"]).lines().count()
}
