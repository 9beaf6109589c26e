//! The one door to personal data: keys, sealing, opening, shredding; and to secrets and documents.
//!
//! Keys live in SQLite (`vault/keys.sqlite`, secure delete), wrapped under the master key, which
//! lives outside the data directory. A pool is committed ahead, so that a new subject costs no
//! second sync.

mod cipher;
mod copy;
mod documents;
mod epoch;
mod key_file;
mod master;
mod secrets;
mod store;

pub use copy::restore_keys;
pub use documents::{Chunks, DocumentError, Draft};
pub use epoch::{EpochError, EpochKey, Epochs};
pub use master::{MasterKeys, MasterKeysError};
pub use secrets::SecretError;
pub use store::{StoreError, stored_keys};

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use kyc_events::StreamId;
use kyc_events::sealed::{Ciphertext, KeyId, Opener, SealError, Sealer, Tag};
use kyc_events::subject::CondemnedKey;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::aggregate::Keys;
use crate::config::limits;

type Key = Zeroizing<[u8; 32]>;

/// See the module.
pub struct Vault {
    dir: PathBuf,
    master: MasterKeys,
    store: Mutex<store::Store>,
    pool: Mutex<VecDeque<(KeyId, Key)>>,
    refilling: AtomicBool,
    me: Weak<Self>,
    open: Mutex<HashMap<KeyId, Key>>,
    assigned: Mutex<HashMap<(Tag, u32), KeyId>>,
}

/// Subjects whose key is remembered until the read models know it; far more than can be under way.
const ASSIGNED_MAX: usize = 65_536;
/// Keys kept unwrapped in memory at most.
const OPEN_KEYS_MAX: usize = 16_384;

impl Vault {
    /// Opens (or makes) the vault in `dir`.
    pub fn open(dir: &Path, master: MasterKeys) -> Result<Arc<Self>, StoreError> {
        let store = store::Store::open(dir, &master)?;
        let vault = Arc::new_cyclic(|me| Self {
            dir: dir.to_owned(),
            master,
            store: Mutex::new(store),
            pool: Mutex::default(),
            refilling: AtomicBool::new(false),
            me: me.clone(),
            open: Mutex::default(),
            assigned: Mutex::default(),
        });
        vault.refill()?;
        Ok(vault)
    }

    /// The keys that backups are wrapped under.
    pub fn epochs(&self) -> Result<Epochs, EpochError> {
        Epochs::beside(&self.master)
    }

    /// HMAC of a name under the look-up key: pseudonyms for streams and subjects.
    pub fn pseudonym(&self, domain: &str, value: &[u8]) -> Tag {
        self.master.pseudonym(domain, value)
    }

    /// The keys outside the data directory.
    pub fn master(&self) -> &MasterKeys {
        &self.master
    }

    /// The key of a subject of whom the log knows none in this generation. Two requests at once get the same one;
    /// the first event of the subject makes it last.
    pub fn key_for(&self, subject: Tag, generation: u32) -> Result<KeyId, SealError> {
        let mut assigned = lock(&self.assigned);
        let of = (subject, generation);
        if let Some(key) = assigned.get(&of) {
            return Ok(*key);
        }
        let key = self.fresh()?;
        if assigned.len() >= ASSIGNED_MAX {
            assigned.clear();
        }
        assigned.insert(of, key);
        Ok(key)
    }

    /// Ids of all keys there are.
    pub fn stored(&self) -> Result<HashSet<KeyId>, StoreError> {
        lock(&self.store).ids()
    }

    /// Whether a key is there.
    pub fn holds(&self, key: KeyId) -> Result<bool, SealError> {
        self.key(key).map(|key| key.is_some()).map_err(failed)
    }

