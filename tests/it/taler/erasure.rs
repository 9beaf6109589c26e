//! Row numbers for ever, people not: erasure, holds, and crashes in between.

use serde_json::{Value, json};

use super::{Account, JOHN, events, is_error};
use crate::harness::{Answer, Server};

const BANK: &str = "payto://x-taler-bank/localhost:8082/User42?receiver-name=User42";

fn erase(server: &Server, account: &Account) -> Answer {
    let path = format!("/subjects/taler:{}/erase", account.number);
    server.ask("POST", &path, &json!({ "reason": "request 7" }))
}

#[test]
fn numbers_increase_and_are_the_accounts_for_ever() {
    let server = Server::start("");
    let register = |server: &Server, payto: &str| {
        let body = json!({ "payto_uri": payto });
        let answer = server.ask("POST", "/taler/payment-targets", &body);
        (answer.status, answer.json()["payment_target_uuid"].as_u64())
    };
    let john = register(&server, JOHN);
    assert_eq!(john.0, 201);
    assert_eq!(register(&server, JOHN), (200, john.1));
    let bank = register(&server, BANK);
    assert!(bank.0 == 201 && bank.1 > john.1);
    // Another spelling is another account: its full hash is another one.
    let spelt = register(&server, "payto://iban/de75512108001245126199?receiver-name=John%20Doe");
    assert!(spelt.0 == 201 && spelt.1 > bank.1);
    let server = server.crash();
    assert_eq!(register(&server, JOHN), (200, john.1));
    let next = register(&server, "payto://x-taler-bank/localhost/1");
    assert!(next.0 == 201 && next.1 > spelt.1);
    for bad in
        ["", "payto://", "https://iban/x", "payto://iban/DE00?receiver-name=X", "payto://iban"]
    {
        let answer = server.ask("POST", "/taler/payment-targets", &json!({ "payto_uri": bad }));
        assert_eq!(answer.status, 400, "{bad} {answer:?}");
        assert!(bad.is_empty() || !answer.text.contains(bad), "{answer:?}");
    }
}

#[test]
fn who_is_erased_is_nobody_and_comes_back_as_somebody_else() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let state = account.way(&server).state().to_owned();
    account.prove(&server);
    assert_eq!(erase(&server, &account).status, 200);
    is_error(&account.check(&server, ""), 404, 1939, None);
    let old = account.proof(&server, &format!("code=pass&state={state}"));
    is_error(&old, 404, 1929, None);
    let other = Account::register(&server, BANK);
    let server = server.crash();
    is_error(&account.check(&server, ""), 404, 1939, None);
    let again = Account::register(&server, JOHN);
    assert!(again.number > other.number && other.number > account.number);
    assert_eq!(again.check(&server, "").status, 202, "nothing of the old proof is left");
    assert_ne!(again.way(&server).state(), state);
    again.prove(&server);
    assert_eq!(erase(&server, &again).status, 200);
    let third = Account::register(&server, JOHN);
    assert!(third.number > again.number);
    for old in [&account, &again] {
        is_error(&old.check(&server, ""), 404, 1939, None);
    }
    server.command(&["audit"]);
}

#[test]
fn a_hold_keeps_an_account_until_it_is_lifted() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    account.prove(&server);
    let hold = format!("/subjects/taler:{}/hold", account.number);
    let until = json!({ "reason": "court order", "until": "2100-01-01T00:00:00Z" });
    assert_eq!(server.ask("POST", &hold, &until).status, 200);
    assert_eq!(erase(&server, &account).status, 409);
    assert_eq!(account.check(&server, "").status, 200);
    let server = server.crash();
    assert_eq!(erase(&server, &account).status, 409);
    assert_eq!(server.ask("DELETE", &hold, &json!({ "reason": "over" })).status, 204);
    assert_eq!(erase(&server, &account).status, 200);
    is_error(&account.check(&server, ""), 404, 1939, None);
}

#[test]
fn who_is_due_is_listed_by_the_retention_of_the_protocol() {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let server = Server::start("[retention]\ntaler = \"30 days\"\n");
    let account = Account::register(&server, JOHN);
    let due = |server: &Server| server.ask("GET", "/retention/due", &Value::Null).json();
    server.advance(29 * DAY_MS);
    assert_eq!(due(&server), json!([]));
    account.prove(&server);
    server.advance(29 * DAY_MS);
    assert_eq!(due(&server), json!([]), "it counts from the last change");
    server.advance(2 * DAY_MS);
    let listed = due(&server);
    assert_eq!((&listed[0]["protocol"], &listed[1]), (&json!("taler"), &Value::Null), "{listed}");
    let name = listed[0]["subject"].as_str().expect("a name");
    server.command(&["erase", "--subject", name, "--reason", "retention is over"]);
    assert_eq!(due(&server), json!([]));
    is_error(&account.check(&server, ""), 404, 1939, None);
}

#[test]
fn an_erasure_goes_on_after_a_crash_at_any_step() {
    for step in ["erasure.requested", "erasure.closed", "erasure.condemned", "erasure.shredded"] {
        let server = Server::start("");
        let account = Account::register(&server, JOHN);
        account.prove(&server);
        let server = server.crash_to(step);
        assert_eq!(erase(&server, &account).status, 0, "{step}: the server is gone");
        let server = server.after_its_crash();
        server.wait(0, "the erasure", |server| events(server, "subject.SubjectErased") == 1);
        is_error(&account.check(&server, ""), 404, 1939, None);
        let again = Account::register(&server, JOHN);
        assert!(again.number > account.number, "{step}");
        assert_eq!(again.check(&server, "").status, 202, "{step}");
        server.command(&["audit"]);
    }
}

#[test]
fn a_crash_changes_neither_where_people_are_sent_nor_how_they_stand() {
    let server = Server::start("[server]\npublic_url = \"http://exchange.example\"\n");
    let (john, bank) = (Account::register(&server, JOHN), Account::register(&server, BANK));
    let way = john.way(&server);
    bank.prove(&server);
    let server = server.crash();
    let same = john.way(&server);
    assert_eq!(same.query, way.query, "also the state and the challenge");
    assert_eq!(bank.check(&server, "").status, 200);
    let answer = john.proof(&server, &format!("code=pass&state={}", way.state()));
    assert_eq!(answer.status, 302, "{answer:?}");
    let server = server.crash();
    assert_eq!(john.check(&server, "").status, 200);
    server.command(&["audit"]);
}
