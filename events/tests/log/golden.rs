//! A small log, byte by byte: what was written once is read for ever, and still written so.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use kyc_events::checkpoint::Checkpoint;
use kyc_events::codec::{self, Frame};
use kyc_events::log::checkpoints::Checkpoints;
use kyc_events::log::segment::disk::RealDisk;
use kyc_events::log::segment::{Options, SegmentLog, SegmentReader};
use kyc_events::log::{Append, EventLog, EventReader};
use kyc_events::merkle::{self, Tree};
use kyc_events::proof::Inclusion;
use kyc_events::{ExpectedVersion, NewEvent, Position, Record, StreamId};
use uuid::Uuid;

const SEGMENT: &str = "00000000000000000000.seg";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/log").join(name)
}

fn golden_segment() -> Vec<u8> {
    let text = fs::read_to_string(fixture("golden.seg.hex")).expect("the golden segment");
    let digits: Vec<u8> = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(str::chars)
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| digit.to_digit(16).expect("a hexadecimal digit") as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn golden_mark() -> Vec<u8> {
    fs::read(fixture("golden.mark")).expect("the golden mark")
}

fn uuid(last: u8) -> Uuid {
    let mut bytes = *b"\x01\x93\x5c\x00\x11\x22\x73\x44\x95\x66\x77\x88\x99\xaa\xbb\x00";
    bytes[15] = last;
    Uuid::from_bytes(bytes)
}

/// The records of the golden log, said in Rust.
fn records() -> Vec<Record> {
    let transfer = StreamId::new("corepass.transfer", "5f0c").expect("a stream name");
    let delivery = StreamId::new("callback.delivery", "9-status").expect("a stream name");
    let first = Record {
        position: Position(0),
        stream: transfer.clone(),
        version: kyc_events::Version(1),
        previous: None,
        recorded_at: 1_767_323_045_678,
        event_id: uuid(1),
        name: "corepass.TransferRequested".into(),
        schema_version: 1,
        actor: "public".into(),
        causation: None,
        correlation: uuid(0xf0),
        // {"order": 1}
        payload: b"\xa1\x65order\x01".to_vec(),
    };
    let second = Record {
        position: Position(1),
        version: kyc_events::Version(2),
        previous: Some(Position(0)),
        event_id: uuid(2),
        name: "corepass.DataReceived".into(),
        schema_version: 3,
        causation: Some(uuid(1)),
        // {"sealed": h'00ff'}
        payload: b"\xa1\x66sealed\x42\x00\xff".to_vec(),
        ..first.clone()
    };
    let third = Record {
        position: Position(2),
        stream: delivery,
        recorded_at: 1_767_323_046_000,
        event_id: uuid(3),
        name: "callback.Delivered".into(),
        actor: "".into(),
        causation: Some(uuid(2)),
        payload: Vec::new(),
        ..first.clone()
    };
    vec![first, second, third]
}

fn wish(expected: ExpectedVersion, records: &[Record]) -> Append {
    let event = |record: &Record| NewEvent {
        event_id: record.event_id,
        name: record.name.clone(),
        schema_version: record.schema_version,
        actor: record.actor.clone(),
        causation: record.causation,
        correlation: record.correlation,
        payload: record.payload.clone(),
    };
    let (stream, now) = (records[0].stream.clone(), records[0].recorded_at);
    Append { stream, expected, events: records.iter().map(event).collect(), now }
}

#[test]
fn the_golden_log_is_read() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join(SEGMENT), golden_segment()).expect("the segment is written");
    fs::write(dir.path().join("mark"), golden_mark()).expect("the mark is written");
    let reader = SegmentReader::open(dir.path()).expect("a tool reads it");
    assert_eq!(reader.read(Position::START, 10).expect("it reads"), records());
    let log = SegmentLog::open(dir.path(), Options::default()).expect("the log opens");
    assert_eq!(log.read(Position::START, 10).expect("it reads"), records());
}

#[test]
fn every_frame_of_the_golden_log_is_encoded_as_it_was() {
    let golden = golden_segment();
    let mut at = 64;
    let mut frames = 0;
    while at < golden.len() {
        let decoded = codec::decode(&golden[at..]).expect("a frame");
        let mut again = Vec::new();
        let crc = match decoded.frame {
            Frame::Record(record) => record.encode(&mut again).expect("it was decoded"),
            Frame::Commit(commit) => commit.encode(&mut again),
        };
        assert_eq!((&again[..], crc), (&golden[at..at + decoded.bytes], decoded.crc));
        at += decoded.bytes;
        frames += 1;
    }
    assert_eq!(frames, 5, "three records, two commit markers");
}

#[test]
fn the_golden_log_is_written_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    let records = records();
    let log = SegmentLog::open(dir.path(), Options::default()).expect("the log opens");
    let first = wish(ExpectedVersion::NoStream, &records[..2]);
    log.append(&[first]).expect("the log writes");
    log.mark().expect("the log is marked");
    log.append(&[wish(ExpectedVersion::Any, &records[2..])]).expect("the log writes");
    log.close().expect("the log closes");
    let written = |name: &str| fs::read(dir.path().join(name)).expect("the file");
    assert_eq!(written(SEGMENT), golden_segment());
    assert_eq!(written("mark"), golden_mark());
}

fn golden_note() -> String {
    fs::read_to_string(fixture("golden.note")).expect("the golden checkpoint")
}

#[test]
fn the_golden_log_has_the_root_that_was_signed_and_is_signed_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join(SEGMENT), golden_segment()).expect("the segment is written");
    fs::write(dir.path().join("mark"), golden_mark()).expect("the mark is written");
    let disk = Arc::new(RealDisk::lock(dir.path()).expect("a directory of ours"));
    let log = SegmentLog::open_on(disk.clone(), Options::default()).expect("the log opens");
    let mut tree = Tree::default();
    merkle::catch_up(&mut tree, &log, Position(2)).expect("it reads");
    merkle::catch_up(&mut tree, &log, Position(u64::MAX)).expect("it reads");
    let origin = "example.org/golden".to_owned();
    let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root() };
    let key = SigningKey::from_bytes(&[7; 32]);
    let note = checkpoint.sign(&key).expect("it can be signed");
    assert_eq!(note, golden_note());
    let opened = Checkpoint::open_with_key(&golden_note(), &key.verifying_key());
    assert_eq!(opened, Ok(checkpoint));

    let checkpoints = Checkpoints::on(disk);
    checkpoints.write(3, &note).expect("it writes");
    drop((log, checkpoints));
    let log = SegmentLog::open(dir.path(), Options::default());
    let log = log.expect("a log with checkpoints opens");
    for record in records() {
        let index = record.position.0;
        let read = |first, count| merkle::log_leaves(&log, first, count);
        let hashes = tree.inclusion(index, 3, read).expect("it is in the tree");
        let proof = Inclusion { extra: None, index, hashes, checkpoint: note.clone() };
        let leaf = merkle::record_leaf(&record).expect("a record");
        proof.verify_with_key(&leaf, &key.verifying_key()).expect("it holds");
    }
}

#[test]
fn the_leaf_of_a_record_is_that_of_the_bytes_in_the_log() {
    let golden = golden_segment();
    let decoded = codec::decode(&golden[64..]).expect("a frame");
    let leaf = merkle::leaf_hash(&golden[64 + codec::PREFIX_BYTES..64 + decoded.bytes]);
    let Frame::Record(view) = decoded.frame else { panic!("a record") };
    assert_eq!(merkle::record_leaf(view), Ok(leaf));
    assert_eq!(merkle::record_leaf(&records()[0]), Ok(leaf));
}
