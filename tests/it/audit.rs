//! Whatever is done to a log, `audit` and an independent verifier find it, and it does not start.

use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use kyc_events::log::checkpoints::Checkpoints;
use kyc_events::log::segment::disk::{Disk, RealDisk};
use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::log::{Append, EventLog, EventReader};
use kyc_events::note::Verifier;
use kyc_events::sealed::KeyId;
use kyc_events::{ExpectedVersion, NewEvent, Position, Record};
use kycd::evidence::audit::{AuditError, Evidence, Report, StoredKeys, Verdict, audit};
use kycd::evidence::notary::{Notary, Schedule};
use kycd::evidence::scenario;
use kycd::vault::{MasterKeys, Vault};
use serde_json::{Value, json};

use crate::disk::{Files, MemoryDisk, files};
use crate::harness::root;
use crate::verifier::python;

const ORIGIN: &str = "example.org/kyc";
const OPTIONS: Options = Options { segment_bytes: 200_000, preallocate_bytes: 1_000 };

fn key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn verifier() -> Verifier {
    Verifier::new(ORIGIN, key().verifying_key()).expect("a key")
}

/// A closed and signed log, and the ids of its keys.
struct Sample {
    files: Files,
    records: Vec<Record>,
    keys: HashSet<KeyId>,
}

/// The text of a recorded history, `copies` times, each of other people at a later time.
fn history(name: &str, copies: usize) -> String {
    let file = root().join(format!("fixtures/scenarios/corepass/{name}.jsonl"));
    let text = std::fs::read_to_string(file).expect("a scenario");
    let mut all = String::new();
    for copy in 0..copies {
        for line in text.lines() {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            let at = line["at"].as_str().expect("an instant");
            let at = chrono::DateTime::parse_from_rfc3339(at).expect("an instant");
            let at = at + chrono::TimeDelta::days(copy as i64);
            line["at"] = json!(at.to_rfc3339());
            rename(&mut line, copy);
            all.push_str(&line.to_string());
            all.push('\n');
        }
    }
    all
}

/// Gives every id in it another beginning, and every batch another number.
fn rename(value: &mut Value, copy: usize) {
    match value {
        Value::String(text) => {
            let (kind, id) = text.rsplit_once('-').map_or(("", &**text), |(kind, id)| (kind, id));
            let is_id = id.len() >= 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
            let dash = if kind.is_empty() { "" } else { "-" };
            if is_id {
                *text = format!("{kind}{dash}{copy:08x}{}", &id[8..]);
            } else if kind == "corepass.batch" {
                let number: usize = id.parse().expect("a number");
                *text = format!("corepass.batch-{:020}", number + 1000 * copy);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| rename(value, copy)),
        Value::Object(map) => map.values_mut().for_each(|value| rename(value, copy)),
        _ => {}
    }
}

fn sample(history: &str) -> Sample {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("log");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::lock(&dir).expect("a directory"));
    let log = Arc::new(SegmentLog::open_on(Arc::clone(&disk), OPTIONS).expect("opens"));
    let keys = MasterKeys::from_hex(&"5a".repeat(32)).expect("a key");
    let vault = Vault::open(&home.path().join("vault"), keys).expect("opens");
    scenario::load(history.as_bytes(), &*log, &vault).expect("loads");
    let schedule = Schedule { events: 1000, every: Duration::from_secs(60) };
    let origin = ORIGIN.to_owned();
    let notary = Notary::open(log.clone(), Checkpoints::on(disk), key(), origin, schedule);
    log.close().expect("closes");
    notary.expect("opens").sign().expect("signs");
    let records = log.read(Position::START, usize::MAX).expect("reads");
    vault.close().expect("closes");
    let keys = kycd::vault::stored_keys(&home.path().join("vault")).expect("reads");
    Sample { files: files(&dir), records, keys: keys.expect("a store") }
}

