//! The provider that comes with the sandbox, and one that is not there: list of November 2021, with
//! the state from `kyc_url`.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::account::Way;
use super::provider::configuration;
use super::{Account, JOHN, get, header, is_error};
use crate::harness::{Answer, Server, call};

fn wish(server: &Server, kind: &str, times: u32) {
    let wish = json!({ "kind": kind, "times": times });
    assert_eq!(server.ask("POST", "/sandbox/oauth/outcome", &wish).status, 204);
}

/// What a browser gets there, without a token of the operator.
fn open(url: &str) -> Answer {
    let url = url::Url::parse(url).expect("a URL");
    let address = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
    let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    call(&address, "GET", &path, &[], b"")
}

#[test]
fn t21_the_list_of_the_exchanges_own_suite() {
    let server = Server::start("");
    let account = Account::register(&server, "payto://x-taler-bank/localhost/42");
    let before = account.check(&server, "&timeout_ms=0");
    assert_eq!(before.status, 202, "T21-2 {before:?}");
    let state = Way::of(&before.json()["kyc_url"]).state().to_owned();
    wish(&server, "down", 1);
    let down = account.proof(&server, &format!("code=bad&state={state}"));
    is_error(&down, 502, 1926, None);
    let bad = account.proof(&server, &format!("code=bad&state={state}"));
    is_error(&bad, 401, 1928, None);
    assert_eq!(account.check(&server, "").status, 202);
    let pass = account.code(&server, "pass");
    assert_eq!((pass.status, header(&pass, "Location")), (302, "http://example.com/"), "T21-5");
    assert_eq!(account.check(&server, "").status, 200, "T21-6: nothing is blocked");
}

#[test]
fn t21_3_nobody_listens_at_the_providers_port() {
    let closed =
        TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let server = Server::start(&configuration(&format!("http://{closed}"), ""));
    let account = Account::register(&server, JOHN);
    let way = account.way(&server);
    for code in ["bad", "pass"] {
        is_error(&account.code(&server, code), 502, 1926, None);
        assert_eq!(account.way(&server).url, way.url, "it may come back");
    }
    assert_eq!(server.ask("GET", "/sandbox/oauth/info", &Value::Null).status, 404, "a real one");
}

#[test]
fn a_browser_finds_its_way_there_and_back() {
    let server = Server::start("");
    let account = Account::register(&server, JOHN);
    let way = account.way(&server);
    let back = open(way.url.as_str());
    assert_eq!(back.status, 302, "{back:?}");
    let back = header(&back, "Location").to_owned();
    let proof = format!("http://{}/kyc-proof/{}?code=pass-", server.public, account.number);
    assert!(back.starts_with(&proof), "{back}");
    let done = open(&back);
    assert_eq!((done.status, header(&done, "Location")), (302, "http://example.com/"), "{done:?}");
    let again = open(&back);
    assert_eq!(again.status, 302, "{again:?}");
    assert_eq!(account.check(&server, "").status, 200);
}

#[test]
fn a_code_is_good_once_and_only_with_the_verifier() {
    let server = Server::start("");
    let (john, jane) = (
        Account::register(&server, JOHN),
        Account::register(&server, "payto://x-taler-bank/localhost/42"),
    );
    let code = |account: &Account| {
        let back = open(account.way(&server).url.as_str());
        Way::of(&json!(header(&back, "Location"))).query["code"].clone()
    };
    let stolen = code(&john);
    is_error(&jane.code(&server, &stolen), 401, 1928, None);
    is_error(&john.code(&server, &stolen), 401, 1928, None);
    let good = code(&john);
    assert_eq!(john.code(&server, &good).status, 302);
    let denied = open(&format!("{}&answer=deny", jane.way(&server).url));
    let denied = open(header(&denied, "Location"));
    is_error(&denied, 401, 1928, Some("access_denied"));
    let elsewhere = jane.way(&server).url.as_str().replace("kyc-proof", "elsewhere");
    assert_eq!(open(&elsewhere).status, 400);
}

#[test]
fn outcomes_are_as_often_as_was_asked_for() {
    let server = Server::start("[taler.oauth2]\ntimeout_ms = 1000\n");
    let account = Account::register(&server, JOHN);
    for (kind, status, code) in [
        ("reject", 401, 1928),
        ("garbage", 502, 1926),
        ("redirect_loop", 502, 1926),
        ("down", 502, 1926),
        ("hang", 504, 1935),
    ] {
        // Each redirect is a question of its own.
        let times = if kind == "redirect_loop" { 12 } else { 2 };
        wish(&server, kind, times);
        for _ in 0..2 {
            let way = account.way(&server);
            is_error(&account.code(&server, "pass"), status, code, None);
            assert_eq!(account.way(&server).url == way.url, kind != "reject", "{kind}");
        }
    }
    wish(&server, "reject", 1000);
    is_error(&account.code(&server, "pass"), 401, 1928, None);
    wish(&server, "ok", 1);
    assert_eq!(account.code(&server, "pass").status, 302);
    let unknown = json!({ "kind": "explode", "times": 1 });
    assert_eq!(server.ask("POST", "/sandbox/oauth/outcome", &unknown).status, 400);
    let path = "/sandbox/oauth/outcome";
    assert_eq!(call(&server.operator, "POST", path, &[], b"{}").status, 401, "the operator's");
    assert_eq!(get(&server, "/sandbox/oauth/info").status, 404, "not for the public");
}

#[test]
fn it_says_what_the_mock_of_the_exchanges_suite_says() {
    let server = Server::start("");
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    let ask = |client: &str, secret: &str, code: &str| {
        let body = format!("client_id={client}&client_secret={secret}&code={code}&redirect_uri=x");
        let path = "/sandbox/oauth/token";
        let answer = call(&server.operator, "POST", path, &form, body.as_bytes());
        (answer.status, answer.json())
    };
    let error = |(status, body): (u16, Value)| (status, body["error"].as_str().map(str::to_owned));
    let says = |status: u16, error: &str| (status, Some(error.to_owned()));
    assert_eq!(error(ask("other", "exchange-secret", "pass")), says(404, "unknown_client"));
    assert_eq!(error(ask("taler-exchange", "x", "pass")), says(403, "invalid_client_secret"));
    assert_eq!(error(ask("taler-exchange", "exchange-secret", "bad")), says(403, "invalid_grant"));
    let (status, token) = ask("taler-exchange", "exchange-secret", "pass");
    assert_eq!(status, 200);
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("bearer"), &json!(3600)));
    let cut = call(&server.operator, "POST", "/sandbox/oauth/token", &form, b"code=pass");
    assert_eq!(cut.text, "", "the connection breaks: {cut:?}");
    let user = call(&server.operator, "GET", "/sandbox/oauth/info", &[], b"").json();
    assert_eq!(
        (&user["status"], &user["data"]["id"]),
        (&json!("success"), &json!("XXXID12345678"))
    );
}
