//! What opens, what does not, and what is swept.

use std::sync::Arc;

use super::*;
use crate::aggregate::Keys;
use crate::vault::MasterKeys;

const FILE: Uuid = Uuid::from_u128(7);

fn vault(dir: &Path) -> Arc<Vault> {
    Vault::open(&dir.join("vault"), MasterKeys::for_tests()).expect("opens")
}

fn read(vault: &Vault, key: KeyId, file: Uuid) -> Result<Vec<u8>, DocumentError> {
    let chunks = vault.open_document(key, file)?.expect("a document");
    Ok(chunks.collect::<Result<Vec<_>, _>>()?.concat())
}

fn path(dir: &Path, key: KeyId, file: Uuid) -> PathBuf {
    folder(&dir.join("vault/documents"), key).join(file.to_string())
}

fn plain(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at / 7) as u8).collect()
}

#[test]
fn documents_of_every_size_open_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let key = vault.fresh().expect("a key");
    for bytes in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let (file, plain) = (Uuid::from_u128(bytes as u128), plain(bytes));
        vault.store_document(key, file, &plain).expect("stores");
        assert_eq!(read(&vault, key, file).expect("opens"), plain, "{bytes}");
        let stored = fs::read(path(dir.path(), key, file)).expect("a file");
        assert!(bytes < 8 || !stored.windows(8).any(|window| window == &plain[..8]), "{bytes}");
    }
}

#[test]
fn cut_or_reordered_or_altered_documents_do_not_open() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let key = vault.fresh().expect("a key");
    vault.store_document(key, FILE, &plain(3 * CHUNK)).expect("stores");
    let at = path(dir.path(), key, FILE);
    let whole = fs::read(&at).expect("a file");
    let full = CHUNK + SEAL;
    let (head, body) = whole.split_at(PREFIX);
    let swapped = [head, &body[full..2 * full], &body[..full], &body[2 * full..]].concat();
    let doubled = [head, &body[..full], body].concat();
    let mut altered = whole.clone();
    altered[PREFIX + full + 5] ^= 1;
    let longer = [&whole[..], b"x"].concat();
    for (what, bytes) in [
        ("without its last chunk", &whole[..PREFIX + 2 * full]),
        ("cut inside a chunk", &whole[..whole.len() - 1]),
        ("only the prefix", head),
        ("less than that", &head[..5]),
        ("reordered", &swapped),
        ("a chunk twice", &doubled),
        ("altered", &altered),
        ("longer", &longer),
    ] {
        fs::write(&at, bytes).expect("writes");
        assert!(matches!(read(&vault, key, FILE), Err(DocumentError::Altered)), "{what}");
    }
}

#[test]
fn a_document_opens_only_in_its_place_and_under_its_key() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let (key, other) = (vault.fresh().expect("a key"), vault.fresh().expect("a key"));
    vault.store_document(key, FILE, b"anna").expect("stores");
    vault.store_document(other, FILE, b"bert").expect("stores");
    let elsewhere = Uuid::from_u128(8);
    fs::copy(path(dir.path(), key, FILE), path(dir.path(), key, elsewhere)).expect("copies");
    assert!(matches!(read(&vault, key, elsewhere), Err(DocumentError::Altered)));
    fs::copy(path(dir.path(), key, FILE), path(dir.path(), other, FILE)).expect("copies");
    assert!(matches!(read(&vault, other, FILE), Err(DocumentError::Altered)));
}

#[test]
fn documents_go_with_their_key() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let key = vault.fresh().expect("a key");
    vault.store_document(key, FILE, b"anna").expect("stores");
    vault.shred(&[key]).expect("shreds");
    assert!(vault.open_document(key, FILE).expect("no error").is_none());
    assert!(!path(dir.path(), key, FILE).exists());
    assert!(matches!(vault.store_document(key, FILE, b"anna"), Err(DocumentError::Erased)));
}

#[test]
fn what_nothing_refers_to_is_swept() {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = vault(dir.path());
    let key = vault.fresh().expect("a key");
    let orphan = Uuid::from_u128(8);
    vault.store_document(key, FILE, b"anna").expect("stores");
    vault.store_document(key, orphan, b"bert").expect("stores");
    fs::write(path(dir.path(), key, FILE).with_extension("draft"), b"half").expect("writes");
    let gone = KeyId([9; 16]);
    fs::create_dir(folder(&dir.path().join("vault/documents"), gone)).expect("a folder");
    fs::write(path(dir.path(), gone, FILE), b"left").expect("writes");
    assert_eq!(vault.sweep_documents(&|file| file == FILE).expect("sweeps"), 3);
    assert_eq!(read(&vault, key, FILE).expect("opens"), b"anna");
    assert!(vault.open_document(key, orphan).expect("no error").is_none());
    assert_eq!(vault.sweep_documents(&|file| file == FILE).expect("sweeps"), 0);
}