fn judge(files: &Files, keys: &HashSet<KeyId>, saved: &[&str]) -> Option<Report> {
    let saved = saved.iter().map(|note| ("saved.note".to_owned(), (*note).to_owned()));
    audit(&Evidence {
        disk: MemoryDisk::of(files),
        key: Some(verifier()),
        saved: saved.collect(),
        stored_keys: &|| Ok(StoredKeys::Ids(keys.clone())),
        progress: &|_, _| {},
    })
    .inspect_err(|error| assert!(matches!(error, AuditError::NoLog), "{error}"))
    .ok()
}

/// Whether the engine would go on with it.
fn starts(files: &Files) -> bool {
    let disk = MemoryDisk::of(files);
    let Ok(log) = SegmentLog::open_on(Arc::clone(&disk), OPTIONS) else { return false };
    let schedule = Schedule { events: 1000, every: Duration::from_secs(60) };
    let origin = ORIGIN.to_owned();
    Notary::open(Arc::new(log), Checkpoints::on(disk), key(), origin, schedule).is_ok()
}

/// One alteration, as the independent verifier reads it.
#[derive(Clone)]
enum Edit {
    Flip { file: String, offset: usize, byte: u8 },
    Cut { file: String, length: usize },
    Replace { file: String, bytes: Vec<u8> },
    Remove { file: String },
}

impl Edit {
    fn apply(&self, files: &mut Files) {
        match self {
            Self::Flip { file, offset, byte } => {
                files.get_mut(file).expect("a file")[*offset] ^= byte;
            }
            Self::Cut { file, length } => files.get_mut(file).expect("a file").truncate(*length),
            Self::Replace { file, bytes } => drop(files.insert(file.clone(), bytes.clone())),
            Self::Remove { file } => drop(files.remove(file)),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Flip { file, offset, byte } => json!({ "file": file, "xor": [offset, byte] }),
            Self::Cut { file, length } => json!({ "file": file, "truncate": length }),
            Self::Replace { file, bytes } => {
                json!({ "file": file, "replace": STANDARD.encode(bytes) })
            }
            Self::Remove { file } => json!({ "file": file, "remove": true }),
        }
    }
}

/// Judges every alteration with both verifiers, the other one in one process; answers our verdicts.
fn judge_all(sample: &Sample, edits: &[Edit]) -> Vec<Verdict> {
    let theirs = theirs(sample, edits);
    let mut verdicts = Vec::new();
    for (number, edit) in edits.iter().enumerate() {
        let mut altered = sample.files.clone();
        edit.apply(&mut altered);
        let report = judge(&altered, &sample.keys, &[]);
        let verdict = report.as_ref().map_or(Verdict::Damaged, |report| report.verdict);
        verdicts.push(verdict);
        let what = edit.json();
        assert_eq!(starts(&altered), verdict >= Verdict::Torn, "{what}");
        if let (Some(theirs), Some(report)) = (&theirs, &report) {
            let their = &theirs[number];
            assert_eq!(their["exit"], verdict.exit_code(), "{what}: {their} and {report:?}");
            if let Some(finding) = report.findings.first() {
                assert_eq!(their["file"], json!(finding.file), "{what}: {their}");
                // Of a version that we do not know we say no more than that.
                if finding.position.is_some() {
                    assert_eq!(their["position"], json!(finding.position), "{what}: {their}");
                    assert_eq!(their["offset"], json!(finding.offset), "{what}: {their}");
                }
            }
        }
    }
    verdicts
}

fn theirs(sample: &Sample, edits: &[Edit]) -> Option<Vec<Value>> {
    python()?;
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("checkpoints")).expect("made");
    for (name, bytes) in &sample.files {
        std::fs::write(dir.path().join(name), bytes).expect("written");
    }
    let mut python = Command::new("python3")
        .arg(root().join("tests/verify/log.py"))
        .arg("--batch")
        .arg(dir.path())
        .args(["--key", &verifier().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let mut stdin = python.stdin.take().expect("a pipe");
    let mut lines = String::new();
    for (id, edit) in edits.iter().enumerate() {
        lines.push_str(&json!({ "id": id, "edits": [edit.json()] }).to_string());
        lines.push('\n');
    }
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let out = python.wait_with_output().expect("ends");
    writer.join().expect("joins").expect("writes");
    let text = String::from_utf8(out.stdout).expect("text");
    let rows: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rows.len(), edits.len());
    Some(rows)
}

