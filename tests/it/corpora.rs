//! Replays the seeds of the fuzz targets: what each of them has to keep, on every test run.

mod stellar;

use kyc_events::codec::{Frame, decode};
use kycd::callbacks::egress::{Policy, Target};
use kycd::config::{Config, Sources};
use kycd::corepass::chain::transaction;
use kycd::corepass::core_id::{CoreId, Network};
use kycd::corepass::go_json;
use serde_json::Value;

use crate::harness::root;

/// What the targets of the Agent API check.
#[path = "../fuzz/checks/neuro.rs"]
pub mod neuro;
/// What Taler's targets check.
#[path = "../fuzz/checks/taler.rs"]
pub mod taler;

/// Names and bytes of a target's seeds.
pub fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let dir = root().join("tests/fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&dir).expect("a corpus").flatten();
    let seeds: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("a seed"))
        })
        .collect();
    assert!(!seeds.is_empty(), "{}", dir.display());
    seeds
}

/// The same, of a target that takes texts only.
fn texts(target: &str) -> Vec<(String, String)> {
    let text = |(name, bytes)| Some((name, String::from_utf8(bytes).ok()?));
    seeds(target).into_iter().filter_map(text).collect()
}

#[test]
fn frames_decode_strictly() {
    let mut decoding = 0;
    for (name, bytes) in seeds("record") {
        let Ok(decoded) = decode(&bytes) else { continue };
        let mut again = Vec::new();
        match decoded.frame {
            Frame::Record(record) => record.encode(&mut again).expect("it was decoded"),
            Frame::Commit(commit) => commit.encode(&mut again),
        };
        assert_eq!(again, bytes[..decoded.bytes], "{name}");
        decoding += 1;
    }
    assert!(decoding >= 4, "seeds have gone stale: {decoding} decode");
}

#[test]
fn what_is_signed_reads_back() {
    for (name, bytes) in seeds("go_json") {
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let written = go_json::to_vec(&value);
        let again: Value = serde_json::from_slice(&written).expect("JSON");
        // Not the value: Go writes 1.0 as 1. What was written once is written the same again.
        assert_eq!(go_json::to_vec(&again), written, "{name}");
    }
}

#[test]
fn a_core_id_that_is_taken_is_canonical() {
    let mut taken = 0;
    for (name, text) in texts("core_id") {
        for network in [Network::Mainnet, Network::Devin, Network::Private] {
            let Ok(id) = CoreId::parse(&text, network) else { continue };
            assert!(text.to_ascii_lowercase().ends_with(id.as_str()), "{name}");
            taken += 1;
        }
    }
    assert!(taken >= 2, "seeds have gone stale: {taken} are taken");
}

#[test]
fn other_bytes_are_no_transaction() {
    let read = |(_, bytes): &(String, Vec<u8>)| transaction::read(bytes).is_some();
    let calls = seeds("transaction").iter().filter(|seed| read(seed)).count();
    assert!(calls >= 2, "seeds have gone stale: {calls} are read");
}

#[test]
fn a_configuration_loads_or_says_why_not() {
    let mut loaded = 0;
    for (name, text) in texts("config") {
        let file = Some(("kycd.toml".to_owned(), text));
        match Config::load(Sources { file, ..Sources::default() }) {
            Ok(_) => loaded += 1,
            Err(errors) => assert!(!errors.to_string().is_empty(), "{name}"),
        }
    }
    assert!(loaded >= 2, "seeds have gone stale: {loaded} load");
}

#[test]
fn a_url_is_judged_the_same_twice() {
    let policy = Policy::default();
    let mut taken = 0;
    for (name, text) in texts("url") {
        let Ok(target) = Target::parse(&text, &policy, true) else { continue };
        assert_eq!(Target::parse(target.as_str(), &policy, true), Ok(target), "{name}");
        taken += 1;
    }
    assert!(taken >= 2, "seeds have gone stale: {taken} are taken");
}

/// The names of the seeds that are taken.
fn taken<E>(target: &str, check: impl Fn(&[u8]) -> Result<(), E>) -> Vec<String> {
    let mut names: Vec<String> = seeds(target)
        .into_iter()
        .filter_map(|(name, bytes)| check(&bytes).is_ok().then_some(name))
        .collect();
    names.sort();
    names
}

#[test]
fn base32_is_taken_in_every_spelling_and_in_two_lengths() {
    let names = taken("taler_crockford", taler::crockford);
    let expected = [
        "key",
        "lower-case",
        "ones-32",
        "other-letters",
        "sequence-32",
        "sequence-64",
        "surplus-bits",
    ];
    assert_eq!(names, expected);
}

#[test]
fn payto_uris_are_taken_by_todays_rules() {
    let names = taken("taler_payto", taler::payto);
    let expected = [
        "bitcoin",
        "iban",
        "iban-with-bic",
        "ilp",
        "other",
        "path-of-a-bank",
        "taler-bank",
        "upi",
        "upper-case",
        "wallet",
    ];
    assert_eq!(names, expected);
}

#[test]
fn headers_of_kyc_bulk_are_taken_or_refused_by_name() {
    let names = taken("taler_bulk_headers", taler::bulk_headers);
    assert_eq!(names, ["good", "parameters", "quoted-alias"]);
}

#[test]
fn archives_are_taken_or_refused() {
    let names = taken("taler_zip", taler::zip);
    let expected =
        ["python-comments", "python-deflated", "python-stored", "python-streamed", "python-zip64"];
    assert_eq!(names, expected);
}

#[test]
fn documents_of_the_agent_api_are_taken_within_limits() {
    let names = taken("neuro_xml", neuro::xml);
    let expected = [
        "add-id-attachment",
        "apply-id",
        "byte-order-mark",
        "cdata",
        "declared",
        "identity",
        "line-ends",
        "namespaces",
        "nested",
        "prefixed",
        "ready-for-approval",
        "references",
    ];
    assert_eq!(names, expected);
}

#[test]
fn requests_in_json_say_what_another_reader_says() {
    // Those with a list of pairs.
    let names = taken("neuro_json", neuro::json);
    assert_eq!(names, ["apply-id"]);
}
