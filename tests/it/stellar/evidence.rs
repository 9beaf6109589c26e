//! Commands of the evidence on what Stellar customers did.

use serde_json::{Value, json};

use super::wallet::{Wallet, anna, id_of, picture, server};
use crate::harness::{Receiver, Server};

const SECRETS: [&str; 4] = ["Anna", "Ruiz", "anna@example.com", "photo of anna"];

/// A customer with a file, a decision, a callback and a transaction, in a log of its own.
fn history(more: &str) -> (Server, Receiver, Wallet, String) {
    let (server, receiver) = (server(more), Receiver::start());
    let wallet = Wallet::new(1).signed_in(&server);
    let mut photo = picture(100, 7);
    photo.extend_from_slice(b"photo of anna");
    let mut parts: Vec<(&str, &[u8])> = vec![("type", b"sep12-review"), ("photo_id_front", &photo)];
    let anna = anna();
    let texts = anna.as_object().expect("an object").iter();
    parts
        .extend(texts.map(|(name, text)| (name.as_str(), text.as_str().expect("text").as_bytes())));
    let id = id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts));
    let url = json!({ "id": id, "url": format!("{}/told", receiver.url) });
    assert_eq!(wallet.json(&server, "PUT", "/kyc/customer/callback", &url).status, 200);
    let wish = json!({ "id": "tx", "kind": "sep6", "customer": id, "role": "sep12-review" });
    assert_eq!(server.ask("POST", "/transactions", &wish).status, 201);
    let review = server.ask("GET", "/review?state=open", &Value::Null).json();
    let path = format!("/review/{}/accept", review[0]["id"].as_str().expect("an id"));
    assert!(server.ask("POST", &path, &json!({})).status < 300);
    receiver.wait("/told", 1);
    server.wait(0, "the outcome", |server| {
        server.command(&["events", "list"]).contains("callback.Delivered")
    });
    (server, receiver, wallet, format!("stellar:{id}"))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn is_free_of(text: &str, receiver: &Receiver, wallet: &Wallet) {
    let (url, account) = (receiver.url.as_str(), wallet.account());
    for secret in SECRETS.into_iter().chain([url, account.as_str()]) {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn a_customer_is_audited_and_shown_as_they_were_at_any_moment() {
    let (server, receiver, wallet, name) = history("");
    assert!(server.command(&["audit"]).starts_with("clean"));
    let whole = server.command(&["replay", "--subject", &name, "--json"]);
    is_free_of(&whole, &receiver, &wallet);
    let whole = json_of(&whole);
    let status = |timeline: &Value| {
        let states = timeline["states"].as_object().expect("states");
        let customer = states.iter().find(|(stream, _)| stream.starts_with("stellar.customer-"));
        customer.expect("a customer").1["kinds"]["sep12-review"]["status"].clone()
    };
    assert_eq!(status(&whole), "ACCEPTED");
    let outcomes = |callback: &Value| callback["outcomes"][0]["event"].clone();
    let callbacks = whole["callbacks"].as_array().expect("a list");
    let told = json!({ "callback": 1, "kind": "sep12-review", "status": "ACCEPTED" });
    let told = callbacks.iter().find(|callback| callback["content"] == told).expect("told");
    assert_eq!(outcomes(told), "callback.Delivered");
    assert_eq!(told["receiver"], "sealed");
    let entries = whole["entries"].as_array().expect("a list");
    let changed = entries.iter().find(|entry| entry["event"] == "stellar.StatusChanged");
    let position = changed.expect("a change")["position"].to_string();
    let then = ["replay", "--subject", &name, "--json", "--position", &position];
    assert_eq!(status(&json_of(&server.command(&then))), "PROCESSING");
    let stream = changed.expect("a change")["stream"].as_str().expect("a name");
    assert!(server.command(&["replay", "--stream", stream]).contains("stellar.CustomerDecided"));
    let open = ["replay", "--subject", &name, "--unseal", "--reason", "case 7", "--json"];
    assert!(server.command(&open).contains("anna@example.com"));
    assert!(server.command(&["events", "list"]).contains("subject.DataUnsealed"), "on record");
    let rebuilt = json_of(&server.command(&["rebuild", "--json"]));
    let all_equal = |row: &Value| row["equal"] == true;
    assert!(rebuilt.as_array().expect("a list").iter().all(all_equal), "{rebuilt}");
}

#[test]
fn holds_and_erasures_of_a_customer_by_command() {
    let (server, receiver, wallet, name) = history("[retention]\nstellar = \"30 days\"\n");
    let whose = ["--subject", &name, "--reason", "case 7", "--by", "desk"];
    let on = |command: &[&'static str]| [command, &whose[..]].concat();
    let due = || json_of(&server.command(&["retention", "due", "--json"]));
    assert_eq!(due(), json!([]));
    server.advance(31 * 24 * 3600 * 1000);
    assert_eq!(due()[0]["protocol"], "stellar");
    server.command(&on(&["hold", "set", "--until", "2100-01-01T00:00:00Z"]));
    assert_eq!(due(), json!([]), "a hold keeps a customer off the list");
    let held = server.failing_command(&on(&["erase"]));
    assert!(held.contains("legal hold"), "{held}");
    server.command(&on(&["hold", "release"]));
    server.command(&on(&["erase"]));
    assert_eq!(due(), json!([]));
    let wallet = wallet.signed_in(&server);
    assert_eq!(wallet.get(&server, "/kyc/customer").json().get("id"), None);
    let listed = json_of(&server.command(&["erase", "--list", "--json"]));
    assert_eq!(listed[0]["generation"], 0, "{listed}");
    assert!(server.command(&["audit"]).starts_with("clean"));
    let timeline = server.command(&["replay", "--subject", &name, "--json"]);
    assert!(timeline.contains("erased") && timeline.contains("stellar.CustomerErased"));
    is_free_of(&timeline, &receiver, &wallet);
    let open = ["replay", "--subject", &name, "--unseal", "--reason", "case 7", "--json"];
    let opened = server.run_to_end(&open);
    is_free_of(&opened, &receiver, &wallet);
}

#[test]
fn a_bundle_of_customers_names_nobody_and_verifies() {
    let (server, receiver, wallet, _) = history("");
    let (tar, backup) = (server.dir.with_file_name("b.tar"), server.dir.with_file_name("backup"));
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    server.command(&["backup", &text(&backup)]);
    server.command(&["export", "--bundle", &text(&tar), "--events"]);
    let bytes = std::fs::read(&tar).expect("a bundle");
    is_free_of(&String::from_utf8_lossy(&bytes), &receiver, &wallet);
    let dir = crate::bundle::unpack(&tar);
    let events = std::fs::read_to_string(dir.path().join("events.jsonl")).expect("events");
    assert!(events.contains("stellar.CustomerDecided"));
    let Some(()) = crate::verifier::python() else { return };
    assert!(crate::bundle::verify(dir.path()).status.success());
}
