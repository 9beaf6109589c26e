//! Bad input on every endpoint: clear text, right code, nothing written.

use serde_json::{Value, json};

use crate::harness::{Receiver, Server, call, id_of, order, wallet};

const ENDPOINTS: [&str; 7] = [
    "/api/v1/blockchain/verified",
    "/api/v1/blockchain/valid",
    "/api/v1/kyc/qrcode",
    "/api/v1/kyc/status",
    "/api/v1/kyc/all-statuses",
    "/api/v1/kyc/accept",
    "/api/v1/kyc/transmit",
];

/// A body that is good enough for any endpoint, but for the signature.
fn whole() -> Value {
    json!({
        "id": format!("{}-1", "0".repeat(64)),
        "user": "ab22b1671b4f7ccc0b16a87514adde84513b6348232e",
        "items": ["SH_EMAIL"],
        "infos": [{ "fieldID": "SH_EMAIL", "fieldValue": "a", "pepper": "00" }],
        "callback": "https://example.com/",
        "expiration": 1,
        "deadline": 1,
        "signature": "AAAA",
    })
}

#[test]
fn malformed_mistyped_and_large_bodies_are_refused_everywhere() {
    let server = Server::start("");
    for path in ENDPOINTS {
        for body in ["", "{", "[]", "null", "{\"user\":1}", "{\"user\":\"x\",\"items\":7}"] {
            let answer = call(&server.public, "POST", path, &[], body.as_bytes());
            assert_eq!(answer.status, 400, "{path} {body}: {answer:?}");
            assert!(answer.text.starts_with("invalid "), "{answer:?}");
        }
        let large = format!("{{\"user\":\"{}\"}}", "x".repeat(1 << 20));
        let answer = call(&server.public, "POST", path, &[], large.as_bytes());
        assert_eq!(answer.status, 413, "{path}: {answer:?}");
        assert_eq!(call(&server.public, "GET", path, &[], b"").status, 405);
    }
    assert_eq!(call(&server.public, "POST", "/api/v1/kyc/other", &[], b"{}").status, 404);
    assert_eq!(server.events(), 0);
}

#[test]
fn bad_core_ids_are_refused_everywhere() {
    let server = Server::start("");
    for path in ENDPOINTS {
        for user in [
            "",
            "ab23b1671b4f7ccc0b16a87514adde84513b6348232e",
            "cb82a5fd22b9bee8b8ab877c86e0a2c21765e1d5bfc5",
            "ab22b1671b4f7ccc0b16a87514adde84513b6348232",
        ] {
            let mut body = whole();
            body["user"] = json!(user);
            let answer = server.post(path, &body);
            assert_eq!(answer.status, 400, "{path} {user}");
            assert!(answer.text.starts_with("invalid user"), "{answer:?}");
            assert!(user.is_empty() || !answer.text.contains(user), "no echo");
        }
    }
}

#[test]
fn item_lists_that_are_not_one_are_refused() {
    let server = Server::start("");
    let many: Vec<_> = (0..47).map(|n| format!("SH_{n}")).collect();
    for path in ["/api/v1/blockchain/verified", "/api/v1/kyc/qrcode", "/api/v1/kyc/status"] {
        for (items, text) in [
            (json!([]), "invalid items: at least one"),
            (json!(many), "invalid items: "),
            (json!(["SH_EMAIL", "SH_EMAIL"]), "invalid items: duplicate SH_EMAIL"),
            (json!(["SH_EMAIL", "SH_MAIL"]), "invalid items: SH_MAIL"),
        ] {
            let mut body = whole();
            body["items"] = items;
            let answer = server.post(path, &body);
            assert_eq!(answer.status, 400);
            assert!(answer.text.starts_with(text), "{answer:?}");
        }
    }
}

#[test]
fn the_documented_refusals_of_a_qr_code_are_literal() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    let answer = server.order(&wallet, &receiver);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.text, "user does not have the requested items verified");
    server.verify(&wallet);
    let mut body = order(&wallet, &receiver);
    body["expiration"] = json!(1_675_946_886);
    assert_eq!(
        server.post("/api/v1/kyc/qrcode", &body).text,
        "expiration time is invalid, it should be unix time in seconds and between 5-15 minutes"
    );
    assert_eq!(server.events(), 0);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.until(&wallet, "INITIATE_SUBMITTED", 20_000);
    let answer = server.order(&wallet, &receiver);
    // The clock has moved on, so the expiration has to as well.
    let mut body = order(&wallet, &receiver);
    body["expiration"] = json!(server.deadline() + 400);
    let ongoing = server.post("/api/v1/kyc/qrcode", &body);
    assert_eq!(
        (ongoing.status, ongoing.text.as_str()),
        (400, "there is an ongoing request for this user and items"),
        "{answer:?}"
    );
}

