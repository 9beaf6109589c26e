//! A KYC transfer from the QR code to its end.

use serde_json::json;

use crate::harness::{Receiver, Server, id_of, now_s, wallet};

const BLOCK: i64 = 7_000;

#[test]
fn a_transfer_runs_to_finish_success() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let answer = server.order(&wallet, &receiver);
    assert_eq!(answer.status, 200, "{answer:?}");
    let id = id_of(&answer);
    let deadline = now_s() + 120;
    assert_eq!(server.post("/api/v1/kyc/accept", &wallet.accept(&id, deadline)).status, 204);
    server.until(&wallet, "INITIATED", BLOCK);
    let key = server.callback_key();
    let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
    let answer = server.post("/api/v1/kyc/transmit", &sent);
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(server.post("/api/v1/kyc/transmit", &sent).status, 204, "twice is fine");
    server.until(&wallet, "FINISH_SUCCESS", BLOCK);

    let expected = [
        "PENDING",
        "ACCEPTED",
        "INITIATE_SUBMITTED",
        "INITIATED",
        "KYC_RECEIVED",
        "VALIDITY_CHECK",
        "VALIDITY_SUCCEED",
        "CONFIRM_SUBMITTED",
        "CONFIRMED",
        "CALLBACK_SUCCEED",
        "FINISH_SUCCESS",
    ];
    assert_eq!(server.statuses(&wallet), expected);
    receiver.wait("/status", expected.len());
    assert_eq!(receiver.told(), expected, "told in this order, each once");
    for call in receiver.calls("/status").iter().chain(&receiver.calls("/data")) {
        kycd::cli::demo::receiver::verify(&call.json(), &key).expect("a good signature");
        assert!(!call.delivery.is_empty());
    }
    let data = &receiver.calls("/data")[0];
    assert!(data.content_type.starts_with("multipart/form-data"));
    assert_eq!(data.json()["infos"], json!(wallet.infos));
}

#[test]
fn invalid_data_ends_in_an_error_callback() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.until(&wallet, "INITIATED", BLOCK);
    let mut infos = wallet.infos.clone();
    infos[0].value.push('!');
    server.post("/api/v1/kyc/transmit", &wallet.transmit(&id, infos, server.deadline()));
    server.until(&wallet, "FINISH_FAILED", BLOCK);
    let error = receiver.wait("/data", 1)[0].json();
    assert_eq!(error["error"], "VALIDITY_FAILED");
    assert_eq!(error["items"], json!(wallet.items()));
}

#[test]
fn injected_faults_fail_the_stage_they_strike() {
    for (stage, kind, status) in [
        ("initiate", "receipt_0", "INITIATED_FAILED"),
        ("initiate", "broadcast_error", "INITIATED_FAILED"),
        ("initiate", "timeout", "INITIATED_FAILED"),
        ("confirm", "receipt_0", "CONFIRM_FAILED"),
        ("valid", "invalid_field", "VALIDITY_FAILED"),
    ] {
        let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
        server.verify(&wallet);
        let fault = json!({ "stage": stage, "kind": kind, "times": 9 });
        assert_eq!(server.ask("POST", "/sandbox/corepass/faults", &fault).status, 204);
        let id = id_of(&server.order(&wallet, &receiver));
        server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
        if stage == "initiate" {
            server.until(&wallet, "FINISH_FAILED", 60_000);
        } else {
            server.until(&wallet, "INITIATED", BLOCK);
            let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
            server.post("/api/v1/kyc/transmit", &sent);
            server.until(&wallet, "FINISH_FAILED", BLOCK);
        }
        let statuses = server.statuses(&wallet);
        assert_eq!(statuses[statuses.len() - 2], status, "{stage} {kind}");
        assert_eq!(receiver.wait("/data", 1)[0].json()["error"], status);
    }
}

#[test]
fn a_chain_that_refuses_once_is_asked_again() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let fault = json!({ "stage": "initiate", "kind": "broadcast_error", "times": 1 });
    server.ask("POST", "/sandbox/corepass/faults", &fault);
    let id = id_of(&server.order(&wallet, &receiver));
    server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    server.until(&wallet, "INITIATED", BLOCK);
}

#[test]
fn a_reverted_batch_of_several_is_tried_one_by_one() {
    let (server, receiver) = (Server::start(""), Receiver::start());
    let wallets = [wallet(), wallet(), wallet()];
    for wallet in &wallets {
        server.verify(wallet);
        let id = id_of(&server.order(wallet, &receiver));
        server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    }
    let fault = json!({ "stage": "initiate", "kind": "receipt_0", "times": 1 });
    server.ask("POST", "/sandbox/corepass/faults", &fault);
    for wallet in &wallets {
        server.until(wallet, "INITIATED", BLOCK);
        let once = server.statuses(wallet).iter().filter(|s| *s == "INITIATE_SUBMITTED").count();
        assert_eq!(once, 1);
    }
}

#[test]
fn a_repeated_request_gets_the_first_answer() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let first = server.order(&wallet, &receiver).json();
    assert!(first.get("qrcode").is_none());
    assert!(first.get("alreadySent").is_none());
    let mut body = crate::harness::order(&wallet, &receiver);
    body["expiration"] = json!(now_s() + 700);
    body["withoutQRCode"] = json!(false);
    let again = server.post("/api/v1/kyc/qrcode", &body).json();
    assert_eq!(again["link"], first["link"]);
    assert_eq!(again["expiration"], first["expiration"]);
    assert_eq!(again["alreadySent"], json!(true));
    assert!(again["qrcode"].as_str().is_some_and(|code| code.starts_with("iVBOR")));
}

#[test]
fn fifty_requests_at_once_make_one_order() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            (0..50).map(|_| scope.spawn(|| server.order(&wallet, &receiver))).collect();
        calls.into_iter().map(|call| call.join().expect("answers")).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 200));
    let repeated = answers.iter().filter(|answer| answer.json()["alreadySent"] == json!(true));
    assert_eq!(repeated.count(), 49);
}

#[test]
fn an_expired_order_makes_room_for_the_next() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    server.advance(601_000);
    let answer = server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
    assert_eq!((answer.status, answer.text.as_str()), (400, "the request has expired"));
    assert_eq!(server.statuses(&wallet), ["PENDING"]);
    let mut body = crate::harness::order(&wallet, &receiver);
    body["expiration"] = json!(server.deadline() + 500);
    let next = server.post("/api/v1/kyc/qrcode", &body);
    assert!(next.json().get("alreadySent").is_none(), "{next:?}");
    assert_ne!(id_of(&next), id);
}
