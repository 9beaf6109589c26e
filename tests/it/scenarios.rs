//! Recorded histories load, and fold, as they were.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use kyc_events::Position;
use kyc_events::log::EventReader;
use kyc_events::log::memory::MemoryLog;
use kyc_events::log::segment::SegmentReader;
use kycd::evidence::json::sealed;
use kycd::evidence::kinds;
use kycd::evidence::scenario::{Loaded, ScenarioError, export, load};
use kycd::vault::{MasterKeys, Vault};
use serde_json::{Value, json};

use crate::harness::{Receiver, Server, id_of, root, wallet};

const NAMES: [(&str, &str); 4] = [
    ("corepass/success", "FINISH_SUCCESS"),
    ("corepass/invalid-data", "FINISH_FAILED"),
    ("corepass/expired", "PENDING"),
    ("corepass/dead-letter", "FINISH_FAILED"),
];

fn file(name: &str) -> PathBuf {
    root().join(format!("fixtures/scenarios/{name}.jsonl"))
}

fn scenario(name: &str) -> String {
    std::fs::read_to_string(file(name)).expect("a scenario")
}

struct Home {
    log: MemoryLog,
    vault: Arc<Vault>,
    _dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let keys = MasterKeys::from_hex(&"5a".repeat(32)).expect("a key");
        let vault = Vault::open(dir.path(), keys).expect("opens");
        Self { log: MemoryLog::default(), vault, _dir: dir }
    }

    fn load(&self, text: &str) -> Result<Loaded, ScenarioError> {
        load(text.as_bytes(), &self.log, &self.vault)
    }

    /// The state of every stream, by its name.
    fn states(&self) -> HashMap<String, Value> {
        let mut states = HashMap::new();
        for record in self.log.read(Position::START, usize::MAX).expect("reads") {
            let kind = kinds::of(&record.stream).expect("a kind");
            let entry = states.entry(record.stream.as_str().to_owned());
            let state = entry.or_insert_with(|| kind.start());
            kind.fold(state, &record).expect("a legal history");
        }
        let shown = |state: kinds::State| state.json(&mut sealed).expect("encodes");
        states.into_iter().map(|(name, state)| (name, shown(state))).collect()
    }
}

