//! A customer is forgotten for good, unless a legal hold stands.

use serde_json::{Value, json};

use super::wallet::{Wallet, anna, id_of, picture, server};
use crate::harness::Server;

fn delete(server: &Server, wallet: &Wallet) -> u16 {
    let path = format!("/kyc/customer/{}", wallet.account());
    wallet.send(server, "DELETE", &path, "", b"").status
}

fn documents(server: &Server) -> usize {
    let folders = std::fs::read_dir(server.dir.join("vault/documents"));
    folders.map_or(0, |folders| {
        folders.flatten().filter_map(|dir| std::fs::read_dir(dir.path()).ok()).flatten().count()
    })
}

#[test]
fn a_customer_who_is_deleted_is_nobody_and_comes_back_as_somebody_else() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    assert_eq!(delete(&server, &wallet), 404, "nobody yet");
    let id = id_of(&wallet.put(&server, &anna()));
    let photo = picture(1_000, 7);
    let parts: [(&str, &[u8]); 1] = [("photo_id_front", &photo)];
    assert_eq!(id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts)), id);
    assert_eq!(documents(&server), 1);
    assert_eq!(delete(&server, &wallet), 200);
    assert_eq!(documents(&server), 0);
    assert_eq!(delete(&server, &wallet), 404);
    let server = server.crash();
    let customer = wallet.get(&server, "/kyc/customer").json();
    assert_eq!((&customer["status"], customer.get("id")), (&json!("NEEDS_INFO"), None));
    assert_eq!(wallet.get(&server, &format!("/kyc/customer?id={id}")).status, 404);
    let again = id_of(&wallet.put(&server, &anna()));
    assert_ne!(again, id);
    assert_eq!(delete(&server, &wallet), 200);
    let third = id_of(&wallet.put(&server, &anna()));
    assert!(third != again && third != id);
    assert_eq!(wallet.get(&server, "/kyc/customer").json()["id"], json!(third));
}

#[test]
fn a_memo_in_the_body_says_who_is_deleted() {
    let server = server("");
    let anchor = Wallet::new(1).signed_in(&server);
    let mut body = anna();
    body["memo"] = json!("7");
    let id = id_of(&anchor.put(&server, &body));
    assert_eq!(delete(&server, &anchor), 404, "that is the account itself");
    let path = format!("/kyc/customer/{}", anchor.account());
    let deleted = anchor.form(&server, "DELETE", &path, &[("memo", "7"), ("memo_type", "id")]);
    assert_eq!((deleted.status, deleted.json()), (200, json!({ "status": "success" })));
    assert_eq!(anchor.get(&server, &format!("/kyc/customer?id={id}")).status, 404);
}

const HOUR_MS: i64 = 3600 * 1000;

/// A hold of so many hours by the server's clock.
fn hold(server: &Server, id: &str, hours: i64) {
    let until_s = server.deadline() - 120 + hours * HOUR_MS / 1000;
    let until = chrono::DateTime::from_timestamp(until_s, 0).expect("an instant").to_rfc3339();
    let hold = json!({ "reason": "court order", "until": until });
    let answer = server.ask("POST", &format!("/subjects/stellar:{id}/hold"), &hold);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// The wallet's deletion is refused, and nothing is gone.
fn refused(server: &Server, wallet: &Wallet, id: &str) {
    let path = format!("/kyc/customer/{}", wallet.account());
    let answer = wallet.send(server, "DELETE", &path, "", b"");
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.json()["error"].as_str().expect("a text").contains("legal hold"), "{answer:?}");
    assert_eq!(wallet.get(server, "/kyc/customer").json()["id"], json!(id));
}

/// The customer is erased by itself, and nobody after it.
fn forgotten(server: &Server, wallet: &Wallet, id: &str) {
    let log = || server.command(&["events", "list", "--protocol", "subject", "--json"]);
    server.wait(0, "the erasure", |_| log().contains("subject.SubjectErased"));
    let log = log();
    let count = |name: &str| log.matches(name).count();
    assert_eq!(count("subject.ErasureDeferred"), 1, "{log}");
    assert_eq!(count("subject.ErasureRequested"), 1, "{log}");
    let customer = wallet.get(server, "/kyc/customer").json();
    assert_eq!((&customer["status"], customer.get("id")), (&json!("NEEDS_INFO"), None));
    assert_eq!(wallet.get(server, &format!("/kyc/customer?id={id}")).status, 404);
    assert_eq!(delete(server, wallet), 404);
}

