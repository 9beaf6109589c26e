//! Customers' statuses are told, operators decide, and the page takes what is missing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::wallet::{Wallet, server};
use crate::harness::{Answer, Receiver, Server, call};

/// Waits for the first callback whose path holds this.
fn told(receiver: &Receiver, path: &str) -> crate::harness::Call {
    receiver.wait(path, 1).remove(0)
}

/// Moves the clock until a callback has arrived.
fn told_after_a_while(server: &Server, receiver: &Receiver, path: &str) -> Value {
    server.wait(1_000, "a callback", |_| !receiver.calls(path).is_empty());
    told(receiver, path).json()
}

/// What was sent beside status changes is asked for, to an audit, and shown by a replay.
fn sent_is_in_evidence(server: &Server, id: &str, content: &Value) {
    server.wait(0, "the outcome", |server| {
        server.command(&["events", "list"]).contains("callback.Delivered")
    });
    assert!(server.command(&["audit"]).starts_with("clean"));
    let name = format!("stellar:{id}");
    let timeline = server.command(&["replay", "--subject", &name, "--json"]);
    let timeline: Value = serde_json::from_str(&timeline).expect("JSON");
    let callbacks = timeline["callbacks"].as_array().expect("a list");
    let found = callbacks.iter().find(|callback| callback["content"] == *content);
    let outcome = &found.unwrap_or_else(|| panic!("{callbacks:?}"))["outcomes"][0]["event"];
    assert_eq!(*outcome, "callback.Delivered");
}

fn review_of(server: &Server, state: &str) -> Value {
    let rows = server.ask("GET", &format!("/review?state={state}"), &Value::Null);
    assert_eq!(rows.status, 200, "{rows:?}");
    rows.json()[0].clone()
}

fn put(wallet: &Wallet, server: &Server, kind: &str) -> String {
    let answer = wallet.put(
        server,
        &json!({
            "type": kind,
            "first_name": "Jane",
            "last_name": "Doe",
            "email_address": "jane@example.com",
        }),
    );
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["id"].as_str().expect("an id").to_owned()
}

#[test]
fn an_operators_decision_is_told_to_the_wallet_with_a_signature() {
    let (server, receiver) = (server(""), Receiver::start());
    let wallet = Wallet::new(1).signed_in(&server);
    let id = put(&wallet, &server, "sep12-review");
    let url = format!("{}/told", receiver.url);
    let set =
        wallet.json(&server, "PUT", "/kyc/customer/callback", &json!({ "url": url, "id": id }));
    assert_eq!(set.status, 200, "{set:?}");
    let shown = wallet.get(&server, "/kyc/customer?type=sep12-review").json();
    assert_eq!(shown["status"], "PROCESSING");

    let review = review_of(&server, "open");
    let path = format!("/review/{}", review["id"].as_str().expect("an id"));
    let claimed = server.ask("POST", &format!("{path}/claim"), &json!({ "by": "desk 4" }));
    assert!(claimed.status < 300, "{claimed:?}");
    let sealed = server.ask("GET", &path, &Value::Null);
    assert!(!sealed.text.contains("jane@example.com"), "{sealed:?}");
    let opened =
        server.ask("GET", &format!("{path}?unseal=true&reason=case+7&by=desk"), &Value::Null);
    assert!(opened.text.contains("jane@example.com"), "{opened:?}");
    let accepted = server.ask("POST", &format!("{path}/accept"), &json!({ "by": "desk 4" }));
    assert!(accepted.status < 300, "{accepted:?}");
    let again =
        server.ask("POST", &format!("{path}/reject"), &json!({ "reason": "x", "kind": "final" }));
    assert_eq!(again.status, 409, "{again:?}");

    let body = told_after_a_while(&server, &receiver, "/told");
    assert_eq!((&body["id"], &body["status"]), (&json!(id), &json!("ACCEPTED")));
    let shown = wallet.get(&server, "/kyc/customer?type=sep12-review").json();
    assert_eq!(shown["status"], "ACCEPTED");
    assert!(server.command(&["audit"]).starts_with("clean"));
    let name = format!("stellar:{id}");
    let timeline = server.command(&["replay", "--subject", &name, "--json"]);
    assert!(timeline.contains("stellar.CustomerDecided") && !timeline.contains("jane@"));
}

#[test]
fn a_transaction_waits_until_its_customer_is_accepted() {
    let receiver = Receiver::start();
    let more = format!("[stellar]\nplatform_callback_url = \"{}/platform\"\n", receiver.url);
    let server = server(&more);
    let wallet = Wallet::new(2).signed_in(&server);
    let id = put(&wallet, &server, "sep12-review");
    let wish = json!({ "id": "tx-1", "kind": "sep6", "customer": id, "role": "sep12-review" });
    assert_eq!(server.ask("POST", "/transactions", &wish).status, 201);
    assert_eq!(server.ask("POST", "/transactions", &wish).status, 200, "once more changes nothing");
    assert_eq!(server.ask("GET", "/transactions/tx-1", &Value::Null).json()["state"], "waiting");
    assert_eq!(server.ask("GET", "/transactions/tx-2", &Value::Null).status, 404);
    let review = review_of(&server, "open");
    let path = format!("/review/{}/accept", review["id"].as_str().expect("an id"));
    assert!(server.ask("POST", &path, &json!({})).status < 300);
    let body = told_after_a_while(&server, &receiver, "/platform");
    assert_eq!((&body["transaction_id"], &body["customer_id"]), (&json!("tx-1"), &json!(id)));
    sent_is_in_evidence(&server, &id, &json!({ "transaction": "tx-1", "accepted": true }));
    assert_eq!(server.ask("GET", "/transactions/tx-1", &Value::Null).json()["state"], "accepted");
}

