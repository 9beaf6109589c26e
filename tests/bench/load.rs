//! The load: a fixed number of requests over a fixed number of connections, each in a thread that
//! sends the next request when it has the answer to the last.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

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
