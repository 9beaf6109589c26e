//! Who fails too often is not listened to for a while, also after a restart.

use serde_json::Value;

use super::client::{ALL, ApiKey, Client, hmac};
use super::{events, header, server};
use crate::harness::{Answer, Server};

fn fail(client: &Client, server: &Server) -> Answer {
    let mut request = client.login_request();
    let place = request.iter_mut().find(|(name, _)| *name == "signature").expect("a member");
    place.1 = hmac("guess", "x").into();
    client.post(server, "Account/Login", &request)
}

#[test]
fn the_ladder_is_climbed_and_ends_with_a_success_or_the_operator() {
    let server = server(
        "lockout = [{ failures = 2, block_s = 60 }, { failures = 4, block_s = 600 }, { failures = 6 }]\n",
    );
    let client = Client::ready(&server, "guesser", ALL[0]);
    assert_eq!(fail(&client, &server).status, 403);
    client.good(&server, "Account/Login", &client.login_request());
    assert_eq!(fail(&client, &server).status, 403, "a success ended the row");
    assert_eq!(fail(&client, &server).status, 403);
    let blocked = client.post(&server, "Account/Login", &client.login_request());
    assert_eq!(blocked.status, 429, "even with a good signature: {blocked:?}");
    assert_eq!(header(&blocked, "Retry-After"), "60", "{blocked:?}");
    let server = server.crash();
    assert_eq!(fail(&client, &server).status, 429, "a restart changes nothing");
    server.advance(61_000);
    for _ in 0..2 {
        assert_eq!(fail(&client, &server).status, 403);
    }
    let blocked = fail(&client, &server);
    assert_eq!((blocked.status, header(&blocked, "Retry-After")), (429, "600"), "{blocked:?}");
    server.advance(601_000);
    for _ in 0..2 {
        assert_eq!(fail(&client, &server).status, 403);
    }
    server.advance(365 * 24 * 3_600_000);
    let for_ever = client.post(&server, "Account/Login", &client.login_request());
    assert_eq!(for_ever.status, 403, "{for_ever:?}");
    assert!(for_ever.text.contains("blocked"), "{for_ever:?}");
    let release = |address: &str| {
        server.ask("DELETE", &format!("/neuro/lockouts/{address}"), &Value::Null).status
    };
    assert_eq!((release("192.0.2.1"), release("x")), (404, 400));
    assert_eq!(release("127.0.0.1"), 204);
    client.good(&server, "Account/Login", &client.login_request());
}

#[test]
fn keys_requests_registrations_and_codes_count_too() {
    let server = server("lockout = [{ failures = 4, block_s = 60 }]\n");
    let api_key = ApiKey::make(&server, 5);
    let client = Client::ready(&server, "counted", ALL[0]);
    let mut other = Client::new("counted", ALL[0]);
    other.token.clone_from(&client.token);
    other.key_password = "another".to_owned();
    other.nonce();
    for _ in 0..40 {
        other.nonce();
    }
    let wrong_key = other.application(&[("FIRST", "A")]);
    assert_eq!(other.post(&server, "Legal/ApplyId", &wrong_key).status, 403);
    other.password = "another".to_owned();
    let wrong_password = other.application(&[("FIRST", "A")]);
    assert_eq!(other.post(&server, "Legal/ApplyId", &wrong_password).status, 403);
    let forger = Client::new("forger", ALL[0]);
    let guessed = ApiKey { key: api_key.key.clone(), secret: "guess".to_owned() };
    let created = forger.post(&server, "Account/Create", &forger.registration(&guessed));
    assert_eq!(created.status, 403);
    let nobody = ApiKey { key: "nobody".to_owned(), secret: "guess".to_owned() };
    let created = forger.post(&server, "Account/Create", &forger.registration(&nobody));
    assert_eq!(created.status, 403);
    let blocked = forger.post(&server, "Account/Create", &forger.registration(&api_key));
    assert_eq!(blocked.status, 429, "{blocked:?}");
    assert_eq!(events(&server, "lockout.EndpointBlocked"), 1);
}
