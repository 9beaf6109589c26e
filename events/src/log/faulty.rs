//! A disk that fails on purpose, for tests of the segment engine and of what is built on it.
//!
//! It lives in memory and knows, as a real one does, two states: what the process sees, and what
//! would be left after a power cut. A sync makes the second like the first. Every operation that
//! changes something is a step; a [`Fault`] can be planned for each. After [`Fault::Crash`] every
//! operation fails until [`FaultyDisk::power_on`], which keeps of the unsynced writes what a seed
//! decides: nothing, everything, or single sectors.
//!
//! ```
//! use std::sync::Arc;
//! use kyc_events::log::faulty::{Fault, FaultyDisk};
//! use kyc_events::log::segment::{Options, SegmentLog};
//!
//! let disk = FaultyDisk::new();
//! disk.plan(7, Fault::Crash);
//! let log = SegmentLog::open_on(Arc::new(disk.clone()), Options::default());
//! assert!(log.is_err(), "opening an empty directory takes more than seven steps");
//! disk.power_on(42);
//! SegmentLog::open_on(Arc::new(disk), Options::default()).expect("nothing was lost");
//! ```

mod content;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::segment::disk::{Disk, DiskFile};
use content::{Content, Random};

/// What goes wrong at a step. A fault that does not fit the operation (a short write at a sync)
/// does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The write answers that it wrote only so many bytes, which is true and no error.
    ShortWrite(usize),
    /// So many bytes of the write get through, then the disk reports an error. Any other
    /// operation fails without having done anything.
    Torn(usize),
    /// The sync fails: some of what it was to make durable is, the rest never will be, and the
    /// next sync will report success all the same.
    FailedSync,
    /// So many bytes of the write get through, then the disk is full. Other operations that need
    /// space find none.
    NoSpace(usize),
    /// The machine loses power during this operation.
    Crash,
}

/// See the module. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Changes of names since the last sync of a directory, oldest first.
    pending_names: Vec<Renaming>,
    plan: BTreeMap<u64, Fault>,
    step: u64,
    full: bool,
    crashed: bool,
    /// Handles of an earlier one are dead.
    boot: u32,
    random: Random,
}

/// `to` is now this file, `from` is no more.
#[derive(Clone, Debug)]
struct Renaming {
    from: Option<String>,
    to: Option<(String, usize)>,
}

impl Renaming {
    fn apply(self, names: &mut BTreeMap<String, usize>) {
        if let Some(from) = self.from {
            names.remove(&from);
        }
        if let Some((to, file)) = self.to {
            names.insert(to, file);
        }
    }
}

impl FaultyDisk {
    /// An empty disk on which nothing fails yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans a fault for a step, counted from the last power on; the first is 1.
    pub fn plan(&self, step: u64, fault: Fault) {
        self.state().plan.insert(step, fault);
    }

    /// Plans a fault for the step that comes `ahead` steps after the newest; 1 is the next.
    pub fn plan_ahead(&self, ahead: u64, fault: Fault) {
        let step = self.steps() + ahead;
        self.plan(step, fault);
    }

    /// Steps taken since the last power on.
    pub fn steps(&self) -> u64 {
        self.state().step
    }

    /// Whether the power is out.
    pub fn is_crashed(&self) -> bool {
        self.state().crashed
    }

    /// Fills the disk, or makes space again. Bytes once allocated can always be written.
    pub fn set_full(&self, full: bool) {
        self.state().full = full;
    }

    /// The machine stops here, if it has not, and starts again without planned faults. `seed`
    /// decides what of the unsynced writes is left.
    pub fn power_on(&self, seed: u64) {
        let mut state = self.state();
        let mut random = Random::new(seed);
        let kept = random.below(state.pending_names.len() as u64 + 1) as usize;
        let mut names = std::mem::take(&mut state.durable_names);
        for renaming in state.pending_names.drain(..).take(kept) {
            renaming.apply(&mut names);
        }
        for file in &mut state.files {
            file.lose_power(&mut random);
        }
        state.durable_names.clone_from(&names);
        state.names = names;
        state.random = random;
        state.start();
    }

    /// Only the process stops and starts again: what it wrote is still to be seen, durable or
    /// not.
    pub fn restart_process(&self) {
        self.state().start();
    }

