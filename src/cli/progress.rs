//! A line that says how far long work is, on a terminal.

use std::cell::Cell;
use std::io::Write;
use std::time::{Duration, Instant};

/// See the module.
pub struct Progress {
    name: &'static str,
    shown: bool,
    last: Cell<Option<Instant>>,
}

/// How often the line changes.
const EVERY: Duration = Duration::from_millis(100);
/// Characters of the bar.
const WIDTH: u64 = 30;

impl Progress {
    /// Of work with this name; says nothing unless `shown`.
    pub fn new(name: &'static str, shown: bool) -> Self {
        Self { name, shown, last: Cell::new(None) }
    }

    /// So far of so much.
    pub fn show(&self, done: u64, total: u64) {
        let soon = self.last.get().is_some_and(|last| last.elapsed() < EVERY);
        if !self.shown || soon {
            return;
        }
        self.last.set(Some(Instant::now()));
        let filled = (done * WIDTH).checked_div(total).unwrap_or(WIDTH) as usize;
        let bar = format!("{}{}", "#".repeat(filled), ".".repeat(WIDTH as usize - filled));
        let _ = write!(std::io::stderr(), "\r{} [{bar}] {done} of {total}", self.name);
        let _ = std::io::stderr().flush();
    }

    /// Takes the line away.
    pub fn end(&self) {
        if self.last.get().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
