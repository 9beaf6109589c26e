//! Our callbacks, checked by an implementation that shares no code with ours.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::harness::{Receiver, Server, id_of, root, wallet};

/// Whether there is what the checks in Python need.
pub fn python() -> Option<()> {
    let out = Command::new("python3").args(["-c", "import cryptography"]).output();
    let there = out.is_ok_and(|out| out.status.success());
    if !there {
        assert!(
            std::env::var_os("KYCD_REQUIRE_CLIENTS").is_none(),
            "python3 with cryptography is not installed"
        );
        println!("python3 with cryptography is not installed: skipped");
    }
    there.then_some(())
}

#[test]
fn the_published_vectors_verify_in_python() {
    let Some(()) = python() else { return };
    let out = Command::new("python3")
        .arg(root().join("tests/verify/corepass_callback.py"))
        .args(["--self-test", "--vectors"])
        .arg(root().join("fixtures/corepass/vectors.json"))
        .output()
        .expect("python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
}

#[test]
fn callbacks_as_sent_verify_in_python() {
    let Some(()) = python() else { return };
    for (config, encoding) in [
        ("", "doc-go"),
        ("[corepass]\ncallback_encoding = \"wire\"\ncallback_content_type = \"json\"\n", "wire"),
    ] {
        let (server, receiver, wallet) = (Server::start(config), Receiver::start(), wallet());
        server.verify(&wallet);
        let id = id_of(&server.order(&wallet, &receiver));
        server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
        server.until(&wallet, "INITIATED", 7_000);
        let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
        server.post("/api/v1/kyc/transmit", &sent);
        server.until(&wallet, "FINISH_SUCCESS", 7_000);
        receiver.wait("/status", 11);
        let key = server.callback_key();
        let mut lines = String::new();
        for call in receiver.calls("/status").iter().chain(&receiver.calls("/data")) {
            let status = call.path == "/status";
            let line = json!({
                "public_key": key,
                "kind": if status { "status" } else { "data" },
                "encoding": if status { "wire" } else { encoding },
                "content_type": call.content_type,
                "body": STANDARD.encode(&call.body),
            });
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        let mut python = Command::new("python3")
            .arg(root().join("tests/verify/corepass_callback.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        python.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("writes");
        let out = python.wait_with_output().expect("ends");
        let text = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success(), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("ok")).count(), 12, "{text}");
    }
}
