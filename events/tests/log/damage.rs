//! Flipped bits, cut files, missing files: noticed, named, and nothing is changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kyc_events::log::conformance::sample::wish;
use kyc_events::log::segment::{Options, SegmentLog, SegmentReader};
use kyc_events::log::{EventLog, EventReader, OpenError, ReadError};
use kyc_events::{Position, Record};
use tempfile::TempDir;

use crate::workload::{SMALL, check, expected, run};

const FIRST: &str = "00000000000000000000.seg";

/// The files of a log by name.
type Files = BTreeMap<String, Vec<u8>>;

fn files(dir: &Path) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(dir).expect("the directory") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.insert(name, fs::read(path).expect("the file"));
        }
    }
    files
}

fn put(files: &Files) -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).expect("the file is written");
    }
    dir
}

/// The files of a log that was closed.
fn closed(options: Options, fill: impl FnOnce(&SegmentLog)) -> Files {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), options).expect("the log opens");
    fill(&log);
    log.close().expect("the log closes");
    files(dir.path())
}

fn closed_workload() -> Files {
    closed(SMALL, |log| assert!(run(log).ended_by.is_none()))
}

/// A log killed after its mark: two batches marked, two more not. Answers also the ends of the
/// batches in the file.
fn killed() -> (Files, Vec<Record>, Vec<(usize, u64)>) {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options { segment_bytes: 100_000, preallocate_bytes: 2_500 };
    let log = SegmentLog::open(dir.path(), options).expect("the log opens");
    let mut ends = Vec::new();
    let end = || {
        let bytes = fs::read(dir.path().join(FIRST)).expect("the segment");
        bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
    };
    for count in 1..=4 {
        log.append(&[wish("a", count), wish("b", 1)]).expect("the log writes");
        ends.push((end(), log.size().0));
        if count == 2 {
            log.mark().expect("the log is marked");
        }
    }
    let records = log.read(Position::START, usize::MAX).expect("the log reads");
    drop(log);
    (files(dir.path()), records, ends)
}

/// Opening is refused and changes nothing.
fn refused(damaged: &Files, what: &str) -> OpenError {
    let dir = put(damaged);
    let Err(error) = SegmentLog::open(dir.path(), SMALL) else { panic!("{what}: it opens") };
    assert!(matches!(error, OpenError::Damaged { .. } | OpenError::Unknown { .. }), "{error}");
    assert!(files(dir.path()) == *damaged, "{what}: the files were changed");
    error
}

/// Opening is refused to tools as well.
fn refused_to_tools(damaged: &Files, what: &str) {
    assert!(SegmentReader::open(put(damaged).path()).is_err(), "{what}: a tool reads it");
}

#[test]
fn every_flipped_bit_of_a_closed_log_is_noticed() {
    let whole = closed_workload();
    assert!(whole.len() > 3, "several segments and a mark");
    for (name, bytes) in &whole {
        for at in 0..bytes.len() {
            for bit in [at % 8, (at + 3) % 8] {
                let mut damaged = whole.clone();
                damaged.get_mut(name).expect("the file")[at] ^= 1 << bit;
                refused(&damaged, &format!("{name}, byte {at}, bit {bit}"));
                // The same scan; it looks three times, so now and then is enough.
                if at % 16 == 0 {
                    refused_to_tools(&damaged, &format!("{name}, byte {at}, bit {bit}"));
                }
            }
        }
    }
}

#[test]
fn a_closed_log_cut_anywhere_is_refused() {
    let whole = closed_workload();
    for (name, bytes) in &whole {
        for length in 0..bytes.len() {
            let mut damaged = whole.clone();
            damaged.get_mut(name).expect("the file").truncate(length);
            refused(&damaged, &format!("{name} cut to {length}"));
        }
    }
}

#[test]
fn a_missing_file_is_noticed() {
    let whole = closed_workload();
    for name in whole.keys() {
        let mut damaged = whole.clone();
        damaged.remove(name);
        refused(&damaged, &format!("without {name}"));
        refused_to_tools(&damaged, &format!("without {name}"));
    }
}

#[test]
fn an_older_mark_is_noticed_by_the_commit_markers() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    let older = files(dir.path())["mark"].clone();
    log.append(&[wish("a", 1)]).expect("the log writes");
    log.mark().expect("the log is marked");
    log.append(&[wish("a", 1)]).expect("the log writes");
    log.close().expect("the log closes");
    let mut rolled_back = files(dir.path());
    rolled_back.insert("mark".to_owned(), older);
    let error = refused(&rolled_back, "the first mark").to_string();
    assert!(error.contains("know of a mark for 1"), "{error}");
}

#[test]
fn files_of_another_version_are_unknown_not_damaged() {
    let whole = closed_workload();
    let mut newer = whole.clone();
    newer.get_mut(FIRST).expect("the segment")[8] = 2;
    assert!(matches!(refused(&newer, "segment"), OpenError::Unknown { file, .. } if file == FIRST));
    let mut newer = whole;
    newer.insert("mark".to_owned(), b"kycd-mark 2\n".to_vec());
    assert!(matches!(refused(&newer, "mark"), OpenError::Unknown { file, .. } if file == "mark"));
}

