//! The commands, as somebody types them.

use std::process::{Command, Output};

fn kycd(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kycd"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .output()
        .expect("kycd runs")
}

#[test]
fn the_demo_plays_three_transfers_to_their_ends() {
    let out = kycd(&["demo", "--json"]);
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let rows: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    for scenario in ["success", "invalid-data", "flapping-receiver"] {
        let arrived = rows.iter().any(|r| r["scenario"] == scenario && r["event"] == "arrived");
        assert!(arrived, "{scenario}");
    }
    let calls = rows.iter().filter(|row| row.get("verified").is_some());
    assert!(calls.clone().count() > 30);
    assert!(calls.clone().all(|row| row["verified"] == true));
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        "serve",
        "demo",
        "events",
        "callbacks",
        "backup",
        "restore",
        "export",
        "erase",
        "hold",
        "retention",
        "keys",
        "config",
        "completions",
    ] {
        let out = kycd(&[command, "--help"]);
        assert!(out.status.success());
        assert!(String::from_utf8_lossy(&out.stdout).contains("Example: kycd"), "{command}");
    }
}

#[test]
fn all_errors_of_a_configuration_are_told_at_once() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("kycd.toml");
    let text = "[corepass]\nnetwork = \"moon\"\ncallback_intervals = []\n[serverr]\nx = 1\n";
    std::fs::write(&file, text).expect("written");
    let out = kycd(&["config", "check", "--config", file.to_str().expect("text")]);
    assert_eq!(out.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&out.stderr);
    for part in [":2: corepass.network", ":3: corepass.callback_intervals", ":5: serverr.x"] {
        assert!(errors.contains(part), "{part} in {errors}");
    }
}

#[test]
fn keys_inside_the_data_directory_are_refused() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let out = Command::new(env!("CARGO_BIN_EXE_kycd"))
        .args(["serve", "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .env("KYCD_DATA__MASTER_KEY_FILE", data.join("keys"))
        .output()
        .expect("kycd runs");
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("lies inside the data directory"));
}

#[test]
fn callbacks_are_listed_with_and_without_a_server_and_looking_sends_nothing() {
    use crate::harness::{Receiver, Server, order, wallet};
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let mut body = order(&wallet, &receiver);
    body["statusCallback"] = serde_json::json!("http://127.0.0.1:1/status");
    server.post("/api/v1/kyc/qrcode", &body);
    let list = |server: &Server| -> serde_json::Value {
        let out = server.command(&["callbacks", "list", "--json"]);
        serde_json::from_str(&out).expect("JSON")
    };
    server.wait(0, "the first failure", |server| list(server)[0]["state"] == "retrying");
    let with = list(&server);
    let (dir, stopped) = server.stop_and_keep();
    assert!(stopped.success());
    let out = kycd(&[
        "callbacks",
        "list",
        "--json",
        "--data",
        dir.path().join("data").to_str().expect("text"),
    ]);
    let without: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(without, with);
    let id = with[0]["id"].as_str().expect("an id");
    assert_eq!(with[0]["channel"], "status");
    let shown = kycd(&[
        "callbacks",
        "show",
        id,
        "--json",
        "--data",
        dir.path().join("data").to_str().expect("text"),
    ]);
    assert!(shown.status.success());
    let early = kycd(&[
        "callbacks",
        "export",
        id,
        "--data",
        dir.path().join("data").to_str().expect("text"),
    ]);
    assert_eq!(early.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&early.stderr).contains("not a dead letter"));
}

#[test]
fn the_log_shows_no_personal_data() {
    use crate::harness::{Receiver, Server, id_of, wallet};
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.until(&wallet, "INITIATED", 7_000);
    let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
    server.post("/api/v1/kyc/transmit", &sent);
    server.until(&wallet, "FINISH_SUCCESS", 7_000);
    let listed = server.command(&["events", "list", "--json"]);
    assert!(listed.contains("\"sealed\""));
    let markers = [wallet.user.as_str(), "jane&joe", "1986-09-06", receiver.url.as_str()];
    let raw = hex::encode(wallet.user.raw());
    for marker in markers.iter().chain([&raw.as_str()]) {
        assert!(!listed.contains(marker), "{marker} in the listing");
    }
    let mut left = vec![server.dir.clone()];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("readable");
            let holds = |marker: &[u8]| bytes.windows(marker.len()).any(|part| part == marker);
            for marker in markers {
                assert!(!holds(marker.as_bytes()), "{marker} in {}", path.display());
            }
            assert!(!holds(&wallet.user.raw()), "the Core ID's bytes in {}", path.display());
        }
    }
}

#[test]
fn events_are_filtered_shown_and_followed() {
    use crate::harness::{Receiver, Server, wallet};
    use std::io::{BufRead, BufReader};
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let mut tail = Command::new(env!("CARGO_BIN_EXE_kycd"))
        .args(["events", "tail", "--follow", "--json", "--event", "OrderRequested", "--data"])
        .arg(&server.dir)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("kycd starts");
    server.order(&wallet, &receiver);
    let mut line = String::new();
    BufReader::new(tail.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    tail.kill().expect("killed");
    tail.wait().expect("gone");
    let followed: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(followed["event"], "corepass.OrderRequested");
    assert_eq!(followed["payload"]["user"], "sealed");

    let list = |more: &[&str]| server.command(&[&["events", "list", "--json"], more].concat());
    let all = list(&["--protocol", "corepass"]);
    assert!(all.lines().count() > 1, "{all}");
    assert_eq!(
        list(&["--protocol", "corepass", "--limit", "1"]).lines().next(),
        all.lines().next()
    );
    assert_eq!(list(&["--protocol", "nobody"]), "");
    assert_eq!(list(&["--event", "corepass.OrderRequested"]), line);
    let at = followed["recorded_at"].as_str().expect("an instant");
    assert_eq!(list(&["--event", "OrderRequested", "--since", at]), line);
    assert_eq!(list(&["--event", "OrderRequested", "--until", at]), "");
    let tail = server.command(&["events", "tail", "-n", "1", "--json"]);
    assert_eq!(list(&[]).lines().last(), tail.lines().last());
    let id = followed["event_id"].as_str().expect("an id");
    let position = followed["position"].to_string();
    for which in [id, &position] {
        let shown = server.command(&["events", "show", which]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), followed);
    }
}
