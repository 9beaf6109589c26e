//! What is asked of a provider, and what becomes of its answers.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::{Config, Sources};

const TOKEN: &str = r#"{"access_token":"good","token_type":"bearer","expires_in":3600}"#;
const INFO: &str = r#"{"status":"success","data":{"id":"X1","first_name":"Bob"}}"#;

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn redirect(status: u16, to: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

/// Gives these answers, one a connection; an empty one is no answer. Afterwards the requests.
async fn answering(answers: Vec<String>) -> (SocketAddr, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback listener");
    let address = listener.local_addr().expect("its address");
    let served = tokio::spawn(async move {
        let (mut seen, mut open) = (Vec::new(), Vec::new());
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            seen.push(request(&mut stream).await);
            let _ = stream.write_all(answer.as_bytes()).await;
            if answer.is_empty() {
                open.push(stream);
            }
        }
        if !open.is_empty() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        seen
    });
    (address, served)
}

async fn request(stream: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
                return text;
            }
        }
        if stream.read_buf(&mut bytes).await.map_or(0, |n| n) == 0 {
            return text;
        }
    }
}

fn provider(address: SocketAddr, timeout_ms: u64) -> Provider {
    let file = format!("taler.oauth2.timeout_ms = {timeout_ms}");
    let config = Config::load(Sources::of(&file, &[], &[])).expect("valid");
    let settings = config.taler.and_then(|taler| taler.oauth2).expect("on");
    let (token, info) = (format!("http://{address}/token"), format!("http://{address}/info"));
    let urls = Urls { authorize: "https://p.example/login?x=1", token: &token, info: &info };
    Provider::new(settings, &urls, &Policy::default()).expect("usable")
}

async fn asked(answers: Vec<String>) -> (&'static str, Vec<String>) {
    let (address, served) = answering(answers).await;
    let provider = provider(address, 20_000);
    let outcome = provider.ask("pass word", "http://x/kyc-proof/7", Some("verifier")).await;
    (said(&outcome), served.await.expect("served"))
}

fn said(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Refused(_) => "refused",
        Outcome::Unanswered(Fault::Timeout) => "timeout",
        Outcome::Unanswered(Fault::Unreachable) => "unreachable",
        Outcome::Unanswered(Fault::InvalidAnswer) => "invalid",
    }
}

#[tokio::test]
async fn a_code_becomes_a_token_and_the_token_a_user() {
    let (said, seen) = asked(vec![ok(TOKEN), ok(INFO)]).await;
    assert_eq!(said, "accepted");
    assert!(seen[0].starts_with("POST /token HTTP/1.1\r\n"), "{seen:?}");
    let form = seen[0].rsplit("\r\n").next().expect("a body");
    assert_eq!(
        form,
        "client_id=taler-exchange&redirect_uri=http%3A%2F%2Fx%2Fkyc-proof%2F7&client_secret=exchange-secret\
         &code=pass+word&grant_type=authorization_code&code_verifier=verifier"
    );
    assert!(seen[1].starts_with("GET /info HTTP/1.1\r\n"), "{seen:?}");
    assert!(seen[1].contains("authorization: Bearer good\r\n"), "{seen:?}");
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_server_a_few_times() {
    let (said, seen) = asked(vec![redirect(307, "/elsewhere"), ok(TOKEN), ok(INFO)]).await;
    assert_eq!(said, "accepted");
    assert!(seen[1].starts_with("POST /elsewhere "), "{seen:?}");
    let (said, seen) = asked(vec![redirect(303, "/done"), ok(TOKEN), ok(INFO)]).await;
    assert_eq!(said, "accepted");
    assert!(seen[1].starts_with("GET /done ") && !seen[1].contains("secret"), "{seen:?}");
    let again = vec![redirect(307, "/token"); limits::PROVIDER_REDIRECTS_MAX + 1];
    let (said, seen) = asked(again).await;
    assert_eq!((said, seen.len()), ("invalid", 6));
    let (said, seen) = asked(vec![redirect(307, "http://other.example/token")]).await;
    assert_eq!((said, seen.len()), ("invalid", 1), "the secret stays here");
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_given_up() {
    let (address, served) = answering(vec![String::new()]).await;
    let outcome = provider(address, 100).ask("pass", "http://x/", None).await;
    assert_eq!(said(&outcome), "timeout");
    served.abort();
}

#[tokio::test]
async fn nobody_there_is_not_the_same_as_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback listener");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    let outcome = provider(address, 20_000).ask("pass", "http://x/", None).await;
    assert_eq!(said(&outcome), "unreachable");
}

#[tokio::test]
async fn answers_that_make_no_sense_are_faults_and_refusals_are_refusals() {
    assert_eq!(
        asked(vec!["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_owned()]).await.0,
        "invalid"
    );
    assert_eq!(asked(vec![ok("<html>")]).await.0, "invalid");
    let huge = format!("{{\"x\":\"{}\"}}", "x".repeat(limits::PROVIDER_ANSWER_BYTES_MAX));
    assert_eq!(asked(vec![ok(&huge)]).await.0, "invalid");
    let why = r#"{"error":"invalid_grant","error_description":"no"}"#;
    let refused = format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{why}", why.len());
    assert_eq!(asked(vec![refused.clone()]).await.0, "refused");
    assert_eq!(asked(vec![ok(TOKEN), refused]).await.0, "refused");
    assert_eq!(asked(vec![ok(TOKEN), ok("{}")]).await.0, "invalid");
}

#[test]
fn a_user_is_sent_to_the_page_with_a_challenge_and_never_the_verifier() {
    let provider = provider(([127, 0, 0, 1], 1).into(), 1);
    let secrets = ("s t", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let url = provider.authorize_url("http://x/kyc-proof/7", Some(secrets));
    assert_eq!(
        url,
        "https://p.example/login?x=1&response_type=code&client_id=taler-exchange\
         &redirect_uri=http%3A%2F%2Fx%2Fkyc-proof%2F7&state=s+t\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    assert!(!provider.authorize_url("http://x/", None).contains("state"));
}
