//! The load: a fixed number of requests over a fixed number of connections, each in a thread that
//! sends the next request when it has the answer to the last.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::baseline::Baseline;
use crate::client::Connection;

/// How long each request took, shortest first, and all of them together.
pub struct Measured {
    each: Vec<Duration>,
    all: Duration,
}

impl Measured {
    /// Of figures that were taken one after the other.
    pub fn one_by_one(mut each: Vec<Duration>) -> Self {
        let all = each.iter().sum();
        each.sort_unstable();
        Self { each, all }
    }

    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.each.len() as f64 / self.all.as_secs_f64()
    }

    /// The time that a share of the requests did not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        let last = self.each.len().saturating_sub(1);
        self.each.get((last as f64 * share) as usize).copied().unwrap_or_default()
    }
}

/// Sends `count` of `requests`, in order and from the front again when they are used up. A
/// request that fails ends the run.
pub fn run(
    address: &str,
    connections: usize,
    count: usize,
    requests: &[Vec<u8>],
) -> anyhow::Result<Measured> {
    let (next, ready) = (AtomicUsize::new(0), Barrier::new(connections + 1));
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(address)?);
    }
    thread::scope(|scope| {
        let one = |mut connection: Connection| -> anyhow::Result<Vec<Duration>> {
            let mut each = Vec::with_capacity(count / connections * 2);
            ready.wait();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    return Ok(each);
                }
                let started = Instant::now();
                connection.call(&requests[at % requests.len()])?;
                each.push(started.elapsed());
            }
        };
        let threads: Vec<_> =
            opened.into_iter().map(|connection| scope.spawn(move || one(connection))).collect();
        ready.wait();
        let started = Instant::now();
        let mut each = Vec::with_capacity(count);
        for thread in threads {
            each.extend(thread.join().ok().context("a connection panicked")??);
        }
        let all = started.elapsed();
        each.sort_unstable();
        Ok(Measured { each, all })
    })
}

/// A sync of so many bytes of the bare file, a request, and so on: both meet the same disk.
pub fn in_turn(
    file: &mut Baseline,
    bytes: usize,
    address: &str,
    requests: &[Vec<u8>],
) -> anyhow::Result<(Measured, Measured)> {
    let mut connection = Connection::open(address)?;
    let (mut syncs, mut calls) = (Vec::new(), Vec::new());
    for request in requests {
        let started = Instant::now();
        file.write(&vec![7; bytes])?;
        syncs.push(started.elapsed());
        let started = Instant::now();
        connection.call(request)?;
        calls.push(started.elapsed());
    }
    Ok((Measured::one_by_one(syncs), Measured::one_by_one(calls)))
}

/// Prints a row.
pub fn show(name: &str, measured: &Measured, reference: Option<&Measured>) {
    let [p50, p99, p999] =
        [0.5, 0.99, 0.999].map(|share| measured.quantile(share).as_secs_f64() * 1e3);
    let rate = measured.rate();
    print!("{name:<24} {rate:>10.0}   {p50:>6.2} ms {p99:>6.2} ms {p999:>6.2} ms");
    match reference {
        Some(reference) => println!("   {:.2} of the empty handler", rate / reference.rate()),
        None => println!(),
    }
}
