//! The Agent API of a Neuron: accounts, keys, legal identities.
//!
//! | | |
//! |---|---|
//! | whole journeys in JSON and XML, mixed; outcomes | [`journeys`], [`clients`] |
//! | each error, replays, two at once, bombs | [`faults`] |
//! | lock-outs | [`lockouts`] |
//! | providers, crashes in a review | [`reviewing`] |
//! | erasure, holds, retention, evidence | [`evidence`] |
//! | 404, 405, 406, CORS, hosts, other modes | here |

pub mod client;
mod clients;
mod evidence;
mod faults;
mod journeys;
mod lockouts;
mod reviewing;

use serde_json::{Value, json};

use crate::harness::{Answer, Server, call};
use client::{ALL, Client};

/// The domain and host of every server here.
pub const DOMAIN: &str = "neuron.example";

/// With this much more in `[neuro]`.
pub fn server(more: &str) -> Server {
    Server::start(&configuration(more))
}

pub fn configuration(more: &str) -> String {
    format!("[neuro]\ndomain = \"{DOMAIN}\"\n{more}")
}

/// Value of a header of an answer; empty if it is not there.
pub fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or("")
}

/// Events of this name in the log.
pub fn events(server: &Server, name: &str) -> usize {
    server.command(&["events", "list", "--event", name, "--json"]).lines().count()
}

fn ask(server: &Server, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
    let host = format!("Host: {DOMAIN}");
    let headers = [&[host.as_str()], headers].concat();
    call(&server.public, method, path, &headers, body.as_bytes())
}

#[test]
fn everybody_is_told_who_the_server_is() {
    let server = server("human_name = \"A Neuron\"\nhuman_description = \"For tests.\"\n");
    let path = "/Agent/Account/DomainInfo";
    let json = ask(&server, "GET", path, &[], "");
    assert_eq!(json.status, 200, "{json:?}");
    let expected = json!({
        "domain": DOMAIN,
        "useEncryption": false,
        "humanReadableName": "A Neuron",
        "humanReadableDescription": "For tests.",
    });
    assert_eq!(json.json(), expected);
    let xml = ask(&server, "GET", path, &["Accept: text/xml"], "");
    assert_eq!(client::attribute(&xml.text, "humanReadableName"), "A Neuron", "{xml:?}");
    let stray = ask(&server, "GET", path, &["Authorization: Bearer x"], "");
    assert_eq!(stray.status, 200, "a token that nobody asked for is not looked at");
}

#[test]
fn paths_methods_and_types_that_are_none_are_told_apart() {
    let server = server("");
    for path in ["/Agent", "/Agent/x", "/Agent/Legal/readyforapproval", "/Attachments"] {
        assert_eq!(ask(&server, "POST", path, &[], "{}").status, 404, "{path}");
    }
    for (method, path, allow) in [
        ("GET", "/Agent/Account/Login", "POST, OPTIONS"),
        ("DELETE", "/Agent/Legal/ApplyId", "POST, OPTIONS"),
        ("POST", "/Agent/Account/DomainInfo", "GET, OPTIONS"),
        ("PUT", "/Attachments/x", "GET, OPTIONS"),
    ] {
        let answer = ask(&server, method, path, &[], "{}");
        assert_eq!((answer.status, header(&answer, "Allow")), (405, allow), "{answer:?}");
    }
    for headers in [
        ["Content-Type: text/html", "Accept: application/json"],
        ["Content-Type: application/json", "Accept: image/png"],
    ] {
        let answer = ask(&server, "POST", "/Agent/Account/Login", &headers, "{}");
        assert_eq!(answer.status, 406, "{answer:?}");
        assert_eq!(header(&answer, "Content-Type"), "text/plain; charset=utf-8");
    }
    for (sent, body) in [
        ("application/json", "{"),
        ("application/json", "[]"),
        ("text/xml", "<Login"),
        ("text/xml", "<Logout xmlns=\"https://waher.se/Schema/BrokerAgent.xsd\"/>"),
    ] {
        let headers = [format!("Content-Type: {sent}")];
        let answer = ask(&server, "POST", "/Agent/Account/Login", &[&headers[0]], body);
        assert_eq!(answer.status, 400, "{body} {answer:?}");
    }
}

#[test]
fn nobody_gets_in_without_a_token_and_no_body_is_looked_at_before_it() {
    let server = server("");
    for path in ["Account/Info", "Crypto/CreateKey", "Legal/ReadyForApproval", "Xmpp/PopMessages"] {
        let path = format!("/Agent/{path}");
        let none = ask(&server, "POST", &path, &[], "no JSON");
        assert_eq!(none.status, 401, "{none:?}");
        let challenge = header(&none, "WWW-Authenticate");
        assert_eq!(challenge, format!("Bearer realm=\"{DOMAIN}\""));
        let bad = ask(&server, "POST", &path, &["Authorization: Bearer a.b.c"], "no JSON");
        assert_eq!(bad.status, 401, "{bad:?}");
        assert!(header(&bad, "WWW-Authenticate").contains("error=\"invalid_token\""), "{bad:?}");
    }
    let file = ask(&server, "GET", "/Attachments/x@legal.neuron.example", &[], "");
    assert_eq!(file.status, 401, "{file:?}");
}

