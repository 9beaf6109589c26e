//! A person is forgotten for good, also through a crash at every step, unless a hold stands.

use std::collections::HashMap;

use kycd::cli::demo::wallet::Wallet;
use serde_json::{Value, json};

use crate::harness::{Answer, Receiver, Server, id_of, order, wallet};

const YEAR: i64 = 366 * 24 * 3600 * 1000;

fn subject(user: &str) -> String {
    format!("corepass:{user}")
}

fn erase(server: &Server, user: &str) -> Answer {
    let path = format!("/subjects/{}/erase", subject(user));
    server.ask("POST", &path, &json!({ "reason": "request 117" }))
}

/// Every file of the data directory.
fn files(server: &Server) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut left = vec![server.dir.clone()];
    let mut found = Vec::new();
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("readable");
                found.push((path, bytes));
            }
        }
    }
    found
}

/// The wrapped keys in the store, by id.
fn keys(server: &Server) -> HashMap<Vec<u8>, Vec<u8>> {
    let file = server.dir.join("vault/keys.sqlite");
    let db = rusqlite::Connection::open(file).expect("opens");
    let mut query = db.prepare("SELECT id, wrapped FROM keys").expect("a query");
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

/// What is left of the person: nothing that was sealed, no key, no row.
fn assert_erased(server: &Server, wallet: &Wallet, before: &HashMap<Vec<u8>, Vec<u8>>) {
    assert_eq!(server.statuses(wallet), [] as [&str; 0]);
    assert_eq!(server.ask("GET", "/callbacks", &Value::Null).json(), json!([]));
    let listed = server.command(&["events", "list", "--json"]);
    let events = |name: &str| listed.matches(&format!("\"{name}\"")).count();
    assert_eq!(events("corepass.TransferErased"), 1);
    assert_eq!(events("subject.SubjectErased"), 1);
    let after = keys(server);
    let gone: Vec<_> = before.iter().filter(|(id, _)| !after.contains_key(*id)).collect();
    // The person's own, the data's, and one for each of the two transactions; unused ones of the
    // pool may be gone as well.
    assert!(gone.len() >= 4, "{} keys are gone", gone.len());
    for (path, bytes) in files(server) {
        let holds = |needle: &[u8]| memmem(&bytes, needle);
        for (_, wrapped) in &gone {
            assert!(!holds(wrapped), "a destroyed key is still in {}", path.display());
        }
        for marker in ["jane&joe@example.com", "1986-09-06", wallet.user.as_str()] {
            assert!(!holds(marker.as_bytes()), "{marker} is in {}", path.display());
        }
    }
    let audit = server.command(&["audit"]);
    assert!(audit.starts_with("clean"), "{audit}");
}

fn memmem(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|part| part == needle)
}

#[test]
fn an_erased_person_can_come_back_as_somebody_new() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    let before = keys(&server);
    let answer = erase(&server, wallet.user.as_str());
    assert_eq!((answer.status, answer.json()["state"].as_str()), (200, Some("erased")));
    assert_erased(&server, &wallet, &before);
    assert_eq!(erase(&server, wallet.user.as_str()).status, 404, "nothing is left to erase");

    let told = receiver.told().len();
    server.transfer(&wallet, &receiver);
    assert_eq!(server.statuses(&wallet).len(), 11, "the old transfer is not among them");
    receiver.wait("/status", told + 11);
    assert_eq!(erase(&server, wallet.user.as_str()).status, 200, "and can go again");
    let erasures = server.command(&["erase", "--list", "--json"]);
    let erasures: Value = serde_json::from_str(&erasures).expect("JSON");
    assert_eq!(
        (erasures[0]["generation"].as_u64(), erasures[1]["generation"].as_u64()),
        (Some(0), Some(1))
    );
}

#[test]
fn an_erasure_survives_a_crash_at_every_step() {
    for step in ["requested", "closed", "condemned", "shredded", "finished"] {
        let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
        server.transfer(&wallet, &receiver);
        let before = keys(&server);
        let server = server.crash_to(&format!("erasure.{step}"));
        let answered = erase(&server, wallet.user.as_str()).status;
        assert!(answered == 0 || step == "finished", "{step}: the process is gone");
        let server = server.after_its_crash();
        server.wait(0, "the rest of the erasure", |server| {
            server.command(&["events", "list"]).contains("subject.SubjectErased")
        });
        assert_erased(&server, &wallet, &before);
    }
}