    /// Makes keys with these ids, for histories that come from elsewhere; those there are stay.
    /// Answers how many are new. They are durable then.
    pub fn make_as(&self, ids: &[KeyId]) -> Result<usize, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        Ok(lock(&self.store).make_as(ids, &self.master)?.len())
    }

    /// Seals and opens fields of one event.
    pub fn fields<'a>(&'a self, stream: &'a StreamId, event: &'a str) -> Fields<'a> {
        Fields { vault: self, stream, event }
    }

    /// What recognises a key that is about to be destroyed; `None` if it is gone already.
    pub fn condemn(&self, key: KeyId) -> Result<Option<CondemnedKey>, StoreError> {
        let secret = self.key(key)?;
        let domain: &[u8] = b"kycd key commitment\0";
        Ok(secret.map(|secret| {
            let hash = Sha256::new().chain_update(domain).chain_update(key.0);
            let commitment = Tag(hash.chain_update(secret.as_slice()).finalize().into());
            CondemnedKey { key, commitment }
        }))
    }

    /// Destroys keys, in one sync. What was sealed under them is erased, and nothing can be
    /// sealed under them any more. Secrets of theirs go in the same sync, and then their documents.
    pub fn shred(&self, keys: &[KeyId]) -> Result<(), StoreError> {
        {
            let mut store = lock(&self.store);
            store.delete_all(keys)?;
            let mut open = lock(&self.open);
            for key in keys {
                open.remove(key);
            }
        }
        self.forget_documents(keys);
        Ok(())
    }

    fn dir(&self) -> &Path {
        &self.dir
    }

    /// Takes back the keys nobody used. After a crash they stay until they are
    /// [swept](Self::sweep).
    pub fn close(&self) -> Result<(), StoreError> {
        let unused: Vec<KeyId> = lock(&self.pool).drain(..).map(|(id, _)| id).collect();
        let mut store = lock(&self.store);
        store.delete_all(&unused)?;
        store.close()
    }

    /// Whether whoever had the vault before did not close it: there may be keys that no event
    /// names.
    pub fn was_left_open(&self) -> bool {
        lock(&self.store).left_open
    }

    /// Destroys all keys but those that are named and those of the pool; answers how many. For the
    /// start, before anybody takes a key.
    pub fn sweep(&self, named: &HashSet<KeyId>) -> Result<usize, StoreError> {
        let pool: HashSet<KeyId> = lock(&self.pool).iter().map(|(id, _)| *id).collect();
        let mut store = lock(&self.store);
        let mut nobodys: Vec<KeyId> = store.ids()?.into_iter().collect();
        nobodys.retain(|id| !named.contains(id) && !pool.contains(id));
        store.delete_all(&nobodys)?;
        store.left_open = false;
        Ok(nobodys.len())
    }

    fn refill(&self) -> Result<(), StoreError> {
        let fresh = lock(&self.store).make(limits::KEY_POOL, &self.master)?;
        lock(&self.pool).extend(fresh);
        Ok(())
    }

    /// Fills the pool up on a thread of its own: nobody who takes a key waits for the sync.
    fn refill_aside(&self) {
        let Some(vault) = self.me.upgrade() else { return };
        if self.refilling.swap(true, Ordering::Relaxed) {
            return;
        }
        std::thread::spawn(move || {
            if let Err(error) = vault.refill() {
                tracing::error!(%error, "the pool of keys was not filled up");
            }
            vault.refilling.store(false, Ordering::Relaxed);
        });
    }

    fn remember(&self, id: KeyId, key: Key) {
        let mut open = lock(&self.open);
        if open.len() >= OPEN_KEYS_MAX {
            open.clear();
        }
        open.insert(id, key);
    }

    fn key(&self, id: KeyId) -> Result<Option<Key>, StoreError> {
        if let Some(key) = lock(&self.open).get(&id) {
            return Ok(Some(key.clone()));
        }
        // Under the store's lock, so that a key that is being destroyed does not come back.
        let store = lock(&self.store);
        let Some(key) = store.read(id, &self.master)? else { return Ok(None) };
        self.remember(id, key.clone());
        Ok(Some(key))
    }
}

impl Keys for Vault {
    fn fresh(&self) -> Result<KeyId, SealError> {
        let take = || {
            let mut pool = lock(&self.pool);
            (pool.pop_front(), pool.len())
        };
        let (mut taken, left) = take();
        if left < limits::KEY_POOL_LOW {
            self.refill_aside();
        }
        if taken.is_none() {
            self.refill().map_err(failed)?;
            taken = take().0;
        }
        let (id, key) = taken.ok_or_else(|| SealError::Store("no key left".to_owned()))?;
        self.remember(id, key);
        Ok(id)
    }

    fn tag(&self, key: KeyId, bytes: &[u8]) -> Result<Option<Tag>, SealError> {
        let key = self.key(key).map_err(failed)?;
        Ok(key.map(|key| cipher::hmac(&key, &[b"tag\0", bytes])))
    }
}

/// Seals and opens the fields of one event: its stream, name and field are bound into the
/// ciphertext, so that none of it opens anywhere else.
pub struct Fields<'a> {
    vault: &'a Vault,
    stream: &'a StreamId,
    event: &'a str,
}

impl Fields<'_> {
    fn associated(&self, field: &str) -> Vec<u8> {
        [self.stream.as_str(), self.event, field].join("\0").into_bytes()
    }
}

impl Sealer for Fields<'_> {
    fn seal(&self, key: KeyId, field: &str, plain: &[u8]) -> Result<Ciphertext, SealError> {
        let secret = self.vault.key(key).map_err(failed)?;
        let secret = secret.ok_or_else(|| SealError::Store("the key was destroyed".to_owned()))?;
        cipher::seal(&secret, key, &self.associated(field), plain)
    }
}

