//! A Taler exchange: how accounts stand, and their holders at the provider.
//!
//! | | |
//! |---|---|
//! | order of evaluation, spellings of `h_payto`, signatures | [`check`] |
//! | long polls: time, news, strangers, who hangs up, shutdown | [`polling`] |
//! | `state`, PKCE, refusals, repetitions, two at once, pages for browsers | [`proof`] |
//! | what a provider may answer, each lie on its own | [`faults`] |
//! | the simulated provider, and one that does not listen | [`sandbox`] |
//! | wallets of 2021 | [`wallet`] |
//! | the reference server of 2021, to the letter | [`reference_2021`] |
//! | row numbers, erasure, holds, retention, crashes, evidence | [`erasure`], [`evidence`] |
//! | uploads of third parties | [`bulk`], [`archives`], [`bulk_faults`], [`bulk_review`] |
//! | 404, 405, CORS, other modes, keys | here |

mod account;
mod archives;
mod bank;
mod bulk;
mod bulk_faults;
mod bulk_review;
mod check;
mod erasure;
mod evidence;
mod faults;
mod polling;
mod proof;
mod provider;
mod reference_2021;
mod sandbox;
mod wallet;

pub use account::Account;

use serde_json::{Value, json};

use crate::harness::{Answer, Server, call};

/// A payto URI that everybody uses.
pub const JOHN: &str = "payto://iban/DE75512108001245126199?receiver-name=John%20Doe";

/// Asks the public listener.
pub fn get(server: &Server, path: &str) -> Answer {
    call(&server.public, "GET", path, &[], b"")
}

/// Value of a header of an answer; empty if it is not there.
pub fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or("")
}

/// An error with this status, code and culprit.
pub fn is_error(answer: &Answer, status: u16, code: u32, detail: Option<&str>) {
    assert_eq!(answer.status, status, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["code"], code, "{answer:?}");
    assert!(body["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{answer:?}");
    if let Some(detail) = detail {
        assert_eq!(body["detail"], detail, "{answer:?}");
    }
    assert_eq!(header(answer, "Access-Control-Allow-Origin"), "*", "{answer:?}");
}

/// Events of this name in the log.
pub fn events(server: &Server, name: &str) -> usize {
    server.command(&["events", "list", "--event", name, "--json"]).lines().count()
}

#[test]
fn paths_and_methods_that_are_none_are_told_apart() {
    let server = Server::start("");
    for path in ["/kyc-check", "/kyc-check/1/2", "/kyc-proof/", "/kyc-wallet/x", "/kyc-proof/1/x"] {
        is_error(&get(&server, path), 404, 21, None);
    }
    for (method, path, allow) in [
        ("POST", "/kyc-check/1", "GET, OPTIONS"),
        ("HEAD", "/kyc-check/1", "GET, OPTIONS"),
        ("DELETE", "/kyc-proof/1", "GET, OPTIONS"),
        ("GET", "/kyc-wallet", "POST, OPTIONS"),
    ] {
        let answer = call(&server.public, method, path, &[], b"");
        assert_eq!((answer.status, header(&answer, "Allow")), (405, allow), "{answer:?}");
        if method != "HEAD" {
            is_error(&answer, 405, 20, None);
        }
    }
}

#[test]
fn pages_of_other_origins_may_ask_and_read_every_answer() {
    let server = Server::start("");
    for path in ["/kyc-check/1", "/kyc-proof/1", "/kyc-wallet"] {
        let preflight = call(&server.public, "OPTIONS", path, &["Origin: http://a.example"], b"");
        assert_eq!((preflight.status, preflight.text.as_str()), (204, ""), "{preflight:?}");
        for name in ["Origin", "Methods", "Headers"] {
            let name = format!("Access-Control-Allow-{name}");
            assert_eq!(header(&preflight, &name), "*", "{path} {preflight:?}");
        }
    }
    let account = Account::register(&server, JOHN);
    let good = account.check(&server, "");
    let refused = account.proof(&server, "code=bad&state=x");
    for answer in [good, refused, get(&server, "/kyc-check/x"), get(&server, "/kyc-wallet")] {
        for name in ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"] {
            assert_eq!(header(&answer, name), "*", "{answer:?}");
        }
    }
}

#[test]
fn an_exchange_that_is_not_configured_is_not_there() {
    let key = "5a".repeat(32);
    let server =
        Server::start(&format!("[sandbox]\nenabled = false\n[data]\nmaster_key = \"{key}\"\n"));
    for (method, path) in
        [("GET", "/kyc-check/1?h_payto=x"), ("GET", "/kyc-proof/1"), ("POST", "/kyc-wallet")]
    {
        assert_eq!(call(&server.public, method, path, &[], b"{}").status, 404, "{path}");
    }
    let body = json!({ "payto_uri": JOHN });
    assert_eq!(server.ask("POST", "/taler/payment-targets", &body).status, 404);
    for path in ["/sandbox/oauth/authorize", "/sandbox/oauth/info"] {
        assert_eq!(server.ask("GET", path, &Value::Null).status, 404, "{path}");
    }
    server.terminate();
}

#[test]
fn without_kyc_everybody_is_good_but_has_to_ask_properly() {
    let server = Server::start("[taler]\nkyc_mode = \"none\"\n");
    let account = Account::register(&server, JOHN);
    let asked = [
        account.check(&server, ""),
        account.check(&server, "&timeout_ms=60000"),
        account.proof(&server, "code=x&state=y"),
        get(&server, &format!("/kyc-check/999?h_payto={}", account.h_payto)),
    ];
    for answer in asked {
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{answer:?}");
    }
    is_error(&get(&server, "/kyc-check/1"), 400, 25, Some("h_payto"));
    is_error(&get(&server, "/kyc-check/1?h_payto=XX"), 400, 26, Some("h_payto"));
    is_error(&account.check(&server, "&timeout_ms=x"), 400, 26, Some("timeout_ms"));
    is_error(&account.proof(&server, "state=y"), 400, 26, Some("code"));
    is_error(&get(&server, "/kyc-proof/x?code=y"), 400, 26, Some("payment_target_uuid"));
    assert_eq!(server.ask("GET", "/sandbox/oauth/info", &Value::Null).status, 404);
}

#[test]
fn the_key_that_answers_are_checked_with_is_printed() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    account.prove(&server);
    let key = server.command(&["keys", "taler"]);
    let row: Value =
        serde_json::from_str(&server.command(&["keys", "taler", "--json"])).expect("JSON");
    let answer = account.check(&server, "").json();
    assert_eq!(key.trim(), answer["exchange_pub"]);
    assert_eq!(row, json!({ "exchange_pub": answer["exchange_pub"] }));
    let server = server.crash();
    assert_eq!(account.check(&server, "").json()["exchange_pub"], answer["exchange_pub"]);
}

#[test]
fn a_key_of_the_operators_own_signs() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("taler.key");
    std::fs::write(&file, "9TM70AKDTS57AWY9JK2J4TMBTMW6K62WHHGZWYDG0VM5ABPZKD40\n")
        .expect("written");
    let server = Server::start(&format!("[taler]\nsigning_key_file = \"{}\"\n", file.display()));
    let config = server.dir.with_file_name("kycd.toml");
    let config = config.to_str().expect("text");
    let key = server.command(&["keys", "taler", "--config", config]);
    assert_eq!(key.trim(), "8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0");
    let account = Account::register(&server, JOHN);
    account.prove(&server);
    assert_eq!(account.check(&server, "").json()["exchange_pub"], key.trim());
}