#[test]
fn every_scenario_loads_and_folds_to_its_end() {
    for (name, status) in NAMES {
        let home = Home::new();
        let loaded = home.load(&scenario(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let states = home.states();
        assert_eq!(loaded.streams, states.len(), "{name}");
        assert!(loaded.keys > 0 && loaded.events == home.log.size().0, "{name}: {loaded:?}");
        let transfer = states.iter().find(|(stream, _)| stream.starts_with("corepass.transfer-"));
        let order = &transfer.expect("a transfer").1["orders"][0];
        assert_eq!(
            (&order["status"], &order["user"]),
            (&json!(status), &json!("sealed")),
            "{name}"
        );
        assert_eq!(order["expired"], json!(name == "corepass/expired"), "{name}");
        let dead = states.values().filter(|state| state["dead"] == true).count();
        assert_eq!(dead, usize::from(name == "corepass/dead-letter"), "{name}");
    }
}

#[test]
fn a_loaded_scenario_is_exported_as_it_was_written() {
    for (name, _) in NAMES {
        let home = Home::new();
        home.load(&scenario(name)).expect("loads");
        let mut exported = Vec::new();
        export(&home.log, &home.vault, &mut exported).expect("exports");
        assert_eq!(String::from_utf8(exported).expect("text"), scenario(name), "{name}");
    }
}

#[test]
fn a_scenario_without_one_of_its_steps_is_refused_where_the_step_is_missed() {
    for (name, missing, next) in [
        ("corepass/success", "corepass.TransferInitiated", "corepass.KycReceived"),
        ("corepass/success", "corepass.BatchBroadcast", "corepass.BatchMined"),
        ("corepass/invalid-data", "corepass.ValidityCheckStarted", "corepass.ValidityFailed"),
        ("corepass/expired", "corepass.OrderRequested", "corepass.CallbackRequested"),
        ("corepass/dead-letter", "callback.AttemptFailed", "callback.AttemptFailed"),
    ] {
        let text = scenario(name);
        let mut lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let of = |lines: &[Value], event: &str| lines.iter().position(|l| l["event"] == event);
        let removed = lines.remove(of(&lines, missing).expect("the step"));
        let same = |line: &Value| line["event"] == next && line["stream"] == removed["stream"];
        let line = lines.iter().position(same).expect("what needs it") as u64 + 1;
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        let error = Home::new().load(&lines.join("\n")).expect_err(name);
        assert_eq!(error.line, line, "{name}: {error}");
        assert!(error.to_string().contains("illegal history"), "{name}: {error}");
    }
}

/// Starts a server with an order in it.
fn ordered(more: &str) -> (Server, Receiver, kycd::cli::demo::wallet::Wallet, String) {
    let (server, receiver, wallet) = (Server::start(more), Receiver::start(), wallet());
    server.verify(&wallet);
    let id = id_of(&server.order(&wallet, &receiver));
    (server, receiver, wallet, id)
}

fn write(name: &str, server: Server, receiver: &Receiver) {
    let (home, ended) = server.stop_and_keep();
    assert!(ended.success());
    let data = home.path().join("data");
    let reader = SegmentReader::open(&data.join("log")).expect("a log");
    let keys = MasterKeys::from_file(&home.path().join("data.keys"), false).expect("keys");
    let vault = Vault::open(&data.join("vault"), keys).expect("a vault");
    let mut out = Vec::new();
    export(&reader, &vault, &mut out).expect("exports");
    let text = String::from_utf8(out).expect("text");
    let text = text.replace(&receiver.url, "https://requester.example");
    let text: String = text.lines().map(without_machine).collect();
    std::fs::create_dir_all(file(name).parent().expect("a folder")).expect("a folder");
    std::fs::write(file(name), text).expect("written");
}

/// The line as it is, but for settings that are of this machine and not of the protocol.
fn without_machine(line: &str) -> String {
    let mut line: Value = serde_json::from_str(line).expect("JSON");
    if let Some(settings) = line.pointer_mut("/payload/redacted").and_then(Value::as_array_mut) {
        settings.retain(|one| one["key"].as_str().is_some_and(|key| key.starts_with("corepass.")));
    }
    format!("{line}\n")
}

/// Everything that had to be told was taken, or is a dead letter.
pub fn settle(server: &Server) {
    server.wait(0, "the last callback", |server| {
        let rows = server.command(&["callbacks", "list", "--json"]);
        let rows: Value = serde_json::from_str(&rows).expect("JSON");
        let done = |row: &Value| row["state"] == "delivered" || row["state"] == "dead";
        rows.as_array().expect("a list").iter().all(done)
    });
}

#[test]
#[ignore = "writes fixtures/scenarios anew, from real runs"]
fn the_scenarios_are_recorded() {
    const BLOCK: i64 = 7_000;
    for (name, lies) in [
        ("corepass/success", false),
        ("corepass/invalid-data", true),
        ("corepass/dead-letter", false),
    ] {
        let often =
            "[corepass]\ncallback_intervals = [1, 5]\ncallback_interval_unit = \"minute\"\n";
        let (server, receiver, wallet, id) = ordered(often);
        server.post("/api/v1/kyc/accept", &wallet.accept(&id, server.deadline()));
        server.until(&wallet, "INITIATED", BLOCK);
        let mut infos = wallet.infos.clone();
        if lies {
            infos[0].value.push_str(".invalid");
        }
        if name == "corepass/dead-letter" {
            receiver.answer(&[500; 9]);
        }
        server.post("/api/v1/kyc/transmit", &wallet.transmit(&id, infos, server.deadline()));
        let end = if name == "corepass/success" { "FINISH_SUCCESS" } else { "FINISH_FAILED" };
        server.until(&wallet, end, BLOCK);
        settle(&server);
        if name == "corepass/dead-letter" {
            let rows = server.command(&["callbacks", "list", "--state", "dead", "--json"]);
            let rows: Value = serde_json::from_str(&rows).expect("JSON");
            server.command(&["callbacks", "export", rows[0]["id"].as_str().expect("an id")]);
        }
        write(name, server, &receiver);
    }
    let (server, receiver, _, _) = ordered("");
    server.wait(60_000, "the expiration", |server| {
        !server.command(&["events", "list", "--event", "OrderExpired"]).is_empty()
    });
    settle(&server);
    write("corepass/expired", server, &receiver);
    reviewed();
    proven();
    approved();
}

/// Two accounts at a Taler exchange: one holder is refused once before the provider knows them, with
/// a fault in between; the other one never comes back.
fn proven() {
    use crate::taler::{Account, JOHN};
    let (server, receiver) = (Server::start(""), Receiver::start());
    let account = Account::register(&server, JOHN);
    assert_eq!(account.code(&server, "bad").status, 401);
    let down = json!({ "kind": "down", "times": 1 });
    assert_eq!(server.ask("POST", "/sandbox/oauth/outcome", &down).status, 204);
    assert_eq!(account.code(&server, "pass").status, 502);
    server.advance(60_000);
    account.prove(&server);
    let other = Account::register(&server, "payto://x-taler-bank/bank.example/42");
    other.way(&server);
    server.advance(kycd::config::limits::PROCESS_TTL_MS);
    other.way(&server);
    write("taler/proven", server, &receiver);
}

#[test]
fn an_account_that_was_refused_is_legitimized_by_a_later_proof() {
    let home = Home::new();
    home.load(&scenario("taler/proven")).expect("loads");
    let states = home.states();
    let targets = states.iter().filter(|(stream, _)| stream.starts_with("taler.payment_target-"));
    let mut ends: Vec<_> = targets
        .map(|(_, state)| (state["refusals"].as_u64(), state["legitimation"].is_object()))
        .collect();
    ends.sort_unstable();
    assert_eq!(ends, [(Some(0), false), (Some(1), true)], "{states:?}");
    let mut exported = Vec::new();
    export(&home.log, &home.vault, &mut exported).expect("exports");
    assert_eq!(String::from_utf8(exported).expect("text"), scenario("taler/proven"));
}

#[test]
fn a_proof_of_a_process_that_was_never_started_is_no_history() {
    let text = scenario("taler/proven");
    let lines = text.lines().filter(|line| !line.contains("taler.ProcessStarted"));
    let error = Home::new().load(&lines.collect::<Vec<_>>().join("\n")).expect_err("illegal");
    assert!(error.to_string().contains("a proof of a process that is not open"), "{error}");
}

/// An account of the Agent API, its key, and two applications: the one with somebody else's address
/// is rejected, and what is told of it taken; the other one is approved, and not told yet.
/// Attachments are no part of a scenario: their bytes lie beside the log.
fn approved() {
    use crate::neuro::client::{ALL, Client, borrowed, claims};
    let (server, receiver) = (crate::neuro::server(""), Receiver::start());
    let client = Client::ready(&server, "alice", ALL[0]);
    let mut claimed = claims(&client, "19811228-9874");
    let own = std::mem::replace(&mut claimed[4].1, "mallory@example.org".to_owned());
    let id = client.apply(&server, &borrowed(&claimed));
    assert_eq!(client.ready_for_approval(&server, &id), "Rejected");
    assert_eq!(client.pop(&server).len(), 2);
    server.advance(60_000);
    claimed[4].1 = own;
    let id = client.apply(&server, &borrowed(&claimed));
    assert_eq!(client.ready_for_approval(&server, &id), "Approved");
    settle(&server);
    write("neuro/approved", server, &receiver);
}

#[test]
fn an_application_that_was_rejected_leaves_the_next_one_to_be_approved() {
    let home = Home::new();
    home.load(&scenario("neuro/approved")).expect("loads");
    let states = home.states();
    let identities = states.iter().filter(|(stream, _)| stream.starts_with("neuro.identity-"));
    let mut ends: Vec<_> = identities.map(|(_, state)| state["status"].as_str()).collect();
    ends.sort_unstable();
    assert_eq!(ends, [Some("approved"), Some("rejected")], "{states:?}");
    let account = states.iter().find(|(stream, _)| stream.starts_with("neuro.account-"));
    assert!(account.expect("an account").1["enabled_at"].is_i64(), "{states:?}");
    let mut exported = Vec::new();
    export(&home.log, &home.vault, &mut exported).expect("exports");
    assert_eq!(String::from_utf8(exported).expect("text"), scenario("neuro/approved"));
}

#[test]
fn an_approval_of_what_no_run_was_concluded_for_is_no_history() {
    let text = scenario("neuro/approved");
    let lines = text.lines().filter(|line| !line.contains("neuro.ReviewConcluded"));
    let error = Home::new().load(&lines.collect::<Vec<_>>().join("\n")).expect_err("illegal");
    assert!(error.to_string().contains("illegal history"), "{error}");
}

/// A Stellar customer whom an operator sends back once and accepts then.
fn reviewed() {
    use crate::stellar::wallet::{Wallet, server};
    let (server, receiver) = (server(""), Receiver::start());
    let wallet = Wallet::new(1).signed_in(&server);
    let jane = |name: &str| {
        json!({
            "type": "sep12-review",
            "first_name": name,
            "last_name": "Doe",
            "email_address": "jane@example.com",
        })
    };
    let id = wallet.put(&server, &jane("J")).json()["id"].clone();
    let callback = json!({ "id": id, "url": format!("{}/told", receiver.url) });
    assert_eq!(wallet.json(&server, "PUT", "/kyc/customer/callback", &callback).status, 200);
    let decide = |what: &str, body: &Value| {
        let reviews = server.ask("GET", "/review?state=open", &Value::Null).json();
        let review = reviews[0]["id"].as_str().expect("an id").to_owned();
        let decided = server.ask("POST", &format!("/review/{review}/{what}"), body);
        assert!(decided.status < 300, "{decided:?}");
    };
    let why = json!({ "reason": "the whole name, please", "fields": ["first_name"], "by": "desk" });
    decide("request-info", &why);
    assert_eq!(wallet.put(&server, &jane("Jane")).status, 202);
    decide("accept", &json!({ "by": "desk" }));
    server.wait(1_000, "the last callback", |_| receiver.calls("/told").len() >= 3);
    settle(&server);
    write("stellar/reviewed", server, &receiver);
}

#[test]
fn a_reviewed_customer_is_accepted_in_the_end() {
    let home = Home::new();
    home.load(&scenario("stellar/reviewed")).expect("loads");
    let states = home.states();
    let customer = states.iter().find(|(stream, _)| stream.starts_with("stellar.customer-"));
    let customer = customer.expect("a customer").1.to_string();
    assert!(customer.contains("ACCEPTED"), "{customer}");
}
