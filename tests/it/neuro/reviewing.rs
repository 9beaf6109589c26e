//! Providers and operators review what the rules leave open.

use serde_json::{Value, json};

use super::client::{ALL, Client, borrowed, claims};
use super::{configuration, events};
use crate::harness::{Answer, Receiver, Server, call};
use kycd::signing::webhook::Secret;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PNR: &str = "19811228-9874";

/// Whose claims `acme` is asked about; nothing is believed without it.
fn server(receiver: &Receiver) -> Server {
    let profile = "[neuro.profiles.default]\nself_declared = false\n\
         authenticators = [\"contact\", \"documents\", \"duplicate\", \"provider:acme\"]\n";
    let more = format!(
        "{profile}[callbacks]\nallow_http = true\nallow_addresses = [\"127.0.0.1\"]\n\
         [providers.acme]\nurl = \"{}/check\"\nsecret = \"{SECRET}\"\n",
        receiver.url
    );
    Server::start(&configuration(&more))
}

fn say(server: &Server, request: &str, decision: &str, reasons: &[&str]) -> Answer {
    let body =
        json!({ "request_id": request, "decision": decision, "reasons": reasons }).to_string();
    let at = server.deadline() - 120;
    let secret = Secret::parse(SECRET).expect("a secret");
    let headers = [
        "webhook-id: msg_1".to_owned(),
        format!("webhook-timestamp: {at}"),
        format!("webhook-signature: {}", secret.sign("msg_1", at, body.as_bytes())),
    ];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    call(&server.public, "POST", "/providers/acme/decisions", &headers, body.as_bytes())
}

/// Somebody whose application `acme` is asked about; answers the identity and the request.
fn asked(server: &Server, receiver: &Receiver, client: &Client, number: usize) -> (String, String) {
    let claims = claims(client, PNR);
    let id = client.apply(server, &borrowed(&claims));
    let photo = client.attachment(&id, b"\x89PNG\r\n\x1a\n0000", "Passport.png", "image/png");
    client.good(server, "Legal/AddIdAttachment", &photo);
    assert_eq!(client.ready_for_approval(server, &id), "Created", "it waits for the provider");
    let call = receiver.wait("/check", number).pop().expect("a call");
    let body = call.json();
    assert_eq!(body["type"], "kyc.check.requested", "{body}");
    let data = &body["data"];
    assert_eq!((&data["protocol"], &data["legal_id"]), (&json!("neuro"), &json!(id)), "{body}");
    assert_eq!(data["claims"]["PNR"], PNR, "{body}");
    assert_eq!(data["documents"][0]["file_name"], "Passport.png", "{body}");
    (id, data["request_id"].as_str().expect("a request").to_owned())
}

#[test]
fn a_provider_vouches_refuses_or_leaves_it_to_an_operator() {
    let receiver = Receiver::start();
    let server = server(&receiver);
    let client = Client::ready(&server, "asked", ALL[0]);
    let (id, request) = asked(&server, &receiver, &client, 1);
    assert_eq!(say(&server, &request, "accept", &[]).status, 204);
    assert_eq!(client.state(&server, &id), "Approved");
    assert_eq!(say(&server, &request, "accept", &[]).status, 204, "again");
    assert_eq!(say(&server, &request, "reject", &[]).status, 409);
    assert_eq!(client.pop(&server).len(), 1);

    let (id, request) = asked(&server, &receiver, &client, 2);
    assert_eq!(say(&server, &request, "reject", &["PhotoMismatch"]).status, 204);
    assert_eq!(client.state(&server, &id), "Rejected");
    let told = client.pop(&server);
    assert!(told[0].1.contains("PhotoMismatch"), "{told:?}");

    let (id, request) = asked(&server, &receiver, &client, 3);
    let late = client.attachment(&id, b"\x89PNG\r\n\x1a\n0000", "IdCardFront.png", "image/png");
    client.good(&server, "Legal/AddIdAttachment", &late);
    assert_eq!(say(&server, &request, "accept", &[]).status, 204);
    assert_eq!(client.state(&server, &id), "Created", "nobody has seen what came meanwhile");
    assert!(client.pop(&server)[0].1.contains("unvalidatedPhoto"));
    let open = server.ask("GET", "/review?state=open", &Value::Null).json();
    let path = format!("/review/{}/reject", open[0]["id"].as_str().expect("a review"));
    let no = json!({ "by": "desk", "reason": "late", "kind": "final" });
    assert!(server.ask("POST", &path, &no).status < 300);
    client.pop(&server);

    let (id, request) = asked(&server, &receiver, &client, 4);
    assert_eq!(say(&server, &request, "info", &["The photo is dark"]).status, 204);
    assert_eq!(client.state(&server, &id), "Created");
    assert!(client.pop(&server)[0].1.contains("The photo is dark"));
    let open = server.ask("GET", "/review?state=open", &Value::Null).json();
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{open}");
    let nobody = "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b";
    assert_eq!(say(&server, nobody, "accept", &[]).status, 404);
    server.command(&["audit"]);
}