#[test]
fn a_deletion_under_a_hold_is_refused_and_done_when_the_hold_ends() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let id = id_of(&wallet.put(&server, &anna()));
    hold(&server, &id, 1);
    refused(&server, &wallet, &id);
    refused(&server, &wallet, &id);
    hold(&server, &id, 2);
    server.advance(HOUR_MS);
    refused(&server, &wallet, &id);
    server.advance(HOUR_MS);
    forgotten(&server, &wallet, &id);
    server.command(&["audit"]);
}

#[test]
fn a_deletion_under_a_hold_is_done_when_the_hold_is_lifted() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let photo = picture(1_000, 7);
    let parts: [(&str, &[u8]); 1] = [("photo_id_front", &photo)];
    let id = id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts));
    hold(&server, &id, 1);
    refused(&server, &wallet, &id);
    assert_eq!(documents(&server), 1);
    let lifted = json!({ "reason": "over" });
    let path = format!("/subjects/stellar:{id}/hold");
    assert_eq!(server.ask("DELETE", &path, &lifted).status, 204);
    forgotten(&server, &wallet, &id);
    assert_eq!(documents(&server), 0);
}

#[test]
fn a_deletion_that_was_put_off_outlives_crashes() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let id = id_of(&wallet.put(&server, &anna()));
    hold(&server, &id, 1);
    refused(&server, &wallet, &id);
    let server = server.crash();
    server.advance(HOUR_MS / 2);
    refused(&server, &wallet, &id);
    let server = server.crash_to("erasure.requested");
    // It may be gone before it answers.
    server.ask("POST", "/sandbox/clock", &json!({ "advance_ms": HOUR_MS }));
    let server = server.after_its_crash();
    forgotten(&server, &wallet, &id);
}

#[test]
fn an_operator_erases_by_id_but_not_under_a_hold() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let id = id_of(&wallet.put(&server, &anna()));
    hold(&server, &id, 1);
    let timeline = server.ask("GET", &format!("/subjects/stellar:{id}/timeline"), &Value::Null);
    assert_eq!(timeline.status, 200, "{timeline:?}");
    let erase = format!("/subjects/stellar:{id}/erase");
    let erase = || server.ask("POST", &erase, &json!({ "reason": "request 7" }));
    assert_eq!(erase().status, 409);
    server.advance(2 * HOUR_MS);
    assert_eq!(wallet.get(&server, "/kyc/customer").json()["id"], json!(id), "asked by nobody");
    assert_eq!(erase().status, 200);
    assert_eq!(wallet.get(&server, "/kyc/customer").json().get("id"), None);
}

#[test]
fn a_deletion_goes_on_after_a_crash_at_any_step() {
    for step in ["erasure.requested", "erasure.closed", "erasure.condemned", "erasure.shredded"] {
        let server = server("");
        let wallet = Wallet::new(1).signed_in(&server);
        let photo = picture(1_000, 7);
        let parts: [(&str, &[u8]); 2] = [("first_name", b"Anna"), ("photo_id_front", &photo)];
        let id = id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts));
        let server = server.crash_to(step);
        assert_eq!(delete(&server, &wallet), 0, "{step}: the server is gone");
        let server = server.after_its_crash();
        server.wait(0, "the erasure", |server| {
            server.command(&["events", "list", "--json"]).contains("subject.SubjectErased")
        });
        assert_eq!(wallet.get(&server, &format!("/kyc/customer?id={id}")).status, 404, "{step}");
        assert_eq!(documents(&server), 0, "{step}");
    }
}

#[test]
fn who_is_due_is_listed_by_the_retention_of_the_protocol() {
    let server = server("[retention]\nstellar = \"30 days\"\n");
    let wallet = Wallet::new(1).signed_in(&server);
    id_of(&wallet.put(&server, &anna()));
    let due = |server: &Server| server.ask("GET", "/retention/due", &Value::Null).json();
    server.advance(29 * 24 * 3600 * 1000);
    assert_eq!(due(&server), json!([]));
    server.advance(2 * 24 * 3600 * 1000);
    assert_eq!(due(&server)[0]["protocol"], "stellar");
}
