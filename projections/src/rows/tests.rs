//! What rows promise, in memory and on disk.

use std::path::Path;

use kyc_events::{EventId, Position};
use proptest::prelude::*;

use super::*;
use crate::store::Store;

fn at(position: u64) -> Checkpoint {
    Checkpoint { position: Position(position), before: Some(EventId::from_u128(position.into())) }
}

fn open(dir: &Path) -> Rows {
    let store = Store::open(dir, 1024 * 1024).expect("a store");
    store.rows("model", 1).expect("rows")
}

#[test]
fn a_scan_stays_within_its_prefix() {
    let mut rows = Rows::default();
    for (key, row) in [("a", 1u8), ("ab", 2), ("ac", 3), ("b", 4)] {
        rows.put(key.as_bytes().to_vec(), &row);
    }
    let found: Vec<u8> = rows.scan(b"a").map(|(_, row)| row).collect();
    assert_eq!(found, [1, 2, 3]);
    let all: Vec<u8> = rows.scan(b"").map(|(_, row)| row).collect();
    assert_eq!(all, [1, 2, 3, 4]);
    assert_eq!(rows.scan::<u8>(&[0xff]).count(), 0);
}

#[test]
fn the_first_key_is_looked_for_within_its_prefix() {
    let mut rows = Rows::default();
    for key in ["a1", "a3", "b2"] {
        rows.put(key.as_bytes().to_vec(), &0_u8);
    }
    rows.commit(at(1)).expect("commits");
    rows.delete(b"a1");
    assert_eq!(rows.first_from(b"a", b"a"), Some(b"a3".to_vec()));
    assert_eq!(rows.first_from(b"a", b"a4"), None);
    assert_eq!(rows.first_from(b"b", b"a"), Some(b"b2".to_vec()));
}

#[test]
fn a_row_that_came_and_went_leaves_nothing_to_commit() {
    let mut rows = Rows::default();
    let empty = rows.digest();
    rows.put(b"t\0a".to_vec(), &1_u8);
    assert_ne!(rows.digest(), empty);
    rows.delete(b"t\0a");
    assert_eq!(rows.digest(), empty);
    rows.commit(at(1)).expect("commits");
    assert_eq!((rows.pending(), rows.digest()), (0, empty));
    assert_eq!(rows.checkpoint(), at(1));
}

#[test]
fn a_table_that_outgrows_memory_reads_as_before() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut rows = open(dir.path());
    let key = |n| Key::table("large").number(n).done();
    let row = vec![7_u8; 1000];
    for n in 0..3_000 {
        rows.put(key(n), &row);
    }
    rows.put(Key::table("small").done(), &1_u8);
    rows.commit(at(1)).expect("commits");
    (0..2_990).for_each(|n| rows.delete(&key(n)));
    rows.commit(at(2)).expect("commits");
    let expected: Vec<_> = (2_990..3_000).map(key).collect();
    let look = |rows: &Rows| -> Vec<Vec<u8>> {
        let found = rows.scan::<Vec<u8>>(&Key::table("large").done());
        found.map(|(key, _)| key.into_owned()).collect()
    };
    assert_eq!(look(&rows), expected);
    let digest = rows.digest();
    drop(rows);
    let rows = open(dir.path());
    assert_eq!(look(&rows), expected);
    assert_eq!(rows.get::<Vec<u8>>(&key(2_995)), Some(row));
    assert_eq!(rows.get::<u8>(&Key::table("small").done()), Some(1));
    assert_eq!((rows.digest(), rows.checkpoint()), (digest, at(2)));
    assert_eq!(rows.recount(), (digest, 11));
}

#[test]
fn what_was_not_committed_is_gone_after_a_reopening() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut rows = open(dir.path());
    rows.put(b"t\0a".to_vec(), &1_u8);
    rows.commit(at(1)).expect("commits");
    let digest = rows.digest();
    rows.put(b"t\0a".to_vec(), &2_u8);
    rows.put(b"t\0b".to_vec(), &3_u8);
    drop(rows);
    let rows = open(dir.path());
    assert_eq!(rows.get::<u8>(b"t\0a"), Some(1));
    assert_eq!(rows.get::<u8>(b"t\0b"), None);
    assert_eq!((rows.digest(), rows.checkpoint()), (digest, at(1)));
}

#[test]
fn a_row_of_another_shape_is_damage_and_not_an_answer() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut rows = open(dir.path());
    rows.put(b"t\0a".to_vec(), &"text");
    rows.commit(at(1)).expect("commits");
    assert_eq!(rows.get::<u8>(b"t\0a"), None);
    assert!(rows.damage().is_some());
}

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Put(u8, u16),
    Delete(u8),
    Commit,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..10_u8, any::<u16>()).prop_map(|(key, row)| Step::Put(key, row)),
        4 => (0..10_u8).prop_map(Step::Delete),
        2 => Just(Step::Commit),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..60)
}

/// Keys in two tables and beside them.
fn key(n: u8) -> Vec<u8> {
    let table = ["t\0", "t", "u\0"][usize::from(n % 3)];
    [table.as_bytes(), &[b'a' + n]].concat()
}

/// Takes a step in the rows, and in a map beside them.
fn take(rows: &mut Rows, map: &mut BTreeMap<Vec<u8>, u16>, step: &Step, position: u64) {
    match step {
        Step::Put(n, row) => {
            rows.put(key(*n), row);
            map.insert(key(*n), *row);
        }
        Step::Delete(n) => {
            rows.delete(&key(*n));
            map.remove(&key(*n));
        }
        Step::Commit | Step::Reopen => rows.commit(at(position)).expect("commits"),
    }
}

fn is_like(rows: &Rows, map: &BTreeMap<Vec<u8>, u16>) -> Result<(), TestCaseError> {
    for prefix in ["", "t", "t\0", "u\0", "tb"] {
        let prefix = prefix.as_bytes();
        let found: Vec<_> =
            rows.scan::<u16>(prefix).map(|(k, row)| (k.into_owned(), row)).collect();
        let expected: Vec<_> = map
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(key, row)| (key.clone(), *row))
            .collect();
        prop_assert_eq!(&found, &expected);
        let behind: Vec<_> = rows.scan::<u16>(prefix).rev().map(|(_, row)| row).collect();
        prop_assert_eq!(behind, expected.iter().rev().map(|(_, row)| *row).collect::<Vec<_>>());
    }
    for n in 0..10 {
        prop_assert_eq!(rows.get::<u16>(&key(n)), map.get(&key(n)).copied());
    }
    let mut digest = Digest::default();
    for (key, row) in map {
        digest.add(key, &encode(row));
    }
    prop_assert_eq!(rows.digest(), digest.to_bytes());
    prop_assert_eq!(rows.recount(), (digest.to_bytes(), map.len() as u64));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn rows_in_memory_are_the_map_that_the_history_makes(steps in steps()) {
        let (mut rows, mut map) = (Rows::default(), BTreeMap::new());
        for (position, step) in (1..).zip(&steps) {
            take(&mut rows, &mut map, step, position);
            is_like(&rows, &map)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn rows_on_disk_are_the_map_that_the_history_makes(steps in steps()) {
        let dir = tempfile::tempdir().expect("a directory");
        let (mut rows, mut map) = (open(dir.path()), BTreeMap::new());
        for (position, step) in (1..).zip(&steps) {
            take(&mut rows, &mut map, step, position);
            if matches!(step, Step::Reopen) {
                drop(rows);
                rows = open(dir.path());
                prop_assert_eq!(rows.checkpoint(), at(position));
            }
            is_like(&rows, &map)?;
        }
    }
}
