//! A prefix and the rest are the whole.

use std::path::Path;

use kyc_events::Position;
use kyc_events::corepass::Stage;
use kyc_events::log::memory::MemoryLog;
use kyc_events::log::{EventLog, EventReader};
use kyc_projections::catalog::ALL;
use kyc_projections::fold::{Folded, advance, fold};
use kyc_projections::{Fold, Store};
use proptest::prelude::*;

use crate::orders::{ENDS, End, Life, batch, wish};

pub const CACHE_BYTES: u64 = 1024 * 1024;

/// Orders side by side; `picks` says whose turn it is.
pub fn log(ends: &[End], picks: &[usize]) -> MemoryLog {
    log_from(0, ends, picks)
}

/// The same with the orders numbered from `first` on: other streams, other event ids.
fn log_from(first: u64, ends: &[End], picks: &[usize]) -> MemoryLog {
    let mut lives: Vec<_> =
        (first..).zip(ends).map(|(number, end)| Life::of(number, *end).into_iter()).collect();
    lives.push(batch(first, Stage::Initiate, first..first + ends.len() as u64).into_iter());
    let log = MemoryLog::new();
    let mut picks = picks.iter().cycle();
    let mut now = 1_700_000_000_000;
    while !lives.is_empty() {
        let pick = picks.next().map_or(0, |pick| pick % lives.len());
        match lives[pick].next() {
            Some(step) => {
                now += 10;
                log.append(&[wish(step, now)]).expect("appended")[0].as_ref().expect("taken");
            }
            None => drop(lives.swap_remove(pick)),
        }
    }
    log
}

fn silent(_: u64, _: u64) {}

/// All read models in one go, in memory.
pub fn whole(log: &dyn EventReader, up_to: Position) -> Vec<Folded> {
    let folds = fold(log, None, up_to, &Store::memory(), &silent).expect("folds");
    folds.expect("all").iter().map(Fold::outcome).collect()
}

/// Goes on with what the store has, up to a position, and commits.
pub fn go_on(store: &Store, log: &dyn EventReader, up_to: Position) -> Vec<Fold> {
    let open = |entry| Fold::open(store, entry, log).expect("opens");
    let mut folds: Vec<Fold> = ALL.iter().map(open).collect();
    advance(&mut folds, log, up_to, &silent).expect("folds");
    for fold in &mut folds {
        fold.commit().expect("commits");
    }
    folds
}

pub fn open(dir: &Path) -> Store {
    Store::open(dir, CACHE_BYTES).expect("a store")
}

pub fn outcomes(folds: &[Fold]) -> Vec<Folded> {
    for fold in folds {
        assert_eq!(fold.rows().damage(), None);
        assert_eq!(fold.rows().recount().0, fold.rows().digest(), "{}", fold.entry().name);
    }
    folds.iter().map(Fold::outcome).collect()
}

fn ends() -> impl Strategy<Value = Vec<End>> {
    prop::collection::vec(prop::sample::select(&ENDS[..]), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn commits_in_memory_may_come_at_any_moment(
        ends in ends(),
        picks in prop::collection::vec(any::<usize>(), 1..20),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let log = log(&ends, &picks);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(log.size().0 as usize)).collect();
        cuts.sort_unstable();
        let store = Store::memory();
        let fresh = |entry| Fold::fresh(&store, entry).expect("opens");
        let mut folds: Vec<Fold> = ALL.iter().map(fresh).collect();
        for cut in cuts.into_iter().map(|cut| Position(cut as u64)).chain([log.size()]) {
            advance(&mut folds, &log, cut, &silent).expect("folds");
            for fold in &mut folds {
                fold.commit().expect("commits");
            }
            prop_assert_eq!(outcomes(&folds), whole(&log, cut));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_store_goes_on_where_it_was_closed(
        ends in ends(),
        picks in prop::collection::vec(any::<usize>(), 1..20),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let log = log(&ends, &picks);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(log.size().0 as usize)).collect();
        cuts.sort_unstable();
        let dir = tempfile::tempdir().expect("a directory");
        for cut in cuts.into_iter().map(|cut| Position(cut as u64)).chain([log.size()]) {
            let folds = go_on(&open(dir.path()), &log, cut);
            prop_assert_eq!(outcomes(&folds), whole(&log, cut));
        }
    }
}

#[test]
fn a_store_of_another_log_is_folded_anew() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = log(&[End::Success], &[0]);
    let other = log_from(100, &[End::Dead, End::Success], &[1]);
    assert!(one.size() < other.size());
    for log in [&one, &other, &one] {
        let folds = go_on(&open(dir.path()), log, log.size());
        assert_eq!(outcomes(&folds), whole(log, log.size()));
    }
}

#[test]
fn what_was_folded_before_is_not_folded_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = log(&[End::Success], &[0]);
    drop(go_on(&open(dir.path()), &log, log.size()));
    let store = open(dir.path());
    for entry in ALL {
        assert_eq!(Fold::open(&store, entry, &log).expect("opens").position(), log.size());
    }
}
