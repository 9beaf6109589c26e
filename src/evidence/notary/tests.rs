//! What the notary signs, proves and refuses.

use std::path::Path;

use kyc_events::engine::LogRestored;
use kyc_events::log::conformance::sample::wish;
use kyc_events::log::memory::MemoryLog;
use kyc_events::log::segment::disk::{Disk, RealDisk};
use kyc_events::log::{Append, EventLog};
use kyc_events::merkle::record_leaf;
use kyc_events::{ExpectedVersion, NewEvent};

use super::*;

const ORIGIN: &str = "example.org/log";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn files(dir: &Path) -> Checkpoints {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::read_only(dir).expect("a directory"));
    Checkpoints::on(disk)
}

fn log(events: usize) -> Arc<MemoryLog> {
    let log = Arc::new(MemoryLog::new());
    for _ in 0..events {
        log.append(&[wish("a", 1)]).expect("memory never fails");
    }
    log
}

fn open(log: &Arc<MemoryLog>, dir: &Path) -> Result<Notary, NotaryError> {
    let schedule = Schedule { events: 3, every: Duration::from_secs(3600) };
    Notary::open(log.clone(), files(dir), key(), ORIGIN.to_owned(), schedule)
}

#[test]
fn a_checkpoint_is_due_after_so_many_events() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = log(2);
    let notary = open(&log, dir.path()).expect("opens");
    notary.round().expect("a round");
    assert_eq!(files(dir.path()).sizes().expect("sizes"), [] as [u64; 0]);
    log.append(&[wish("b", 2)]).expect("appended");
    notary.round().expect("a round");
    assert_eq!(files(dir.path()).sizes().expect("sizes"), [4]);
    let (checkpoint, note) = notary.newest().expect("there is one");
    let opened = Checkpoint::open(&note, &[notary.verifier().expect("a key")]);
    assert_eq!(opened.expect("signed"), checkpoint);
}

#[test]
fn every_record_and_every_earlier_size_is_proved() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = log(700);
    let notary = open(&log, dir.path()).expect("opens");
    let keys = [notary.verifier().expect("a key")];
    for position in [0, 1, 255, 256, 511, 699] {
        let proof = notary.inclusion(Position(position)).expect("a proof").expect("a record");
        let record = &log.read(Position(position), 1).expect("reads")[0];
        let leaf = record_leaf(record).expect("a leaf");
        assert_eq!(proof.verify(&leaf, &keys).expect("holds").size, 700);
    }
    assert!(notary.inclusion(Position(700)).expect("no error").is_none());
    log.append(&[wish("b", 5)]).expect("appended");
    let late = notary.inclusion(Position(702)).expect("a proof").expect("a record");
    assert_eq!(late.index, 702, "a newer checkpoint is made for it");
    let mut old = Tree::default();
    merkle::catch_up(&mut old, &*log, Position(300)).expect("reads");
    let grown = notary.consistency(300).expect("a proof").expect("so many records");
    assert_eq!(grown.verify(&old.root(), &keys).expect("holds").size, 705);
    assert!(notary.consistency(706).expect("no error").is_none());
}

#[test]
fn a_log_that_is_not_what_was_signed_does_not_open() {
    let dir = tempfile::tempdir().expect("a directory");
    open(&log(5), dir.path()).expect("opens").sign().expect("signs");
    let other = Arc::new(MemoryLog::new());
    other.append(&[wish("b", 5)]).expect("memory never fails");
    assert!(matches!(open(&other, dir.path()), Err(NotaryError::Altered { size: 5, .. })));
    assert!(matches!(open(&log(4), dir.path()), Err(NotaryError::Shortened { size: 5, found: 4 })));
    let other = SigningKey::from_bytes(&[8; 32]);
    let schedule = Schedule { events: 3, every: Duration::from_secs(3600) };
    let foreign = Notary::open(log(5), files(dir.path()), other, ORIGIN.to_owned(), schedule);
    assert!(matches!(foreign, Err(NotaryError::Foreign { size: 5, .. })));
}

#[test]
fn a_restored_log_signs_under_its_new_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = log(3);
    open(&log, dir.path()).expect("opens").sign().expect("signs");
    let restored = LogRestored {
        size: 3,
        root: String::new(),
        old_origin: ORIGIN.to_owned(),
        origin: "example.org/log/2".to_owned(),
        resurrection_accepted: false,
    };
    let event = EngineEvent::from(restored);
    let new = NewEvent {
        name: event.schema().name.into(),
        payload: event.encode().expect("plain"),
        ..wish("a", 1).events.remove(0)
    };
    let append = Append {
        stream: engine::stream(),
        expected: ExpectedVersion::Any,
        events: vec![new],
        now: 0,
    };
    log.append(&[append]).expect("appended");
    let notary = open(&log, dir.path()).expect("opens");
    assert_eq!(notary.sign().expect("signs").0.origin, "example.org/log/2");
    assert!(open(&log, dir.path()).is_ok(), "both names are one key's");
}
