//! `kyc-proof`: the holder of an account comes back from the provider.

use std::thread;

use super::account::Way;
use super::provider::{Provider, Reply};
use super::{Account, JOHN, events, get, header, is_error};
use crate::harness::{Answer, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

const REFUSED: Reply =
    Reply::Say(400, r#"{"error": "invalid_grant", "error_description": "no such code"}"#);

fn is_done(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (302, ""), "{answer:?}");
    assert_eq!(header(answer, "Location"), "https://shop.example/done");
}

#[test]
fn what_is_asked_is_checked_before_anybody_is() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    is_error(&account.proof(&server, ""), 400, 26, Some("code"));
    is_error(&account.proof(&server, "state=x"), 400, 26, Some("code"));
    for bad in ["abc", "12x", "-1", "18446744073709551616"] {
        let answer = get(&server, &format!("/kyc-proof/{bad}?code=x&state=y"));
        is_error(&answer, 400, 26, Some("payment_target_uuid"));
    }
    is_error(&get(&server, "/kyc-proof/99?code=x&state=y"), 404, 1929, None);
    // Nobody was sent to the provider yet.
    is_error(&account.proof(&server, "code=pass&state=x"), 401, 1928, None);
    let way = account.way(&server);
    let cut = &way.state()[1..];
    for query in ["code=pass", "code=pass&state=", "code=pass&state=x", "error=access_denied"] {
        is_error(&account.proof(&server, query), 401, 1928, None);
    }
    is_error(&account.proof(&server, &format!("code=pass&state={cut}")), 401, 1928, None);
    let jane = Account::register(&server, "payto://x-taler-bank/localhost/42");
    let foreign = format!("code=pass&state={}", jane.way(&server).state());
    is_error(&account.proof(&server, &foreign), 401, 1928, None);
    assert!(provider.asked().is_empty(), "{:?}", provider.asked());
    assert_eq!(account.way(&server).url, way.url, "all that changed nothing");
}

#[test]
fn the_provider_is_asked_as_the_holder_was_sent_there() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let way = account.way(&server);
    let of = |name: &str| way.query[name].as_str();
    assert!(way.url.as_str().starts_with(&format!("{}/login?tenant=1&", provider.url)));
    assert_eq!((of("response_type"), of("client_id")), ("code", "kycd & co"));
    let redirect_uri = format!("http://{}/kyc-proof/{}", server.public, account.number);
    assert_eq!(of("redirect_uri"), redirect_uri);
    assert_eq!(of("code_challenge_method"), "S256");
    assert!(way.state().len() >= 43, "nobody guesses it");
    let extra = format!("lang=de&code=a%2Bb%20c&code=2&state={}&session_state=1", way.state());
    is_done(&account.proof(&server, &extra));
    let asked = provider.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    let (token, info) = (&asked[0], &asked[1]);
    let sent = |name: &str| token.form[name].as_str();
    assert_eq!((token.method.as_str(), token.path.as_str()), ("POST", "/token"));
    assert_eq!((sent("client_id"), sent("client_secret")), ("kycd & co", "s3cr=t"));
    assert_eq!((sent("code"), sent("grant_type")), ("a+b c", "authorization_code"));
    assert_eq!(sent("redirect_uri"), redirect_uri);
    let verifier = sent("code_verifier");
    assert!((43..=128).contains(&verifier.len()), "{verifier}");
    assert_ne!(verifier, way.state());
    assert_eq!(of("code_challenge"), URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    assert_eq!((info.method.as_str(), info.path.as_str()), ("GET", "/info"));
    assert!(info.head.to_lowercase().contains("authorization: bearer good"), "{info:?}");
    assert!(!info.head.contains("s3cr"), "{info:?}");
}

#[test]
fn the_way_stays_the_same_until_success_refusal_or_expiry() {
    const TTL_MS: i64 = kycd::config::limits::PROCESS_TTL_MS;
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let first = account.way(&server);
    server.advance(TTL_MS - 1);
    assert_eq!(account.way(&server).url, first.url);
    server.advance(1);
    // Too late, though nobody has begun anew.
    let late = format!("code=pass&state={}", first.state());
    is_error(&account.proof(&server, &late), 401, 1928, None);
    let second = account.way(&server);
    for name in ["state", "code_challenge"] {
        assert_ne!(second.query[name], first.query[name], "{name}");
    }
    is_error(&account.proof(&server, &late), 401, 1928, None);
    assert!(provider.asked().is_empty());
    provider.token([REFUSED]);
    let answer = account.proof(&server, &format!("code=bad&state={}", second.state()));
    is_error(&answer, 401, 1928, Some("no such code"));
    let third = account.way(&server);
    assert_ne!(third.state(), second.state());
    let old = format!("code=pass&state={}", second.state());
    is_error(&account.proof(&server, &old), 401, 1928, None);
    assert_eq!(provider.codes().len(), 1, "the old state asks nobody");
    is_done(&account.proof(&server, &format!("code=pass&state={}", third.state())));
    assert_eq!(account.check(&server, "").status, 200);
    assert_eq!(events(&server, "ProcessStarted"), 3);
}

