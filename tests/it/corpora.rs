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

/// Names and bytes of a target's seeds.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
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
