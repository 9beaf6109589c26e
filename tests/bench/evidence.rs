//! What it costs to open, audit and rebuild a log, beside a bare read of the same files with
//! SHA-256.
//!
//! ```sh
//! KYCD_REQUIRE_EVENTS=1000000 KYCD_REQUIRE_ROUNDS=3 cargo bench --bench evidence
//! ```
//!
//! The log holds what `traffic` makes, with a checkpoint every 1,000 events. Each phase is a
//! process of its own, so that its peak in memory is its own; of several rounds the fastest
//! counts, and every ratio is to the fastest bare read. Prints a table as BENCHMARKS.md has it.

mod phase;
mod process;
mod traffic;

use std::path::Path;
use std::process::Command;

use phase::PHASES;

/// What one phase took.
#[derive(Clone, Copy)]
struct Took {
    seconds: f64,
    cpu_seconds: f64,
    peak_mib: u64,
}

fn main() {
    let mut args = std::env::args().skip(1);
    if let (Some(name), Some(dir)) = (args.next(), args.next())
        && let Some((_, run)) = PHASES.iter().find(|(known, _)| *known == name)
    {
        return report(|| run(Path::new(&dir)));
    }
    let events = asked("KYCD_REQUIRE_EVENTS", 100_000);
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let written = phase::write(dir.path(), events);
    println!("{} events, {} MiB in segments", written.events, written.bytes / (1024 * 1024));
    let rounds: Vec<Vec<Took>> = (0..asked("KYCD_REQUIRE_ROUNDS", 1))
        .map(|_| PHASES.iter().map(|(name, _)| child(name, dir.path())).collect())
        .collect();
    table(written.events, &rounds);
}

fn asked(key: &str, otherwise: u64) -> u64 {
    std::env::var(key).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// Runs a phase in this process. It answers how long it took without what it needs beforehand.
fn report(run: impl FnOnce() -> (f64, f64)) {
    let (seconds, cpu_seconds) = run();
    println!("{seconds} {cpu_seconds} {}", process::memory_mib("self").1);
}

/// Runs a phase in a process of its own.
fn child(name: &str, dir: &Path) -> Took {
    let program = std::env::current_exe().expect("a program");
    let out = Command::new(program).arg(name).arg(dir).output().expect("it starts");
    let said = String::from_utf8_lossy(&out.stdout);
    let whole = || format!("{name}: {said}{}", String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{}", whole());
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [seconds, cpu_seconds, peak] = numbers[..] else { panic!("{}", whole()) };
    eprintln!("{name}: {seconds:.2} s, CPU {cpu_seconds:.2} s, {peak} MiB");
    Took { seconds, cpu_seconds, peak_mib: peak as u64 }
}

fn table(events: u64, rounds: &[Vec<Took>]) {
    let best = |phase: usize| {
        let of = rounds.iter().map(|round| round[phase]);
        of.reduce(|a, b| if b.seconds < a.seconds { b } else { a }).expect("a round")
    };
    let bare = best(0);
    println!("| | s | CPU, s | events/s | ratio to the bare read | peak memory |");
    println!("|---|---:|---:|---:|---:|---:|");
    for (number, (name, _)) in PHASES.iter().enumerate() {
        let Took { seconds, cpu_seconds, peak_mib } = best(number);
        let (rate, ratio) = (events as f64 / seconds, seconds / bare.seconds);
        println!(
            "| {name} | {seconds:.2} | {cpu_seconds:.2} | {rate:.0} | {ratio:.1} | {peak_mib} MiB |"
        );
    }
}