#[test]
fn what_is_under_way_ends_silently() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let mut body = order(&wallet, &receiver);
    body["statusCallback"] = json!("http://127.0.0.1:1/status");
    let answer = server.post("/api/v1/kyc/qrcode", &body);
    server.post("/api/v1/kyc/accept", &wallet.accept(&id_of(&answer), server.deadline()));
    server.until(&wallet, "INITIATE_SUBMITTED", 20_000);
    assert_eq!(erase(&server, wallet.user.as_str()).status, 200);
    server.advance(200_000);
    assert_eq!(server.ask("GET", "/callbacks", &Value::Null).json(), json!([]));
    assert_eq!(server.statuses(&wallet), [] as [&str; 0]);
    let late = wallet.transmit(&id_of(&answer), wallet.infos.clone(), server.deadline());
    assert_eq!(server.post("/api/v1/kyc/transmit", &late).status, 404);
    assert!(receiver.calls("/data").is_empty());
}

/// What became of the signed bytes of the first transaction.
fn signed_bytes(server: &Server) -> Value {
    let stream = format!("corepass.batch-{:020}", 0);
    let shown = server.command(&["replay", "--stream", &stream, "--json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    let entries = shown["entries"].as_array().expect("a list");
    let signed = entries.iter().find(|entry| entry["event"] == "corepass.BatchSigned");
    signed.expect("one")["payload"]["raw"].clone()
}

#[test]
fn a_transaction_that_is_being_signed_is_erased_with_the_person() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    let (server, hold) = server.crash_to_hold("batch.signing");
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.wait(7_000, "the signing", |_| hold.holds());
    let listed = |name: &str| server.command(&["events", "list"]).contains(name);
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| erase(&server, wallet.user.as_str()).status);
        server.wait(0, "the request", |_| listed("subject.ErasureRequested"));
        // An erasure that does not wait for the signature closes the streams now.
        for _ in 0..20 {
            if listed("corepass.TransferErased") {
                break;
            }
        }
        let list = server.command(&["erase", "--list", "--since", "9", "--json"]);
        let list: Value = serde_json::from_str(&list).expect("JSON");
        assert_eq!(list[0]["state"], "erasing", "a restore has to know of it: {list}");
        drop(hold);
        asked.join().expect("an answer")
    });
    assert!(asked == 200 || asked == 202, "{asked}");
    server.wait(0, "the erasure", |_| listed("subject.SubjectErased"));
    server.wait(0, "the transaction", |_| listed("corepass.BatchSigned"));
    assert_eq!(signed_bytes(&server), "erased");
}

#[test]
fn who_comes_back_during_an_erasure_is_erased_when_it_is_asked_for() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    let (server, hold) = server.crash_to_hold("batch.signing");
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.wait(7_000, "the signing", |_| hold.holds());
    let answers = std::thread::scope(|scope| {
        let first = scope.spawn(|| erase(&server, wallet.user.as_str()).status);
        server.wait(0, "the request", |server| {
            server.command(&["events", "list"]).contains("subject.ErasureRequested")
        });
        assert_eq!(server.order(&wallet, &receiver).status, 200, "the person comes back");
        let second = scope.spawn(|| erase(&server, wallet.user.as_str()).status);
        // Long enough for the second to be asked for; were it later, it would just be easier.
        for _ in 0..5 {
            server.command(&["events", "list"]);
        }
        drop(hold);
        [first.join().expect("an answer"), second.join().expect("an answer")]
    });
    assert_eq!(answers, [200, 200]);
    assert_eq!(server.statuses(&wallet), [] as [&str; 0]);
    let listed = server.command(&["events", "list"]);
    assert_eq!(listed.matches("subject.SubjectErased").count(), 2);
}