#[test]
fn a_provider_that_does_not_answer_is_given_up_also_after_a_crash() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let receiver = Receiver::start();
    let server = server(&receiver);
    let client = Client::ready(&server, "waiting", ALL[0]);
    let (_, request) = asked(&server, &receiver, &client, 1);
    let server = server.crash();
    assert_eq!(events(&server, "neuro.ReviewConcluded"), 0);
    server.advance(DAY_MS + 1_000);
    server.wait(0, "the end of the run", |server| events(server, "neuro.ReviewConcluded") == 1);
    assert_eq!(say(&server, &request, "accept", &[]).status, 409, "too late");
    let open = server.ask("GET", "/review?state=open", &Value::Null).json();
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{open}");
}

#[test]
fn an_operator_sees_what_is_open_and_says_why() {
    let server = super::server("");
    let client = Client::ready(&server, "seen", ALL[0]);
    let mut odd = claims(&client, PNR);
    odd.push(("SPORT", "golf".to_owned()));
    let id = client.apply(&server, &borrowed(&odd));
    let file = client.attachment(&id, b"%PDF-1.7 x", "letter.pdf", "application/pdf");
    client.good(&server, "Legal/AddIdAttachment", &file);
    assert_eq!(client.ready_for_approval(&server, &id), "Created");
    let open = server.ask("GET", "/review?state=open", &Value::Null);
    assert!(!open.text.contains("golf") && !open.text.contains("seen"), "{open:?}");
    let review = open.json()[0]["id"].as_str().expect("a review").to_owned();
    let path = format!("/review/{review}");
    let shown = server.ask("GET", &path, &Value::Null);
    assert!(shown.text.contains("SPORT") && !shown.text.contains("golf"), "{shown:?}");
    let values = server.ask("GET", &format!("{path}?unseal=true&reason=case"), &Value::Null);
    assert!(values.text.contains("golf"), "{values:?}");
    let letter = format!("{path}/documents/letter.pdf?unseal=true&reason=case");
    assert_eq!(server.ask("GET", &letter, &Value::Null).text, "%PDF-1.7 x");
    let claim = |by| server.ask("POST", &format!("{path}/claim"), &json!({ "by": by })).status;
    assert_eq!((claim("desk 1"), claim("desk 2")), (200, 409));
    let ask = |what: &str, body: &Value| server.ask("POST", &format!("{path}/{what}"), body).status;
    let no = json!({ "by": "desk 2", "reason": "no", "kind": "final" });
    assert_eq!(ask("reject", &no), 409);
    let info = json!({ "by": "desk 1", "reason": "Please send it", "fields": ["Passport"] });
    assert!(ask("request-info", &info) < 300);
    assert_eq!(client.state(&server, &id), "Created");
    let told = client.pop(&server);
    assert!(told.last().expect("a message").1.contains("Please send it (Passport)"), "{told:?}");
    // What comes then is looked at anew.
    let passport = client.attachment(&id, b"\x89PNG\r\n\x1a\n0000", "Passport.png", "image/png");
    client.good(&server, "Legal/AddIdAttachment", &passport);
    assert_eq!(client.ready_for_approval(&server, &id), "Created");
    let open = server.ask("GET", "/review?state=open", &Value::Null).json();
    let review = open[0]["id"].as_str().expect("a new review").to_owned();
    let reject = json!({ "by": "desk 1", "reason": "forged", "kind": "final" });
    assert!(server.ask("POST", &format!("/review/{review}/reject"), &reject).status < 300);
    assert_eq!(client.state(&server, &id), "Rejected");
    assert_eq!(events(&server, "neuro.IdentityRejected"), 1);
}

#[test]
fn a_review_that_takes_longer_than_the_answer_waits_goes_on_behind_it() {
    let server = super::server("review_budget_ms = 0\n");
    let client = Client::ready(&server, "patient", ALL[0]);
    let claims = claims(&client, PNR);
    let id = client.apply(&server, &borrowed(&claims));
    let answered = client.ready_for_approval(&server, &id);
    assert!(["Created", "Approved"].contains(&answered.as_str()), "{answered}");
    server.wait(0, "the outcome", |server| client.state(server, &id) == "Approved");
    assert_eq!(events(&server, "neuro.ReviewConcluded"), 1);
    assert_eq!(client.pop(&server).len(), 1);
}
