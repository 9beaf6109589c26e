//! Folding a whole log into all read models, on disk, as `rebuild` and a first start do.
//!
//! ```sh
//! FOLD_EVENTS=1000000 cargo bench --bench fold
//! ```
//!
//! The log holds what `traffic` makes and is written before the clock runs. Prints events per
//! second and what the process takes in memory, the log's index included.

mod process;
mod traffic;

use std::time::Instant;

use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::log::{EventLog, EventReader};
use kyc_projections::Store;
use kyc_projections::catalog::ALL;
use kyc_projections::fold::{Fold, advance, fold};
use kycd::config::limits::PROJECTION_CACHE_BYTES;
use process::{cpu_seconds, memory_mib};
use traffic::Traffic;

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
    let (started, worked) = (Instant::now(), cpu_seconds("self"));
    let folds = folds();
    let (seconds, worked) = (started.elapsed().as_secs_f64(), cpu_seconds("self") - worked);
    let rate = log.size().0 as f64 / seconds;
    println!("{name:<16} {seconds:6.2} s {rate:9.0} events/s   CPU {worked:5.2} s   {}", memory());
    folds
}

fn memory() -> String {
    let (now, most) = memory_mib("self");
    format!("{now} MiB (at most {most})")
}

fn write(dir: &std::path::Path, events: u64) {
    let log = SegmentLog::open(dir, Options::default()).expect("a log");
    let mut traffic = Traffic::new();
    while log.size().0 < events {
        let answers = log.append(&traffic.wave()).expect("appended");
        assert!(answers.iter().all(Result::is_ok));
    }
    log.close().expect("closed");
}
