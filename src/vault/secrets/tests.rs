//! Secrets come and go with their keys.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::aggregate::Keys;
use crate::vault::{Epochs, MasterKeys, restore_keys};

const ID: Uuid = Uuid::from_u128(7);

fn vault(dir: &Path) -> Arc<Vault> {
    Vault::open(&dir.join("vault"), MasterKeys::for_tests()).expect("opens")
}

fn read(vault: &Vault, owner: KeyId, id: Uuid) -> Option<Vec<u8>> {
    vault.secret(owner, id).expect("no error").map(|plain| plain.to_vec())
}

#[test]
fn a_secret_is_there_after_a_restart_and_nowhere_in_the_clear() {
    let dir = tempfile::tempdir().expect("a directory");
    let owner = {
        let vault = vault(dir.path());
        let owner = vault.fresh().expect("a key");
        vault.put_secret(owner, ID, b"Tr0ub4dor&3").expect("stored");
        owner
    };
    let vault = vault(dir.path());
    assert_eq!(read(&vault, owner, ID).as_deref(), Some(&b"Tr0ub4dor&3"[..]));
    assert_eq!(read(&vault, owner, Uuid::nil()), None);
    let bytes = std::fs::read(dir.path().join("vault/keys.sqlite")).expect("read");
    assert!(!bytes.windows(11).any(|some| some == b"Tr0ub4dor&3"));
}

#[test]
fn a_secret_goes_with_its_key_and_not_before() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let [one, two] = [0; 2].map(|_| vault.fresh().expect("a key"));
    for owner in [one, two] {
        vault.put_secret(owner, ID, b"a word").expect("stored");
    }
    let sealed = lock(&vault.store).secret(one, ID).expect("reads").expect("there").bytes;
    vault.shred(&[one]).expect("shreds");
    assert_eq!(read(&vault, one, ID), None);
    assert!(read(&vault, two, ID).is_some());
    let bytes = std::fs::read(dir.path().join("vault/keys.sqlite")).expect("read");
    assert!(!bytes.windows(sealed.len()).any(|some| some == sealed), "overwritten");
    let late = vault.put_secret(one, Uuid::nil(), b"a word");
    assert!(matches!(late, Err(SecretError::Erased)));
    let gone = KeyId([9; 16]);
    assert!(matches!(vault.put_secret(gone, ID, b""), Err(SecretError::Erased)));
}

#[test]
fn a_secret_does_not_open_in_anothers_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let owner = vault.fresh().expect("a key");
    vault.put_secret(owner, ID, b"a word").expect("stored");
    let moved = Uuid::from_u128(8);
    {
        let store = lock(&vault.store);
        let ids = params![moved.as_bytes().as_slice(), ID.as_bytes().as_slice()];
        store.db.execute("UPDATE secrets SET id = ?1 WHERE id = ?2", ids).expect("moved");
    }
    assert!(matches!(vault.secret(owner, moved), Err(SecretError::Altered)));
}

#[test]
fn an_id_is_used_once_and_a_secret_is_short() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let owner = vault.fresh().expect("a key");
    vault.put_secret(owner, ID, b"a word").expect("stored");
    assert!(matches!(vault.put_secret(owner, ID, b"another"), Err(SecretError::Store(_))));
    assert_eq!(read(&vault, owner, ID).as_deref(), Some(&b"a word"[..]));
    let long = vec![0; limits::SECRET_BYTES_MAX + 1];
    assert!(matches!(vault.put_secret(owner, Uuid::nil(), &long), Err(SecretError::TooLong)));
}

#[test]
fn what_no_event_names_is_swept() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let owner = vault.fresh().expect("a key");
    for number in 0..5 {
        vault.put_secret(owner, Uuid::from_u128(number), b"a word").expect("stored");
    }
    let is_known = |id: Uuid| id.as_u128() == 3;
    assert_eq!(vault.sweep_secrets(&is_known).expect("swept"), 4);
    assert!(read(&vault, owner, Uuid::from_u128(3)).is_some());
    assert_eq!(read(&vault, owner, Uuid::from_u128(2)), None);
    vault.remove_secret(owner, Uuid::from_u128(3)).expect("removed");
    assert_eq!(read(&vault, owner, Uuid::from_u128(3)), None);
}

#[test]
fn secrets_go_into_a_backup_and_come_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name);
    let keys = || MasterKeys::from_file(&at("keys"), true).expect("keys");
    let epochs = Epochs::beside(&keys()).expect("a file");
    let epoch = epochs.find_or_make("backup_epoch_2026-01").expect("a key");
    let vault = Vault::open(&at("vault"), keys()).expect("opens");
    let [owner, erased] = [0; 2].map(|_| vault.fresh().expect("a key"));
    for number in 0..3 {
        vault.put_secret(owner, Uuid::from_u128(number), b"a word").expect("stored");
    }
    vault.put_secret(erased, ID, b"a word").expect("stored");
    vault.shred(&[erased]).expect("shreds");
    vault.copy_keys(&at("backup"), &epoch).expect("copies");
    restore_keys(&at("backup"), &at("back"), &epoch, &keys()).expect("restores");
    let back = Vault::open(&at("back"), keys()).expect("opens");
    for number in 0..3 {
        let found = read(&back, owner, Uuid::from_u128(number));
        assert_eq!(found.as_deref(), Some(&b"a word"[..]));
    }
    assert_eq!(lock(&back.store).secrets(None, 9).expect("reads").len(), 3);
}

#[test]
fn a_store_from_before_there_were_secrets_is_read_and_gets_them() {
    let dir = tempfile::tempdir().expect("a directory");
    let owner = {
        let vault = vault(dir.path());
        let owner = vault.fresh().expect("a key");
        lock(&vault.store).db.execute_batch("DROP TABLE secrets").expect("dropped");
        owner
    };
    let old = Store::look(&dir.path().join("vault")).expect("opens");
    assert_eq!(old.secrets(None, 9).expect("reads").len(), 0);
    drop(old);
    let vault = vault(dir.path());
    vault.put_secret(owner, ID, b"a word").expect("stored");
    assert!(read(&vault, owner, ID).is_some());
}
