//! Wrapped keys, and secrets sealed under them, in SQLite: the only store here whose deleted rows are
//! overwritten.

use std::collections::HashSet;
use std::path::Path;

use kyc_events::sealed::{Ciphertext, KeyId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{Key, MasterKeys, cipher};

/// Why the key store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says so.
    #[error("key store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The directory cannot be made.
    #[error("key store: {0}")]
    Io(#[from] std::io::Error),
    /// The keys are wrapped under another master key, or were altered.
    #[error("the master key does not fit this data directory")]
    WrongMasterKey,
}

impl StoreError {
    /// Whether the file is there, and is not what was written.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        const NO_SUCH_TABLE: i32 = rusqlite::ffi::SQLITE_ERROR;
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => {
                matches!(error.code, DatabaseCorrupt | NotADatabase)
                    || error.extended_code == NO_SUCH_TABLE
            }
            Self::Sqlite(_) | Self::Io(_) | Self::WrongMasterKey => false,
        }
    }
}

const FILE: &str = "keys.sqlite";
const JOURNAL: &str = "keys.sqlite-journal";
const SCHEMA: &str = "PRAGMA secure_delete = ON;
     PRAGMA journal_mode = TRUNCATE;
     PRAGMA synchronous = FULL;
     CREATE TABLE IF NOT EXISTS keys (
         id BLOB PRIMARY KEY, nonce BLOB NOT NULL, wrapped BLOB NOT NULL
     ) WITHOUT ROWID;
     CREATE TABLE IF NOT EXISTS secrets (
         owner BLOB NOT NULL, id BLOB NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL,
         PRIMARY KEY (owner, id)
     ) WITHOUT ROWID;";

/// `user_version` of a store that somebody works with, or did until a crash.
const IN_USE: i64 = 1;

pub struct Store {
    pub(super) db: Connection,
    /// Whoever had it before did not close it.
    pub left_open: bool,
    /// Where it was copied to, if it is a copy; gone with it.
    _aside: Option<TempDir>,
}