impl Opener for Fields<'_> {
    fn open(&self, field: &str, shut: &Ciphertext) -> Result<Option<Vec<u8>>, SealError> {
        let Some(secret) = self.vault.key(shut.key).map_err(failed)? else { return Ok(None) };
        cipher::open(&secret, &self.associated(field), shut).map(Some)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: StoreError) -> SealError {
    SealError::Store(error.to_string())
}

/// A thread that panicked while it held a lock left nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(dir: &Path) -> Arc<Vault> {
        Vault::open(&dir.join("vault"), MasterKeys::for_tests()).expect("opens")
    }

    #[test]
    fn what_was_sealed_opens_again_after_a_restart() {
        let dir = tempfile::tempdir().expect("a directory");
        let stream = StreamId::new("t", "1").expect("a name");
        let (key, shut) = {
            let vault = vault(dir.path());
            let key = vault.fresh().expect("a key");
            (key, vault.fields(&stream, "E").seal(key, "f", b"anna").expect("seals"))
        };
        assert_eq!(shut.key, key);
        let vault = vault(dir.path());
        let opened = vault.fields(&stream, "E").open("f", &shut).expect("opens");
        assert_eq!(opened.as_deref(), Some(&b"anna"[..]));
    }

    #[test]
    fn sealed_data_does_not_open_elsewhere() {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = vault(dir.path());
        let (one, two) = (StreamId::new("t", "1").unwrap(), StreamId::new("t", "2").unwrap());
        let key = vault.fresh().expect("a key");
        let shut = vault.fields(&one, "E").seal(key, "f", b"anna").expect("seals");
        assert!(vault.fields(&two, "E").open("f", &shut).is_err());
        assert!(vault.fields(&one, "F").open("f", &shut).is_err());
        assert!(vault.fields(&one, "E").open("g", &shut).is_err());
    }

    #[test]
    fn a_shredded_key_leaves_erased_data() {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = vault(dir.path());
        let stream = StreamId::new("t", "1").unwrap();
        let key = vault.fresh().expect("a key");
        let shut = vault.fields(&stream, "E").seal(key, "f", b"anna").expect("seals");
        assert!(vault.condemn(key).expect("a commitment").is_some());
        vault.shred(&[key]).expect("shreds");
        assert_eq!(vault.condemn(key).expect("no error"), None);
        assert_eq!(vault.fields(&stream, "E").open("f", &shut).expect("no error"), None);
        assert_eq!(vault.tag(key, b"x").expect("no error"), None);
    }

    #[test]
    fn a_key_of_a_given_id_is_made_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = vault(dir.path());
        let stream = StreamId::new("t", "1").unwrap();
        let id = KeyId([9; 16]);
        assert_eq!(vault.make_as(&[id]).expect("makes it"), 1);
        let shut = vault.fields(&stream, "E").seal(id, "f", b"anna").expect("seals");
        assert_eq!(vault.make_as(&[id, KeyId([8; 16])]).expect("makes the other"), 1);
        let opened = vault.fields(&stream, "E").open("f", &shut).expect("opens");
        assert_eq!(opened.as_deref(), Some(&b"anna"[..]));
    }

    #[test]
    fn the_pool_never_gives_a_key_twice() {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = vault(dir.path());
        let mut seen = std::collections::HashSet::new();
        for _ in 0..2 * limits::KEY_POOL {
            assert!(seen.insert(vault.fresh().expect("a key")));
        }
    }

    #[test]
    fn a_store_whose_last_commit_was_cut_short_is_looked_at_as_it_was_before() {
        let dir = tempfile::tempdir().expect("a directory");
        let stored = {
            let vault = vault(dir.path());
            vault.fresh().expect("a key");
            vault.stored().expect("ids")
        };
        let place = dir.path().join("vault");
        let mut db = rusqlite::Connection::open(place.join("keys.sqlite")).expect("opens");
        // Little memory: the changes go to the file before they are committed.
        db.execute_batch("PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 1;").expect("set");
        let transaction = db.transaction().expect("begins");
        for _ in 0..1000 {
            let row = (cipher::random::<16>(), cipher::random::<24>(), cipher::random::<48>());
            transaction.execute("INSERT INTO keys VALUES (?1, ?2, ?3)", row).expect("inserted");
        }
        let copy = dir.path().join("copy");
        std::fs::create_dir(&copy).expect("made");
        for file in ["keys.sqlite", "keys.sqlite-journal"] {
            let bytes = std::fs::copy(place.join(file), copy.join(file)).expect("copied");
            assert!(bytes > 0, "{file} is not empty");
        }
        assert_eq!(stored_keys(&copy).expect("reads"), Some(stored));
        assert!(copy.join("keys.sqlite-journal").metadata().expect("there").len() > 0);
    }
}