#[test]
fn a_log_of_which_only_checkpoints_are_left_is_damaged() {
    let sample = sample(&history("expired", 1));
    let note = sample.files.iter().find(|(name, _)| name.starts_with("checkpoints/"));
    let (name, note) = note.expect("a checkpoint");
    let left: Files = [(name.clone(), note.clone())].into_iter().collect();
    let report = judge(&left, &sample.keys, &[]).expect("a verdict");
    assert_eq!(report.verdict, Verdict::Damaged, "{report:?}");
    let finding = &report.findings[0];
    assert_eq!((finding.position, finding.file.as_deref()), (Some(0), Some("mark")));
    let saved = String::from_utf8(note.clone()).expect("text");
    let report = judge(&Files::default(), &sample.keys, &[&saved]).expect("a verdict");
    assert_eq!(report.verdict, Verdict::Damaged, "a saved checkpoint says that there was one");
    assert!(judge(&Files::default(), &sample.keys, &[]).is_none(), "there never was a log");
}

#[test]
fn a_key_store_that_is_gone_or_is_none_is_damage() {
    let history = root().join("fixtures/scenarios/corepass/expired.jsonl");
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let kycd = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kycd"));
        command.args(arguments).arg("--data").arg(&data).output().expect("kycd runs")
    };
    let loaded = kycd(&["rebuild", "--from", history.to_str().expect("text")]);
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    assert_eq!(kycd(&["audit"]).status.code(), Some(0));
    let store = data.join("vault/keys.sqlite");
    for bytes in [&b""[..], b"nonsense"] {
        std::fs::write(&store, bytes).expect("written");
        let out = kycd(&["audit"]);
        assert_eq!(out.status.code(), Some(2), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(String::from_utf8_lossy(&out.stdout).contains("key store"));
    }
    std::fs::remove_file(&store).expect("removed");
    assert_eq!(kycd(&["audit"]).status.code(), Some(2));
    std::fs::remove_dir_all(data.join("vault")).expect("removed");
    assert_eq!(kycd(&["audit"]).status.code(), Some(0), "a log by itself has no key store");
}

#[test]
fn a_log_as_it_was_written_is_clean() {
    let sample = sample(&history("success", 1));
    let report = judge(&sample.files, &sample.keys, &[]).expect("a verdict");
    assert_eq!(report.verdict, Verdict::Clean, "{report:?}");
    assert_eq!((report.size, report.checkpoints), (sample.records.len() as u64, 1));
    assert!(starts(&sample.files));
}

#[test]
fn every_flipped_byte_of_a_closed_log_is_found_and_does_not_start() {
    let sample = sample(&history("expired", 2));
    let bytes: usize = sample.files.values().map(Vec::len).sum();
    assert!(bytes <= 16 * 1024, "{bytes}");
    let mut edits = Vec::new();
    for (file, bytes) in &sample.files {
        edits.extend((0..bytes.len()).map(|offset| {
            let byte = 1 << (offset % 8);
            Edit::Flip { file: file.clone(), offset, byte }
        }));
    }
    let verdicts = judge_all(&sample, &edits);
    let found = verdicts.iter().all(|verdict| *verdict == Verdict::Damaged);
    assert!(found, "every one of {} flips", edits.len());
}

/// `KYCD_REQUIRE_FLIPS=10000` for more.
#[test]
fn random_flipped_bits_of_a_larger_log_are_found() {
    let sample = sample(&history("success", 40));
    let segments: Vec<_> = sample.files.iter().filter(|(name, _)| name.contains(".seg")).collect();
    let total: usize = segments.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(segments.len() > 1 && total <= 1024 * 1024, "{total} in {}", segments.len());
    let asked = std::env::var("KYCD_REQUIRE_FLIPS").ok().and_then(|count| count.parse().ok());
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let edits: Vec<Edit> = (0..asked.unwrap_or(200))
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mut offset = (seed >> 20) as usize % total;
            let place = segments.iter().find(|(_, bytes)| {
                let inside = offset < bytes.len();
                if !inside {
                    offset -= bytes.len();
                }
                inside
            });
            let file = place.expect("inside").0.clone();
            Edit::Flip { file, offset, byte: 1 << (seed >> 61) }
        })
        .collect();
    let verdicts = judge_all(&sample, &edits);
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Damaged));
}

