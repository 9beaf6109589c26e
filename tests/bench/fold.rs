//! Folding a whole log into all read models, on disk, as `rebuild` and a first start do.
//!
//! ```sh
//! FOLD_EVENTS=1000000 cargo bench --bench fold
//! ```
//!
//! The log holds orders of some 35 events, 120 of them side by side, in transactions of 60; one
//! in a hundred goes wrong in one of the ways that orders do. It is written before the clock
//! runs. Prints events per second and what the process takes in memory, the log's index
//! included.

#[path = "../../projections/tests/fold/orders.rs"]
mod orders;

use std::time::Instant;

use kyc_events::corepass::Stage;
use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::log::{EventLog, EventReader};
use kyc_projections::Store;
use kyc_projections::catalog::ALL;
use kyc_projections::fold::{Fold, advance, fold};
use kycd::config::limits::PROJECTION_CACHE_BYTES;
use orders::{ENDS, End, Life, batch, wish};

/// Orders that run at the same time: two transactions full.
const SIDE_BY_SIDE: u64 = 120;
const PER_BATCH: u64 = 60;

fn main() {
    let events = std::env::var("FOLD_EVENTS").ok().and_then(|number| number.parse().ok());
    let events: u64 = events.unwrap_or(100_000);
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    write(&dir.path().join("log"), events);
    let log = SegmentLog::open(&dir.path().join("log"), Options::default()).expect("a log");
    println!("{} events; the log alone takes {}", log.size(), memory());

    for entry in ALL {
        let store = Store::open(&dir.path().join(entry.name), PROJECTION_CACHE_BYTES);
        measure(entry.name, &log, || {
            fold(&log, Some(entry.name), log.size(), &store.expect("a store"), &|_, _| {})
                .expect("folds")
                .expect("one")
        });
    }
    let store = Store::open(&dir.path().join("all"), PROJECTION_CACHE_BYTES).expect("a store");
    let mut folds: Vec<Fold> =
        ALL.iter().map(|entry| Fold::open(&store, entry, &log).expect("opens")).collect();
    let folds = measure("all together", &log, || {
        advance(&mut folds, &log, log.size(), &|_, _| {}).expect("folds");
        for fold in &mut folds {
            fold.commit().expect("commits");
        }
        folds
    });
    drop((folds, store));
    let started = Instant::now();
    let store = Store::open(&dir.path().join("all"), PROJECTION_CACHE_BYTES).expect("a store");
    for entry in ALL {
        assert_eq!(Fold::open(&store, entry, &log).expect("opens").position(), log.size());
    }
    println!("opened again in {} ms", started.elapsed().as_millis());
}

fn measure(name: &str, log: &SegmentLog, folds: impl FnOnce() -> Vec<Fold>) -> Vec<Fold> {
    let (started, worked) = (Instant::now(), cpu_seconds());
    let folds = folds();
    let (seconds, worked) = (started.elapsed().as_secs_f64(), cpu_seconds() - worked);
    let rate = log.size().0 as f64 / seconds;
    println!("{name:<16} {seconds:6.2} s {rate:9.0} events/s   CPU {worked:5.2} s   {}", memory());
    folds
}

/// What all threads have worked, from the kernel: says more than the clock on a busy machine.
fn cpu_seconds() -> f64 {
    const TICKS_PER_S: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_S
}

/// Resident memory now and at most, from the kernel.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key));
        let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        number.unwrap_or(0) / 1024
    };
    format!("{} MiB (at most {})", of("VmRSS:"), of("VmHWM:"))
}

fn write(dir: &std::path::Path, events: u64) {
    let log = SegmentLog::open(dir, Options::default()).expect("a log");
    let (mut number, mut nonce, mut now) = (0, 0, 1_700_000_000_000);
    while log.size().0 < events {
        let mut wishes = Vec::new();
        let mut lives: Vec<_> = (number..number + SIDE_BY_SIDE)
            .map(|number| {
                let odd = number % 100 == 99;
                let end = if odd { ENDS[(number / 100) as usize % 6] } else { End::Success };
                Life::of(number, end).into_iter()
            })
            .collect();
        for first in (number..number + SIDE_BY_SIDE).step_by(PER_BATCH as usize) {
            for stage in [Stage::Initiate, Stage::Confirm] {
                lives.push(batch(nonce, stage, first..first + PER_BATCH).into_iter());
                nonce += 1;
            }
        }
        while !lives.is_empty() {
            lives.retain_mut(|life| {
                now += 1;
                life.next().map(|step| wishes.push(wish(step, now))).is_some()
            });
        }
        let answers = log.append(&wishes).expect("appended");
        assert!(answers.iter().all(Result::is_ok));
        number += SIDE_BY_SIDE;
    }
    log.close().expect("closed");
}
