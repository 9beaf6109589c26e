//! Every read model can be thrown away, compared, and made anew, from the log or from a history.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::harness::{Receiver, Server, root, wallet};

fn kycd(arguments: &[&str], data: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kycd"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .expect("kycd runs")
}

fn rows(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_running_server_rebuilds_beside_what_answers() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    // What is still being told would change the outbox between two looks at it.
    crate::scenarios::settle(&server);
    let before = server.statuses(&wallet);
    let names = server.ask("GET", "/projections", &Value::Null).json();
    let rebuilt = rows(&server.command(&["rebuild", "--json"]));
    assert_eq!(rebuilt.len(), names.as_array().expect("a list").len());
    assert!(rebuilt.iter().all(|row| row["equal"] == true), "{rebuilt:?}");
    assert_eq!(server.statuses(&wallet), before);
    let one = rows(&server.command(&["rebuild", "--only", "outbox", "--json"]));
    assert_eq!((one.len(), &one[0]["name"]), (1, &json!("outbox")));
    let said = server.failing_command(&["rebuild", "--only", "inbox"]);
    assert!(said.contains("outbox"), "{said}");
    let digest = server.ask("GET", "/projections/outbox/digest", &Value::Null).json();
    assert_eq!(
        digest["digest"],
        rebuilt.iter().find(|r| r["name"] == "outbox").expect("one")["after"]
    );
    assert_eq!(server.ask("GET", "/projections/inbox/digest", &Value::Null).status, 404);
}

#[test]
fn read_models_that_were_thrown_away_or_damaged_come_back() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    let statuses = server.statuses(&wallet);
    let (home, status) = server.stop_and_keep();
    assert!(status.success());
    let data = home.path().join("data");
    let check = || kycd(&["rebuild", "--check"], &data);
    assert!(check().status.success(), "a clean stop leaves them complete");
    std::fs::remove_dir_all(data.join("projections")).expect("removed");
    let said = check();
    assert!(!said.status.success());
    assert!(String::from_utf8_lossy(&said.stderr).contains("was not folded yet"));
    assert!(kycd(&["rebuild"], &data).status.success());
    assert!(check().status.success());
    // Bytes of other programs in the store's files: it is thrown away and folded anew.
    let mut left = vec![data.join("projections")];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
            if entry.path().is_dir() {
                left.push(entry.path());
            } else {
                std::fs::write(entry.path(), b"nonsense").expect("written");
            }
        }
    }
    let server = Server::on(home);
    assert_eq!(server.statuses(&wallet), statuses);
}

/// What is sealed is sealed anew each time a history is loaded.
fn hide_ciphertexts(value: &mut Value) {
    match value {
        Value::Object(members)
            if members.contains_key("nonce") && members.contains_key("bytes") =>
        {
            *value = json!("sealed");
        }
        Value::Object(members) => members.values_mut().for_each(hide_ciphertexts),
        Value::Array(items) => items.iter_mut().for_each(hide_ciphertexts),
        _ => {}
    }
}

/// The expected snapshot stands beside the history; `--ignored` writes it anew.
fn snapshot(name: &str) -> (std::path::PathBuf, Value) {
    let history = root().join(format!("fixtures/scenarios/{name}.jsonl"));
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let out = kycd(&["rebuild", "--json", "--from", history.to_str().expect("text")], &data);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(kycd(&["rebuild", "--check"], &data).status.success());
    let audit = kycd(&["audit"], &data);
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    let mut shown = serde_json::from_slice(&out.stdout).expect("JSON");
    hide_ciphertexts(&mut shown);
    (history.with_extension("projections.json"), shown)
}

const NAMES: [&str; 7] = [
    "corepass/success",
    "corepass/invalid-data",
    "corepass/expired",
    "corepass/dead-letter",
    "stellar/reviewed",
    "taler/proven",
    "neuro/approved",
];

#[test]
fn a_recorded_history_gives_the_read_models_that_are_expected() {
    for name in NAMES {
        let (file, shown) = snapshot(name);
        let expected = std::fs::read_to_string(&file).expect("a snapshot");
        let expected: Value = serde_json::from_str(&expected).expect("JSON");
        assert_eq!(shown, expected, "{name}");
    }
}

#[test]
#[ignore = "writes fixtures/scenarios/*/*.projections.json anew"]
fn the_snapshots_are_written() {
    for name in NAMES {
        let (file, shown) = snapshot(name);
        let text = serde_json::to_string_pretty(&shown).expect("JSON");
        std::fs::write(file, format!("{text}\n")).expect("written");
    }
}

#[test]
fn a_history_is_loaded_into_a_new_directory_only() {
    let home = tempfile::tempdir().expect("a directory");
    std::fs::write(home.path().join("something"), b"").expect("written");
    let history = root().join("fixtures/scenarios/corepass/expired.jsonl");
    let out = kycd(&["rebuild", "--from", history.to_str().expect("text")], home.path());
    assert!(!out.status.success());
    assert!(String::from_utf8_lossy(&out.stderr).contains("is not empty"));
}

#[test]
fn a_history_that_is_none_leaves_nothing_behind() {
    let home = tempfile::tempdir().expect("a directory");
    let history = root().join("fixtures/scenarios/corepass/expired.jsonl");
    let text = std::fs::read_to_string(history).expect("a history");
    let broken = home.path().join("broken.jsonl");
    std::fs::write(&broken, format!("{text}nonsense\n")).expect("written");
    let data = home.path().join("data");
    let load = || kycd(&["rebuild", "--from", broken.to_str().expect("text")], &data);
    assert!(!load().status.success());
    assert!(!data.exists(), "so that it can be tried again");
    std::fs::create_dir(&data).expect("made");
    assert!(!load().status.success());
    assert_eq!(std::fs::read_dir(&data).expect("still there").count(), 0);
    let said = load();
    assert!(String::from_utf8_lossy(&said.stderr).contains("broken.jsonl: line "));
}
