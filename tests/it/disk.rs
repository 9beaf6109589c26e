//! A log's directory in memory, so that thousands of altered copies cost nothing.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex};

use kyc_events::log::segment::disk::{Disk, DiskFile};

pub type Files = BTreeMap<String, Vec<u8>>;

/// See the module.
pub struct MemoryDisk(Mutex<BTreeMap<String, Arc<MemoryFile>>>);

struct MemoryFile(Mutex<Vec<u8>>);

impl MemoryDisk {
    pub fn of(files: &Files) -> Arc<dyn Disk> {
        let file = |bytes: &Vec<u8>| Arc::new(MemoryFile(Mutex::new(bytes.clone())));
        let files = files.iter().map(|(name, bytes)| (name.clone(), file(bytes))).collect();
        Arc::new(Self(Mutex::new(files)))
    }
}

/// The files of a log's directory on disk.
pub fn files(dir: &Path) -> Files {
    let mut found = Files::new();
    for folder in ["", "checkpoints"] {
        let Ok(entries) = std::fs::read_dir(dir.join(folder)) else { continue };
        for path in entries.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_file()) {
            let name = path.strip_prefix(dir).expect("inside").to_string_lossy().into_owned();
            found.insert(name, std::fs::read(&path).expect("readable"));
        }
    }
    found
}

impl Disk for MemoryDisk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let files = self.0.lock().expect("a lock");
        let inside = files.keys().filter_map(|name| name.strip_prefix(&prefix));
        Ok(inside.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }

    fn open(&self, name: &str, _: bool) -> io::Result<Arc<dyn DiskFile>> {
        let files = self.0.lock().expect("a lock");
        let file = files.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(Arc::clone(file) as Arc<dyn DiskFile>)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = Arc::new(MemoryFile(Mutex::default()));
        self.0.lock().expect("a lock").insert(name.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.0.lock().expect("a lock");
        let file = files.remove(from).ok_or(ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut files = self.0.lock().expect("a lock");
        files.remove(name).map(drop).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_folder(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for MemoryFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.lock().expect("a lock").len() as u64)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = self.0.lock().expect("a lock");
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, from: &[u8], offset: u64) -> io::Result<usize> {
        let mut bytes = self.0.lock().expect("a lock");
        let end = offset as usize + from.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[offset as usize..end].copy_from_slice(from);
        Ok(from.len())
    }

    fn allocate(&self, offset: u64, more: u64) -> io::Result<()> {
        let mut bytes = self.0.lock().expect("a lock");
        let end = (offset + more) as usize;
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        Ok(())
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.lock().expect("a lock").truncate(length as usize);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
