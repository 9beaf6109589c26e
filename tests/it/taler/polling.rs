//! Long polls: who waits is answered by news, by the clock, or when the server stops.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::Instant;

use serde_json::{Value, json};

use super::account::Way;
use super::bank::{Bank, PDF};
use super::check::{message, verifies};
use super::provider::{Provider, Reply};
use super::{Account, JOHN, events, is_error};
use crate::harness::{Answer, Server, call};

/// Somebody who waits on a thread of their own.
fn wait(server: &Server, account: &Account, more: &str) -> JoinHandle<Answer> {
    let (address, path) = (server.public.clone(), account.path(more));
    std::thread::spawn(move || call(&address, "GET", &path, &[], b""))
}

/// How many wait, as the operator sees it.
fn waiting(server: &Server) -> usize {
    let metrics = server.ask("GET", "/metrics", &Value::Null).text;
    let line = metrics.lines().find_map(|line| line.strip_prefix("kycd_long_polls "));
    line.expect("a gauge").parse().expect("a number")
}

fn until_wait(server: &Server, count: usize) {
    server.wait(0, "so many long polls", |server| waiting(server) == count);
}

#[test]
fn who_waits_in_vain_is_answered_when_the_time_is_over() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let one = wait(&server, &account, "&timeout_ms=2000");
    until_wait(&server, 1);
    server.advance(1_999);
    assert_eq!(events(&server, "ProcessStarted"), 0, "nobody was sent anywhere yet");
    assert!(!one.is_finished() && waiting(&server) == 1);
    server.advance(1);
    let answer = one.join().expect("an answer");
    assert_eq!(answer.status, 202, "{answer:?}");
    let way = Way::of(&answer.json()["kyc_url"]);
    assert_eq!(way.url, account.way(&server).url);
    assert_eq!(events(&server, "ProcessStarted"), 1);
    until_wait(&server, 0);
}

#[test]
fn nobody_waits_longer_than_the_server_allows() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let one = wait(&server, &account, "&timeout_ms=18446744073709551615");
    until_wait(&server, 1);
    server.advance(kycd::config::limits::LONG_POLL_MS_MAX);
    assert_eq!(one.join().expect("an answer").status, 202);
}

#[test]
fn on_a_clock_that_goes_by_itself_it_takes_as_long_as_was_said() {
    let server = Server::start("[sandbox]\nvirtual_clock = false\n");
    let account = Account::register(&server, JOHN);
    let started = Instant::now();
    let answer = account.check(&server, "&timeout_ms=700");
    assert_eq!(answer.status, 202, "{answer:?}");
    let took_ms = started.elapsed().as_millis();
    assert!((700..10_000).contains(&took_ms), "{took_ms} ms");
}

#[test]
fn a_proof_wakes_everybody_who_waits_for_the_account_and_nobody_else() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let other = Account::register(&server, "payto://x-taler-bank/localhost/42");
    let short = Account { h_payto: account.short(), ..account.clone() };
    let forms = [&account, &short];
    let waiters: Vec<_> = (0..10)
        .map(|at| (forms[at % 2], wait(&server, forms[at % 2], "&timeout_ms=10000")))
        .collect();
    let stranger = wait(&server, &other, "&timeout_ms=10000");
    until_wait(&server, 11);
    account.prove(&server);
    for (form, waiter) in waiters {
        let answer = waiter.join().expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        assert!(verifies(&answer, &message(&form.hash, form.h_payto.len(), &answer)), "{answer}");
    }
    until_wait(&server, 1);
    assert!(!stranger.is_finished());
    server.advance(10_000);
    assert_eq!(stranger.join().expect("an answer").status, 202);
}

#[test]
fn who_is_good_already_waits_for_nothing() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    account.prove(&server);
    // The clock stands: whoever waited would wait for ever.
    assert_eq!(account.check(&server, "&timeout_ms=10000").status, 200);
}

#[test]
fn a_stranger_is_refused_at_once() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let stranger = Account { number: account.number, ..Account::known("payto://x/y", 0) };
    is_error(&stranger.check(&server, "&timeout_ms=5000"), 401, 1930, None);
    let nobody = Account { number: 99, ..account };
    is_error(&nobody.check(&server, "&timeout_ms=5000"), 404, 1939, None);
    assert_eq!(waiting(&server), 0);
}

