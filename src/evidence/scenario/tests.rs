//! Scenarios that load, and lines that are refused.

use kyc_events::log::EventReader;
use kyc_events::log::memory::MemoryLog;
use kyc_events::sealed::{KeyId, Opener};
use kyc_events::{Position, Version};
use serde_json::{Value, json};

use super::*;
use crate::evidence::json::{Shown, sealed};
use crate::evidence::kinds;
use crate::vault::MasterKeys;

const STREAM: &str = "corepass.transfer-5f";

fn requested() -> Value {
    json!({
        "stream": STREAM, "event": "corepass.OrderRequested", "version": 1,
        "at": "2026-01-05T10:00:00.000Z", "actor": "public",
        "payload": {
            "order": 1, "subject": "ab".repeat(32), "key": "07".repeat(16),
            "user": {"open": "ab00anna"}, "items": ["SH_EMAIL"],
            "callback": {"open": "https://anna.example/data"}, "status_callback": null,
            "expiration": 1_767_607_800,
            "policy": "3f0c",
        },
    })
}

fn expired() -> Value {
    json!({
        "stream": STREAM, "event": "corepass.OrderExpired", "version": 1,
        "at": "2026-01-05T10:10:01.000Z", "payload": {"order": 1},
    })
}

fn text(lines: &[Value]) -> String {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    lines.join("\n")
}

struct Home {
    log: MemoryLog,
    vault: std::sync::Arc<Vault>,
    _dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = Vault::open(dir.path(), MasterKeys::for_tests()).expect("opens");
        Self { log: MemoryLog::default(), vault, _dir: dir }
    }

    fn load(&self, text: &str) -> Result<Loaded, ScenarioError> {
        load(text.as_bytes(), &self.log, &self.vault)
    }

    fn export(&self) -> String {
        let mut out = Vec::new();
        export(&self.log, &self.vault, &mut out).expect("exports");
        String::from_utf8(out).expect("text")
    }
}

#[test]
fn personal_data_is_sealed_under_the_key_its_event_names() {
    let home = Home::new();
    let loaded = home.load(&text(&[requested(), expired()])).expect("loads");
    assert_eq!(loaded, Loaded { events: 2, streams: 1, keys: 1 });
    let records = home.log.read(Position::START, 9).expect("reads");
    let record = &records[0];
    assert_eq!(record.recorded_at, 1_767_607_200_000);
    assert_eq!((&*record.actor, &*records[1].actor), ("public", "scenario"));
    assert!(!record.payload.windows(4).any(|part| part == b"anna"));
    let fields = kinds::of(&record.stream).expect("a kind").sealed_fields(record).expect("decodes");
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["user#1", "callback#1"]);
    assert_eq!(fields[0].shut.key, KeyId([7; 16]));
    let opener = home.vault.fields(&record.stream, &record.name);
    let user = opener.open("user#1", &fields[0].shut).expect("opens").expect("not erased");
    assert_eq!(crate::evidence::json::render(&user, &mut sealed), json!("ab00anna"));
}

#[test]
fn an_exported_log_is_the_scenario_it_was_loaded_from() {
    let home = Home::new();
    let mut lines = [requested(), expired()];
    lines[1]["actor"] = json!("timer");
    home.load(&text(&lines)).expect("loads");
    let exported: Vec<Value> =
        home.export().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(exported, lines);
}

#[test]
fn what_was_erased_stays_erased_in_the_next_log() {
    let home = Home::new();
    home.load(&text(&[requested()])).expect("loads");
    home.vault.shred(&[KeyId([7; 16])]).expect("shreds");
    let exported = home.export();
    assert!(!exported.contains("anna"));
    let next = Home::new();
    let loaded = next.load(&exported).expect("loads");
    assert_eq!(loaded.keys, 0);
    assert_eq!(next.export(), exported);
}

#[test]
fn the_state_is_shown_with_what_the_caller_opens() {
    let home = Home::new();
    home.load(&text(&[requested()])).expect("loads");
    let record = home.log.read(Position::START, 1).expect("reads").remove(0);
    let kind = kinds::of(&record.stream).expect("a kind");
    let mut state = kind.start();
    kind.fold(&mut state, &record).expect("folds");
    let shown = kind.state_json(&state, &mut sealed).expect("encodes");
    let order = &shown["orders"][0];
    assert_eq!((&order["status"], &order["user"]), (&json!("PENDING"), &json!("sealed")));
    let mut resolve = |_: &_| Shown::Plain(json!("anna"));
    let opened = kind.state_json(&state, &mut resolve).expect("encodes");
    assert_eq!(opened["orders"][0]["user"], "anna");
}

#[test]
fn a_second_scenario_goes_on_where_the_log_ends() {
    let home = Home::new();
    home.load(&text(&[requested()])).expect("loads");
    home.load(&text(&[expired()])).expect("loads");
    let stream = home.log.read(Position(1), 1).expect("reads").remove(0);
    assert_eq!(stream.version, Version(2));
    let error = home.load(&text(&[requested()])).expect_err("in the past");
    assert!(matches!(error.what, Wrong::Backward { .. }), "{error}");
}

#[test]
fn more_events_than_a_group_all_arrive() {
    let attempt = |number: u32| {
        json!({
            "stream": "callback.delivery-1", "event": "callback.AttemptFailed", "version": 1,
            "at": "2026-01-05T10:00:00.000Z",
            "payload": {"attempt": number, "status": null, "kind": "dns", "took_ms": 1,
                        "retry_at": null},
        })
    };
    let count = u32::try_from(2 * crate::config::limits::SCENARIO_GROUP).expect("small") + 1;
    let lines: Vec<Value> = (1..=count).map(attempt).collect();
    let home = Home::new();
    assert_eq!(home.load(&text(&lines)).expect("loads").events, u64::from(count));
    assert_eq!(home.log.size().0, u64::from(count));
}

#[test]
fn a_wrong_line_is_refused_by_its_number_and_nothing_of_it_is_kept() {
    let alter = |change: &dyn Fn(&mut Value)| {
        let mut line = expired();
        change(&mut line);
        line
    };
    let cases: [(&str, Value); 8] = [
        ("out of turn", requested()),
        ("no order 2", alter(&|line| line["payload"]["order"] = json!(2))),
        (
            "unknown event corepass.OrderLost",
            alter(&|line| line["event"] = json!("corepass.OrderLost")),
        ),
        ("version 9", alter(&|line| line["version"] = json!(9))),
        ("does not decode", alter(&|line| line["payload"] = json!({}))),
        ("is before", alter(&|line| line["at"] = json!("2026-01-05T09:59:59.999Z"))),
        ("no kind of stream", alter(&|line| line["stream"] = json!("corepass.nothing-5f"))),
        ("unknown field", alter(&|line| line["extra"] = json!(1))),
    ];
    for (part, wrong) in cases {
        let home = Home::new();
        let lines = format!("{}\n\n{}", text(&[requested()]), text(&[wrong]));
        let error = home.load(&lines).expect_err(part);
        assert_eq!(error.line, 3, "empty lines are counted: {error}");
        assert!(error.to_string().contains(part), "{part} in {error}");
        assert_eq!(home.log.size(), Position::START);
    }
}

#[test]
fn an_error_repeats_no_personal_data() {
    let mut line = requested();
    line["payload"]["user"] = json!({ "open": ["anna"] });
    let error = Home::new().load(&text(&[line])).expect_err("of another type");
    assert!(!error.to_string().contains("anna"), "{error}");
}
