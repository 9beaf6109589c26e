//! Requests per second and latency of the public endpoints, beside an empty actix-web handler and
//! a bare sync of the same disk in the same run.
//!
//! ```sh
//! cargo bench --bench http
//! ```
//!
//! The driver is this process; what it drives are its children, over loopback and on the same
//! cores. Every count is fixed, so the run ends; it does nothing unless `cargo bench` starts it.

mod baseline;
mod client;
mod load;
mod servers;

use baseline::Baseline;
use client::request;
use kycd::corepass::core_id::{CoreId, Network};
use kycd::signing::ed448::PUBLIC_KEY_BYTES;
use load::{in_turn, show};
use serde_json::{Value, json};
use servers::Server;

const CONNECTIONS: usize = 64;
/// Requests that only read.
const READS: usize = 100_000;
/// Orders over all connections, a user each.
const ORDERS: usize = 10_000;
/// Orders one after the other, in turn with syncs to compare them with.
const SINGLES: usize = 500;
/// The operator's listener has one thread.
const PREPARING: usize = 8;
/// About what an order writes.
const ORDER_BYTES: usize = 600;
const ITEM: &str = "SH_EMAIL";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == servers::EMPTY) {
        return servers::serve_empty();
    }
    if arguments.iter().any(|argument| argument == "--bench") {
        return measure();
    }
    println!("nothing is measured without --bench");
    Ok(())
}

fn measure() -> anyhow::Result<()> {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let empty = Server::empty()?;
    let empty_address = empty.address("public")?;
    let data = home.path().join("data");
    let kycd = Server::kycd(&data, &[])?;
    let public = kycd.address("public")?;

    let users: Vec<Value> = (0..SINGLES + ORDERS).map(|_| user()).collect::<Result<_, _>>()?;
    verify(&kycd, &std::fs::read_to_string(data.join("operator.token"))?, &users)?;
    let orders: Vec<Vec<u8>> = users.iter().map(order).collect();
    let (singles, orders) = orders.split_at(SINGLES);
    let of_first = json!({ "user": users[0], "items": [ITEM] });
    let ask = |path: &str| [request("POST", path, "", &of_first)];
    let status = ask("/api/v1/kyc/status");

    println!("{:<24} {:>10}   {:>9} {:>9} {:>9}", "", "requests/s", "p50", "p99", "p99.9");
    let mut file = Baseline::create(home.path())?;
    let (syncs, calls) = in_turn(&mut file, ORDER_BYTES, &public, singles)?;
    show("fdatasync, one by one", &syncs, None);
    show("qrcode, one by one", &calls, None);

    load::run(&empty_address, CONNECTIONS, READS / 10, &status)?;
    let reference = load::run(&empty_address, CONNECTIONS, READS, &status)?;
    show("empty handler", &reference, None);
    let reads = [
        ("status", status),
        ("verified", ask("/api/v1/blockchain/verified")),
        ("qrcode, a repeat", [singles[0].clone()]),
    ];
    for (name, request) in &reads {
        load::run(&public, CONNECTIONS, READS / 10, request)?;
        let measured = load::run(&public, CONNECTIONS, READS, request)?;
        show(name, &measured, Some(&reference));
    }
    let measured = load::run(&public, CONNECTIONS, ORDERS, orders)?;
    show("qrcode, a new order each", &measured, Some(&reference));
    let again = load::run(&empty_address, CONNECTIONS, READS, &reads[0].1)?;
    show("empty handler, again", &again, Some(&reference));
    Ok(())
}

/// A Core ID that was not there before.
fn user() -> anyhow::Result<Value> {
    let mut key = [0; PUBLIC_KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(json!(CoreId::from_public_key(&key, Network::Devin)))
}

/// Puts an e-mail address into each user's simulated vault.
fn verify(kycd: &Server, token: &str, users: &[Value]) -> anyhow::Result<()> {
    let bearer = format!("Authorization: Bearer {}\r\n", token.trim());
    let put = |user: &Value| {
        let info = json!({ "fieldID": ITEM, "fieldValue": "jane@example.com", "pepper": "00" });
        request(
            "POST",
            "/sandbox/corepass/vault",
            &bearer,
            &json!({ "user": user, "infos": [info] }),
        )
    };
    let puts: Vec<Vec<u8>> = users.iter().map(put).collect();
    load::run(&kycd.address("operator")?, PREPARING, puts.len(), &puts).map(drop)
}

/// A request for a QR code, without the picture.
fn order(user: &Value) -> Vec<u8> {
    let body = json!({
        "user": user,
        "items": [ITEM],
        "callback": "https://example.com/",
        "expiration": kycd::clock::system_now() / 1000 + 600,
        "withoutQRCode": true,
    });
    request("POST", "/api/v1/kyc/qrcode", "", &body)
}