#[test]
fn pages_of_other_origins_may_ask_unless_the_operator_lists_those_who_may() {
    let anybody = server("");
    let preflight =
        ask(&anybody, "OPTIONS", "/Agent/Account/Login", &["Origin: https://a.example"], "");
    assert_eq!(preflight.status, 204, "{preflight:?}");
    assert_eq!(header(&preflight, "Access-Control-Allow-Origin"), "*");
    assert!(header(&preflight, "Access-Control-Allow-Headers").contains("authorization"));
    let refused = ask(&anybody, "POST", "/Agent/Account/Info", &[], "{}");
    assert_eq!(header(&refused, "Access-Control-Allow-Origin"), "*", "errors too");
    assert!(header(&refused, "Access-Control-Expose-Headers").contains("X-AlternativeName1"));
    let some = server("cors_origins = [\"https://a.example\"]\n");
    for (origin, allowed) in [("https://a.example", "https://a.example"), ("https://b.example", "")]
    {
        let origin = format!("Origin: {origin}");
        for (method, path) in
            [("OPTIONS", "/Agent/Account/Login"), ("GET", "/Agent/Account/DomainInfo")]
        {
            let answer = ask(&some, method, path, &[&origin], "");
            assert_eq!(header(&answer, "Access-Control-Allow-Origin"), allowed, "{answer:?}");
            assert_eq!(header(&answer, "Vary"), "Origin", "{answer:?}");
        }
    }
}

#[test]
fn only_hosts_of_ours_are_listened_to() {
    let server = server("allowed_hosts = [\"neuron.example\", \"neuron.example:8443\"]\n");
    let post = |host: &str| {
        let host = format!("Host: {host}");
        call(&server.public, "POST", "/Agent/Account/Login", &[&host], b"{}").text
    };
    assert!(post(DOMAIN).contains("userName"), "it is read");
    assert!(post("neuron.example:8443").contains("userName"), "a port belongs to it");
    for other in ["evil.example", "neuron.example:1", "localhost"] {
        assert!(post(other).contains("Host"), "{other}");
    }
}

#[test]
fn what_is_not_configured_is_not_there() {
    let key = "5a".repeat(32);
    let server =
        Server::start(&format!("[sandbox]\nenabled = false\n[data]\nmaster_key = \"{key}\"\n"));
    for path in ["/Agent/Account/DomainInfo", "/Agent/Account/Login", "/Attachments/x"] {
        assert_eq!(ask(&server, "GET", path, &[], "").status, 404, "{path}");
    }
    assert_eq!(server.ask("GET", "/neuro/api-keys", &Value::Null).status, 404);
}

/// Outside the sandbox the operator's own gateway sends codes.
#[test]
fn codes_are_there_for_the_gateway_that_sends_them() {
    let server = server("");
    let mut client = Client::new("mailed", ALL[0]);
    client.create(&server, &client::ApiKey::make(&server, 1));
    let codes = server.ask("GET", "/neuro/codes", &Value::Null).json();
    assert_eq!(codes[0]["to"], client.e_mail, "{codes}");
    assert_eq!(codes[0]["code"], client.code(&server), "{codes}");
    client.verify(&server);
    assert_eq!(server.ask("GET", "/neuro/codes", &Value::Null).json(), json!([]), "sent");
}

#[test]
fn a_quota_ends_and_is_raised() {
    let server = server("");
    let api_key = client::ApiKey::make(&server, 1);
    Client::new("one", ALL[0]).create(&server, &api_key);
    let two = Client::new("two", ALL[0]);
    let full = two.post(&server, "Account/Create", &two.registration(&api_key));
    assert_eq!(full.status, 403, "{full:?}");
    let path = format!("/neuro/api-keys/{}", api_key.key);
    let raised = server.ask("PUT", &path, &json!({ "quota": 2 }));
    assert_eq!((raised.status, &raised.json()["accounts"]), (200, &json!(1)), "{raised:?}");
    assert_eq!(two.post(&server, "Account/Create", &two.registration(&api_key)).status, 200);
    let listed = server.ask("GET", "/neuro/api-keys", &Value::Null);
    assert_eq!(listed.json()[0]["accounts"], 2, "{listed:?}");
    assert!(!listed.text.contains(&api_key.secret), "told once");
    let server = server.crash();
    let three = Client::new("three", ALL[0]);
    assert_eq!(three.post(&server, "Account/Create", &three.registration(&api_key)).status, 403);
    assert_eq!(server.ask("PUT", "/neuro/api-keys/nobody", &json!({ "quota": 2 })).status, 404);
    assert_eq!(server.ask("POST", "/neuro/api-keys", &json!({ "quota": -1 })).status, 400);
}
