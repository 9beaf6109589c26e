//! The file with the keys that live outside the data directory: `name = "hex"` a line.
//!
//! ```text
//!   master = "…"                    wraps the keys of persons and orders
//!   lookup = "…"                    makes pseudonyms
//!   audit_ed25519 = "…"             and whatever else was generated
//!   backup_epoch_2026-11 = "…"      wraps the keys in the backups of that month
//! ```
//!
//! It is written anew as a whole, under a lock, and what stood there before is overwritten: a key
//! that is taken out is gone from this file system, as far as that can be done from here.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::master::MasterKeysError;

/// See the module.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

/// Names and what they stand for.
pub type Entries = BTreeMap<String, Zeroizing<String>>;

impl KeyFile {
    /// At this place; nothing is read yet.
    pub fn at(file: &Path) -> Self {
        Self(file.to_owned())
    }

    /// Makes it, mode 0600; it is an error if it exists.
    pub fn create(&self, text: &str) -> Result<(), MasterKeysError> {
        write_new(&self.0, text).map_err(|error| self.io(error))
    }

    /// Its text.
    pub fn text(&self) -> Result<Zeroizing<String>, MasterKeysError> {
        fs::read_to_string(&self.0).map(Zeroizing::new).map_err(|error| self.io(error))
    }

    /// Its entries.
    pub fn entries(&self) -> Result<Entries, MasterKeysError> {
        self.parse(&self.text()?)
    }

    /// The entries in a text of such a file.
    pub fn parse(&self, text: &str) -> Result<Entries, MasterKeysError> {
        let mut entries = Entries::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) =
                line.split_once('=').ok_or_else(|| self.malformed("no `=` in a line"))?;
            let value = Zeroizing::new(value.trim().trim_matches('"').to_owned());
            entries.insert(name.trim().to_owned(), value);
        }
        Ok(entries)
    }

    /// Adds an entry unless there is one of this name; answers the one that is there then.
    pub fn add(&self, name: &str, value: &str) -> Result<Zeroizing<String>, MasterKeysError> {
        let lock = self.lock()?;
        let mut text = self.text()?;
        if let Some(there) = self.parse(&text)?.remove(name) {
            return Ok(there);
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.extend([name, " = \"", value, "\"\n"]);
        self.replace(lock, &text).map_err(|error| self.io(error))?;
        Ok(Zeroizing::new(value.to_owned()))
    }

    /// Takes an entry out; whether there was one.
    pub fn destroy(&self, name: &str) -> Result<bool, MasterKeysError> {
        let lock = self.lock()?;
        let text = self.text()?;
        if !self.parse(&text)?.contains_key(name) {
            return Ok(false);
        }
        let mut left = Zeroizing::new(String::with_capacity(text.len()));
        let is_it = |line: &str| line.split_once('=').is_some_and(|(of, _)| of.trim() == name);
        for line in text.lines().filter(|line| !is_it(line)) {
            left.extend([line, "\n"]);
        }
        self.replace(lock, &left).map_err(|error| self.io(error))?;
        Ok(true)
    }

    /// Puts another text in its place, then overwrites what was there.
    fn replace(&self, mut old: File, text: &str) -> io::Result<()> {
        let draft = self.0.with_extension("draft");
        let _ = fs::remove_file(&draft);
        write_new(&draft, text)?;
        fs::rename(&draft, &self.0)?;
        sync_parent(&self.0)?;
        let zeros = vec![0; old.metadata()?.len() as usize];
        old.rewind()?;
        old.write_all(&zeros)?;
        old.sync_all()
    }

    /// Opens the file and locks it against others who would replace it.
    fn lock(&self) -> Result<File, MasterKeysError> {
        let locked = || {
            loop {
                let file = open_writable(&self.0)?;
                file.lock()?;
                // Whoever had the lock before may have put another file here.
                if file.metadata()?.ino() == fs::metadata(&self.0)?.ino() {
                    return Ok(file);
                }
            }
        };
        locked().map_err(|error| self.io(error))
    }

    fn io(&self, error: io::Error) -> MasterKeysError {
        MasterKeysError::Io { file: self.0.clone(), error }
    }

    /// It is not one of ours.
    pub fn malformed(&self, what: &'static str) -> MasterKeysError {
        MasterKeysError::Malformed { file: self.0.clone(), what }
    }
}

/// A file that its owner made read-only is one like the others: what takes its place has mode 0600.
fn open_writable(file: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().read(true).write(true).open(file);
    match open() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
            open()
        }
        opened => opened,
    }
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    sync_parent(file)
}

fn sync_parent(file: &Path) -> io::Result<()> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_added_once_and_what_is_taken_out_is_overwritten() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = KeyFile::at(&dir.path().join("keys"));
        file.create("# ours\nmaster = \"00\"\n").expect("made");
        assert_eq!(file.add("a", "11").expect("added").as_str(), "11");
        assert_eq!(file.add("a", "22").expect("there").as_str(), "11");
        file.add("b", "33").expect("added");
        let mut old = File::open(&file.0).expect("opens");
        assert!(file.destroy("a").expect("taken out"));
        assert!(!file.destroy("a").expect("no error"));
        assert_eq!(file.text().expect("text").as_str(), "# ours\nmaster = \"00\"\nb = \"33\"\n");
        let mut left = Vec::new();
        io::Read::read_to_end(&mut old, &mut left).expect("reads");
        assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0), "{left:?}");
    }

    #[test]
    fn two_that_add_at_once_do_not_lose_an_entry() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = KeyFile::at(&dir.path().join("keys"));
        file.create("master = \"00\"\n").expect("made");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let file = file.clone();
                scope.spawn(move || file.add(&format!("k{number}"), "11").expect("added"));
            }
        });
        assert_eq!(file.entries().expect("entries").len(), 9);
    }
}
