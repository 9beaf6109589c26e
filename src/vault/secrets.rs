//! Secrets: passwords, wrapped private keys, secrets of API keys. Short, and in no event.
//!
//! They lie in the key store, so they are overwritten when they are deleted, each sealed under the
//! key of whom it belongs to. When that key is destroyed they go in the same sync. First the secret
//! is stored, then the event that names it; what no event names is swept at the start.

use kyc_events::sealed::{Ciphertext, KeyId};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::store::{Store, StoreError};
use super::{Vault, cipher, lock};
use crate::config::limits;

/// Why a secret cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key was destroyed.
    #[error("a secret: its key was destroyed")]
    Erased,
    /// Altered, in another's place, or of another key.
    #[error("a secret does not open: altered, or of another key")]
    Altered,
    /// Longer than [`limits::SECRET_BYTES_MAX`].
    #[error("a secret is too long")]
    TooLong,
}

/// A row: a secret of `sealed.key`, shut.
pub(super) struct Secret {
    id: Uuid,
    sealed: Ciphertext,
}

impl Secret {
    /// Where it comes in the order of all.
    pub fn place(&self) -> (KeyId, Uuid) {
        (self.sealed.key, self.id)
    }
}

impl Vault {
    /// Stores a secret under a key. It is durable when this returns. An id is used once.
    pub fn put_secret(&self, owner: KeyId, id: Uuid, plain: &[u8]) -> Result<(), SecretError> {
        if plain.len() > limits::SECRET_BYTES_MAX {
            return Err(SecretError::TooLong);
        }
        let key = self.key(owner)?.ok_or(SecretError::Erased)?;
        let sealed = cipher::seal(&key, owner, &bound(owner, id), plain);
        let sealed = sealed.map_err(|_| SecretError::TooLong)?;
        // The key may be destroyed by now; then nothing is written.
        match lock(&self.store).insert_secrets(&[Secret { id, sealed }])? {
            0 => Err(SecretError::Erased),
            _ => Ok(()),
        }
    }

    /// A secret; `None` if its key was destroyed, or if there is none.
    pub fn secret(
        &self,
        owner: KeyId,
        id: Uuid,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        let Some(key) = self.key(owner)? else { return Ok(None) };
        let Some(sealed) = lock(&self.store).secret(owner, id)? else { return Ok(None) };
        let plain = cipher::open(&key, &bound(owner, id), &sealed);
        plain.map(|plain| Some(Zeroizing::new(plain))).map_err(|_| SecretError::Altered)
    }

    /// Overwrites and deletes a secret that nothing refers to any more.
    pub fn remove_secret(&self, owner: KeyId, id: Uuid) -> Result<(), SecretError> {
        Ok(lock(&self.store).delete_secrets(&[(owner, id)])?)
    }

    /// Deletes what a crash left over: secrets that no event names. Answers how many. For the start.
    pub fn sweep_secrets(&self, is_known: &dyn Fn(Uuid) -> bool) -> Result<usize, SecretError> {
        let mut store = lock(&self.store);
        let (mut nobodys, mut after) = (Vec::new(), None);
        loop {
            let secrets = store.secrets(after, 1024)?;
            let Some(last) = secrets.last() else { break };
            after = Some(last.place());
            let unknown = secrets.iter().filter(|secret| !is_known(secret.id));
            nobodys.extend(unknown.map(Secret::place));
        }
        store.delete_secrets(&nobodys)?;
        Ok(nobodys.len())
    }
}

fn bound(owner: KeyId, id: Uuid) -> Vec<u8> {
    [b"kycd secret\0".as_slice(), &owner.0, id.as_bytes()].concat()
}

impl Store {
    /// Adds secrets whose keys are there, in one sync; answers how many.
    pub(super) fn insert_secrets(&mut self, secrets: &[Secret]) -> Result<usize, StoreError> {
        let (transaction, mut inserted) = (self.db.transaction()?, 0);
        for Secret { id, sealed } in secrets {
            inserted += transaction
                .prepare_cached(
                    "INSERT INTO secrets (owner, id, nonce, sealed) SELECT ?1, ?2, ?3, ?4
                     WHERE EXISTS (SELECT 1 FROM keys WHERE id = ?1)",
                )?
                .execute(params![
                    sealed.key.0.as_slice(),
                    id.as_bytes().as_slice(),
                    sealed.nonce,
                    sealed.bytes
                ])?;
        }
        transaction.commit()?;
        Ok(inserted)
    }

    fn secret(&self, owner: KeyId, id: Uuid) -> Result<Option<Ciphertext>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT nonce, sealed FROM secrets WHERE owner = ?1 AND id = ?2")?;
        let key = params![owner.0.as_slice(), id.as_bytes().as_slice()];
        let row = query.query_row(key, |row| {
            Ok(Ciphertext { key: owner, nonce: row.get(0)?, bytes: row.get(1)? })
        });
        Ok(row.optional()?)
    }

    /// Up to `limit` secrets by owner and id. A backup from before there were any has none.
    pub(super) fn secrets(
        &self,
        after: Option<(KeyId, Uuid)>,
        limit: usize,
    ) -> Result<Vec<Secret>, StoreError> {
        if !self.db.table_exists(None, "secrets")? {
            return Ok(Vec::new());
        }
        let (owner, id) = after.map_or_else(Default::default, |(owner, id)| {
            (owner.0.to_vec(), id.as_bytes().to_vec())
        });
        let mut query = self.db.prepare_cached(
            "SELECT owner, id, nonce, sealed FROM secrets WHERE (owner, id) > (?1, ?2)
             ORDER BY owner, id LIMIT ?3",
        )?;
        let rows = query.query_map(params![owner, id, limit as i64], |row| {
            let key = KeyId(row.get(0)?);
            let id = Uuid::from_bytes(row.get(1)?);
            Ok(Secret { id, sealed: Ciphertext { key, nonce: row.get(2)?, bytes: row.get(3)? } })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn delete_secrets(&mut self, places: &[(KeyId, Uuid)]) -> Result<(), StoreError> {
        if places.is_empty() {
            return Ok(());
        }
        let transaction = self.db.transaction()?;
        for (owner, id) in places {
            let place = params![owner.0.as_slice(), id.as_bytes().as_slice()];
            transaction.execute("DELETE FROM secrets WHERE owner = ?1 AND id = ?2", place)?;
        }
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests;
