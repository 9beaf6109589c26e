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

#[test]
fn a_hold_refuses_deletion_and_an_operator_erases_by_id() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let id = id_of(&wallet.put(&server, &anna()));
    let hold = format!("/subjects/stellar:{id}/hold");
    let until = json!({ "reason": "court order", "until": "2100-01-01T00:00:00Z" });
    assert_eq!(server.ask("POST", &hold, &until).status, 200);
    assert_eq!(delete(&server, &wallet), 403);
    assert_eq!(wallet.get(&server, "/kyc/customer").json()["id"], json!(id));
    let timeline = server.ask("GET", &format!("/subjects/stellar:{id}/timeline"), &Value::Null);
    assert_eq!(timeline.status, 200, "{timeline:?}");
    let release = json!({ "reason": "over" });
    assert_eq!(server.ask("DELETE", &hold, &release).status, 204);
    let erase = format!("/subjects/stellar:{id}/erase");
    let erased = server.ask("POST", &erase, &json!({ "reason": "request 7" }));
    assert_eq!(erased.status, 200, "{erased:?}");
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
