//! Long polls and uploads of the GNU Taler exchange.
//!
//! ```sh
//! cargo bench --bench taler                  # all of it
//! cargo bench --bench taler -- waiters       # or: uploads
//! KYCD_REQUIRE_WAITERS=15000 KYCD_REQUIRE_ROUNDS=10 cargo bench --bench taler
//! ```
//!
//! The driver is this process; what it drives are its children, over loopback and on the same
//! cores. Every count is fixed, so the run ends; it does nothing unless `cargo bench` starts it.

mod process;
mod servers;
mod talk;
mod uploads;
mod waiters;

use std::path::Path;
use std::time::Duration;

use kycd::system::descriptors;
use uploads::{BYTES, Uploads};

/// Payment targets of the second run of waiters.
const TARGETS: usize = 1_000;
/// Uploads at a time.
const AT_ONCE: usize = 4;
/// The document so many times over is 1 GiB.
const LARGE_TIMES: usize = 16;
/// What the driver has open beside its waiters.
const FILES: u64 = 200;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == servers::EMPTY) {
        return servers::serve_empty();
    }
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    if !is_named("--bench") {
        println!("nothing is measured without --bench");
        return Ok(());
    }
    let all = !is_named("waiters") && !is_named("uploads");
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if all || is_named("waiters") {
        let waiters = asked("KYCD_REQUIRE_WAITERS", 10_000);
        let (wanted, allowed) = (waiters as u64 + FILES, descriptors::raise(u64::MAX - 1)?);
        anyhow::ensure!(
            allowed >= wanted,
            "{waiters} waiters need {wanted} open files in this process and {allowed} are \
             allowed: raise the hard limit (ulimit -Hn), or set KYCD_REQUIRE_WAITERS"
        );
        println!("{:<30} {:>9} {:>9} {:>9} {:>9}", "", "KiB each", "p50", "p99", "max");
        let bare = runtime.block_on(waiters::bare(waiters))?;
        print!("{:<30} {:>9.1} ", "empty handler, asked at once", bare.kib_each);
        show(&bare.answered);
        for targets in [1, TARGETS] {
            runtime.block_on(waited(home.path(), waiters, targets))?;
        }
    }
    if all || is_named("uploads") {
        runtime.block_on(uploaded(home.path(), asked("KYCD_REQUIRE_ROUNDS", 5)))?;
    }
    Ok(())
}

fn asked(key: &str, otherwise: usize) -> usize {
    std::env::var(key).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

async fn waited(home: &Path, waiters: usize, targets: usize) -> anyhow::Result<()> {
    let waited = waiters::measure(home, waiters, targets).await?;
    let [server, driver] = waited.cpu;
    let name = format!("{waiters} waiters, {targets} targets");
    print!("{name:<30} {:>9.1} ", waited.kib_each);
    show(&waited.answered);
    print!("{:<30} {:>9} ", "  kyc-proof", "");
    show(&waited.proven);
    let all = waited.all.as_secs_f64();
    println!(
        "  all answered after {all:.2} s, in which the server worked {server:.2} s and the driver \
         {driver:.2} s; while nothing happens the server needs {:.3} cores",
        waited.idle_cores
    );
    Ok(())
}

fn show(sorted: &[Duration]) {
    let at = |share: f64| (sorted.len().saturating_sub(1) as f64 * share) as usize;
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| sorted[at(share)].as_secs_f64() * 1e3);
    println!("{p50:>6.0} ms {p99:>6.0} ms {max:>6.0} ms");
}

/// Reference, one, four at once, and so on: all meet the same machine.
async fn uploaded(home: &Path, rounds: usize) -> anyhow::Result<()> {
    let mut uploads = Uploads::start(home, "small").await?;
    uploads.upload(1, 1).await?;
    let mut took: [Vec<f64>; 4] = Default::default();
    for _ in 0..rounds {
        let [hashed, written] = uploads.reference()?;
        let (one, more) = (uploads.upload(1, 1).await?, uploads.upload(AT_ONCE, 1).await?);
        for (all, new) in took.iter_mut().zip([hashed, written, one, more]) {
            all.push(new.as_secs_f64());
        }
    }
    let mib = BYTES as f64 / f64::from(1 << 20);
    let [hashed, written, one, more] = took.each_ref().map(|all| median(all));
    let reference = mib / (hashed + written);
    println!("{:<30} {:>9} {:>9} {:>9}", "", "s", "MiB/s", "ratio");
    for (name, seconds, documents) in [
        ("sha512sum", hashed, 1),
        ("write and fsync", written, 1),
        ("both, one after the other", hashed + written, 1),
        ("kyc-bulk, 64 MiB", one, 1),
        ("kyc-bulk, 4 × 64 MiB at once", more, AT_ONCE),
    ] {
        let rate = mib * documents as f64 / seconds;
        println!("{name:<30} {seconds:>9.3} {rate:>9.0} {:>9.2}", rate / reference);
    }
    let [hashed, written, one, more] = took;
    println!("  the rounds: {hashed:.3?}, {written:.3?}; {one:.3?}; {more:.3?}");

    drop(uploads);
    let mut uploads = Uploads::start(home, "large").await?;
    let before = uploads.memory_mib().0;
    let seconds = uploads.upload(1, LARGE_TIMES).await?.as_secs_f64();
    let most = uploads.memory_mib().1;
    println!(
        "kyc-bulk, 1 GiB: {seconds:.2} s, {:.0} MiB/s; memory at most {most} MiB, {before} before",
        mib * LARGE_TIMES as f64 / seconds,
    );
    Ok(())
}

fn median(all: &[f64]) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
