//! kyc-bulk with `taler.bulk_review = "manual"`: an operator looks at each document.

use kycd::taler::crockford::encode;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use super::bank::{Bank, PAYTO, PDF, get, number_of};
use crate::harness::{Server, call};

fn server() -> (Server, Bank) {
    let server = Server::start("[taler]\nbulk_review = \"manual\"\n");
    let bank = Bank::new().admitted(&server);
    (server, bank)
}

fn reviews(server: &Server, state: &str) -> Vec<Value> {
    let answer = server.ask("GET", &format!("/review?state={state}"), &json!(null));
    answer.json().as_array().expect("a list").clone()
}

fn status(server: &Server) -> u16 {
    let number = number_of(server, PAYTO);
    let hash = encode(&Sha512::digest([PAYTO.as_bytes(), &[0]].concat()));
    get(server, &format!("/kyc-check/{number}?h_payto={hash}")).status
}

#[test]
fn an_accepted_document_legitimizes_its_account() {
    let (server, bank) = server();
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
    assert_eq!(status(&server), 202);
    let [review] = &reviews(&server, "open")[..] else { panic!("one review") };
    assert_eq!(
        (&review["protocol"], &review["type"]),
        (&json!("taler"), &json!("kyc-bulk")),
        "{review}"
    );
    assert_eq!(review["subject"], json!(format!("taler:{}", number_of(&server, PAYTO))));
    let id = review["id"].as_str().expect("an id");
    let shown = server.ask("GET", &format!("/review/{id}"), &json!(null)).json();
    assert!(!shown.to_string().contains("DE7551"), "{shown}");
    let look = format!("/review/{id}?unseal=true&reason=case%207");
    let open = server.ask("GET", &look, &json!(null)).text;
    assert!(open.contains(PAYTO), "{open}");
    let bearer = format!("Authorization: Bearer {}", server.token);
    let path = format!("/review/{id}/documents/document?reason=case%207");
    let document = call(&server.operator, "GET", &path, &[&bearer], b"");
    assert_eq!(document.text.as_bytes(), PDF, "{document:?}");
    assert!(document.head.contains("content-type: application/pdf"), "{document:?}");
    let accept = format!("/review/{id}/accept");
    assert_eq!(server.ask("POST", &accept, &json!({ "by": "desk" })).status, 200);
    assert_eq!(status(&server), 200);
    assert_eq!(reviews(&server, "open"), Vec::<Value>::new());
    assert_eq!(reviews(&server, "decided").len(), 1);
}

#[test]
fn a_rejected_document_leaves_the_account_as_it_was() {
    let (server, bank) = server();
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
    let id = reviews(&server, "open")[0]["id"].as_str().expect("an id").to_owned();
    let claim = server.ask("POST", &format!("/review/{id}/claim"), &json!({ "by": "ann" }));
    assert_eq!(claim.status, 200, "{claim:?}");
    let reject = json!({ "reason": "unreadable", "kind": "final", "by": "bob" });
    let other = server.ask("POST", &format!("/review/{id}/reject"), &reject);
    assert_eq!(other.status, 409, "somebody else works on it: {other:?}");
    let reject = json!({ "reason": "unreadable", "kind": "final", "by": "ann" });
    assert_eq!(server.ask("POST", &format!("/review/{id}/reject"), &reject).status, 200);
    assert_eq!(status(&server), 202);
    let accept = json!({ "by": "ann" });
    assert_eq!(server.ask("POST", &format!("/review/{id}/accept"), &accept).status, 409);
    let revise = json!({ "by": "ann", "revise": true });
    assert_eq!(server.ask("POST", &format!("/review/{id}/accept"), &revise).status, 200);
    assert_eq!(status(&server), 200);
}

#[test]
fn each_document_has_a_review_and_an_erasure_takes_them_along() {
    let (server, bank) = server();
    for body in [PDF, b"%PDF-1.4\n%other\n"] {
        assert_eq!(bank.upload(&server, body, PAYTO, "application/pdf").status, 204);
    }
    assert_eq!(reviews(&server, "open").len(), 2);
    let subject = format!("/subjects/taler:{}/erase", number_of(&server, PAYTO));
    assert_eq!(server.ask("POST", &subject, &json!({ "reason": "case 7" })).status, 200);
    assert_eq!(reviews(&server, ""), Vec::<Value>::new());
}

#[test]
fn without_the_switch_nobody_is_asked() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
    assert_eq!(reviews(&server, ""), Vec::<Value>::new());
}
