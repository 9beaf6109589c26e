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

/// Everything of the operator's listener that takes a body.
const OPERATOR_POSTS: [&str; 18] = [
    "/backups",
    "/neuro/api-keys",
    "/neuro/identities/01a21329-cd46-74db-95bd-8e02306b6766/state",
    "/projections/rebuild",
    "/review/01a21329-cd46-74db-95bd-8e02306b6766/claim",
    "/review/01a21329-cd46-74db-95bd-8e02306b6766/accept",
    "/review/01a21329-cd46-74db-95bd-8e02306b6766/reject",
    "/review/01a21329-cd46-74db-95bd-8e02306b6766/request-info",
    "/sandbox/clock",
    "/sandbox/corepass/faults",
    "/sandbox/corepass/vault",
    "/stellar/customers/nobody/more-info-url",
    "/subjects/tag:x/erase",
    "/subjects/tag:x/hold",
    "/subjects/tag:x/unseal",
    "/taler/payment-targets",
    "/taler/third-parties",
    "/transactions",
];

#[test]
fn what_an_operator_sends_is_judged_and_nothing_is_taken_without_the_token() {
    let server = Server::start("");
    let bearer = format!("Authorization: Bearer {}", server.token);
    let large = vec![b' '; 1_100_000];
    for path in OPERATOR_POSTS {
        let send = |headers: &[&str], body: &[u8]| {
            call(&server.operator, "POST", path, headers, body).status
        };
        assert_eq!(send(&[], b"{}"), 401, "{path}");
        assert_eq!(send(&["Authorization: Bearer wrong"], b"{}"), 401, "{path}");
        assert_eq!(send(&[&bearer], b"{"), 400, "{path}");
        assert_eq!(call(&server.operator, "PUT", path, &[&bearer], b"{}").status, 405, "{path}");
    }
    // One limit for all; a refused body is waited out, which takes a second.
    for path in ["/backups", "/subjects/tag:x/erase", "/transactions"] {
        assert_eq!(call(&server.operator, "POST", path, &[&bearer], &large).status, 413, "{path}");
    }
    let looks = [
        "/audit/checkpoint",
        "/audit/proof/0",
        "/audit/consistency/0",
        "/projections",
        "/projections/outbox/digest",
        "/subjects/tag:x/timeline",
        "/erasures",
        "/retention/due",
        "/review",
        "/transactions/nothing",
        "/sandbox/codes",
        "/neuro/codes",
    ];
    for (method, path) in [
        ("GET", "/neuro/api-keys"),
        ("PUT", "/neuro/api-keys/x"),
        ("DELETE", "/neuro/lockouts/127.0.0.1"),
        ("GET", "/taler/third-parties"),
        ("DELETE", "/taler/third-parties/x"),
    ] {
        assert_eq!(call(&server.operator, method, path, &[], b"{").status, 401, "{path}");
    }
    for path in looks {
        assert_eq!(call(&server.operator, "GET", path, &[], b"").status, 401, "{path}");
        assert_eq!(server.ask("POST", path, &Value::Null).status, 405, "{path}");
    }
    for path in ["/erasures?since=x", "/review?state=lost", "/subjects/tag:x/timeline"] {
        assert_eq!(server.ask("GET", path, &Value::Null).status, 400, "{path}");
    }
}

#[test]
fn many_erasures_at_once_are_one_and_two_backups_do_not_share_a_place() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    let path = format!("/subjects/corepass:{}/erase", wallet.user.as_str());
    let erase = || server.ask("POST", &path, &json!({ "reason": "request 117" })).status;
    let place = server.dir.with_file_name("backup");
    let backup = || server.ask("POST", "/backups", &json!({ "dir": place })).status;
    let (erased, backups): (Vec<u16>, Vec<u16>) = std::thread::scope(|scope| {
        let erasures: Vec<_> = (0..8).map(|_| scope.spawn(erase)).collect();
        let backups: Vec<_> = (0..2).map(|_| scope.spawn(backup)).collect();
        let ended = |threads: Vec<std::thread::ScopedJoinHandle<'_, u16>>| {
            threads.into_iter().map(|thread| thread.join().expect("joins")).collect()
        };
        (ended(erasures), ended(backups))
    });
    assert!(erased.iter().all(|status| matches!(status, 200 | 202 | 404)), "{erased:?}");
    assert_eq!(backups.iter().filter(|status| **status == 201).count(), 1, "{backups:?}");
    let listed = server.command(&["events", "list"]);
    assert_eq!(listed.matches("subject.ErasureRequested").count(), 1);
    assert_eq!(listed.matches("subject.SubjectErased").count(), 1);
    assert!(server.command(&["audit"]).starts_with("clean"));
}

#[test]
fn the_doors_of_stellar_refuse_what_is_too_large_before_anybody_is_let_in() {
    let server = Server::start("");
    let large = vec![b'x'; 300_000];
    for (method, path) in [
        ("PUT", "/kyc/customer"),
        ("PUT", "/kyc/customer/callback"),
        ("PUT", "/kyc/customer/verification"),
        ("POST", "/kyc/customer/files"),
        ("DELETE", "/kyc/customer/GNOBODY"),
    ] {
        assert_eq!(call(&server.public, method, path, &[], b"{}").status, 401, "{path}");
        let forged = ["Authorization: Bearer a.b.c"];
        assert_eq!(call(&server.public, method, path, &forged, b"{}").status, 401, "{path}");
    }
    // Refused before it is read, so the answer may be cut off with the connection.
    let answer = call(&server.public, "PUT", "/kyc/customer", &[], &large);
    assert!(matches!(answer.status, 401 | 0), "{answer:?}");
    let auth = |body: &[u8]| call(&server.public, "POST", "/auth", &[], body).status;
    assert_eq!((auth(b"{"), auth(b"{\"transaction\":\"AAAA\"}")), (400, 400));
    assert_eq!(auth(&large), 413);
    let unknown = call(&server.public, "POST", "/providers/acme/decisions", &[], &large);
    assert!(matches!(unknown.status, 404 | 413), "{unknown:?}");
    let page = call(&server.public, "POST", "/me/stellar/forged", &[], &large);
    assert_eq!(page.status, 404, "{page:?}");
}