#[test]
fn a_cut_or_missing_file_of_a_closed_log_is_found() {
    let sample = sample(&history("expired", 2));
    let mut edits = Vec::new();
    for (file, bytes) in &sample.files {
        edits.extend((0..bytes.len()).map(|length| Edit::Cut { file: file.clone(), length }));
        // Without its only note a log is as good as one that was never signed.
        if !file.starts_with("checkpoints/") {
            edits.push(Edit::Remove { file: file.clone() });
        }
    }
    let verdicts = judge_all(&sample, &edits);
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Damaged));
}

/// A log that was killed: marked and signed, then written to and never closed.
fn killed() -> (Sample, usize) {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("log");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::lock(&dir).expect("a directory"));
    let log = Arc::new(SegmentLog::open_on(Arc::clone(&disk), OPTIONS).expect("opens"));
    let keys = MasterKeys::from_hex(&"5a".repeat(32)).expect("a key");
    let vault = Vault::open(&home.path().join("vault"), keys).expect("opens");
    let text = history("expired", 2);
    let half = text.lines().count() / 2;
    let lines: Vec<&str> = text.lines().collect();
    scenario::load(lines[..half].join("\n").as_bytes(), &*log, &vault).expect("loads");
    let schedule = Schedule { events: 1000, every: Duration::from_secs(60) };
    let origin = ORIGIN.to_owned();
    let notary = Notary::open(log.clone(), Checkpoints::on(disk), key(), origin, schedule);
    notary.expect("opens").sign().expect("signs");
    let segment = dir.join(SEGMENT);
    let marked = std::fs::read(&segment).expect("reads");
    let marked = marked.iter().rposition(|byte| *byte != 0).expect("not only zeros") + 1;
    for line in &lines[half..] {
        scenario::load(line.as_bytes(), &*log, &vault).expect("loads");
    }
    let records = log.read(Position::START, usize::MAX).expect("reads");
    let keys = kycd::vault::stored_keys(&home.path().join("vault")).expect("reads");
    (Sample { files: files(&dir), records, keys: keys.expect("a store") }, marked)
}

const SEGMENT: &str = "00000000000000000000.seg";

#[test]
fn a_killed_log_cut_anywhere_past_its_mark_goes_on_from_the_last_whole_batch() {
    let (sample, marked) = killed();
    let bytes = &sample.files[SEGMENT];
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("not only zeros") + 1;
    assert!(end > marked + 200, "something was written after the mark");
    let cuts: Vec<Edit> =
        (marked..end).map(|length| Edit::Cut { file: SEGMENT.to_owned(), length }).collect();
    let verdicts = judge_all(&sample, &cuts);
    let whole = verdicts.iter().filter(|verdict| **verdict == Verdict::Clean).count();
    let torn = verdicts.iter().filter(|verdict| **verdict == Verdict::Torn).count();
    assert_eq!((whole + torn, torn > whole), (cuts.len(), true), "never damage, mostly torn");
    for edit in cuts {
        let mut altered = sample.files.clone();
        edit.apply(&mut altered);
        let report = judge(&altered, &sample.keys, &[]).expect("a verdict");
        let disk = MemoryDisk::of(&altered);
        let log = SegmentLog::open_on(Arc::clone(&disk), OPTIONS).expect("goes on");
        assert_eq!(log.size().0, report.size, "{}", edit.json());
        assert_eq!(log.recovered().is_empty(), report.verdict == Verdict::Clean);
        let kept = disk.list("torn").expect("lists").len();
        assert_eq!(kept, log.recovered().len(), "what is cut off is kept");
    }
}