#[test]
fn a_write_that_was_cut_short_leaves_no_key_behind() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    let before = keys(&server);
    let server = server.crash_and(|dir| {
        let file = dir.join("log/00000000000000000000.seg");
        let mut bytes = std::fs::read(&file).expect("a segment");
        let end = bytes.iter().rposition(|byte| *byte != 0).expect("records") + 64;
        bytes[end..end + 200].fill(0x11);
        std::fs::write(&file, bytes).expect("written");
    });
    assert!(server.dir.join("log/torn").is_dir(), "it was moved aside");
    let after = keys(&server);
    let left = before.keys().filter(|id| after.contains_key(*id)).count();
    assert_eq!(left, 4, "one of the person, one of the data, two of transactions");
    let opened = server.ask(
        "POST",
        &format!("/subjects/{}/unseal", subject(wallet.user.as_str())),
        &json!({ "reason": "case 7" }),
    );
    assert!(opened.text.contains("jane&joe@example.com"), "what is named is still there");
}

#[test]
fn a_hold_refuses_erasure_and_ends_by_itself() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let name = subject(wallet.user.as_str());
    let hold = ["hold", "set", "--subject", &name, "--reason", "case 7", "--until"];
    let until = |ms: i64| {
        let at = chrono::DateTime::from_timestamp_millis(ms).expect("an instant");
        at.to_rfc3339()
    };
    let later = until(kycd::clock::system_now() + YEAR);
    let early = server.failing_command(&[&hold[..], &[&later]].concat());
    assert!(early.contains("nothing is recorded of this subject"), "{early}");
    server.order(&wallet, &receiver);
    assert!(server.command(&[&hold[..], &[&later]].concat()).starts_with("held until"));
    let refused = erase(&server, wallet.user.as_str());
    assert_eq!(refused.status, 409, "{refused:?}");
    assert!(refused.text.contains("a legal hold stands"));
    server.advance(YEAR + 3_600_000);
    assert_eq!(erase(&server, wallet.user.as_str()).status, 200);
}

#[test]
fn a_released_hold_allows_erasure() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    let path = format!("/subjects/{}/hold", subject(wallet.user.as_str()));
    let hold = json!({ "reason": "case 7", "until": "2999-01-01T00:00:00Z" });
    assert_eq!(server.ask("POST", &path, &hold).status, 200);
    assert_eq!(erase(&server, wallet.user.as_str()).status, 409);
    let lift = json!({ "reason": "case 7 is closed" });
    assert_eq!(server.ask("DELETE", &path, &lift).status, 204);
    assert_eq!(server.ask("DELETE", &path, &lift).status, 409, "there is none any more");
    assert_eq!(erase(&server, wallet.user.as_str()).status, 200);
}

#[test]
fn five_years_after_the_end_a_person_is_due() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    let due = |server: &Server| server.ask("GET", "/retention/due", &Value::Null).json();
    assert_eq!(due(&server), json!([]));
    server.advance(5 * YEAR);
    let list = due(&server);
    let tag = list[0]["subject"].as_str().expect("a subject").to_owned();
    assert_eq!(list[0]["protocol"], "corepass");
    let listed = server.command(&["retention", "due"]);
    assert!(listed.contains(&tag) && !listed.contains(wallet.user.as_str()));
    let done = server.command(&["erase", "--subject", &tag, "--reason", "retention is over"]);
    assert!(done.starts_with("erased tag:"), "{done}");
    assert_eq!(due(&server), json!([]));
}

#[test]
fn what_cannot_be_erased_is_told_in_clear_words() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    let ask = |subject: &str, body: &Value| {
        server.ask("POST", &format!("/subjects/{subject}/erase"), body).status
    };
    let name = subject(wallet.user.as_str());
    assert_eq!(ask("anna", &json!({ "reason": "x" })), 400);
    assert_eq!(ask(&name, &json!({})), 400);
    assert_eq!(ask(&name, &json!({ "reason": " " })), 400);
    assert_eq!(ask(&name, &json!({ "reason": "x".repeat(501) })), 400);
    let named = json!({ "reason": format!("{} asked for it", wallet.user.as_str()) });
    assert_eq!(ask(&name, &named), 400, "the reason would outlive the person");
    assert_eq!(
        ask(&subject(crate::harness::wallet().user.as_str()), &json!({ "reason": "x" })),
        404
    );
    let open = crate::harness::call(&server.operator, "POST", "/subjects/x/erase", &[], b"{}");
    assert_eq!(open.status, 401);
}
