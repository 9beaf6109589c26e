//! The client against real servers on loopback.
//!
//! That no proxy variable is read is not tested by setting one: changing the environment of a
//! process with threads is unsafe. It follows from the build: hyper's connection API takes an open
//! stream, and only `dial` opens one, to the addresses it resolved.

use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::header::{HeaderValue, LOCATION};
use tokio::io::AsyncWriteExt;

use super::stub::{answer, read_request, serve};
use super::*;

const PATIENT: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

fn client() -> Client {
    client_with(Policy::unguarded(PATIENT))
}

fn client_with(policy: Policy) -> Client {
    Client::new(policy).expect("a client")
}

fn get(client: &Client, url: impl std::fmt::Display) -> Request {
    Request::get(Target::parse(&format!("http://{url}"), client.policy(), true).expect("a target"))
}

/// What a server that answers `response` makes of a GET, waiting for as long as it takes.
async fn fetch(response: impl AsRef<[u8]> + Send + 'static) -> Result<Response, SendError> {
    let (address, _served) = serve(|stream| answer(stream, response)).await;
    let client = client();
    client.send(&get(&client, address), None).await
}

#[tokio::test]
async fn a_post_arrives_whole_and_its_answer_comes_back() {
    let (address, served) = serve(|stream| {
        answer(stream, "HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok")
    })
    .await;
    let client = client();
    let target = Target::parse(&format!("http://{address}/cb?x=1"), client.policy(), true)
        .expect("a target");
    let request = Request::post(target, HeaderValue::from_static("application/json"), "{\"a\":1}");
    let response = client.send(&request, None).await.expect("a response");
    assert_eq!(response.status, 201);
    assert_eq!(response.headers.get("x-a"), Some(&HeaderValue::from_static("b")));
    assert_eq!((response.body, response.truncated), (Bytes::from_static(b"ok"), false));
    let seen = served.await.expect("a request").to_ascii_lowercase();
    assert!(seen.starts_with("post /cb?x=1 http/1.1\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\n{\"a\":1}"), "{seen}");
    let agent = format!("user-agent: kycd/{}", env!("CARGO_PKG_VERSION"));
    for line in
        [format!("host: {address}"), "connection: close".into(), "content-length: 7".into(), agent]
    {
        assert!(seen.contains(&format!("\r\n{line}\r\n")), "{line}: {seen}");
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_the_connection() {
    let response = fetch("HTTP/1.1 200 OK\r\n\r\nuntil the end").await.expect("a response");
    assert_eq!((response.body, response.truncated), (Bytes::from_static(b"until the end"), false));
}

#[tokio::test]
async fn a_chunked_body_is_put_together() {
    let response = fetch("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n").await;
    assert_eq!(response.expect("a response").body, Bytes::from_static(b"abcde"));
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_at_the_deadline() {
    let (address, _served) = serve(|mut stream| async move {
        read_request(&mut stream).await;
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let client = client();
    let outcome = client.send(&get(&client, address), Some(SHORT)).await;
    assert_eq!(outcome.err(), Some(SendError::Timeout(Phase::Head)));
}

#[tokio::test]
async fn a_tls_handshake_that_never_answers_is_left_at_the_deadline() {
    let (address, _served) = serve(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let client = client();
    let target =
        Target::parse(&format!("https://{address}"), client.policy(), true).expect("a target");
    let outcome = client.send(&Request::get(target), Some(SHORT)).await;
    assert_eq!(outcome.err(), Some(SendError::Timeout(Phase::Tls)));
}

/// Writes `start`, then a byte every few milliseconds until the other side is gone.
async fn drip(mut stream: tokio::net::TcpStream, start: &'static str) {
    read_request(&mut stream).await;
    let mut sent = stream.write_all(start.as_bytes()).await;
    let mut drops = tokio::time::interval(Duration::from_millis(5));
    while sent.is_ok() {
        drops.tick().await;
        sent = stream.write_all(b"x").await;
    }
}

#[tokio::test]
async fn dripping_headers_do_not_extend_the_deadline() {
    let (address, served) = serve(|stream| drip(stream, "HTTP/1.1 200 OK\r\nX-Slow: ")).await;
    let client = client();
    let began = Instant::now();
    let outcome = client.send(&get(&client, address), Some(SHORT)).await;
    assert_eq!(outcome.err(), Some(SendError::Timeout(Phase::Head)));
    assert!(began.elapsed() < PATIENT / 2);
    // The server ends by itself only once the connection is closed.
    served.await.expect("the connection to be closed");
}

#[tokio::test]
async fn a_dripping_body_does_not_extend_the_deadline() {
    let (address, served) = serve(|stream| drip(stream, "HTTP/1.1 200 OK\r\n\r\n")).await;
    let client = client();
    let outcome = client.send(&get(&client, address), Some(SHORT)).await;
    assert_eq!(outcome.err(), Some(SendError::Timeout(Phase::Body)));
    served.await.expect("the connection to be closed");
}

#[tokio::test]
async fn an_endless_body_is_read_up_to_the_limit_and_no_further() {
    let (address, served) = serve(|mut stream| async move {
        read_request(&mut stream).await;
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while sent.is_ok() {
            sent = stream.write_all(&[b'x'; 4096]).await;
        }
    })
    .await;
    let client = client_with(Policy { response_bytes_max: 10_000, ..Policy::unguarded(PATIENT) });
    let response = client.send(&get(&client, address), None).await.expect("a response");
    assert_eq!(
        (response.status.as_u16(), response.body.len(), response.truncated),
        (200, 10_000, true)
    );
    served.await.expect("the connection to be closed");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_not_truncated() {
    for (length, truncated) in [(3, false), (4, true)] {
        let text =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", "x".repeat(length));
        let (address, _served) = serve(|stream| answer(stream, text)).await;
        let client = client_with(Policy { response_bytes_max: 3, ..Policy::unguarded(PATIENT) });
        let response = client.send(&get(&client, address), None).await.expect("a response");
        assert_eq!((response.body.len(), response.truncated), (3, truncated));
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let response = fetch(
        "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let response = response.expect("a response");
    assert_eq!(response.status, 302);
    assert!(response.headers.contains_key(LOCATION));
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(fetch(interim).await.expect("a response").status, 200);
    let switch =
        fetch("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
            .await;
    assert_eq!(switch.err(), Some(SendError::Protocol(ProtocolFault::Upgraded)));
}

#[tokio::test]
async fn endless_interim_answers_do_not_extend_the_deadline() {
    let (address, served) = serve(|mut stream| async move {
        read_request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").await.is_ok() {}
    })
    .await;
    let client = client();
    let outcome = client.send(&get(&client, address), Some(SHORT)).await;
    assert_eq!(outcome.err(), Some(SendError::Timeout(Phase::Head)));
    served.await.expect("the connection to be closed");
}

#[tokio::test]
async fn heads_beyond_the_limits_are_refused() {
    let long = format!("HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n", "x".repeat(100 * 1024));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-A: b\r\n".repeat(101));
    for head in [long, many] {
        assert_eq!(fetch(head).await.err(), Some(SendError::Protocol(ProtocolFault::Malformed)));
    }
}

#[tokio::test]
async fn answers_that_are_no_http_or_cut_short_are_told_apart() {
    assert_eq!(
        fetch("220 mail.example ESMTP\r\n\r\n").await.err(),
        Some(SendError::Protocol(ProtocolFault::Malformed))
    );
    for cut in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"] {
        assert_eq!(
            fetch(cut).await.err(),
            Some(SendError::Protocol(ProtocolFault::Incomplete)),
            "{cut:?}"
        );
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_loopback_is_refused_when_dialled() {
    let guarded = client_with(Policy { allow_http: true, ..Policy::default() });
    let outcome = guarded.send(&get(&guarded, "localhost:9000/x"), None).await;
    let refused = SendError::Refused(UrlRefused::Address(AddressClass::Loopback));
    assert_eq!(outcome.err(), Some(refused));
    assert_eq!(refused.kind(), "refused");
}

#[tokio::test]
async fn an_allowed_name_is_dialled_though_it_resolves_to_loopback() {
    let (address, _served) =
        serve(|stream| answer(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).await;
    let allow = vec![AllowEntry::Host("localhost".into())];
    let client =
        client_with(Policy { allow_addresses: allow, allow_http: true, ..Policy::default() });
    let response = client
        .send(&get(&client, format_args!("localhost:{}", address.port())), Some(PATIENT))
        .await;
    assert_eq!(response.expect("a response").status, 200);
}

#[tokio::test]
async fn a_name_that_resolves_to_an_own_listener_is_refused_when_dialled() {
    let policy = Policy {
        own_listeners: vec!["0.0.0.0:8080".parse().expect("an address")],
        ..Policy::unguarded(PATIENT)
    };
    let client = client_with(policy);
    let outcome = client.send(&get(&client, "localhost:8080"), None).await;
    assert_eq!(outcome.err(), Some(SendError::Refused(UrlRefused::OwnListener)));
}

#[tokio::test]
async fn a_target_read_under_another_policy_is_judged_again() {
    let target = Target::parse("http://127.0.0.1:9000/", &Policy::unguarded(PATIENT), true)
        .expect("a target");
    let strict = client_with(Policy::default());
    assert_eq!(strict.check(&target), Err(UrlRefused::PlainHttp));
    assert_eq!(
        strict.send(&Request::get(target), None).await.err(),
        Some(SendError::Refused(UrlRefused::PlainHttp))
    );
}

#[tokio::test]
async fn a_closed_port_is_a_connect_failure() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    let client = client();
    let error = client.send(&get(&client, address), None).await.expect_err("nobody to listen");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        ("connect", "could not connect: connection refused")
    );
}

#[tokio::test]
async fn a_future_can_be_sent_to_another_thread() {
    let client = client();
    let request = get(&client, "127.0.0.1:1");
    let outcome =
        tokio::spawn(
            async move { client.send(&request, None).await.map(|response| response.status) },
        )
        .await;
    assert_eq!(outcome.expect("a task").map_err(|error| error.kind()), Err("connect"));
}

mod over_tls;