/// Writes records as a new log, with all checksums, the running hash and the mark made anew.
fn forged(records: &[Record], notes: &Files) -> Files {
    let home = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(home.path(), OPTIONS).expect("opens");
    for record in records {
        let event = NewEvent {
            event_id: record.event_id,
            name: record.name.clone(),
            schema_version: record.schema_version,
            actor: record.actor.clone(),
            causation: record.causation,
            correlation: record.correlation,
            payload: record.payload.clone(),
        };
        let append = Append {
            stream: record.stream.clone(),
            expected: ExpectedVersion::Any,
            events: vec![event],
            now: record.recorded_at,
        };
        log.append(&[append]).expect("appends").remove(0).expect("admitted");
    }
    log.close().expect("closes");
    let mut forged = files(home.path());
    let notes = notes.iter().filter(|(name, _)| name.starts_with("checkpoints/"));
    forged.extend(notes.map(|(name, bytes)| (name.clone(), bytes.clone())));
    forged
}

#[test]
fn a_rewritten_log_is_found_by_its_checkpoints() {
    let sample = sample(&history("success", 1));
    let same = forged(&sample.records, &sample.files);
    let report = judge(&same, &sample.keys, &[]).expect("a verdict");
    assert_eq!(report.verdict, Verdict::Clean, "the same records are the same log: {report:?}");
    let records = &sample.records;
    let change = |change: &dyn Fn(&mut Vec<Record>)| {
        let mut changed = records.clone();
        change(&mut changed);
        changed
    };
    let foreign = crate::audit::sample(&history("invalid-data", 1)).records;
    let variants = [
        ("swapped", change(&|records| records.swap(3, 4))),
        ("dropped", change(&|records| drop(records.remove(5)))),
        ("dropped at the end", change(&|records| drop(records.pop()))),
        ("duplicated", change(&|records| records.insert(6, records[5].clone()))),
        ("reordered", change(&|records| records[2..9].reverse())),
        ("spliced", change(&|records| records[4] = foreign[4].clone())),
        ("altered", change(&|records| records[7].actor = "nobody".into())),
    ];
    for (name, records) in variants {
        let files = forged(&records, &sample.files);
        let report = judge(&files, &sample.keys, &[]).expect("a verdict");
        assert_eq!(report.verdict, Verdict::Damaged, "{name}");
        let what = &report.findings[0].what;
        assert!(what.starts_with("forked") || what.starts_with("rolled back"), "{name}: {what}");
        assert!(!starts(&files), "{name}");
    }
}

#[test]
fn an_older_copy_and_a_fork_are_found_by_a_saved_checkpoint() {
    let whole = sample(&history("success", 1));
    let note = whole.files.iter().find(|(name, _)| name.starts_with("checkpoints/"));
    let note = String::from_utf8(note.expect("a note").1.clone()).expect("text");
    let unsigned = Files::new();
    let older = forged(&whole.records[..20], &unsigned);
    let report = judge(&older, &whole.keys, &[&note]).expect("a verdict");
    assert_eq!(report.verdict, Verdict::Damaged);
    assert_eq!(report.findings[0].position, Some(20));
    assert!(report.findings[0].what.starts_with("rolled back"), "{report:?}");
    let mut records = whole.records.clone();
    records.last_mut().expect("a record").actor = "nobody".into();
    let report = judge(&forged(&records, &unsigned), &whole.keys, &[&note]).expect("a verdict");
    assert!(report.findings[0].what.starts_with("forked"), "{report:?}");
    let report = judge(&whole.files, &whole.keys, &[&note]).expect("a verdict");
    assert_eq!((report.verdict, report.checkpoints), (Verdict::Clean, 2));
}

#[test]
fn a_log_signed_by_another_key_is_found() {
    let sample = sample(&history("expired", 1));
    let (name, note) =
        sample.files.iter().find(|(name, _)| name.starts_with("checkpoints/")).expect("a note");
    let note = String::from_utf8(note.clone()).expect("text");
    let checkpoint = kyc_events::checkpoint::Checkpoint::open(&note, &[verifier()]);
    let other = SigningKey::from_bytes(&[1; 32]);
    let signed = checkpoint.expect("signed").sign(&other).expect("signs");
    let edit = Edit::Replace { file: name.clone(), bytes: signed.into_bytes() };
    assert_eq!(judge_all(&sample, &[edit]), [Verdict::Damaged]);
}