#[test]
fn callback_urls_we_do_not_call_are_refused_when_the_order_is_made() {
    let server = Server::start("[callbacks]\nallow_addresses = []\nallow_http = false\n");
    let (receiver, wallet) = (Receiver::start(), wallet());
    server.verify(&wallet);
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://10.0.0.1/x",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://u:p@example.com/",
        "ftp://example.com/",
        "https://[::ffff:10.0.0.1]/",
        "https://0x7f.1/",
        "https://example.com:22/",
        "",
        "https://[64:ff9b::7f00:1]/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
    ] {
        for name in ["callback", "statusCallback"] {
            let mut body = order(&wallet, &receiver);
            body["callback"] = json!("https://example.com/");
            body["statusCallback"] = json!("https://example.com/");
            body[name] = json!(url);
            if url.is_empty() && name == "statusCallback" {
                continue;
            }
            let answer = server.post("/api/v1/kyc/qrcode", &body);
            assert_eq!(answer.status, 400, "{name} {url}: {answer:?}");
            assert!(answer.text.starts_with(&format!("invalid {name}")), "{answer:?}");
        }
    }
    assert_eq!(server.events(), 0);
}

#[test]
fn only_the_user_accepts_and_only_in_time() {
    let (server, receiver, jane, other) =
        (Server::start(""), Receiver::start(), wallet(), wallet());
    server.verify(&jane);
    let id = id_of(&server.order(&jane, &receiver));
    let before = server.events();
    let deadline = server.deadline();
    let mut foreign = other.accept(&id, deadline);
    foreign["user"] = json!(jane.user);
    let mut altered = jane.accept(&id, deadline);
    altered["deadline"] = json!(deadline - 1);
    let mut garbage = jane.accept(&id, deadline);
    garbage["signature"] = json!("not base64");
    for body in [
        other.accept(&id, deadline),
        foreign,
        altered,
        garbage,
        jane.accept(&id, deadline - 300),
        jane.accept(&id, deadline + 300),
    ] {
        let answer = server.post("/api/v1/kyc/accept", &body);
        assert_eq!(answer.status, 403, "{answer:?}");
    }
    for unknown in ["x", "", &format!("{}-1", "0".repeat(64)), &id.replace("-1", "-2")] {
        let answer = server.post("/api/v1/kyc/accept", &jane.accept(unknown, deadline));
        assert_eq!(answer.status, 404, "{unknown}");
    }
    assert_eq!(server.events(), before, "nothing was written");
    let good = jane.accept(&id, deadline);
    assert_eq!(server.post("/api/v1/kyc/accept", &good).status, 204);
    let after = server.events();
    assert_eq!(server.post("/api/v1/kyc/accept", &good).status, 204, "the same answer");
    assert_eq!(server.events(), after);
}

#[test]
fn an_api_key_is_asked_for_before_anything_is_read() {
    let server = Server::start("[corepass]\napi_key = \"sesame\"\n");
    let path = "/api/v1/kyc/status";
    assert_eq!(call(&server.public, "POST", path, &[], b"{").status, 401);
    let wrong = call(&server.public, "POST", path, &["Authorization: Bearer sesam"], b"{");
    assert_eq!(wrong.status, 401);
    let right = call(&server.public, "POST", path, &["Authorization: Bearer sesame"], b"{");
    assert_eq!(right.status, 400);
}

#[test]
fn the_operator_listener_asks_for_its_token() {
    let server = Server::start("");
    for path in ["/livez", "/readyz", "/metrics", "/version"] {
        assert_eq!(call(&server.operator, "GET", path, &[], b"").status, 200, "{path}");
    }
    for path in ["/callbacks", "/sandbox/clock", "/nowhere"] {
        let answer = call(&server.operator, "POST", path, &[], b"{");
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.json()["status"], 401);
    }
    let unknown = server.ask("POST", "/callbacks/nothing/redeliver", &Value::Null);
    assert_eq!(unknown.status, 404);
}
