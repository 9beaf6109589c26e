//! Checkpoints beside the log: one file for each, which is never changed and never removed.
//!
//! ```text
//!   <dir>/checkpoints/00000000000000061337.note    size, twenty digits: the signed note
//!   <dir>/checkpoints/draft.tmp                    a crash may leave it; not part of the log
//! ```
//!
//! What a note says and whether it is true is for [`checkpoint`](crate::checkpoint) and
//! [`merkle`](crate::merkle); here it is text.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use super::segment::disk::{Disk, read_full, write_all};
use crate::note::NOTE_BYTES_MAX;

const FOLDER: &str = "checkpoints";
const DRAFT: &str = "checkpoints/draft.tmp";
const ENDING: &str = ".note";

/// Why a checkpoint was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointsError {
    /// There is another one of this size; a checkpoint is never replaced.
    #[error("there is another checkpoint of size {0}")]
    Exists(u64),
    /// Too long for a note, or not UTF-8.
    #[error("the file of size {0} is not a checkpoint")]
    Malformed(u64),
    /// The operating system could not read or write.
    #[error("cannot read or write the checkpoints: {0}")]
    Io(#[from] io::Error),
}

/// The checkpoints of the log on one disk.
#[derive(Clone)]
pub struct Checkpoints {
    disk: Arc<dyn Disk>,
}

impl Checkpoints {
    /// Of the log on this disk; nothing is read yet. Only the writer of the log may
    /// [`write`](Self::write).
    pub fn on(disk: Arc<dyn Disk>) -> Self {
        Self { disk }
    }

    /// Sizes of which there is a checkpoint, ascending. Files of other names are not ours.
    pub fn sizes(&self) -> Result<Vec<u64>, CheckpointsError> {
        let names = self.disk.list(FOLDER)?;
        let mut sizes: Vec<u64> = names.iter().filter_map(|name| parse_name(name)).collect();
        sizes.sort_unstable();
        Ok(sizes)
    }

    /// The signed note of this size, as it was written; `None` if there is no such file.
    pub fn read(&self, size: u64) -> Result<Option<String>, CheckpointsError> {
        let file = match self.disk.open(&path(size), false) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let bytes = file.bytes()?;
        if bytes > NOTE_BYTES_MAX as u64 {
            return Err(CheckpointsError::Malformed(size));
        }
        let mut note = vec![0; bytes as usize];
        let filled = read_full(&*file, &mut note, 0)?;
        note.truncate(filled);
        String::from_utf8(note).map(Some).map_err(|_| CheckpointsError::Malformed(size))
    }

    /// Writes the signed note of this size: after `Ok` it is on stable storage, after an error or
    /// a crash it is there wholly or not at all. Writing the same again is no error, so an error
    /// of the disk can be tried again.
    pub fn write(&self, size: u64, note: &str) -> Result<(), CheckpointsError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(CheckpointsError::Malformed(size));
        }
        match self.read(size)? {
            Some(there) if there == note => {}
            Some(_) => return Err(CheckpointsError::Exists(size)),
            None => self.put(&path(size), note.as_bytes())?,
        }
        self.disk.sync_folder(FOLDER)?;
        // The folder may be new as well.
        Ok(self.disk.sync_folder("")?)
    }

    /// Copies the notes up to `size` to another disk, durably, on which there are none.
    pub fn copy_to(&self, to: &dyn Disk, size: u64) -> Result<(), CheckpointsError> {
        for size in self.sizes()?.into_iter().take_while(|of| *of <= size) {
            let Some(note) = self.read(size)? else { continue };
            let copy = to.create(&path(size))?;
            write_all(&*copy, note.as_bytes(), 0)?;
            copy.sync()?;
        }
        if !to.list(FOLDER)?.is_empty() {
            to.sync_folder(FOLDER)?;
            to.sync_folder("")?;
        }
        Ok(())
    }

    /// The file gets its name when its content is durable, so a file that has one is whole.
    fn put(&self, path: &str, content: &[u8]) -> io::Result<()> {
        match self.disk.remove(DRAFT) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            removed => removed?,
        }
        let draft = self.disk.create(DRAFT)?;
        write_all(&*draft, content, 0)?;
        draft.sync()?;
        self.disk.rename(DRAFT, path)
    }
}

fn path(size: u64) -> String {
    format!("{FOLDER}/{size:020}{ENDING}")
}

fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    let plain = digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::faulty::{Fault, FaultyDisk};
    use crate::log::segment::disk::RealDisk;

    fn on(disk: &FaultyDisk) -> Checkpoints {
        Checkpoints::on(Arc::new(disk.clone()))
    }

    fn read(disk: &FaultyDisk, size: u64) -> Option<String> {
        on(disk).read(size).expect("it reads")
    }

    /// Steps that the first and the second write take.
    fn steps() -> u64 {
        let disk = FaultyDisk::new();
        on(&disk).write(3, "three").expect("it writes");
        on(&disk).write(5, "five").expect("it writes");
        disk.steps()
    }

    #[test]
    fn checkpoints_of_a_real_directory_come_back_in_order_of_size() {
        let dir = tempfile::tempdir().expect("a directory");
        let disk = Arc::new(RealDisk::lock(dir.path()).expect("a directory of ours"));
        let checkpoints = Checkpoints::on(disk);
        assert_eq!(checkpoints.sizes().expect("it lists"), [] as [u64; 0]);
        for (size, note) in [(1000, "thousand"), (5, "five"), (u64::MAX, "all")] {
            checkpoints.write(size, note).expect("it writes");
        }
        let name = dir.path().join("checkpoints/00000000000000000005.note");
        assert_eq!(std::fs::read(name).expect("the file"), b"five");
        std::fs::write(dir.path().join("checkpoints/6.note"), "other").expect("it writes");
        let reader = Arc::new(RealDisk::read_only(dir.path()).expect("it is there"));
        let reader = Checkpoints::on(reader);
        assert_eq!(reader.sizes().expect("it lists"), [5, 1000, u64::MAX]);
        assert_eq!(reader.read(5).expect("it reads").as_deref(), Some("five"));
        assert_eq!(reader.read(6).expect("it reads"), None);
    }

    #[test]
    fn a_checkpoint_is_never_replaced() {
        let disk = FaultyDisk::new();
        on(&disk).write(3, "three").expect("it writes");
        on(&disk).write(3, "three").expect("the same again");
        assert!(matches!(on(&disk).write(3, "other"), Err(CheckpointsError::Exists(3))));
        assert_eq!(read(&disk, 3).as_deref(), Some("three"));
    }

    #[test]
    fn what_is_too_long_or_not_text_is_no_checkpoint() {
        let disk = FaultyDisk::new();
        let long = "x".repeat(NOTE_BYTES_MAX + 1);
        assert!(matches!(on(&disk).write(3, &long), Err(CheckpointsError::Malformed(3))));
        for content in [long.as_bytes(), b"\xff"] {
            let file = disk.create(&path(4)).expect("a file");
            write_all(&*file, content, 0).expect("it writes");
            assert!(matches!(on(&disk).read(4), Err(CheckpointsError::Malformed(4))));
            disk.remove(&path(4)).expect("the file");
        }
    }

    #[test]
    fn after_a_power_cut_at_any_step_a_checkpoint_is_there_wholly_or_not_at_all() {
        for step in 1..=steps() {
            for seed in 0..8 {
                let disk = FaultyDisk::new();
                disk.plan(step, Fault::Crash);
                let written = [(3, "three"), (5, "five")]
                    .map(|(size, note)| on(&disk).write(size, note).is_ok());
                assert!(!written[1], "the power went out at {step}");
                disk.power_on(seed);
                let first = read(&disk, 3);
                assert!(first.as_deref().is_none_or(|note| note == "three"), "{first:?}");
                assert!(first.is_some() || !written[0], "what was written is there");
                assert!(read(&disk, 5).is_none_or(|note| note == "five"));
                on(&disk).write(5, "five").expect("a draft that was left is no hindrance");
                assert_eq!(read(&disk, 5).as_deref(), Some("five"));
            }
        }
    }

    #[test]
    fn a_disk_that_fails_once_leaves_no_half_and_writing_again_succeeds() {
        let faults = [Fault::Torn(2), Fault::FailedSync, Fault::NoSpace(1), Fault::ShortWrite(1)];
        for fault in faults {
            for step in 1..=steps() {
                let disk = FaultyDisk::new();
                disk.plan(step, fault);
                for (size, note) in [(3, "three"), (5, "five")] {
                    if on(&disk).write(size, note).is_err() {
                        assert!(read(&disk, size).is_none_or(|there| there == note));
                        on(&disk).write(size, note).expect("it is tried again");
                    }
                }
                disk.power_on(step);
                assert_eq!(on(&disk).sizes().expect("it lists"), [3, 5], "{fault:?} at {step}");
                assert_eq!(read(&disk, 3).as_deref(), Some("three"), "{fault:?} at {step}");
                assert_eq!(read(&disk, 5).as_deref(), Some("five"), "{fault:?} at {step}");
            }
        }
    }
}
