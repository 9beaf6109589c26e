//! Epoch keys: one for the backups of each month. Destroying one makes its backups worthless, so a
//! person who was erased does not come back with an old backup for longer than that.

use chrono::DateTime;
use kyc_events::Millis;
use zeroize::Zeroizing;

use super::key_file::KeyFile;
use super::master::{self, EPOCH_PREFIX as PREFIX, MasterKeys, MasterKeysError};
use super::{Key, cipher};

/// Why there is no epoch key.
#[derive(Debug, thiserror::Error)]
pub enum EpochError {
    /// The key file.
    #[error(transparent)]
    Keys(#[from] MasterKeysError),
    /// There is no file to keep them in.
    #[error(
        "backups need a key file with named keys (`kycd keys init`, data.master_key_file): the keys of \
         backups are kept beside the master key, and this one was given by itself"
    )]
    NoFile,
    /// No such key.
    #[error(
        "{0} is not in the key file: it was destroyed, or this is the key file of another data directory"
    )]
    Unknown(String),
}

/// The epoch keys of one key file.
#[derive(Clone, Debug)]
pub struct Epochs(KeyFile);

impl Epochs {
    /// Beside these keys.
    pub fn beside(master: &MasterKeys) -> Result<Self, EpochError> {
        master.file().cloned().map(Self).ok_or(EpochError::NoFile)
    }

    /// Name of the epoch of this instant.
    pub fn name(at: Millis) -> String {
        let month = DateTime::from_timestamp_millis(at).unwrap_or_default();
        format!("{PREFIX}{}", month.format("%Y-%m"))
    }

    /// Names of all there are, oldest first.
    pub fn list(&self) -> Result<Vec<String>, EpochError> {
        let names = self.0.entries()?.into_keys();
        Ok(names.filter(|name| name.starts_with(PREFIX)).collect())
    }

    /// The key of this epoch.
    pub fn find(&self, name: &str) -> Result<EpochKey, EpochError> {
        let is_one = name.starts_with(PREFIX);
        let value = self.0.entries()?.remove(name).filter(|_| is_one);
        self.parse(&value.ok_or_else(|| EpochError::Unknown(name.to_owned()))?)
    }

    /// The key of this epoch, made if need be.
    pub fn find_or_make(&self, name: &str) -> Result<EpochKey, EpochError> {
        let fresh = Zeroizing::new(hex::encode(*Zeroizing::new(cipher::random::<32>())));
        self.parse(&self.0.add(name, &fresh)?)
    }

    /// Destroys the key of an epoch: its backups cannot be restored any more.
    pub fn destroy(&self, name: &str) -> Result<(), EpochError> {
        if name.starts_with(PREFIX) && self.0.destroy(name)? {
            Ok(())
        } else {
            Err(EpochError::Unknown(name.to_owned()))
        }
    }

    fn parse(&self, value: &str) -> Result<EpochKey, EpochError> {
        let what = "an epoch key is not 64 hex digits";
        Ok(EpochKey(master::key(value).map_err(|_| self.0.malformed(what))?))
    }
}

/// Wraps the keys in a backup.
pub struct EpochKey(pub(super) Key);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_a_month_and_its_key_is_made_once_and_destroyed_for_good() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("keys");
        let epochs = Epochs::beside(&MasterKeys::from_file(&file, true).expect("made"));
        let epochs = epochs.expect("there is a file");
        let name = Epochs::name(1_767_323_045_000);
        assert_eq!(name, "backup_epoch_2026-01");
        assert!(matches!(epochs.find(&name), Err(EpochError::Unknown(_))));
        let made = epochs.find_or_make(&name).expect("made");
        assert_eq!(*epochs.find_or_make(&name).expect("kept").0, *made.0);
        assert_eq!(*epochs.find(&name).expect("found").0, *made.0);
        assert_eq!(epochs.list().expect("a list"), [name.as_str()]);
        assert!(matches!(epochs.destroy("master"), Err(EpochError::Unknown(_))));
        epochs.destroy(&name).expect("destroyed");
        assert!(matches!(epochs.find(&name), Err(EpochError::Unknown(_))));
        MasterKeys::from_file(&file, false).expect("the others are still there");
    }

    #[test]
    fn a_master_key_without_a_file_has_no_epochs() {
        assert!(matches!(Epochs::beside(&MasterKeys::for_tests()), Err(EpochError::NoFile)));
    }
}
