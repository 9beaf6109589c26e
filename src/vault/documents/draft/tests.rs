//! Pieces, and drafts that come to nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::aggregate::Keys;
use crate::vault::{MasterKeys, Vault};

const FILE: Uuid = Uuid::from_u128(7);

fn vault(dir: &Path) -> (Arc<Vault>, KeyId) {
    let vault = Vault::open(&dir.join("vault"), MasterKeys::for_tests()).expect("opens");
    let key = vault.fresh().expect("a key");
    (vault, key)
}

fn read(vault: &Vault, key: KeyId, file: Uuid) -> Vec<u8> {
    let chunks = vault.open_document(key, file).expect("opens").expect("a document");
    chunks.collect::<Result<Vec<_>, _>>().expect("whole").concat()
}

fn names(dir: &Path, key: KeyId) -> Vec<String> {
    let folder = dir.join("vault/documents").join(hex::encode(key.0));
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    names.map(|entry| entry.file_name().into_string().expect("a name")).collect()
}

fn plain(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at / 7) as u8).collect()
}

#[test]
fn pieces_of_any_length_make_the_same_document() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    for bytes in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let plain = plain(bytes);
        let whole = Uuid::from_u128(1);
        vault.store_document(key, whole, &plain).expect("stores");
        for piece in [997, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK] {
            let mut draft = vault.begin_document(key, FILE).expect("begins");
            for piece in plain.chunks(piece) {
                draft.write(piece).expect("writes");
                draft.write(b"").expect("writes nothing");
                assert!(draft.chunk.capacity() < 2 * CHUNK);
            }
            draft.commit().expect("commits");
            assert_eq!(read(&vault, key, FILE), plain, "{bytes} in pieces of {piece}");
            let size = |file: Uuid| {
                let folder = dir.path().join("vault/documents").join(hex::encode(key.0));
                fs::metadata(folder.join(file.to_string())).expect("a file")
            };
            assert_eq!(size(FILE).len(), size(whole).len(), "{bytes} in pieces of {piece}");
            assert_eq!(size(FILE).permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(read(&vault, key, whole), plain, "{bytes}");
    }
    assert_eq!(names(dir.path(), key).len(), 2, "no draft is left");
}

#[test]
fn a_dropped_draft_leaves_nothing_and_takes_nothing_away() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    let mut draft = vault.begin_document(key, FILE).expect("begins");
    draft.write(&plain(2 * CHUNK)).expect("writes");
    assert!(vault.open_document(key, FILE).expect("no error").is_none(), "not committed");
    assert_eq!(names(dir.path(), key).len(), 1);
    drop(draft);
    assert_eq!(names(dir.path(), key), [""; 0]);
    vault.store_document(key, FILE, b"anna").expect("stores");
    drop(vault.begin_document(key, FILE).expect("begins"));
    assert_eq!(read(&vault, key, FILE), b"anna");
}

#[test]
fn drafts_of_one_document_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    let mut one = vault.begin_document(key, FILE).expect("begins");
    let mut two = vault.begin_document(key, FILE).expect("begins");
    one.write(b"anna").expect("writes");
    two.write(b"bert").expect("writes");
    one.commit().expect("commits");
    assert_eq!(read(&vault, key, FILE), b"anna");
    two.commit().expect("commits");
    assert_eq!(read(&vault, key, FILE), b"bert");
    assert_eq!(names(dir.path(), key), [FILE.to_string()]);
}

#[test]
fn a_draft_left_by_a_crash_is_swept() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    let mut draft = vault.begin_document(key, FILE).expect("begins");
    draft.write(&plain(CHUNK + 1)).expect("writes");
    // As if the process ended here.
    mem::forget(draft);
    assert_eq!(names(dir.path(), key).len(), 1);
    assert_eq!(vault.sweep_documents(&|file| file == FILE).expect("sweeps"), 1);
    assert_eq!(names(dir.path(), key), [""; 0]);
}

#[test]
fn a_draft_whose_key_is_destroyed_does_not_become_a_document() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    let mut draft = vault.begin_document(key, FILE).expect("begins");
    vault.shred(&[key]).expect("shreds");
    draft.write(b"anna").expect("writes");
    assert!(matches!(draft.commit(), Err(DocumentError::Erased)));
    assert!(!dir.path().join("vault/documents").join(hex::encode(key.0)).exists());
    assert!(matches!(vault.begin_document(key, FILE), Err(DocumentError::Erased)));
}

#[test]
fn numbers_of_chunks_are_not_used_twice() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    let mut draft = vault.begin_document(key, FILE).expect("begins");
    draft.number = u32::MAX;
    draft.write(&plain(CHUNK)).expect("the last number is good for the last chunk");
    assert!(matches!(draft.write(b"more"), Err(DocumentError::TooLong)));
    assert!(matches!(draft.write(b"more"), Err(DocumentError::Torn)));
    assert!(matches!(draft.commit(), Err(DocumentError::Torn)));
    assert_eq!(names(dir.path(), key), [""; 0]);
}

#[test]
fn nothing_follows_a_piece_that_was_not_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    let mut draft = vault.begin_document(key, FILE).expect("begins");
    // A file that takes no writes.
    let good = mem::replace(&mut draft.target, File::open(&draft.at).expect("opens"));
    assert!(matches!(draft.write(&plain(CHUNK + 1)), Err(DocumentError::Disk(_))));
    draft.target = good;
    assert!(matches!(draft.write(b"more"), Err(DocumentError::Torn)));
    assert!(matches!(draft.commit(), Err(DocumentError::Torn)));
    assert!(vault.open_document(key, FILE).expect("no error").is_none());
}

/// `cargo test --release --lib vault::documents -- --ignored --nocapture`
#[test]
#[ignore = "a measurement; says something in a release build only"]
fn seconds_to_seal_64_mib() {
    let dir = tempfile::tempdir().expect("a directory");
    let (vault, key) = vault(dir.path());
    let piece = plain(CHUNK);
    for _ in 0..3 {
        let started = Instant::now();
        let mut target = File::create(dir.path().join("plain")).expect("creates");
        (0..1024).try_for_each(|_| target.write_all(&piece)).expect("writes");
        let written = started.elapsed();
        target.sync_all().expect("syncs");
        let plain = started.elapsed();
        let started = Instant::now();
        let mut draft = vault.begin_document(key, FILE).expect("begins");
        (0..1024).try_for_each(|_| draft.write(&piece)).expect("writes");
        let sealed = started.elapsed();
        draft.commit().expect("commits");
        let document = started.elapsed();
        println!("plain {written:?}, synced {plain:?}; sealed {sealed:?}, synced {document:?}");
    }
}