#[test]
fn a_history_that_cannot_have_been_is_told_from_damage() {
    let sample = sample(&history("success", 1));
    let unsigned = Files::new();
    // The configuration in force, and then the order's second event.
    let illegal = forged(&sample.records[2..], &unsigned);
    let report = judge(&illegal, &sample.keys, &[]).expect("a verdict");
    assert_eq!(report.verdict, Verdict::Illegal, "{report:?}");
    let finding = &report.findings[0];
    assert_eq!((finding.position, finding.stream.is_some()), (Some(0), true));
    let outcome = sample.records.iter().find(|record| record.stream.kind() == "callback.delivery");
    let unasked = forged(&[outcome.expect("one").clone()], &unsigned);
    let report = judge(&unasked, &sample.keys, &[]).expect("a verdict");
    assert!(report.findings[0].what.contains("nobody asked for"), "{report:?}");
    assert_eq!(report.verdict.exit_code(), 3);
}

#[test]
fn a_key_that_is_gone_without_an_erasure_is_found() {
    let mut sample = sample(&history("success", 1));
    sample.keys.clear();
    let report = judge(&sample.files, &sample.keys, &[]).expect("a verdict");
    assert_eq!(report.verdict, Verdict::Damaged);
    assert!(report.findings[0].what.contains("no erasure says so"), "{report:?}");
    assert_eq!(report.findings[0].position, Some(1));
}

#[test]
fn the_command_judges_a_live_and_a_stopped_server_and_says_how_it_ended() {
    use crate::harness::{Receiver, Server, wallet};
    let (server, receiver, wallet) = (Server::start(""), Receiver::start(), wallet());
    server.transfer(&wallet, &receiver);
    let key = server.command(&["keys", "audit"]);
    let saved = server.ask("GET", "/audit/checkpoint", &Value::Null);
    assert_eq!(saved.status, 200, "{saved:?}");
    let live = server.command(&["audit", "--json", "--key", key.trim()]);
    let live: Value = serde_json::from_str(&live).expect("JSON");
    assert_eq!((&live["verdict"], &live["signatures"]), (&json!("clean"), &json!("checked")));
    assert!(live["keys"].as_u64().expect("a count") >= 4);
    let proof = server.ask("GET", "/audit/proof/3", &Value::Null);
    let proof: kyc_events::proof::Inclusion = proof.text.parse().expect("a proof");
    let record = server.command(&["events", "list", "--json", "--from", "3", "--limit", "1"]);
    assert_eq!((proof.index, record.lines().count()), (3, 1));
    assert_eq!(server.ask("GET", "/audit/proof/1000000", &Value::Null).status, 404);
    assert_eq!(server.ask("GET", "/audit/proof/x", &Value::Null).status, 404);
    let grown = server.ask("GET", "/audit/consistency/2", &Value::Null);
    assert!(grown.text.starts_with("old 2\n"), "{grown:?}");

    let (home, _) = server.stop_and_keep();
    let data = home.path().join("data");
    let note = home.path().join("saved.note");
    std::fs::write(&note, &saved.text).expect("written");
    let audit = |more: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_kycd"))
            .args(["audit", "--data"])
            .arg(&data)
            .args(more)
            .output()
            .expect("kycd runs");
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let saved = note.to_str().expect("text");
    let (code, said) = audit(&["--key", key.trim(), "--checkpoint", saved]);
    assert!(code == Some(0) && said.starts_with("clean"), "{said}");
    assert_eq!(audit(&["--nonsense"]).0, Some(1));
    let segment = data.join("log/00000000000000000000.seg");
    let mut bytes = std::fs::read(&segment).expect("reads");
    bytes[300] ^= 1;
    std::fs::write(&segment, bytes).expect("written");
    let (code, said) = audit(&[]);
    assert!(code == Some(2) && said.contains("signatures not checked"), "{said}");
}
