//! What was known, in force and sent at any time; and that looking at people leaves a trace.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::harness::{Receiver, Server, id_of, wallet};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn subject(user: &str) -> String {
    format!("corepass:{user}")
}

/// What the timeline calls the status of the person's only order.
fn status(timeline: &Value) -> &Value {
    let states = timeline["states"].as_object().expect("states");
    let transfer = states.iter().find(|(stream, _)| stream.starts_with("corepass.transfer-"));
    &transfer.expect("a transfer").1["orders"][0]["status"]
}

#[test]
fn a_person_is_shown_as_they_were_at_any_moment() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    receiver.wait("/status", 11);
    server.wait(0, "the last outcome", |server| {
        server.command(&["events", "list"]).matches("callback.Delivered").count() == 12
    });
    let name = subject(wallet.user.as_str());
    let whole = json(&server.command(&["replay", "--subject", &name, "--json"]));
    assert_eq!(status(&whole), "FINISH_SUCCESS");
    let entries = whole["entries"].as_array().expect("a list");
    let callbacks = whole["callbacks"].as_array().expect("a list");
    assert_eq!(callbacks.len(), 12);
    assert!(callbacks.iter().all(|callback| callback["receiver"] == "sealed"));
    assert!(callbacks.iter().all(|c| c["outcomes"][0]["event"] == "callback.Delivered"));
    let policy = &whole["in_force"]["policy"];
    assert!(entries.iter().all(|entry| entry["policy"] == *policy), "one start, one policy");
    let requested = entries.iter().find(|entry| entry["event"] == "corepass.OrderRequested");
    assert_eq!(requested.expect("one")["payload"]["policy"], *policy);
    assert_eq!(whole["in_force"]["settings"]["corepass.network"], "\"devin\"");
    assert!(!whole.to_string().contains(wallet.user.as_str()));

    // At every event its own state, and the same by position, by time, and over HTTP.
    let initiated = entries.iter().find(|entry| entry["event"] == "corepass.TransferInitiated");
    let initiated = initiated.expect("one");
    assert_eq!(initiated["state"]["orders"][0]["status"], "INITIATED");
    let position = initiated["position"].to_string();
    let then = ["replay", "--subject", &name, "--json", "--position", &position];
    let then = json(&server.command(&then));
    assert_eq!((status(&then), &then["position"]), (&json!("INITIATED"), &initiated["position"]));
    assert!(then["callbacks"].as_array().expect("a list").len() < 12);
    let first = entries[0]["recorded_at"].as_str().expect("an instant");
    let early = json(&server.command(&["replay", "--subject", &name, "--json", "--at", first]));
    assert_eq!(early["at"], json!(first));
    let http =
        |query: &str| server.ask("GET", &format!("/subjects/{name}/timeline{query}"), &Value::Null);
    let mut live = http("").json();
    assert_eq!(live["states"], whole["states"]);
    assert_eq!(http(&format!("?position={position}")).json()["states"], then["states"]);
    live = http(&format!("?at={first}")).json();
    assert_eq!(live["position"], early["position"]);
    assert_eq!(http("?at=soon").status, 400);
    assert_eq!(http(&format!("?at={first}&position=3")).status, 400);
    let stranger = subject(crate::harness::wallet().user.as_str());
    let path = format!("/subjects/{stranger}/timeline");
    assert_eq!(server.ask("GET", &path, &Value::Null).status, 404);

    let stream = entries.iter().find(|e| e["event"] == "corepass.OrderFinished").expect("one");
    let stream = stream["stream"].as_str().expect("a name");
    let of_stream = server.command(&["replay", "--stream", stream]);
    assert!(of_stream.contains("FINISH_SUCCESS") && of_stream.contains("in force  policy"));
}

#[test]
fn opening_personal_data_is_recorded_and_a_reason_is_required() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    let name = subject(wallet.user.as_str());
    let said = server.failing_command(&["replay", "--subject", &name, "--unseal"]);
    assert!(said.contains("--reason"), "{said}");
    let open = ["replay", "--subject", &name, "--json", "--unseal", "--by", "desk 4", "--reason"];
    let opened = server.command(&[&open[..], &["case 7"]].concat());
    for marker in ["jane&joe@example.com", "1986-09-06", &receiver.url, wallet.user.as_str()] {
        assert!(opened.contains(marker), "{marker}");
    }
    let listed = server.command(&["events", "list", "--json", "--event", "DataUnsealed"]);
    let event = json(listed.trim());
    assert_eq!(event["payload"], json!({ "by": "desk 4", "reason": "case 7" }));
    let named = server.failing_command(&[&open[..], &[wallet.user.as_str()]].concat());
    assert!(named.contains("names the person"), "{named}");
    let path = format!("/subjects/{name}/unseal");
    assert_eq!(server.ask("POST", &path, &json!({})).status, 400);
    assert_eq!(server.ask("POST", &path, &json!({ "reason": "" })).status, 400);
}

#[test]
fn what_was_erased_shows_as_erased_and_the_history_stays() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    let name = subject(wallet.user.as_str());
    server.command(&["erase", "--subject", &name, "--reason", "request 117"]);
    let timeline = json(&server.command(&["replay", "--subject", &name, "--json"]));
    let entries = timeline["entries"].as_array().expect("a list");
    let requested = entries.iter().find(|entry| entry["event"] == "corepass.OrderRequested");
    let payload = &requested.expect("one")["payload"];
    assert_eq!((&payload["user"], &payload["callback"]), (&json!("erased"), &json!("erased")));
    assert!(entries.iter().any(|entry| entry["event"] == "corepass.OrderAccepted"));
    let erased = entries.iter().find(|entry| entry["event"] == "subject.KeysCondemned");
    let keys = erased.expect("one")["payload"]["keys"].as_array().expect("a list");
    assert!(keys.iter().all(|key| key["commitment"].as_str().is_some_and(|c| c.len() == 64)));
    assert!(server.command(&["audit"]).starts_with("clean"));
}

#[test]
fn a_copy_without_keys_is_looked_at_and_not_opened() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    let tag =
        json(server.command(&["events", "list", "--json", "--event", "OrderRequested"]).trim());
    let tag = format!("tag:{}", tag["payload"]["subject"].as_str().expect("a tag"));
    let copy = tempfile::tempdir().expect("a directory");
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(server.dir.join("log"))
        .arg(copy.path())
        .status()
        .expect("cp runs");
    assert!(copied.success());
    let replay = |arguments: &[&str]| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_kycd"))
            .args(["replay", "--data"])
            .arg(copy.path())
            .args(arguments)
            .output()
            .expect("kycd runs");
        let text = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (shown, text) = replay(&["--subject", &tag]);
    assert!(shown && text.contains("\"user\":\"sealed\""), "{text}");
    let (shown, text) = replay(&["--subject", &subject(wallet.user.as_str())]);
    assert!(!shown && text.contains("tag:<hex> needs none"), "{text}");
    let mode = |mode| std::fs::set_permissions(copy.path(), PermissionsExt::from_mode(mode));
    mode(0o500).expect("read-only");
    let (shown, text) = replay(&["--subject", &tag, "--unseal", "--reason", "case 7"]);
    mode(0o700).expect("writable");
    assert!(!shown && text.contains("read-only copy"), "{text}");
    assert!(!copy.path().join("LOCK").exists(), "nothing was written into it");
}
