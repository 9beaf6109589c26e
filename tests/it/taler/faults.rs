//! What a provider may answer: refusals end the process, everything else may be tried again.

use super::provider::{Provider, Reply};
use super::{Account, JOHN, events, is_error};
use crate::harness::Server;

use Reply::{Break, Endless, Hang, HangHalfway, Say, Send};

/// How a question to the provider ends.
enum End {
    /// 401 with this detail; the process is over.
    Refused(&'static str),
    /// 502; the code may be given again.
    Broken,
    /// 504, the same.
    Late,
}

const WHY: &str = r#"{"error": "invalid_grant", "error_description": "no"}"#;

/// Each reply to a code, and what becomes of it.
fn tokens(provider: &Provider, other: &Provider) -> Vec<(Reply, End)> {
    let to = |place: &str| Send(307, format!("{}{place}", provider.url));
    vec![
        (Say(200, "<html>hello</html>"), End::Broken),
        (Say(200, ""), End::Broken),
        (Say(200, "[]"), End::Broken),
        (Say(200, r#"{"token_type": "bearer"}"#), End::Broken),
        (Say(200, r#"{"access_token": "good"}"#), End::Broken),
        (Say(200, r#"{"access_token": 5, "token_type": "bearer"}"#), End::Broken),
        (Say(200, r#"{"access_token": "good", "token_type": "mac"}"#), End::Broken),
        (Say(200, r#"{"access_token": "go od", "token_type": "bearer"}"#), End::Broken),
        (Say(200, r#"{"access_token": "go;od", "token_type": "bearer"}"#), End::Broken),
        (Say(200, r#"{"access_token": "go\nod", "token_type": "bearer"}"#), End::Broken),
        (Say(201, r#"{"access_token": "good", "token_type": "bearer"}"#), End::Broken),
        (Say(400, WHY), End::Refused("no")),
        (Say(403, WHY), End::Refused("no")),
        (Say(500, WHY), End::Refused("no")),
        (Say(400, r#"{"error": "invalid_grant"}"#), End::Broken),
        (Say(500, ""), End::Broken),
        (Say(404, "<h1>not found</h1>"), End::Broken),
        (Break, End::Broken),
        (Endless, End::Broken),
        (Send(302, "no URL: ://".to_owned()), End::Broken),
        (Send(307, format!("{}/token", other.url)), End::Broken),
        (to("/info"), End::Broken),
        (Hang, End::Late),
        (HangHalfway, End::Late),
    ]
}

/// The same to a token.
fn infos() -> Vec<(Reply, End)> {
    const REFUSED: &str = r#"{"status": "error", "error": "x", "error_description": "not known"}"#;
    vec![
        (Say(200, "hello"), End::Broken),
        (Say(200, r#"{"status": "success"}"#), End::Broken),
        (Say(200, r#"{"status": "success", "data": {}}"#), End::Broken),
        (Say(200, r#"{"status": "success", "data": {"id": ""}}"#), End::Broken),
        (Say(200, r#"{"status": "success", "data": {"id": null}}"#), End::Broken),
        (Say(200, r#"{"data": {"id": "U1"}}"#), End::Broken),
        (Say(200, r#"{"status": "error"}"#), End::Broken),
        (Say(200, REFUSED), End::Refused("not known")),
        (Say(401, WHY), End::Refused("no")),
        (Say(500, "oops"), End::Broken),
        (Break, End::Broken),
        (Endless, End::Broken),
        (Hang, End::Late),
    ]
}

fn ends(server: &Server, account: &Account, what: &str, end: &End) {
    let before = account.way(server);
    let answer = account.code(server, "pass");
    let after = account.check(server, "");
    assert_eq!(after.status, 202, "{what}: {answer:?} {after:?}");
    let is_same = account.way(server).url == before.url;
    match end {
        End::Refused(why) => {
            is_error(&answer, 401, 1928, Some(why));
            assert!(!is_same, "{what}: the process is over");
        }
        End::Broken => {
            is_error(&answer, 502, 1926, None);
            assert!(is_same, "{what}: the process goes on");
        }
        End::Late => {
            is_error(&answer, 504, 1935, None);
            assert!(is_same, "{what}: the process goes on");
        }
    }
}

#[test]
fn a_provider_that_lies_breaks_or_refuses_proves_nothing() {
    let (provider, other) = (Provider::start(), Provider::start());
    let server = provider.server("timeout_ms = 2500");
    let account = Account::register(&server, JOHN);
    for (reply, end) in tokens(&provider, &other) {
        let what = format!("{reply:?}");
        provider.token([reply]);
        ends(&server, &account, &what, &end);
    }
    for (reply, end) in infos() {
        let what = format!("{reply:?}");
        provider.info([reply]);
        ends(&server, &account, &what, &end);
    }
    assert!(other.asked().is_empty(), "secrets go nowhere else");
    assert_eq!(events(&server, "ProofAccepted"), 0);
    let faults = events(&server, "ProofUnanswered");
    assert!(faults > 20, "each fault is on record: {faults}");
    // After all that a good answer is as good as ever.
    provider.token([Say(200, r#"{"access_token": "good", "token_type": "BEARER"}"#)]);
    assert_eq!(account.code(&server, "pass").status, 302);
    assert_eq!(account.check(&server, "").status, 200);
}

#[test]
fn redirects_are_followed_a_few_times_and_no_more() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    provider.token((0..20).map(|_| Send(307, "/token".to_owned())));
    is_error(&account.code(&server, "pass"), 502, 1926, None);
    let asked = provider.codes();
    assert_eq!(asked.len(), 6, "once, and five times more");
    assert!(asked.iter().all(|one| one.form["code"] == "pass" && one.method == "POST"));
    is_error(&account.code(&server, "pass"), 502, 1926, None);
    provider.token([]);
    let left = 20 - provider.codes().len();
    for _ in 0..left.div_ceil(6) {
        account.code(&server, "pass");
    }
    assert_eq!(account.check(&server, "").status, 200, "two redirects are fine");
}

#[test]
fn a_crash_while_the_provider_is_asked_leaves_the_way_open() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let way = account.way(&server);
    provider.token([Hang]);
    let query = format!("code=pass&state={}", way.state());
    let (address, path) = (server.public.clone(), format!("/kyc-proof/{}?{query}", account.number));
    let asks = std::thread::spawn(move || crate::harness::call(&address, "GET", &path, &[], b""));
    server.wait(0, "the question", |_| provider.codes().len() == 1);
    let server = server.crash();
    assert_eq!(asks.join().expect("an end").status, 0);
    assert_eq!(account.way(&server).query["code_challenge"], way.query["code_challenge"]);
    assert_eq!(account.proof(&server, &query).status, 302);
    assert_eq!(account.check(&server, "").status, 200);
}
