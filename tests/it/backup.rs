//! Backups: what is in them, what comes out of them, and what is refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ed25519_dalek::SigningKey;
use kyc_events::checkpoint::Checkpoint;
use kycd::cli::demo::wallet::Wallet;
use serde_json::{Value, json};

use crate::harness::{Receiver, Server, id_of, wallet};

/// A command on data in `home`, with the key file of `home/data`.
fn kycd(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kycd"))
        .args(arguments)
        .args(["--config", "kycd.toml"])
        .current_dir(home)
        .env("KYCD_DATA__MASTER_KEY_FILE", home.join("data.keys"))
        .output()
        .expect("kycd runs")
}

fn done(home: &Path, arguments: &[&str]) -> Value {
    let out = kycd(home, arguments);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

fn refused(home: &Path, arguments: &[&str]) -> String {
    let out = kycd(home, arguments);
    assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stdout));
    assert!(!home.join("other.restoring").exists(), "nothing is left behind");
    assert!(!home.join("other").exists(), "nothing was restored");
    String::from_utf8(out.stderr).expect("text")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// A directory beside the data directory.
fn beside(server: &Server, name: &str) -> PathBuf {
    server.dir.with_file_name(name)
}

fn backup(server: &Server, name: &str) -> (PathBuf, Value) {
    let dir = beside(server, name);
    let made = server.command(&["backup", text(&dir), "--json"]);
    (dir, serde_json::from_str(&made).expect("JSON"))
}

