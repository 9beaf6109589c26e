//! How waiting readers learn that the log has grown, or will not grow any more.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::stream::Position;

#[derive(Debug)]
struct State {
    size: Position,
    closed: bool,
}

/// The size readers may rely on, and a bell.
#[derive(Debug)]
pub(super) struct Signal {
    state: Mutex<State>,
    bell: Condvar,
}

impl Signal {
    pub(super) fn new(size: Position) -> Self {
        Self { state: Mutex::new(State { size, closed: false }), bell: Condvar::new() }
    }

    /// Says that the log has this size now.
    pub(super) fn grown_to(&self, size: Position) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).size = size;
        self.bell.notify_all();
    }

    /// Says that the log will not grow any more.
    pub(super) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.bell.notify_all();
    }

    /// See [`EventReader::wait_past`](super::EventReader::wait_past).
    pub(super) fn wait_past(&self, position: Position, timeout: Duration) -> Position {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let still = |state: &mut State| state.size <= position && !state.closed;
        let waited = self.bell.wait_timeout_while(state, timeout, still);
        waited.unwrap_or_else(PoisonError::into_inner).0.size
    }
}
