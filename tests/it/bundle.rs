//! An auditor's bundle, judged with nothing else at hand.

use std::path::Path;
use std::process::{Command, Output};

use kyc_events::checkpoint::Checkpoint;
use kyc_events::note::Verifier;
use kyc_events::proof::Consistency;
use serde_json::{Value, json};

use crate::harness::{Receiver, Server, wallet};
use crate::verifier::python;

pub fn unpack(tar: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let file = std::fs::File::open(tar).expect("a bundle");
    tar::Archive::new(file).unpack(dir.path()).expect("unpacks");
    dir
}

pub fn verify(dir: &Path) -> Output {
    Command::new("sh")
        .args(["-c", "python3 verify/log.py log --key \"$(cat key.txt)\" --json"])
        .current_dir(dir)
        .output()
        .expect("python runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn a_bundle_verifies_by_itself_and_one_altered_byte_is_found() {
    let Some(()) = python() else { return };
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    server.command(&["backup", text(&server.dir.with_file_name("backup"))]);
    let tar = server.dir.with_file_name("bundle.tar");
    server.command(&["export", "--bundle", text(&tar)]);
    let dir = unpack(&tar);
    let out = verify(dir.path());
    let verdict: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!((out.status.code(), &verdict["verdict"]), (Some(0), &json!("clean")), "{verdict}");
    assert_eq!(verdict["signatures"], "checked");
    let manifest = std::fs::read(dir.path().join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!((&manifest["size"], &manifest["root"]), (&verdict["size"], &verdict["root"]));

    let segment = dir.path().join("log/00000000000000000000.seg");
    let mut bytes = std::fs::read(&segment).expect("a segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).expect("written");
    assert_eq!(verify(dir.path()).status.code(), Some(2));
}

#[test]
fn the_same_log_makes_the_same_bundle_without_a_word_in_clear() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    let backup = server.dir.with_file_name("backup");
    server.command(&["backup", text(&backup)]);
    let saved = backup.join("checkpoint.note");
    server.advance(1000);
    server.order(&crate::harness::wallet(), &receiver);
    server.transfer(&wallet, &receiver);
    server.command(&["backup", text(&server.dir.with_file_name("later"))]);
    let export = |name: &str| {
        let tar = server.dir.with_file_name(name);
        let saved = ["--checkpoint", text(&saved), "--events"];
        let out =
            server.command(&[&["export", "--bundle", text(&tar), "--json"], &saved[..]].concat());
        let row: Value = serde_json::from_str(&out).expect("JSON");
        (row, std::fs::read(&tar).expect("a bundle"), tar)
    };
    let ((row, one, tar), (_, two, _)) = (export("one.tar"), export("two.tar"));
    assert!(one == two, "the same log gives the same bytes");
    for plain in ["jane&joe@example.com", "1986-09-06", wallet.user.as_str(), &receiver.url] {
        assert!(!one.windows(plain.len()).any(|part| part == plain.as_bytes()), "{plain}");
    }
    let there = server.failing_command(&["export", "--bundle", text(&tar)]);
    assert!(there.contains("exists already"), "{there}");

    let dir = unpack(&tar);
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).expect("a file");
    let key: Verifier = read("key.txt").trim().parse().expect("a key");
    let note = std::fs::read_to_string(&saved).expect("a note");
    let old = Checkpoint::open_with_key(&note, key.key()).expect("signed");
    let size = row["size"].as_u64().expect("a number");
    let proof = read(&format!("proofs/{:020}-{size:020}.txt", old.size));
    let proof: Consistency = proof.parse().expect("a proof");
    let new = proof.verify_with_key(&old.root, key.key()).expect("it holds");
    assert_eq!(new.size, size);
    assert_eq!(read("events.jsonl").lines().count() as u64, size);
    let schemas: Value = serde_json::from_str(&read("schemas.json")).expect("JSON");
    assert_eq!(schemas["engine.LogRestored"], 1);
    assert!(read("FORMAT.md").starts_with("# The log on disk"));
    assert!(read("README.md").contains("verify/log.py"));
}

#[test]
fn a_log_that_contradicts_its_checkpoints_is_not_bundled() {
    let server = Server::start("");
    let (home, _) = server.stop_and_keep();
    let checkpoints = home.path().join("data/log/checkpoints");
    let note = std::fs::read_dir(&checkpoints).expect("a folder").flatten().next();
    let note = note.expect("a checkpoint").path();
    std::fs::rename(&note, checkpoints.join(format!("{:020}.note", 0))).expect("moved");
    let tar = home.path().join("bundle.tar");
    let out = Command::new(env!("CARGO_BIN_EXE_kycd"))
        .args(["export", "--bundle", text(&tar), "--data"])
        .arg(home.path().join("data"))
        .output()
        .expect("kycd runs");
    assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stdout));
    assert!(!tar.exists());
}
