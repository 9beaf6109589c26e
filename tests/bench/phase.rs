//! The phases of the evidence bench: what is measured.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use kyc_events::Position;
use kyc_events::log::checkpoints::Checkpoints;
use kyc_events::log::segment::disk::{Disk, RealDisk};
use kyc_events::log::segment::{Options, SegmentLog, SegmentReader};
use kyc_events::log::{EventLog, EventReader};
use kyc_events::note::Verifier;
use kyc_events::sealed::KeyId;
use kyc_projections::catalog::ALL;
use kyc_projections::fold::advance;
use kyc_projections::{Fold, Store, stored_digest};
use kycd::config::limits::PROJECTION_CACHE_BYTES;
use kycd::evidence::audit::{Evidence, StoredKeys, Verdict, audit};
use kycd::evidence::kinds;
use kycd::evidence::notary::{Notary, Schedule};
use kycd::evidence::rebuild::{Claimed, compare};
use sha2::{Digest, Sha256};

use crate::process::cpu_seconds;
use crate::traffic::Traffic;

const ORIGIN: &str = "example.org/kyc";
const EVENTS_PER_CHECKPOINT: usize = 1000;

/// Measures one phase on the log in `dir`; answers seconds, and seconds of CPU.
type Phase = fn(&Path) -> (f64, f64);

/// All of them, in order; each may need what those before it left.
pub const PHASES: &[(&str, Phase)] = &[
    ("bare read, SHA-256", bare_read),
    ("open for reading", open_for_reading),
    ("open for writing", open_for_writing),
    ("tree and checkpoints", tree_and_checkpoints),
    ("audit", audited),
    ("first fold", first_fold),
    ("rebuild and compare", rebuilt),
];

fn measure<T>(work: impl FnOnce() -> T) -> (T, (f64, f64)) {
    let (started, worked) = (Instant::now(), cpu_seconds("self"));
    let done = work();
    (done, (started.elapsed().as_secs_f64(), cpu_seconds("self") - worked))
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn notary(log: Arc<dyn EventLog>, disk: Arc<dyn Disk>) -> Notary {
    let schedule = Schedule { events: EVENTS_PER_CHECKPOINT as u64, every: Duration::MAX };
    Notary::open(log, Checkpoints::on(disk), key(), ORIGIN.to_owned(), schedule).expect("opens")
}

fn writable(dir: &Path) -> (Arc<SegmentLog>, Arc<dyn Disk>) {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::lock(&dir.join("log")).expect("a directory"));
    let log = SegmentLog::open_on(Arc::clone(&disk), Options::default()).expect("opens");
    (Arc::new(log), disk)
}

/// What a log holds.
pub struct Written {
    /// Records.
    pub events: u64,
    /// Length of all segment files.
    pub bytes: u64,
}

/// A log of about so many events, closed, with its checkpoints, and beside it the keys in it.
pub fn write(dir: &Path, events: u64) -> Written {
    let (log, disk) = writable(dir);
    let notary = notary(log.clone(), disk);
    let mut traffic = Traffic::new();
    while log.size().0 < events {
        for wishes in traffic.wave().chunks(EVENTS_PER_CHECKPOINT) {
            let answers = log.append(wishes).expect("appended");
            assert!(answers.iter().all(Result::is_ok));
            notary.sign().expect("signed");
        }
    }
    log.close().expect("closed");
    std::fs::write(dir.join("keys"), keys_in(&*log).as_flattened()).expect("written");
    let bytes = segments(dir).iter().map(|file| file.metadata().expect("a file").len()).sum();
    Written { events: log.size().0, bytes }
}

/// The segment files, in order.
fn segments(dir: &Path) -> Vec<PathBuf> {
    let names = std::fs::read_dir(dir.join("log")).expect("a directory");
    let mut files: Vec<_> = names.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "seg"));
    files.sort();
    files
}

