//! Whatever a crash or a bad disk leaves of a store: it catches up or is folded anew.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kyc_events::Position;
use kyc_events::log::EventReader;
use kyc_projections::catalog::ALL;
use kyc_projections::fold::advance;
use kyc_projections::{Fold, Store};
use proptest::prelude::*;

use crate::cut::{go_on, log, open, outcomes, whole};
use crate::orders::End;

/// All files below a directory, largest first.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// A copy without the zeros that a journal ends with.
fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("below"));
        fs::create_dir_all(target.parent().expect("a parent")).expect("made");
        let mut bytes = fs::read(&file).expect("reads");
        if file.extension().is_some_and(|extension| extension == "jnl") {
            let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            bytes.truncate(used);
        }
        fs::write(target, bytes).expect("written");
    }
}

/// A server that dies: what its directory looks like at each of these moments.
fn snapshots(log: &dyn EventReader, moments: &[Position]) -> Vec<tempfile::TempDir> {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    let mut folds: Vec<Fold> =
        ALL.iter().map(|entry| Fold::open(&store, entry, log).expect("opens")).collect();
    let mut found = Vec::new();
    for moment in moments {
        advance(&mut folds, log, *moment, &|_, _| {}).expect("folds");
        // Some have committed, some have not.
        for fold in folds.iter_mut().skip(found.len() % 3) {
            fold.commit().expect("commits");
        }
        let copied = tempfile::tempdir().expect("a directory");
        copy(dir.path(), copied.path());
        found.push(copied);
    }
    found
}

fn history() -> (impl EventReader, Vec<Position>) {
    let log = log(&[End::Success, End::Dead, End::Retried, End::Open], &[3, 1, 0, 2, 5]);
    let size = log.size().0;
    (log, [1, 7, size / 2, size - 1, size].map(Position).to_vec())
}

fn is_right(dir: &Path, log: &dyn EventReader) {
    let folds = go_on(&open(dir), log, log.size());
    assert_eq!(outcomes(&folds), whole(log, log.size()));
}

#[test]
fn a_store_copied_at_any_moment_opens_and_catches_up() {
    let (log, moments) = history();
    for dir in snapshots(&log, &moments) {
        is_right(dir.path(), &log);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_journal_cut_anywhere_opens_and_catches_up(cut in any::<prop::sample::Index>()) {
        let (log, moments) = history();
        let dir = snapshots(&log, &moments[3..4]).remove(0);
        let journal = files(dir.path())
            .into_iter()
            .find(|file| file.extension().is_some_and(|extension| extension == "jnl"))
            .expect("a journal");
        let bytes = fs::read(&journal).expect("reads");
        fs::write(&journal, &bytes[..cut.index(bytes.len())]).expect("written");
        is_right(dir.path(), &log);
    }

    #[test]
    fn a_file_with_a_flipped_bit_never_leads_to_wrong_rows(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bit in 0..8,
    ) {
        let (log, moments) = history();
        let dir = snapshots(&log, &moments[3..4]).remove(0);
        let mut files = files(dir.path());
        files.retain(|file| fs::metadata(file).is_ok_and(|meta| meta.len() > 0));
        files.sort();
        let file = file.get(&files);
        let mut bytes = fs::read(file).expect("reads");
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        fs::write(file, bytes).expect("written");
        is_right(dir.path(), &log);
    }
}

/// Each read model has the same files: two of each kind stand for all.
#[test]
fn a_store_that_lost_a_file_is_folded_anew() {
    let (log, moments) = history();
    let whole = snapshots(&log, &moments[3..4]).remove(0);
    let mut lost: HashMap<String, u32> = HashMap::new();
    let mut all = files(whole.path());
    all.sort();
    for file in all {
        let file = file.strip_prefix(whole.path()).expect("below");
        let kind = file.to_string_lossy().replace(|c: char| c.is_ascii_digit(), "#");
        let count = lost.entry(kind).or_default();
        *count += 1;
        if *count > 2 {
            continue;
        }
        let dir = tempfile::tempdir().expect("a directory");
        copy(whole.path(), dir.path());
        fs::remove_file(dir.path().join(file)).expect("removed");
        is_right(dir.path(), &log);
    }
    assert!(lost.len() > 2, "{lost:?}");
}

#[test]
fn the_store_may_be_deleted() {
    let (log, _) = history();
    let dir = tempfile::tempdir().expect("a directory");
    let inner = dir.path().join("projections");
    drop(go_on(&open(&inner), &log, log.size()));
    fs::remove_dir_all(&inner).expect("removed");
    is_right(&inner, &log);
    drop(Store::open(&inner, 1024 * 1024).expect("opens"));
}