#[test]
fn a_refusal_or_a_fault_wakes_nobody() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let one = wait(&server, &account, "&timeout_ms=10000");
    until_wait(&server, 1);
    assert_eq!(account.code(&server, "bad").status, 401);
    let down = json!({ "kind": "down", "times": 1 });
    assert_eq!(server.ask("POST", "/sandbox/oauth/outcome", &down).status, 204);
    assert_eq!(account.code(&server, "pass").status, 502);
    assert!(!one.is_finished() && waiting(&server) == 1);
    assert_eq!(account.code(&server, "pass").status, 302);
    assert_eq!(one.join().expect("an answer").status, 200);
}

#[test]
fn who_waits_for_somebody_who_is_erased_is_told_that_there_is_nobody() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let one = wait(&server, &account, "&timeout_ms=10000");
    until_wait(&server, 1);
    let path = format!("/subjects/taler:{}/erase", account.number);
    assert_eq!(server.ask("POST", &path, &json!({ "reason": "request 7" })).status, 200);
    is_error(&one.join().expect("an answer"), 404, 1939, None);
}

#[test]
fn an_operator_who_accepts_a_document_wakes_who_waits() {
    let server = Server::start("[taler]\nbulk_review = \"manual\"\n");
    let account = Account::register(&server, JOHN);
    let bank = Bank::new().admitted(&server);
    let one = wait(&server, &account, "&timeout_ms=10000");
    until_wait(&server, 1);
    assert_eq!(bank.upload(&server, PDF, JOHN, "application/pdf").status, 204);
    assert!(!one.is_finished() && waiting(&server) == 1);
    let reviews = server.ask("GET", "/review?state=open", &Value::Null).json();
    let path = format!("/review/{}/accept", reviews[0]["id"].as_str().expect("an id"));
    assert_eq!(server.ask("POST", &path, &json!({ "by": "desk" })).status, 200);
    let answer = one.join().expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert!(verifies(&answer, &message(&account.hash, 103, &answer)), "{answer}");
    // Nobody came back from the provider: there is no state that it could have been.
    is_error(&account.proof(&server, "code=pass&state=x"), 401, 1928, None);
}

#[test]
fn who_hangs_up_leaves_their_place() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let request = format!("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", account.path("&timeout_ms=60000"));
    let mut lines: Vec<_> = (0..5)
        .map(|_| {
            let mut line = TcpStream::connect(&server.public).expect("connects");
            line.write_all(request.as_bytes()).expect("writes");
            line
        })
        .collect();
    until_wait(&server, 5);
    lines.truncate(2);
    until_wait(&server, 2);
    drop(lines);
    until_wait(&server, 0);
    assert_eq!(events(&server, "ProcessStarted"), 0);
}

#[test]
fn a_provider_that_hangs_does_not_keep_a_server_from_stopping() {
    let provider = Provider::start();
    let server = provider.server("timeout_ms = 60000");
    let account = Account::register(&server, JOHN);
    let query = format!("code=pass&state={}", account.way(&server).state());
    provider.token([Reply::Hang]);
    let (address, path) = (server.public.clone(), format!("/kyc-proof/{}?{query}", account.number));
    let asks = std::thread::spawn(move || call(&address, "GET", &path, &[], b""));
    server.wait(0, "the question", |_| provider.codes().len() == 1);
    let started = Instant::now();
    let (home, ended) = server.stop_and_keep();
    assert!(ended.success());
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert_eq!(asks.join().expect("an end").status, 0, "the connection is gone");
    let server = Server::on(home);
    assert_eq!(account.proof(&server, &query).status, 302, "the code may be given again");
}

#[test]
fn a_server_that_stops_answers_everybody_who_waits() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let other = Account::register(&server, "payto://x-taler-bank/localhost/42");
    let waiters: Vec<_> = (0..40)
        .map(|at| wait(&server, if at % 2 == 0 { &account } else { &other }, "&timeout_ms=3600000"))
        .collect();
    until_wait(&server, 40);
    let started = Instant::now();
    let (_, ended) = server.stop_and_keep();
    assert!(ended.success());
    assert!(started.elapsed().as_secs() < 8, "{:?}", started.elapsed());
    for waiter in waiters {
        let answer = waiter.join().expect("an answer");
        assert_eq!(answer.status, 202, "{answer:?}");
        assert!(answer.json()["kyc_url"].is_string(), "{answer:?}");
    }
}
