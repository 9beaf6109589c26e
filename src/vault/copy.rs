//! Copies of the key store: keys are wrapped anew, into a backup and out of it, and what is sealed under
//! them goes with them as it is.
//!
//! ```text
//!   vault/keys.sqlite  ── master key ─►│ keys │── epoch key ──►  BACKUP/vault/keys.sqlite
//!   vault/keys.sqlite  ◄─ master key ──│ keys │◄─ epoch key ──  BACKUP/vault/keys.sqlite
//! ```

use std::collections::HashSet;
use std::path::Path;

use kyc_events::sealed::KeyId;

use super::epoch::EpochKey;
use super::store::{Store, StoreError};
use super::{MasterKeys, Vault, lock};

/// Rows moved at a time; the store serves others in between.
const ROWS: usize = 1024;

impl Vault {
    /// Copies all keys that were ever used into a new store in `dir`, wrapped under the key of an
    /// epoch, and their secrets; answers how many keys.
    pub fn copy_keys(&self, dir: &Path, epoch: &EpochKey) -> Result<u64, StoreError> {
        // What is in the pool now was in no event before.
        let unused: HashSet<KeyId> = lock(&self.pool).iter().map(|(id, _)| *id).collect();
        let mut target = Store::create(dir)?;
        let (mut after, mut copied) = (None, 0);
        loop {
            let keys = lock(&self.store).page(after, ROWS, self.master.master())?;
            let Some((last, _)) = keys.last() else { break };
            after = Some(*last);
            let used: Vec<_> = keys.into_iter().filter(|(id, _)| !unused.contains(id)).collect();
            target.insert(&used, &epoch.0)?;
            copied += used.len() as u64;
        }
        // Those of keys that came meanwhile stay behind with them.
        let mut after = None;
        loop {
            let secrets = lock(&self.store).secrets(after, ROWS)?;
            let Some(last) = secrets.last() else { break };
            after = Some(last.place());
            target.insert_secrets(&secrets)?;
        }
        target.finish()?;
        Ok(copied)
    }
}

/// Puts the keys of a backup (`from`) into a new store in `dir`, wrapped under the master key, and
/// their secrets; answers how many keys.
pub fn restore_keys(
    from: &Path,
    dir: &Path,
    epoch: &EpochKey,
    master: &MasterKeys,
) -> Result<u64, StoreError> {
    let (source, mut target) = (Store::look(from)?, Store::create(dir)?);
    let (mut after, mut copied) = (None, 0);
    loop {
        let keys = source.page(after, ROWS, &epoch.0)?;
        let Some((last, _)) = keys.last() else { break };
        after = Some(*last);
        target.insert(&keys, master.master())?;
        copied += keys.len() as u64;
    }
    let mut after = None;
    loop {
        let secrets = source.secrets(after, ROWS)?;
        let Some(last) = secrets.last() else { break };
        after = Some(last.place());
        target.insert_secrets(&secrets)?;
    }
    target.finish()?;
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use kyc_events::StreamId;
    use kyc_events::sealed::{Opener, Sealer};

    use super::*;
    use crate::aggregate::Keys;
    use crate::vault::Epochs;

    #[test]
    fn used_keys_go_into_a_backup_and_come_back_under_the_master_key() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        let keys = || MasterKeys::from_file(&at("keys"), true).expect("keys");
        let epochs = Epochs::beside(&keys()).expect("a file");
        let epoch = epochs.find_or_make("backup_epoch_2026-01").expect("a key");
        let vault = Vault::open(&at("vault"), keys()).expect("opens");
        let stream = StreamId::new("t", "1").expect("a name");
        let key = vault.fresh().expect("a key");
        let shut = vault.fields(&stream, "E").seal(key, "f", b"anna").expect("seals");

        assert_eq!(vault.copy_keys(&at("backup"), &epoch).expect("copies"), 1);
        let other = epochs.find_or_make("backup_epoch_2026-02").expect("a key");
        let wrong = restore_keys(&at("backup"), &at("wrong"), &other, &keys());
        assert!(matches!(wrong, Err(StoreError::WrongMasterKey)));
        restore_keys(&at("backup"), &at("back"), &epoch, &keys()).expect("restores");
        let back = Vault::open(&at("back"), keys()).expect("opens");
        let opened = back.fields(&stream, "E").open("f", &shut).expect("opens");
        assert_eq!(opened.as_deref(), Some(&b"anna"[..]));
    }
}