/// Every file below, by its name there.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut left, mut found) = (vec![dir.to_owned()], Vec::new());
    while let Some(below) = left.pop() {
        for entry in std::fs::read_dir(below).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("readable");
                found.push((path.strip_prefix(dir).expect("below").to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

/// Ids of the keys in a backup.
fn keys(dir: &Path) -> Vec<Vec<u8>> {
    let db = rusqlite::Connection::open(dir.join("vault/keys.sqlite")).expect("opens");
    let mut query = db.prepare("SELECT id FROM keys ORDER BY id").expect("a query");
    let rows = query.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

/// An order that is on the chain and waits for the user's data; its id.
fn initiate(server: &Server, receiver: &Receiver, wallet: &Wallet) -> String {
    server.verify(wallet);
    let id = id_of(&server.order(wallet, receiver));
    let accepted = server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    assert_eq!(accepted.status, 204, "{accepted:?}");
    server.until(wallet, "INITIATED", 7_000);
    id
}

fn finish(server: &Server, wallet: &Wallet, id: &str, deadline: i64) {
    let sent = wallet.transmit(id, wallet.infos.clone(), deadline);
    assert_eq!(server.post("/api/v1/kyc/transmit", &sent).status, 204);
    server.until(wallet, "FINISH_SUCCESS", 7_000);
}

fn restored_events(server: &Server) -> Vec<Value> {
    let listed = server.command(&["events", "list", "--event", "engine.LogRestored", "--json"]);
    listed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_transfer_that_was_under_way_goes_on_from_a_backup() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    let id = initiate(&server, &receiver, &wallet);
    // The restored server's clock goes on from here.
    let deadline = server.deadline();
    let (dir, made) = backup(&server, "backup");
    let statuses = server.statuses(&wallet);
    for (name, bytes) in files(&dir) {
        for plain in ["jane&joe@example.com", "1986-09-06", wallet.user.as_str(), &receiver.url] {
            let found = bytes.windows(plain.len()).any(|part| part == plain.as_bytes());
            assert!(!found, "{plain} is in {}", name.display());
        }
    }
    finish(&server, &wallet, &id, deadline);
    let (later, _) = backup(&server, "later");
    let later = later.join("checkpoint.note");

    let server = server.restart_after(|home| {
        std::fs::rename(home.join("data"), home.join("lost")).expect("moved");
        let arguments = ["restore", "backup", "--data", "data", "--accept-resurrection", "--json"];
        let row = done(home, &[&arguments[..], &["--checkpoint", text(&later)]].concat());
        assert_eq!((&row["size"], &row["root"]), (&made["size"], &made["root"]));
        assert_eq!(row["lost"][0]["from"], made["size"]);
        assert!(row["lost"][0]["to"].as_u64() > made["size"].as_u64(), "{row}");
    });
    assert_eq!(server.statuses(&wallet), statuses);
    let event = &restored_events(&server)[0];
    assert_eq!(event["position"], made["size"], "it is the first record that is new");
    assert_eq!(event["payload"]["old_origin"], made["origin"]);
    let origin = event["payload"]["origin"].as_str().expect("a name");
    assert!(origin.starts_with(&format!("{}/restored-", made["origin"].as_str().expect("text"))));
    finish(&server, &wallet, &id, deadline);
    let (again, _) = backup(&server, "again");
    // A checkpoint of what was given up is no fork.
    let arguments = ["restore", text(&again), "--data", "other", "--accept-resurrection", "--json"];
    let home = again.parent().expect("a parent");
    let row = done(home, &[&arguments[..], &["--checkpoint", text(&later)]].concat());
    assert_eq!(row["lost"][0]["from"], made["size"], "{row}");
    let checkpoint = server.ask("GET", "/audit/checkpoint", &Value::Null).text;
    assert_eq!(checkpoint.lines().next(), Some(origin));
    let tar = beside(&server, "restored.tar");
    server.command(&["export", "--bundle", text(&tar)]);
    let mut bundle = tar::Archive::new(std::fs::File::open(tar).expect("a bundle"));
    let mut entries = bundle.entries().expect("entries").map(|entry| entry.expect("an entry"));
    let is_key =
        |entry: &tar::Entry<_>| entry.path().is_ok_and(|path| path == Path::new("key.txt"));
    let mut key = String::new();
    let mut entry = entries.find(is_key).expect("a key");
    std::io::Read::read_to_string(&mut entry, &mut key).expect("text");
    assert!(key.starts_with(&format!("{origin}+")), "{key}: for verifiers that compare names");
}

#[test]
fn who_was_erased_after_the_backup_is_erased_again_or_comes_back_and_it_is_said() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    let (_, made) = backup(&server, "backup");
    let subject = format!("corepass:{}", wallet.user.as_str());
    let hold = json!({ "reason": "case 7", "until": "2999-01-01T00:00:00Z" });
    let hold_path = format!("/subjects/{subject}/hold");
    assert_eq!(server.ask("POST", &hold_path, &hold).status, 200);
    let (_, made_later) = backup(&server, "held");
    assert_eq!(server.ask("DELETE", &hold_path, &json!({ "reason": "closed" })).status, 204);
    server.command(&["erase", "--subject", &subject, "--reason", "request 117"]);
    let since = made["size"].to_string();
    let list = server.command(&["erase", "--list", "--since", &since, "--json"]);
    std::fs::write(beside(&server, "erasures.json"), list).expect("written");
    let erasures = ["--erasures", "erasures.json", "--json"];

    let server = server.restart_after(|home| {
        std::fs::rename(home.join("data"), home.join("lost")).expect("moved");
        let without = refused(home, &["restore", "backup", "--data", "other"]);
        assert!(without.contains("would come back"), "{without}");
        let row = done(home, &[&["restore", "backup", "--data", "data"], &erasures[..]].concat());
        assert_eq!(row["erased"].as_array().map(Vec::len), Some(1), "{row}");
    });
    assert_eq!(server.statuses(&wallet), [] as [&str; 0]);
    assert_eq!(restored_events(&server)[0]["payload"]["resurrection_accepted"], false);
    let listed =
        server.command(&["events", "list", "--event", "subject.ErasureRequested", "--json"]);
    assert!(listed.contains("erased after the backup, position "), "{listed}");

    let server = server.restart_after(|home| {
        std::fs::remove_dir_all(home.join("data")).expect("removed");
        let row = done(home, &[&["restore", "held", "--data", "data"], &erasures[..]].concat());
        assert_eq!(row["size"], made_later["size"]);
    });
    assert_eq!(server.statuses(&wallet), [] as [&str; 0], "a hold of then does not keep them");

    let server = server.restart_after(|home| {
        std::fs::remove_dir_all(home.join("data")).expect("removed");
        done(home, &["restore", "backup", "--data", "data", "--accept-resurrection", "--json"]);
    });
    assert_eq!(server.statuses(&wallet).len(), 11, "the person is back");
    assert_eq!(restored_events(&server)[0]["payload"]["resurrection_accepted"], true);
}

#[test]
fn a_dead_letter_that_is_being_removed_is_in_a_backup_wholly_or_not_at_all() {
    let config = "[corepass]\ncallback_intervals = [1]\n";
    let (server, receiver, wallet) = (Server::start(config), Receiver::start(), wallet());
    receiver.answer(&[500, 500]);
    let id = initiate(&server, &receiver, &wallet);
    let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
    assert_eq!(server.post("/api/v1/kyc/transmit", &sent).status, 204);
    server.until(&wallet, "CALLBACK_FAILED", 7_000);
    server.advance(60_000);
    server.until(&wallet, "FINISH_FAILED", 0);
    let (server, hold) = server.crash_to_hold("removal.recorded");
    let dead = server.ask("GET", "/callbacks?state=dead", &Value::Null).json();
    let remove = format!("/callbacks/{}/remove", dead[0]["id"].as_str().expect("an id"));
    let dir = beside(&server, "backup");
    std::thread::scope(|scope| {
        let removed = scope.spawn(|| server.ask("POST", &remove, &json!({ "force": true })));
        server.wait(0, "the removal", |_| hold.holds());
        let made = scope.spawn(|| server.ask("POST", "/backups", &json!({ "dir": dir })));
        // A backup that does not wait for the removal is made now.
        for _ in 0..20 {
            if dir.join("manifest.json").exists() {
                break;
            }
            server.command(&["events", "list"]);
        }
        drop(hold);
        assert_eq!(removed.join().expect("an answer").status, 204);
        assert_eq!(made.join().expect("an answer").status, 201);
    });
    let home = dir.parent().expect("a parent");
    done(home, &["restore", "backup", "--data", "other", "--accept-resurrection", "--json"]);
    let audit = kycd(home, &["audit", "--data", "other"]);
    assert_eq!(audit.status.code(), Some(0), "{}", String::from_utf8_lossy(&audit.stdout));
}

#[test]
fn a_backup_that_is_not_what_was_written_is_refused() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    initiate(&server, &receiver, &wallet);
    let (dir, made) = backup(&server, "backup");
    let home = dir.parent().expect("a parent");
    let restore = ["restore", "backup", "--data", "other", "--accept-resurrection"];
    for (name, bytes) in files(&dir) {
        let mut flipped = bytes.clone();
        // In the manifest: a digit of the root.
        let root = made["root"].as_str().expect("hex").as_bytes();
        let at = bytes.windows(64).position(|part| part == root).unwrap_or(bytes.len() / 2);
        flipped[at] ^= 1;
        std::fs::write(dir.join(&name), flipped).expect("written");
        let why = refused(home, &restore);
        assert!(why.starts_with("kycd: "), "{}: {why}", name.display());
        std::fs::write(dir.join(&name), bytes).expect("written");
    }
    std::fs::rename(dir.join("manifest.json"), home.join("kept")).expect("moved");
    let unfinished = refused(home, &restore);
    assert!(unfinished.contains("not finished"), "{unfinished}");
    std::fs::rename(home.join("kept"), dir.join("manifest.json")).expect("moved");
    done(home, &[&restore[..], &["--json"]].concat());
}

#[test]
fn a_checkpoint_of_another_history_is_refused() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    let (dir, made) = backup(&server, "backup");
    let home = dir.parent().expect("a parent");
    let keys = std::fs::read_to_string(home.join("data.keys")).expect("keys");
    let (_, seed) = keys.split_once("audit_ed25519 = \"").expect("the key");
    let mut key = [0; 32];
    hex::decode_to_slice(&seed[..64], &mut key).expect("hex");
    let origin = made["origin"].as_str().expect("text").to_owned();
    let size = made["size"].as_u64().expect("a number");
    let forked = Checkpoint { origin, size, root: [7; 32] };
    let note = |key: [u8; 32]| forked.sign(&SigningKey::from_bytes(&key)).expect("signs");
    let restore = ["restore", "backup", "--data", "other", "--accept-resurrection", "--checkpoint"];
    for (key, why) in [(key, "forked: "), ([1; 32], "audit key")] {
        std::fs::write(home.join("saved.note"), note(key)).expect("written");
        let told = refused(home, &[&restore[..], &["saved.note"]].concat());
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn a_destroyed_epoch_takes_its_backups_with_it() {
    let server = Server::start("");
    let (dir, made) = backup(&server, "backup");
    let home = dir.parent().expect("a parent");
    let epoch = made["epoch"].as_str().expect("a name");
    assert!(epoch.starts_with("backup_epoch_20"), "{epoch}");
    assert_eq!(server.command(&["keys", "epochs"]).trim(), epoch);
    let unknown = server.failing_command(&["keys", "epochs", "--destroy", "master"]);
    assert!(unknown.contains("not in the key file"), "{unknown}");
    let old = std::fs::read_to_string(home.join("data.keys")).expect("keys");
    server.command(&["keys", "epochs", "--destroy", epoch]);
    let kept: Vec<&str> = old.lines().filter(|line| !line.starts_with(epoch)).collect();
    let left = std::fs::read_to_string(home.join("data.keys")).expect("keys");
    assert_eq!(left.lines().collect::<Vec<_>>(), kept, "the other keys are still there");
    let told = refused(home, &["restore", "backup", "--data", "other", "--accept-resurrection"]);
    assert!(told.contains(epoch) && told.contains("destroyed"), "{told}");
    let (_, again) = backup(&server, "second");
    assert_eq!(again["epoch"], made["epoch"], "the next backup has a key again");
    done(home, &["restore", "second", "--data", "other", "--accept-resurrection", "--json"]);
}

#[test]
fn a_backup_of_a_running_server_is_that_of_a_stopped_one() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    server.wait(0, "all callbacks", |server| {
        let metrics = server.ask("GET", "/metrics", &Value::Null).text;
        metrics.lines().any(|line| line == "kycd_outbox_waiting 0")
    });
    let (online, _) = backup(&server, "online");
    let offline = beside(&server, "offline");
    let (home, ended) = server.stop_and_keep();
    assert!(ended.success());
    done(home.path(), &["backup", "offline", "--data", "data", "--json"]);
    assert_eq!(files(&online.join("log")), files(&offline.join("log")));
    let note = |dir: &Path| std::fs::read_to_string(dir.join("checkpoint.note")).expect("a note");
    assert_eq!(note(&online), note(&offline));
    assert_eq!(keys(&online), keys(&offline));
    assert!(keys(&online).len() < 100, "keys that nobody used stay out");
}

#[test]
fn a_place_that_is_not_free_and_a_key_without_a_file_are_refused() {
    let server = Server::start("");
    let ask = |dir: &Path| server.ask("POST", "/backups", &json!({ "dir": dir })).status;
    assert_eq!(ask(Path::new("relative")), 400);
    assert_eq!(ask(server.dir.parent().expect("a parent")), 409);
    assert_eq!(ask(&server.dir.join("backup")), 409);
    assert!(!server.dir.join("backup").exists());
    assert_eq!(ask(&beside(&server, "a/b/c")), 500, "its parent is not there");
    let empty = beside(&server, "empty");
    std::fs::create_dir(&empty).expect("made");
    assert_eq!(ask(&empty), 201);

    let key = "01".repeat(32);
    let server = Server::start(&format!("[data]\nmaster_key = \"{key}\"\n"));
    let dir = beside(&server, "backup");
    let answer = server.ask("POST", "/backups", &json!({ "dir": dir }));
    assert_eq!(answer.status, 409);
    assert!(answer.text.contains("key file") && !dir.exists(), "{answer:?}");
}