#[test]
fn damage_names_position_file_and_offset() {
    let (mut damaged, _, ends) = killed();
    let (end, _) = ends[0];
    damaged.get_mut(FIRST).expect("the segment")[end + 20] ^= 1;
    let error = refused(&damaged, "second batch");
    let OpenError::Damaged { position, file, offset, .. } = error else { panic!("{error}") };
    assert_eq!((position, file.as_str(), offset), (Position(2), FIRST, end as u64));

    // Nothing whole follows, but the mark vouches for it: the second record is named.
    let mut damaged = closed(SMALL, |log| {
        log.append(&[wish("a", 3)]).expect("the log writes");
    });
    let segment = damaged.get_mut(FIRST).expect("the segment");
    let second = (segment.len() - 61 - 64) / 3 + 64;
    segment[second + 50] ^= 1;
    let error = refused(&damaged, "second record");
    let OpenError::Damaged { position, offset, .. } = error else { panic!("{error}") };
    assert_eq!((position, offset), (Position(1), second as u64));
}

#[test]
fn a_killed_log_cut_past_its_mark_opens_with_the_last_whole_batch() {
    let (whole, records, ends) = killed();
    let (marked, _) = ends[1];
    for length in marked..whole[FIRST].len() {
        let mut cut = whole.clone();
        cut.get_mut(FIRST).expect("the segment").truncate(length);
        let dir = put(&cut);
        let (end, size) = *ends.iter().rev().find(|(end, _)| *end <= length).expect("a batch");

        let reader = SegmentReader::open(dir.path()).expect("a tool reads it");
        let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
        assert_eq!(log.size().0, size, "cut to {length}");
        let read = log.read(Position::START, usize::MAX).expect("the log reads");
        assert_eq!(read, records[..size as usize]);

        let tail = &cut[FIRST][end..];
        let tail = &tail[..tail.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)];
        assert_eq!(reader.torn_tail().map_or(0, |torn| torn.bytes), tail.len() as u64);
        let saved = log.recovered().iter().map(|torn| torn.saved.clone().expect("a copy"));
        let saved: Vec<u8> =
            saved.flat_map(|name| fs::read(dir.path().join(name)).expect("the copy")).collect();
        assert_eq!(saved, tail, "cut to {length}");

        drop(log);
        let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
        assert_eq!(log.recovered(), [], "the tail was cut off");
    }
}

#[test]
fn a_flipped_bit_past_the_mark_never_changes_a_record() {
    let (whole, records, ends) = killed();
    for at in 0..whole[FIRST].len() {
        let mut damaged = whole.clone();
        damaged.get_mut(FIRST).expect("the segment")[at] ^= 1 << (at % 8);
        let (last_begin, _) = ends[2];
        if at < last_begin {
            // At or below the mark, or followed by a whole batch.
            refused(&damaged, &format!("byte {at}"));
            continue;
        }
        let dir = put(&damaged);
        let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
        let (_, size) = if at < ends[3].0 { ends[2] } else { ends[3] };
        let read = log.read(Position::START, usize::MAX).expect("the log reads");
        assert_eq!(read, records[..size as usize], "byte {at}");
        assert_eq!(log.recovered().len(), 1, "byte {at} was saved");
    }
}

#[test]
fn torn_tails_are_kept_side_by_side() {
    let (whole, ..) = killed();
    let dir = put(&whole);
    for round in 1..=3 {
        let mut bytes = whole[FIRST].clone();
        bytes.push(round);
        fs::write(dir.path().join(FIRST), bytes).expect("the file is written");
        fs::write(dir.path().join("mark"), &whole["mark"]).expect("the file is written");
        let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
        let name = format!("torn/{:020}-{round}.bin", log.size().0);
        assert_eq!(log.recovered()[0].saved.as_ref(), Some(&name));
        let copy = fs::read(dir.path().join(&name)).expect("the copy");
        assert_eq!(copy.last(), Some(&round));
    }
    assert!(dir.path().join("torn").read_dir().expect("the folder").count() == 3);
}

#[test]
fn damage_that_comes_while_the_log_is_open_is_noticed_by_every_reader() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    assert!(run(&log).ended_by.is_none());
    let segment = dir.path().join(FIRST);
    let whole = fs::read(&segment).expect("the segment");
    let stream = expected().records[0].stream.clone();
    for at in (64..264).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        fs::write(&segment, damaged).expect("the file is written");
        let all = log.read(Position::START, usize::MAX);
        assert!(matches!(all, Err(ReadError::Damaged { .. })), "byte {at}: {all:?}");
    }
    fs::write(&segment, &whole[..100]).expect("the file is written");
    let read = log.read_stream(&stream, kyc_events::Version::NONE, usize::MAX);
    let Err(ReadError::Damaged { position, .. }) = read else { panic!("{read:?}") };
    assert!(position.0 <= 2);
    fs::write(&segment, whole).expect("the file is written");
    check(&log, expected().sizes.len() - 1, &expected());
}

#[test]
fn a_second_writer_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = SegmentLog::open(dir.path(), SMALL).expect("the log opens");
    assert!(matches!(SegmentLog::open(dir.path(), SMALL), Err(OpenError::Locked)));
    drop(log);
    SegmentLog::open(dir.path(), SMALL).expect("the log opens");
}