    /// Writes what a process would see now into a real directory.
    pub fn copy_to(&self, dir: &Path) -> io::Result<()> {
        let state = self.state();
        for (name, file) in &state.names {
            let path = dir.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, state.files[*file].seen())?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn start(&mut self) {
        self.plan.clear();
        self.step = 0;
        self.full = false;
        self.crashed = false;
        self.boot += 1;
    }

    fn alive(&self) -> io::Result<()> {
        if self.crashed { Err(io::Error::other("the power is out")) } else { Ok(()) }
    }

    /// Counts a step; answers what is planned for it.
    fn step(&mut self) -> io::Result<Option<Fault>> {
        self.alive()?;
        self.step += 1;
        Ok(self.plan.get(&self.step).copied())
    }

    /// A step that writes no bytes of a file.
    fn plain_step(&mut self, takes_space: bool) -> io::Result<()> {
        match self.step()? {
            Some(Fault::Crash) => Err(self.crash()),
            Some(Fault::Torn(_)) => Err(io::Error::other("planned failure")),
            Some(Fault::NoSpace(_)) if takes_space => Err(ErrorKind::StorageFull.into()),
            Some(Fault::NoSpace(_) | Fault::ShortWrite(_) | Fault::FailedSync) | None => {
                if takes_space && self.full {
                    Err(ErrorKind::StorageFull.into())
                } else {
                    Ok(())
                }
            }
        }
    }

    fn crash(&mut self) -> io::Error {
        self.crashed = true;
        io::Error::other("the power goes out")
    }

    fn rename(&mut self, renaming: Renaming) {
        renaming.clone().apply(&mut self.names);
        self.pending_names.push(renaming);
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn write(&mut self, file: usize, from: &[u8], offset: u64) -> io::Result<usize> {
        let fault = self.step()?;
        let whole = from.len();
        let (through, answer) = match fault {
            Some(Fault::ShortWrite(bytes)) => (bytes.clamp(1, whole), None),
            Some(Fault::Torn(bytes)) => (bytes, Some(io::Error::other("planned failure"))),
            Some(Fault::NoSpace(bytes)) => (bytes, Some(ErrorKind::StorageFull.into())),
            Some(Fault::Crash) => {
                (self.random.below(whole as u64 + 1) as usize, Some(self.crash()))
            }
            Some(Fault::FailedSync) | None if self.full => {
                let room = self.files[file].bytes().saturating_sub(offset) as usize;
                (room, (room < whole).then(|| ErrorKind::StorageFull.into()))
            }
            Some(Fault::FailedSync) | None => (whole, None),
        };
        let through = through.min(whole);
        self.files[file].write(offset, &from[..through]);
        answer.map_or(Ok(through), Err)
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        match self.step()? {
            Some(Fault::FailedSync | Fault::Torn(_)) => {
                self.files[file].fail_sync(&mut self.random);
                Err(io::Error::other("planned failure"))
            }
            Some(Fault::Crash) => Err(self.crash()),
            Some(Fault::ShortWrite(_) | Fault::NoSpace(_)) | None => {
                self.files[file].sync();
                Ok(())
            }
        }
    }
}

impl Disk for FaultyDisk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let state = self.state();
        state.alive()?;
        let inside = |name: &String| match name.rsplit_once('/') {
            Some((of, name)) => (of == folder).then(|| name.to_owned()),
            None => folder.is_empty().then(|| name.clone()),
        };
        Ok(state.names.keys().filter_map(inside).collect())
    }

    fn open(&self, name: &str, _writable: bool) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        state.alive()?;
        let file = state.find(name)?;
        Ok(Arc::new(FaultyFile { disk: self.clone(), file, boot: state.boot }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.plain_step(true)?;
        if state.names.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let file = state.files.len();
        state.files.push(Content::default());
        state.rename(Renaming { from: None, to: Some((name.to_owned(), file)) });
        Ok(Arc::new(FaultyFile { disk: self.clone(), file, boot: state.boot }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.plain_step(false)?;
        let file = state.find(from)?;
        state.rename(Renaming { from: Some(from.to_owned()), to: Some((to.to_owned(), file)) });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.alive()?;
        state.find(name)?;
        state.plain_step(false)?;
        state.rename(Renaming { from: Some(name.to_owned()), to: None });
        Ok(())
    }

    fn sync_folder(&self, _folder: &str) -> io::Result<()> {
        let mut state = self.state();
        if state.step()?.is_some_and(|fault| fault == Fault::Crash) {
            return Err(state.crash());
        }
        if let Some(Fault::FailedSync | Fault::Torn(_)) = state.plan.get(&state.step) {
            return Err(io::Error::other("planned failure"));
        }
        let State { names, durable_names, pending_names, .. } = &mut *state;
        durable_names.clone_from(names);
        pending_names.clear();
        Ok(())
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    file: usize,
    boot: u32,
}

impl FaultyFile {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        state.alive()?;
        if state.boot == self.boot { Ok(state) } else { Err(io::Error::other("a dead handle")) }
    }
}

impl DiskFile for FaultyFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.state()?.files[self.file].bytes())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.state()?;
        let from = state.files[self.file].seen().get(offset as usize..).unwrap_or_default();
        let bytes = from.len().min(into.len());
        into[..bytes].copy_from_slice(&from[..bytes]);
        Ok(bytes)
    }

    fn write_at(&self, from: &[u8], offset: u64) -> io::Result<usize> {
        self.state()?.write(self.file, from, offset)
    }

    fn allocate(&self, offset: u64, bytes: u64) -> io::Result<()> {
        let mut state = self.state()?;
        state.plain_step(true)?;
        state.files[self.file].extend(offset + bytes);
        Ok(())
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.state()?;
        state.plain_step(false)?;
        state.files[self.file].truncate(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.state()?.sync(self.file)
    }
}