#[test]
fn a_customer_completes_the_page_without_a_wallet() {
    let server = server("");
    let wallet = Wallet::new(3).signed_in(&server);
    let answer = wallet.put(&server, &json!({ "first_name": "Jane" }));
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    let made = server.ask("POST", &format!("/stellar/customers/{id}/more-info-url"), &json!({}));
    assert_eq!(made.status, 200, "{made:?}");
    let url = made.json()["url"].as_str().expect("a url").to_owned();
    let path = url.strip_prefix("http://kyc.example").expect("ours").to_owned();
    let page = call(&server.public, "GET", &path, &[], b"");
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.text.contains("last_name") && page.text.contains("email_address"));
    assert!(!page.text.contains("<script"), "no script");
    let secret = page.text.split("type=\"hidden\"").nth(1).expect("a hidden field");
    let attribute = |name: &str| {
        let start = secret.split(&format!("{name}=\"")).nth(1).expect("an attribute");
        start.split('"').next().expect("an end").to_owned()
    };
    let (name, value) = (attribute("name"), attribute("value"));
    let form = |fields: &[(&str, &str)]| -> Answer {
        let mut body = String::new();
        for (name, value) in fields {
            body.push_str("--XX\r\nContent-Disposition: form-data; name=\"");
            body.extend([*name, "\"\r\n\r\n", *value, "\r\n"]);
        }
        body.push_str("--XX--\r\n");
        let kind = "Content-Type: multipart/form-data; boundary=XX";
        call(&server.public, "POST", &path, &[kind], body.as_bytes())
    };
    let bad = form(&[(&name, &value), ("last_name", "Doe"), ("email_address", "nobody")]);
    assert!(bad.status >= 400 && bad.text.contains("email_address"), "{bad:?}");
    let forged = form(&[("last_name", "Doe"), ("email_address", "jane@example.com")]);
    assert!(forged.status >= 400, "a form without the page's secret: {forged:?}");
    let sent =
        form(&[(&name, &value), ("last_name", "Doe"), ("email_address", "jane@example.com")]);
    assert!(sent.status < 400, "{sent:?}");
    let shown = wallet.get(&server, "/kyc/customer").json();
    assert_eq!(shown["status"], "ACCEPTED", "{shown}");
    let other = call(&server.public, "GET", &format!("{path}x"), &[], b"");
    assert_eq!(other.status, 404);
}

#[test]
fn a_provider_answers_what_it_was_asked_and_nobody_else_does() {
    let receiver = Receiver::start();
    let more = format!(
        "[stellar.types.checked]\nrequired = [\"first_name\"]\ndecided_by = \"provider:acme\"\n\
         [providers.acme]\nurl = \"{}/check\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
        receiver.url
    );
    let server = server(&more);
    let wallet = Wallet::new(4).signed_in(&server);
    let answer = wallet.put(&server, &json!({ "type": "checked", "first_name": "Jane" }));
    assert_eq!(answer.status, 202, "{answer:?}");
    let asked = told_after_a_while(&server, &receiver, "/check");
    let request = asked["data"]["request_id"].clone();
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    sent_is_in_evidence(&server, &id, &json!({ "kind": "checked", "provider": "acme" }));
    let body = json!({ "request_id": request, "decision": "accept" }).to_string();
    let path = "/providers/acme/decisions";
    let unsigned = call(&server.public, "POST", path, &[], body.as_bytes());
    assert_eq!(unsigned.status, 401, "{unsigned:?}");
    let stranger = call(&server.public, "POST", "/providers/nobody/decisions", &[], b"{}");
    assert_eq!(stranger.status, 404, "{stranger:?}");
    let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
    let at = server.deadline() - 120;
    let signed = {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(&secret).expect("a key");
        mac.update(format!("msg_1.{at}.{body}").as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    };
    let headers = [
        "webhook-id: msg_1".to_owned(),
        format!("webhook-timestamp: {at}"),
        format!("webhook-signature: v1,{signed}"),
    ];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    for _ in 0..2 {
        let taken = call(&server.public, "POST", path, &headers, body.as_bytes());
        assert_eq!(taken.status, 204, "{taken:?}");
    }
    let shown = wallet.get(&server, "/kyc/customer?type=checked").json();
    assert_eq!(shown["status"], "ACCEPTED", "{shown}");
}