impl Store {
    /// Opens (or makes) the store and checks that the master key fits.
    pub fn open(dir: &Path, master: &MasterKeys) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir)?;
        let db = Connection::open(dir.join(FILE))?;
        db.execute_batch(SCHEMA)?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let store = Self { db, left_open: version == IN_USE, _aside: None };
        let any: Option<Vec<u8>> =
            store.db.query_row("SELECT id FROM keys LIMIT 1", [], |row| row.get(0)).optional()?;
        if let Some(id) = any.and_then(|id| id.try_into().ok()) {
            store.read(KeyId(id), master)?;
        }
        store.db.pragma_update(None, "user_version", IN_USE)?;
        Ok(store)
    }

    /// Makes a store where there is none.
    pub fn create(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir)?;
        let file = dir.join(FILE);
        std::fs::OpenOptions::new().write(true).create_new(true).open(&file)?;
        let db = Connection::open(file)?;
        db.execute_batch(SCHEMA)?;
        Ok(Self { db, left_open: false, _aside: None })
    }

    /// Opens a store to read only. One whose last commit was cut short would have to be put back to
    /// what it was before: that is done with a copy.
    pub fn look(dir: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let db = Connection::open_with_flags(dir.join(FILE), flags)?;
        let looked = db.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()));
        if !looked.as_ref().is_err_and(is_cut_short) {
            return Ok(Self { db, left_open: false, _aside: None });
        }
        let aside = tempfile::tempdir()?;
        for name in [FILE, JOURNAL] {
            std::fs::copy(dir.join(name), aside.path().join(name))?;
        }
        let db = Connection::open(aside.path().join(FILE))?;
        Ok(Self { db, left_open: false, _aside: Some(aside) })
    }

    /// Up to `limit` keys in order of their ids, unwrapped.
    pub fn page(
        &self,
        after: Option<KeyId>,
        limit: usize,
        wrapping: &[u8; 32],
    ) -> Result<Vec<(KeyId, Key)>, StoreError> {
        let after = after.map_or_else(Vec::new, |after| after.0.to_vec());
        let mut query = self.db.prepare_cached(
            "SELECT id, nonce, wrapped FROM keys WHERE id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let rows = query.query_map(params![after, limit as i64], |row| {
            Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?, row.get(2)?))
        })?;
        rows.map(|row| {
            let (id, nonce, bytes) = row?;
            let id = KeyId(id);
            Ok((id, unwrap(Ciphertext { key: id, nonce, bytes }, wrapping)?))
        })
        .collect()
    }

    /// Adds keys and commits them in one sync.
    pub fn insert(&mut self, keys: &[(KeyId, Key)], wrapping: &[u8; 32]) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        for (id, key) in keys {
            let wrapped = cipher::seal(wrapping, *id, &id.0, key.as_slice())
                .map_err(|_| StoreError::WrongMasterKey)?;
            transaction
                .prepare_cached("INSERT INTO keys (id, nonce, wrapped) VALUES (?1, ?2, ?3)")?
                .execute(params![id.0.as_slice(), wrapped.nonce, wrapped.bytes])?;
        }
        Ok(transaction.commit()?)
    }

    /// Closes a store that nobody works with: one file is left.
    pub fn finish(self) -> Result<(), StoreError> {
        self.db.execute_batch("PRAGMA journal_mode = DELETE;")?;
        self.db.close().map_err(|(_, error)| error.into())
    }

    /// Notes that nobody works with it any more.
    pub fn close(&self) -> Result<(), StoreError> {
        Ok(self.db.pragma_update(None, "user_version", 0)?)
    }

    /// Makes keys and commits them in one sync.
    pub fn make(
        &mut self,
        count: usize,
        master: &MasterKeys,
    ) -> Result<Vec<(KeyId, Key)>, StoreError> {
        let ids: Vec<KeyId> = (0..count).map(|_| KeyId(cipher::random())).collect();
        self.make_as(&ids, master)
    }

    /// Makes keys with these ids and commits them in one sync. Those there are stay as they are;
    /// answers the others.
    pub fn make_as(
        &mut self,
        ids: &[KeyId],
        master: &MasterKeys,
    ) -> Result<Vec<(KeyId, Key)>, StoreError> {
        let mut made = Vec::with_capacity(ids.len());
        for id in ids {
            if self.read(*id, master)?.is_none() {
                made.push((*id, Zeroizing::new(cipher::random::<32>())));
            }
        }
        self.insert(&made, master.master())?;
        Ok(made)
    }

    /// One key, unwrapped; `None` if it was destroyed or never was.
    pub fn read(&self, id: KeyId, master: &MasterKeys) -> Result<Option<Key>, StoreError> {
        let row: Option<(Vec<u8>, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT nonce, wrapped FROM keys WHERE id = ?1")?
            .query_row([id.0.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((nonce, bytes)) = row else { return Ok(None) };
        unwrap(Ciphertext { key: id, nonce, bytes }, master.master()).map(Some)
    }

    /// Ids of all keys.
    pub fn ids(&self) -> Result<HashSet<KeyId>, StoreError> {
        let mut query = self.db.prepare("SELECT id FROM keys")?;
        let ids = query.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        let ids: Vec<Vec<u8>> = ids.collect::<Result<_, _>>()?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok().map(KeyId)).collect())
    }

    /// Overwrites and deletes many keys, and the secrets under them, in one sync.
    pub fn delete_all(&mut self, ids: &[KeyId]) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        for id in ids {
            transaction.execute("DELETE FROM secrets WHERE owner = ?1", [id.0.as_slice()])?;
            transaction.execute("DELETE FROM keys WHERE id = ?1", [id.0.as_slice()])?;
        }
        Ok(transaction.commit()?)
    }
}

/// Ids of all keys of the store in `dir`; `None` if there is no store. Changes nothing.
pub fn stored_keys(dir: &Path) -> Result<Option<HashSet<KeyId>>, StoreError> {
    if dir.join(FILE).exists() { Store::look(dir)?.ids().map(Some) } else { Ok(None) }
}

/// Whether a commit has to be taken back first, which who only reads cannot do.
fn is_cut_short(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(error, _) if error.extended_code == rusqlite::ffi::SQLITE_READONLY_ROLLBACK)
}

#[expect(clippy::needless_pass_by_value, reason = "it is made for this")]
fn unwrap(wrapped: Ciphertext, wrapping: &[u8; 32]) -> Result<Key, StoreError> {
    let plain = cipher::open(wrapping, &wrapped.key.0, &wrapped);
    let plain = Zeroizing::new(plain.map_err(|_| StoreError::WrongMasterKey)?);
    let key = plain.as_slice().try_into().map_err(|_| StoreError::WrongMasterKey)?;
    Ok(Zeroizing::new(key))
}
