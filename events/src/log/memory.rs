//! A log in memory: gone with the process. For tests, and as the simplest thing that keeps the
//! contract.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use crate::record::{Millis, Record};
use crate::stream::{Position, StreamId, Version};

use super::admission::Admission;
use super::signal::Signal;
use super::{Append, Appended, EventLog, EventReader, ReadError, Refusal, StreamHead, WriteError};

/// See the module.
#[derive(Debug)]
pub struct MemoryLog {
    state: RwLock<State>,
    signal: Signal,
}

#[derive(Debug, Default)]
struct State {
    records: Vec<Record>,
    /// Positions of a stream's records: version n is at n - 1.
    streams: HashMap<StreamId, Vec<Position>>,
    closed: bool,
}

impl State {
    fn size(&self) -> Position {
        Position(self.records.len() as u64)
    }

    fn head(&self, stream: &StreamId) -> Option<StreamHead> {
        let positions = self.streams.get(stream)?;
        let position = *positions.last()?;
        Some(StreamHead { version: Version(positions.len() as u64), position })
    }

    fn push(&mut self, record: Record) {
        self.streams.entry(record.stream.clone()).or_default().push(record.position);
        self.records.push(record);
    }
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self { state: RwLock::default(), signal: Signal::new(Position::START) }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl EventReader for MemoryLog {
    fn size(&self) -> Position {
        self.state().size()
    }

    fn read(&self, from: Position, limit: usize) -> Result<Vec<Record>, ReadError> {
        let from = usize::try_from(from.0).unwrap_or(usize::MAX);
        Ok(self.state().records.iter().skip(from).take(limit).cloned().collect())
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError> {
        let state = self.state();
        let positions = state.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let after = usize::try_from(after.0).unwrap_or(usize::MAX);
        let wanted = positions.iter().skip(after).take(limit);
        Ok(wanted.map(|position| state.records[position.0 as usize].clone()).collect())
    }

    fn head(&self, stream: &StreamId) -> Option<StreamHead> {
        self.state().head(stream)
    }

    fn wait_past(&self, position: Position, timeout: Duration) -> Position {
        self.signal.wait_past(position, timeout)
    }
}

impl EventLog for MemoryLog {
    fn append(&self, batch: &[Append]) -> Result<Vec<Result<Appended, Refusal>>, WriteError> {
        let mut state = self.state_mut();
        if state.closed {
            return Err(WriteError::Closed);
        }
        let recorded_at = state.records.last().map_or(Millis::MIN, |record| record.recorded_at);
        let mut admission = Admission::new(state.size(), recorded_at);
        let mut answers = Vec::with_capacity(batch.len());
        for wish in batch {
            let admitted = admission.admit(wish, |stream| state.head(stream));
            if let Ok(admitted) = &admitted {
                admitted.records(wish).for_each(|record| state.push(record.to_record()));
            }
            answers.push(admitted.map(|admitted| admitted.appended));
        }
        let size = state.size();
        drop(state);
        self.signal.grown_to(size);
        Ok(answers)
    }

    fn mark(&self) -> Result<(), WriteError> {
        if self.state().closed { Err(WriteError::Closed) } else { Ok(()) }
    }

    fn close(&self) -> Result<(), WriteError> {
        self.state_mut().closed = true;
        self.signal.close();
        Ok(())
    }
}
