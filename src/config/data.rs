//! `[data]`: the data directory, and the master key, which lives outside it.

use std::path::{Path, PathBuf};

use super::Secret;
use super::error::Problem;
use super::key::{Fallback, Key};
use super::reader::Reader;
use super::value::{Raw, Setting, Wrong};

const DIR: Key =
    Key::new("data.dir", Fallback::Toml("\"./data\""), "data directory: log, vault, projections")
        .flag("--data");
const MASTER_KEY_FILE: Key = Key::new(
    "data.master_key_file",
    Fallback::Words(
        "sandbox: `data.dir` + `.keys`; otherwise required, unless `data.master_key` is given",
    ),
    "file with the master key, outside the data directory",
);
const MASTER_KEY: Key = Key::new(
    "data.master_key",
    Fallback::Words("unset"),
    "the master key itself, 64 hexadecimal digits",
)
.secret();

pub(super) const KEYS: &[&Key] = &[&DIR, &MASTER_KEY_FILE, &MASTER_KEY];

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Data {
    /// Data directory; a relative one starts at the working directory. Default `./data`. `KYCD_DATA__DIR`, `--data`.
    pub dir: PathBuf,
    /// From `data.master_key_file` or `data.master_key`: exactly one of them.
    pub master_key: MasterKey,
}

/// Where the master key is.
#[derive(Debug, Clone)]
pub enum MasterKey {
    /// In this file, outside the data directory. Default in the sandbox `<data.dir>.keys`, otherwise none.
    /// `KYCD_DATA__MASTER_KEY_FILE`.
    File(PathBuf),
    /// Here: 64 hexadecimal digits. `KYCD_DATA__MASTER_KEY`.
    Given(Secret),
}

impl Data {
    pub(super) fn read(reader: &mut Reader, sandbox: bool) -> Self {
        let dir: PathBuf = reader.setting(&DIR);
        let file: Option<PathBuf> = reader.optional(&MASTER_KEY_FILE);
        let given: Option<HexKey> = reader.optional(&MASTER_KEY);
        let is_given = (reader.is_given(&MASTER_KEY_FILE), reader.is_given(&MASTER_KEY));
        match is_given {
            (true, true) => reader.reject(&MASTER_KEY, Problem::MasterKeyTwice),
            (false, false) if !sandbox => {
                reader.reject(&MASTER_KEY_FILE, Problem::MasterKeyMissing);
            }
            (false, false) if dir.file_name().is_none() => {
                reader.reject(&MASTER_KEY_FILE, Problem::MasterKeyFileUnnamed { dir: dir.clone() });
            }
            (false, false) => reader.note_default(&MASTER_KEY_FILE, beside(&dir).show()),
            (true, false) | (false, true) => {}
        }
        let master_key = match given {
            Some(HexKey(key)) => MasterKey::Given(key),
            None => MasterKey::File(file.unwrap_or_else(|| beside(&dir))),
        };
        Self { dir, master_key }
    }
}

/// `./data.keys` for `./data` or `./data/`.
fn beside(dir: &Path) -> PathBuf {
    let mut name = dir.components().as_path().as_os_str().to_owned();
    name.push(".keys");
    PathBuf::from(name)
}

struct HexKey(Secret);

impl Setting for HexKey {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.text()
            .filter(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .map(|text| Self(Secret::new(text)))
            .ok_or_else(|| raw.wrong("64 hexadecimal digits"))
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigErrors, Sources};

    const PRODUCTION: &str = "sandbox.enabled = false\n";

    fn load(file: &str) -> Result<Data, ConfigErrors> {
        Config::load(Sources::of(file, &[], &[])).map(|config| config.data)
    }

    #[test]
    fn sandbox_keeps_its_key_beside_the_data() {
        for (dir, keys) in [("./data", "./data.keys"), ("/srv/kyc/", "/srv/kyc.keys")] {
            let data = load(&format!("data.dir = \"{dir}\"")).expect("valid");
            assert!(matches!(data.master_key, MasterKey::File(file) if file.as_os_str() == keys));
        }
    }

    #[test]
    fn directory_without_a_name_has_no_file_beside_it() {
        for dir in [".", "/", "../.."] {
            let errors = load(&format!("data.dir = \"{dir}\"")).expect_err(dir).to_string();
            assert!(
                errors.starts_with("data.master_key_file: has no default beside data.dir"),
                "{errors}"
            );
        }
    }

    #[test]
    fn outside_the_sandbox_a_master_key_is_required() {
        let errors = load(PRODUCTION).expect_err("no key").to_string();
        assert!(errors.contains("data.master_key_file or data.master_key"), "{errors}");
        assert!(errors.contains("kycd keys init"), "{errors}");
        let key = "0123456789abcdefABCDEF00".repeat(3)[..64].to_owned();
        let data = load(&format!("{PRODUCTION}data.master_key = \"{key}\"")).expect("valid");
        assert!(matches!(data.master_key, MasterKey::Given(given) if given.expose() == key));
        assert!(load(&format!("{PRODUCTION}data.master_key_file = \"/etc/kycd.key\"")).is_ok());
    }

    #[test]
    fn two_master_keys_are_an_error() {
        let both =
            format!("data.master_key_file = \"k\"\ndata.master_key = \"{}\"", "00".repeat(32));
        let errors = load(&both).expect_err("both").to_string();
        assert!(
            errors.starts_with("kycd.toml:2: data.master_key: data.master_key_file and"),
            "{errors}"
        );
    }

    #[test]
    fn malformed_master_key_is_one_error_and_not_also_missing() {
        let errors =
            load(&format!("{PRODUCTION}data.master_key = \"abc\"")).expect_err("short").to_string();
        assert_eq!(errors, "kycd.toml:2: data.master_key: expected 64 hexadecimal digits");
    }
}
