//! What the log says of accounts, and to whom.

use serde_json::{Value, json};

use super::provider::{Provider, Reply};
use super::{Account, JOHN};
use crate::harness::Server;

/// Everything that would tell who somebody is.
const SECRETS: [&str; 7] =
    ["DE75512108001245126199", "John", "U1", "Bob Builder", "nobody knows her", "s3cr=t", "pass-1"];

fn is_free(text: &str, account: &Account) {
    for secret in SECRETS.into_iter().chain([account.h_payto.as_str(), &account.short()]) {
        assert!(!text.contains(&format!("\"{secret}")), "{secret} in {text}");
        assert!(secret.len() < 5 || !text.contains(secret), "{secret} in {text}");
    }
}

/// A fault, a refusal, a success.
fn history() -> (Server, Account) {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let refused = Reply::Say(400, r#"{"error": "x", "error_description": "nobody knows her"}"#);
    provider.token([Reply::Break, refused]);
    assert_eq!(account.code(&server, "pass-1").status, 502);
    assert_eq!(account.code(&server, "pass-1").status, 401);
    assert_eq!(account.code(&server, "pass-1").status, 302);
    (server, account)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_timeline_tells_what_happened_and_hides_who_it_was() {
    let (server, account) = history();
    let name = format!("taler:{}", account.number);
    let answer = server.ask("GET", &format!("/subjects/{name}/timeline"), &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    is_free(&answer.text, &account);
    let events = answer.json()["entries"].clone();
    let events = events.as_array().expect("a list").iter();
    let events: Vec<_> = events.filter_map(|entry| entry["event"].as_str()).collect();
    let expected = [
        "taler.PaymentTargetRegistered",
        "taler.ProcessStarted",
        "taler.ProofUnanswered",
        "taler.ProofRefused",
        "taler.ProcessStarted",
        "taler.ProofAccepted",
    ];
    assert_eq!(events, expected);
    let replay = server.command(&["replay", "--subject", &name, "--json"]);
    is_free(&replay, &account);
    let legitimation = |timeline: &str| {
        let timeline = json_of(timeline);
        let mut states = timeline["states"].as_object().expect("states").values();
        let target = states.find(|state| state.get("legitimation").is_some());
        target.expect("a payment target")["legitimation"].clone()
    };
    assert!(legitimation(&replay)["proof"]["process"].is_string(), "{replay}");
    let started = json_of(&replay)["entries"][1]["position"].to_string();
    let then = ["replay", "--subject", &name, "--json", "--position", &started];
    assert_eq!(legitimation(&server.command(&then)), Value::Null);
    is_free(&server.command(&["events", "list", "--json"]), &account);
    let metrics = server.ask("GET", "/metrics", &Value::Null).text;
    is_free(&metrics, &account);
}

#[test]
fn who_it_was_is_opened_for_a_reason_until_they_are_erased() {
    let (server, account) = history();
    let name = format!("taler:{}", account.number);
    let open = ["replay", "--subject", &name, "--unseal", "--reason", "case 7", "--json"];
    let opened = server.command(&open);
    for secret in ["\"U1\"", "Bob Builder", "full_name", "nobody knows her", JOHN] {
        assert!(opened.contains(secret), "{secret} in {opened}");
    }
    let log = server.command(&["events", "list", "--json"]);
    assert!(log.contains("subject.DataUnsealed"), "on record");
    is_free(&log, &account);
    server.command(&["erase", "--subject", &name, "--reason", "request 8", "--by", "desk"]);
    let opened = server.run_to_end(&open);
    is_free(&opened, &account);
    let timeline = server.command(&["replay", "--subject", &name, "--json"]);
    assert!(timeline.contains("taler.PaymentTargetErased"), "{timeline}");
    is_free(&timeline, &account);
}

#[test]
fn the_log_is_clean_and_the_read_models_are_what_it_makes_of_them() {
    let (server, account) = history();
    assert!(server.command(&["audit"]).starts_with("clean"));
    let rebuilt = json_of(&server.command(&["rebuild", "--json"]));
    let rows = rebuilt.as_array().expect("a list");
    assert!(rows.iter().any(|row| row["name"] == "payment_targets"), "{rebuilt}");
    assert!(rows.iter().all(|row| row["equal"] == true), "{rebuilt}");
    assert!(server.command(&["rebuild", "--check"]).contains("payment_targets"));
    assert_eq!(account.check(&server, "").status, 200);
    let (tar, backup) = (server.dir.with_file_name("b.tar"), server.dir.with_file_name("backup"));
    server.command(&["backup", backup.to_str().expect("text")]);
    server.command(&["export", "--bundle", tar.to_str().expect("text"), "--events"]);
    let bundle = String::from_utf8_lossy(&std::fs::read(&tar).expect("a bundle")).into_owned();
    assert!(bundle.contains("taler.ProofAccepted"));
    is_free(&bundle, &account);
}

#[test]
fn by_command_like_any_other_subject() {
    let (server, account) = history();
    let name = format!("taler:{}", account.number);
    let whose = ["--subject", &name, "--reason", "case 7", "--by", "desk"];
    let on = |command: &[&'static str]| [command, &whose[..]].concat();
    server.command(&on(&["hold", "set", "--until", "2100-01-01T00:00:00Z"]));
    assert!(server.failing_command(&on(&["erase"])).contains("legal hold"));
    server.command(&on(&["hold", "release"]));
    server.command(&on(&["erase"]));
    let listed = json_of(&server.command(&["erase", "--list", "--json"]));
    assert_eq!(listed[0]["generation"], 0, "{listed}");
    let nobody = server.ask("GET", "/subjects/taler:99/timeline", &Value::Null);
    assert_eq!(nobody.status, 404, "{nobody:?}");
    for bad in ["taler:x", "taler:-1", "taler:"] {
        let answer = server.ask("POST", &format!("/subjects/{bad}/erase"), &json!({"reason": "x"}));
        assert!([400, 404].contains(&answer.status), "{bad} {answer:?}");
    }
}