fn keys_in(log: &dyn EventReader) -> Vec<[u8; 16]> {
    let mut keys = HashSet::new();
    let mut at = Position::START;
    loop {
        let records = log.read(at, 1000).expect("reads");
        let Some(last) = records.last() else { return keys.into_iter().collect() };
        at = last.position.next();
        for record in &records {
            let kind = kinds::of(&record.stream).expect("a kind");
            let fields = kind.sealed_fields(record).expect("decodes");
            keys.extend(fields.iter().map(|field| field.shut.key.0));
        }
    }
}

fn stored_keys(dir: &Path) -> HashSet<KeyId> {
    let bytes = std::fs::read(dir.join("keys")).expect("keys");
    bytes.as_chunks().0.iter().copied().map(KeyId).collect()
}

fn bare_read(dir: &Path) -> (f64, f64) {
    let files = segments(dir);
    let (hash, took) = measure(|| {
        let (mut hash, mut piece) = (Sha256::new(), vec![0; 1024 * 1024]);
        for file in &files {
            let mut file = File::open(file).expect("opens");
            loop {
                match file.read(&mut piece).expect("reads") {
                    0 => break,
                    read => hash.update(&piece[..read]),
                }
            }
        }
        hash.finalize()
    });
    assert_ne!(hash[..], [0; 32]);
    took
}

fn open_for_reading(dir: &Path) -> (f64, f64) {
    measure(|| SegmentReader::open(&dir.join("log")).expect("opens")).1
}

fn open_for_writing(dir: &Path) -> (f64, f64) {
    measure(|| writable(dir)).1
}

/// What a start does beyond opening the log.
fn tree_and_checkpoints(dir: &Path) -> (f64, f64) {
    let (log, disk) = writable(dir);
    measure(|| notary(log, disk)).1
}

fn audited(dir: &Path) -> (f64, f64) {
    let (report, took) = measure(|| {
        audit(&Evidence {
            disk: Arc::new(RealDisk::read_only(&dir.join("log")).expect("a directory")),
            key: Some(Verifier::new(ORIGIN, key().verifying_key()).expect("a key")),
            saved: Vec::new(),
            stored_keys: &|| Ok(StoredKeys::Ids(stored_keys(dir))),
            progress: &|_, _| {},
        })
    });
    let report = report.expect("a verdict");
    assert_eq!(report.verdict, Verdict::Clean, "{report:?}");
    assert!(report.checkpoints as u64 >= report.size / EVENTS_PER_CHECKPOINT as u64);
    took
}

/// As a first start does it: into the store that a server would use.
fn first_fold(dir: &Path) -> (f64, f64) {
    let log = SegmentReader::open(&dir.join("log")).expect("opens");
    let store = dir.join("projections");
    if store.exists() {
        std::fs::remove_dir_all(&store).expect("removed");
    }
    measure(|| {
        let store = Store::open(&store, PROJECTION_CACHE_BYTES).expect("a store");
        let folds = ALL.iter().map(|entry| Fold::open(&store, entry, &log));
        let mut folds: Vec<Fold> = folds.collect::<Result<_, _>>().expect("opens");
        advance(&mut folds, &log, log.size(), &|_, _| {}).expect("folds");
        folds.iter_mut().try_for_each(Fold::commit).expect("commits");
    })
    .1
}

/// As `kycd rebuild --check` does it: beside the read models that answer, and compared with them.
fn rebuilt(dir: &Path) -> (f64, f64) {
    let log = SegmentReader::open(&dir.join("log")).expect("opens");
    let stored = dir.join("projections");
    let claims: Vec<Claimed> = ALL
        .iter()
        .map(|entry| {
            let stored = stored_digest(&stored, entry.name).expect("reads").expect("folded");
            let (position, digest) = (stored.position, hex::encode(stored.digest));
            Claimed { entry, position, digest }
        })
        .collect();
    let aside = tempfile::tempdir_in(dir).expect("a directory");
    let (compared, took) =
        measure(|| compare(&log, &claims, aside.path(), &|_, _| {}).expect("compares"));
    assert!(compared.iter().all(|row| row.equal && row.position == log.size().0), "{compared:?}");
    took
}
