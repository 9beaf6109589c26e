//! `kill -9` at every step: nothing acknowledged is lost, nothing happens twice.

use std::collections::HashSet;

use serde_json::json;

use crate::harness::{Receiver, Server, id_of, wallet};

const BLOCK: i64 = 7_000;

#[test]
fn a_transfer_survives_a_crash_at_every_step_it_waits_at() {
    let (mut server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    let answer = server.order(&wallet, &receiver);
    let (id, link) = (id_of(&answer), answer.json()["link"].clone());
    server = server.crash();
    let again = server.order(&wallet, &receiver).json();
    assert_eq!(again["alreadySent"], json!(true));
    // The port is a new one; the order is not.
    let tail = |link: &serde_json::Value| {
        link.as_str().expect("a link").split_once("&from=").expect("a tail").1.to_owned()
    };
    assert_eq!(tail(&again["link"]), tail(&link));
    let accept = wallet.accept(&id, server.deadline());
    assert_eq!(server.post("/api/v1/kyc/accept", &accept).status, 204);
    server = server.crash();
    assert_eq!(server.statuses(&wallet), ["PENDING", "ACCEPTED"]);
    server.until(&wallet, "INITIATE_SUBMITTED", 20_000);
    server = server.crash();
    server.until(&wallet, "INITIATED", BLOCK);
    server = server.crash();
    let sent = wallet.transmit(&id, wallet.infos.clone(), server.deadline());
    assert_eq!(server.post("/api/v1/kyc/transmit", &sent).status, 204);
    server = server.crash();
    server.until(&wallet, "VALIDITY_SUCCEED", 0);
    server = server.crash();
    server.until(&wallet, "CONFIRM_SUBMITTED", 20_000);
    server = server.crash();
    server.until(&wallet, "CONFIRMED", BLOCK);
    server = server.crash();
    server.until(&wallet, "FINISH_SUCCESS", BLOCK);
    server = server.crash();

    let statuses = server.statuses(&wallet);
    assert_eq!(statuses.len(), 11, "{statuses:?}");
    let events = server.command(&["events", "list"]);
    assert_eq!(events.matches("corepass.BatchSigned").count(), 2, "two transactions, not more");
    server.wait(BLOCK, "all statuses told", |_| {
        receiver.told().iter().any(|status| status == "FINISH_SUCCESS")
    });
    let ids: HashSet<_> = receiver.calls("/status").into_iter().map(|c| c.delivery).collect();
    assert_eq!(ids.len(), 11, "a repetition has the same id");
}

#[test]
fn sigterm_ends_with_exit_code_0_and_keeps_everything() {
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.verify(&wallet);
    server.order(&wallet, &receiver);
    receiver.wait("/status", 1);
    assert!(server.terminate().success());
}

#[test]
fn a_second_process_does_not_get_the_data_directory() {
    let server = Server::start("");
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_kycd"))
        .args(["serve", "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0", "--data"])
        .arg(&server.dir)
        .output()
        .expect("kycd runs");
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("another process owns"));
}
