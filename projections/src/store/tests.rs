//! Generations, and what is thrown away.

use std::fs;

use kyc_events::Position;

use super::*;

const CACHE_BYTES: u64 = 1024 * 1024;

fn open(dir: &Path) -> Store {
    Store::open(dir, CACHE_BYTES).expect("a store")
}

fn at(position: u64) -> Checkpoint {
    Checkpoint { position: Position(position), before: None }
}

/// A read model with one row at checkpoint 1.
fn written(store: &Store, name: &str, row: u8) -> Rows {
    let mut rows = store.rows(name, 1).expect("rows");
    rows.put(b"t\0a".to_vec(), &row);
    rows.commit(at(1)).expect("commits");
    rows
}

fn row(rows: &Rows) -> Option<u8> {
    rows.get(b"t\0a")
}

#[test]
fn read_models_do_not_see_each_other() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    let (one, two) = (written(&store, "one", 1), written(&store, "two", 2));
    assert_eq!((row(&one), row(&two)), (Some(1), Some(2)));
}

#[test]
fn another_schema_starts_from_nothing_and_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(written(&open(dir.path()), "model", 1));
    assert_eq!(row(&open(dir.path()).rows("model", 1).expect("rows")), Some(1));
    let rows = open(dir.path()).rows("model", 2).expect("rows");
    assert_eq!((row(&rows), rows.checkpoint()), (None, Checkpoint::default()));
    drop(rows);
    assert_eq!(row(&open(dir.path()).rows("model", 1).expect("rows")), None);
}

#[test]
fn a_new_generation_is_nobodys_until_it_is_promoted() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    let old = written(&store, "model", 1);
    let mut new = store.fresh("model", 1).expect("rows");
    new.put(b"t\0a".to_vec(), &2_u8);
    new.commit(at(1)).expect("commits");
    drop((store, old, new));
    let store = open(dir.path());
    assert_eq!(row(&store.rows("model", 1).expect("rows")), Some(1));
    assert_eq!(store.0.as_ref().expect("on disk").db.keyspace_count(), 2, "current and one");
}

#[test]
fn a_promoted_generation_takes_the_place_of_the_old_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    let old = written(&store, "model", 1);
    let mut new = store.fresh("model", 1).expect("rows");
    new.put(b"t\0a".to_vec(), &2_u8);
    new.commit(at(1)).expect("commits");
    store.promote(&new).expect("promoted");
    assert_eq!(row(&old), Some(1), "readers of the old one end in peace");
    assert_eq!(row(&store.rows("model", 1).expect("rows")), Some(2));
    drop((store, old, new));
    let store = open(dir.path());
    assert_eq!(row(&store.rows("model", 1).expect("rows")), Some(2));
    assert_eq!(store.0.as_ref().expect("on disk").db.keyspace_count(), 2, "current and one");
}

#[test]
fn a_store_in_use_is_not_thrown_away() {
    let dir = tempfile::tempdir().expect("a directory");
    let rows = written(&open(dir.path()), "model", 1);
    assert!(matches!(Store::open(dir.path(), CACHE_BYTES), Err(StoreError::Locked)));
    drop(rows);
    assert_eq!(row(&open(dir.path()).rows("model", 1).expect("rows")), Some(1));
}

#[test]
fn a_directory_full_of_rubbish_becomes_an_empty_store() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(written(&open(dir.path()), "model", 1));
    for name in ["version", "keyspaces/x"] {
        fs::write(dir.path().join(name), b"rubbish").expect("written");
    }
    fs::create_dir(dir.path().join("keyspaces/rubbish")).expect("made");
    assert_eq!(row(&open(dir.path()).rows("model", 1).expect("rows")), None);
}

#[test]
fn a_look_at_a_store_leaves_it_as_it_is() {
    let dir = tempfile::tempdir().expect("a directory");
    assert_eq!(stored_digest(&dir.path().join("none"), "model").expect("a look"), None);
    let digest = written(&open(dir.path()), "model", 1).digest();
    let names = || {
        let entries = fs::read_dir(dir.path()).expect("a directory");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let stored = stored_digest(dir.path(), "model").expect("a look").expect("a read model");
    let expected = Stored { schema: 1, position: Position(1), digest, counted: digest, rows: 1 };
    assert_eq!(stored, expected);
    assert_eq!(stored_digest(dir.path(), "other").expect("a look"), None);
    assert_eq!(names(), before);
}
