//! SEP-12 under load: customers who register, customers who ask how they stand, and how memory grows
//! with their number; beside an empty actix-web handler and a bare sync of the same disk in the
//! same run.
//!
//! ```sh
//! KYCD_REQUIRE_CUSTOMERS=200000 cargo bench --bench stellar
//! ```
//!
//! The driver is this process; what it drives are its children, over loopback and on the same
//! cores. Tokens are made here, with the server's secret, so that signing in limits nothing; each
//! request's is verified. Every count is fixed, so the run ends; it does nothing unless `cargo
//! bench` starts it.

mod baseline;
mod client;
mod load;
mod process;
mod servers;

use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use baseline::Baseline;
use client::request;
use kycd::stellar::account::{Account, AccountKey};
use kycd::stellar::caller::Caller;
use kycd::stellar::sep10::token::{Grant, Tokens};
use load::{in_turn, show};
use process::{cpu_seconds, memory_mib};
use serde_json::{Value, json};
use servers::Server;

const SECRET: &str = "a secret for the bench, of 32 bytes and more";
const DOMAIN: &str = "bench.example";
/// Customers one after the other, in turn with syncs to compare them with.
const SINGLES: u64 = 1_000;
/// Connections, new customers, requests that only read.
const LOADS: [(usize, u64, usize); 3] =
    [(1, 4_000, 20_000), (8, 20_000, 100_000), (32, 40_000, 200_000)];
/// About what a customer writes.
const CUSTOMER_BYTES: usize = 2_000;
/// Connections while the number of customers grows, and how often its memory is looked at.
const GROWING: (usize, u64) = (32, 10);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == servers::EMPTY) {
        return servers::serve_empty();
    }
    if arguments.iter().any(|argument| argument == "--bench") {
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        throughput(home.path())?;
        return growth(&home.path().join("growing"));
    }
    println!("nothing is measured without --bench");
    Ok(())
}

fn throughput(home: &Path) -> anyhow::Result<()> {
    let (empty_server, kycd) = (Server::empty()?, start(&home.join("data"))?);
    let (empty, public) = (empty_server.address("public")?, kycd.address("public")?);
    println!("{:<24} {:>10}   {:>9} {:>9} {:>9}", "", "requests/s", "p50", "p99", "p99.9");
    let mut file = Baseline::create(home)?;
    let (syncs, calls) = in_turn(&mut file, CUSTOMER_BYTES, &public, &puts(0..SINGLES))?;
    show("fdatasync, one by one", &syncs, None);
    show("PUT, one by one", &calls, None);
    let gets: Vec<Vec<u8>> = (0..SINGLES).map(get).collect();
    let mut customers = SINGLES;
    for (connections, new, reads) in LOADS {
        println!("{connections} connections");
        let run = |address: &str, count: usize, requests: &[Vec<u8>]| {
            let worked = cpu_seconds(&kycd.child.id().to_string());
            let measured = load::run(address, connections, count, requests)?;
            let worked = cpu_seconds(&kycd.child.id().to_string()) - worked;
            anyhow::Ok((measured, worked * 1e6 / count as f64))
        };
        run(&empty, reads / 10, &gets)?;
        let (reference, _) = run(&empty, reads, &gets)?;
        show("GET, empty handler", &reference, None);
        run(&public, reads / 10, &gets)?;
        let (measured, us) = run(&public, reads, &gets)?;
        show("GET", &measured, Some(&reference));
        println!("{:<24} {us:>10.0} µs of the server's CPU each", "");
        let puts = puts(customers..customers + new);
        customers += new;
        let (reference, _) = run(&empty, puts.len(), &puts)?;
        show("PUT, empty handler", &reference, None);
        let (measured, us) = run(&public, puts.len(), &puts)?;
        show("PUT, a customer each", &measured, Some(&reference));
        println!("{:<24} {us:>10.0} µs of the server's CPU each", "");
    }
    Ok(())
}

/// Memory while customers come, and how long starts take afterwards.
fn growth(data: &Path) -> anyhow::Result<()> {
    let asked = std::env::var("KYCD_REQUIRE_CUSTOMERS").ok();
    let all: u64 = asked.map_or(Ok(20_000), |number| number.parse())?;
    let (connections, steps) = GROWING;
    let mut server = start(data)?;
    let (public, id) = (server.address("public")?, server.child.id().to_string());
    println!("customers   PUT/s    p99   resident MiB, {} when empty", memory_mib(&id).0);
    for step in 0..steps {
        let puts = puts(all * step / steps..all * (step + 1) / steps);
        let measured = load::run(&public, connections, puts.len(), &puts)?;
        let (now, _) = memory_mib(&id);
        let (rate, p99) = (measured.rate(), measured.quantile(0.99).as_secs_f64() * 1e3);
        println!("{:>9} {rate:>7.0} {p99:>6.1} {now:>6}", all * (step + 1) / steps);
    }
    Command::new("kill").args(["-TERM", &id]).status()?;
    let ended = Instant::now();
    server.child.wait()?;
    println!("ended after {:.2} s", ended.elapsed().as_secs_f64());
    for how in ["a clean end", "a kill"] {
        let started = Instant::now();
        server = start(data)?;
        let ready = started.elapsed().as_secs_f64();
        let id = server.child.id().to_string();
        let ((now, most), cpu) = (memory_mib(&id), cpu_seconds(&id));
        println!(
            "ready {ready:.2} s after a start after {how} (CPU {cpu:.2} s), {now} MiB, {most} at most"
        );
        load::run(&server.address("public")?, 1, 1, &[get(all - 1)])?;
        server.child.kill()?;
        server.child.wait()?;
    }
    Ok(())
}

fn start(data: &Path) -> anyhow::Result<Server> {
    let settings = [("KYCD_STELLAR__JWT_SECRET", SECRET), ("KYCD_STELLAR__HOME_DOMAIN", DOMAIN)];
    let server = Server::kycd(data, &settings)?;
    server.address("public").context("the server does not start")?;
    Ok(server)
}

/// The header of a customer's own token.
fn bearer(number: u64) -> String {
    let mut key = [7; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    let caller = Caller { account: Account::Key(AccountKey(key)), memo: None };
    let grant = Grant { caller, challenge: key, home_domain: DOMAIN, client_domain: None };
    let issuer = format!("https://{DOMAIN}/auth");
    let now_s = kycd::clock::system_now() / 1000;
    let token = Tokens::new(SECRET, issuer, Vec::new()).issue(&grant, now_s);
    format!("Authorization: Bearer {token}\r\n")
}

fn get(number: u64) -> Vec<u8> {
    request("GET", "/kyc/customer", &bearer(number), &Value::Null)
}

/// Customers of eight fields.
fn puts(numbers: Range<u64>) -> Vec<Vec<u8>> {
    let put = |number: u64| {
        let body = json!({
            "first_name": "Jane",
            "last_name": format!("Doe {number}"),
            "email_address": format!("jane.{number}@example.com"),
            "mobile_number": "+41446681800",
            "address": "Bahnhofstrasse 1",
            "city": "Bern",
            "postal_code": "3011",
            "address_country_code": "CHE",
        });
        request("PUT", "/kyc/customer", &bearer(number), &body)
    };
    numbers.map(put).collect()
}