#[test]
fn success_repeated_is_success_and_asks_nobody() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let state = account.way(&server).state().to_owned();
    let query = format!("code=pass&state={state}");
    is_done(&account.proof(&server, &query));
    is_done(&account.proof(&server, &query));
    is_done(&account.browser(&server, &format!("code=other&state={state}")));
    is_error(&account.proof(&server, "code=pass&state=other"), 401, 1928, None);
    let server = server.crash();
    is_done(&account.proof(&server, &query));
    assert_eq!(provider.codes().len(), 1);
    assert_eq!(events(&server, "ProofAccepted"), 1);
}

#[test]
fn two_who_come_back_at_once_ask_once() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let query = format!("code=pass&state={}", account.way(&server).state());
    provider.token([Reply::Held]);
    thread::scope(|scope| {
        let both: Vec<_> = (0..4).map(|_| scope.spawn(|| account.proof(&server, &query))).collect();
        server.wait(0, "the question", |_| provider.codes().len() == 1);
        assert_eq!(account.check(&server, "").status, 202, "nobody else is held up");
        provider.release();
        for one in both {
            is_done(&one.join().expect("an answer"));
        }
    });
    assert_eq!(provider.codes().len(), 1);
    assert_eq!(events(&server, "ProofAccepted"), 1);
}

#[test]
fn many_who_ask_at_once_are_sent_the_same_way() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let ways: Vec<Way> = thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| account.way(&server))).collect();
        all.into_iter().map(|one| one.join().expect("a way")).collect()
    });
    assert!(ways.iter().all(|way| way.url == ways[0].url));
    assert_eq!(events(&server, "ProcessStarted"), 1);
}

#[test]
fn a_holder_who_says_no_is_refused_and_may_try_again() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let first = account.way(&server);
    let denied = format!("error=access_denied&state={}", first.state());
    is_error(&account.proof(&server, &denied), 401, 1928, Some("access_denied"));
    assert!(provider.asked().is_empty());
    assert_eq!(events(&server, "ProofRefused"), 1);
    assert_ne!(account.way(&server).state(), first.state());
    is_done(&account.code(&server, "pass"));
}

#[test]
fn browsers_get_a_page_in_which_nothing_runs() {
    const EVIL: &str = r#"{"error": "x", "error_description": "<script>alert('1')</script>\"&"}"#;
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let is_page = |answer: &Answer, status: u16| {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(header(answer, "Content-Type"), "text/html; charset=utf-8");
        assert!(header(answer, "Content-Security-Policy").contains("default-src 'none'"));
        assert!(answer.text.starts_with("<!DOCTYPE html>"), "{answer:?}");
        assert!(!answer.text.contains("<script"), "{answer:?}");
    };
    provider.token([Reply::Say(403, EVIL), Reply::Say(403, EVIL), Reply::Say(200, "<script>")]);
    let state = |account: &Account| account.way(&server).state().to_owned();
    let page = account.browser(&server, &format!("code=x&state={}", state(&account)));
    is_page(&page, 401);
    assert!(page.text.contains("&lt;script&gt;alert("), "{page:?}");
    let json = account.proof(&server, &format!("code=x&state={}", state(&account)));
    is_error(&json, 401, 1928, Some("<script>alert('1')</script>\"&"));
    assert_eq!(header(&json, "Content-Type"), "application/json");
    is_page(&account.browser(&server, &format!("code=x&state={}", state(&account))), 502);
    let script = "error=%3Cscript%3E&error_description=%3Cscript%3E";
    let denied = account.browser(&server, &format!("{script}&state={}", state(&account)));
    is_page(&denied, 401);
    assert!(denied.text.contains("&lt;script&gt;"), "{denied:?}");
    for (query, status) in [("code=x&state=%3Cscript%3E", 401), ("", 400)] {
        is_page(&account.browser(&server, query), status);
    }
}

#[test]
fn an_erasure_while_the_provider_is_asked_ends_the_question_too() {
    let provider = Provider::start();
    let server = provider.server("");
    let account = Account::register(&server, JOHN);
    let query = format!("code=pass&state={}", account.way(&server).state());
    provider.token([Reply::Held]);
    thread::scope(|scope| {
        let one = scope.spawn(|| account.proof(&server, &query));
        server.wait(0, "the question", |_| provider.codes().len() == 1);
        let path = format!("/subjects/taler:{}/erase", account.number);
        let reason = serde_json::json!({ "reason": "request 7" });
        assert_eq!(server.ask("POST", &path, &reason).status, 200);
        provider.release();
        is_error(&one.join().expect("an answer"), 404, 1929, None);
    });
    assert_eq!(events(&server, "ProofAccepted"), 0);
    server.command(&["audit"]);
}
