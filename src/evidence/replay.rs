//! Time travel: what a stream, or everything of a person, amounted to after each event and at a
//! moment; what was in force then; what had been sent to whom.
//!
//! Personal data shows as `"sealed"` or `"erased"` unless the caller opens it, and to open it is
//! itself an event ([`subject`](crate::subject)).

mod opened;
mod sent;
mod streams;

pub use opened::Glass;
pub use streams::{Target, find_streams};

use std::collections::{BTreeMap, HashMap};

use kyc_events::engine::{ConfigurationInForce, EngineEvent};
use kyc_events::log::{EventReader, ReadError};
use kyc_events::schema::EventSet;
use kyc_events::{Millis, Position, Record, StreamId, Version, engine};
use serde::Serialize;
use serde_json::Value;

use super::kinds;
use super::row::instant;
use crate::config::limits;
use opened::Opened;
use sent::Callback;

/// How far to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// To the end of the log.
    #[default]
    End,
    /// To the last record at this instant or before.
    At(Millis),
    /// To this record, included.
    Position(Position),
}

impl Until {
    /// The same, for a log that goes on growing.
    #[must_use]
    pub fn fixed(self, size: Position) -> Self {
        match self {
            Self::End => Self::Position(Position(size.0.saturating_sub(1))),
            Self::At(_) | Self::Position(_) => self,
        }
    }

    fn admits(self, record: &Record) -> bool {
        match self {
            Self::End => true,
            Self::At(at) => record.recorded_at <= at,
            Self::Position(position) => record.position <= position,
        }
    }
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no such stream, or nothing of this person.
    #[error("nothing is recorded of it")]
    Unknown,
    /// More than is shown at once.
    #[error(
        "more than {} events; ask for one stream, or an earlier moment",
        limits::TIMELINE_EVENTS_MAX
    )]
    TooLong,
    /// The history is not one.
    #[error("at position {position}: {what}")]
    Illegal {
        /// Where.
        position: Position,
        /// Why.
        what: String,
    },
}

/// One event, and what its stream amounted to after it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its place in the log.
    pub position: u64,
    /// RFC 3339.
    pub recorded_at: String,
    /// Whose.
    pub stream: String,
    /// Its place there.
    pub version: u64,
    /// Schema name.
    pub event: String,
    /// Who or what caused it.
    pub actor: String,
    /// The policy in force when it was recorded.
    pub policy: Option<String>,
    /// What it says.
    pub payload: Value,
    /// What its stream amounts to after it.
    pub state: Value,
}

/// The policy in force.
#[derive(Clone, Debug, Serialize)]
pub struct InForce {
    /// Its name.
    pub policy: String,
    /// Version of the software.
    pub software: String,
    /// The event that says so.
    pub position: u64,
    /// Since when.
    pub since: String,
    /// The settings, without secrets.
    pub settings: BTreeMap<String, String>,
}

/// What was known at a moment, and how it came to be.
#[derive(Clone, Debug, Serialize)]
pub struct Timeline {
    /// The last record looked at; none if nothing had happened.
    pub position: Option<u64>,
    /// Its instant.
    pub at: Option<String>,
    /// What was in force then.
    pub in_force: Option<InForce>,
    /// Every event until then.
    pub entries: Vec<Entry>,
    /// What every stream amounted to then.
    pub states: BTreeMap<String, Value>,
    /// What had been sent, or was still to be sent.
    pub callbacks: Vec<Callback>,
}

/// Goes through these streams, and the deliveries they asked for, in the order of the log.
pub fn replay(
    log: &dyn EventReader,
    streams: &[StreamId],
    until: Until,
    glass: &Glass<'_>,
) -> Result<Timeline, ReplayError> {
    let records = streams::gather(log, streams, until)?;
    let policies = policies(log, until)?;
    let mut opened = Opened::through(glass);
    let mut states: HashMap<StreamId, kinds::State> = HashMap::new();
    let mut shown = BTreeMap::new();
    let mut entries = Vec::with_capacity(records.len());
    for record in &records {
        let illegal = |what: String| ReplayError::Illegal { position: record.position, what };
        let kind = kinds::of(&record.stream)
            .ok_or_else(|| illegal(format!("no kind of stream is {}", record.stream.kind())))?;
        let fields = kind.sealed_fields(record).map_err(|error| illegal(error.to_string()))?;
        opened.look_at(record, fields);
        let state = states.entry(record.stream.clone()).or_insert_with(|| kind.start());
        kind.fold(state, record).map_err(|error| illegal(error.to_string()))?;
        let resolve = &mut |shut: &_| opened.shown(shut);
        let state = kind.state_json(state, resolve).map_err(|error| illegal(error.to_string()))?;
        shown.insert(record.stream.to_string(), state.clone());
        entries.push(Entry {
            position: record.position.0,
            recorded_at: instant(record.recorded_at),
            stream: record.stream.to_string(),
            version: record.version.0,
            event: record.name.to_string(),
            actor: record.actor.to_string(),
            policy: in_force_at(&policies, record.position).map(|(_, e)| e.digest.0.clone()),
            payload: super::json::render(&record.payload, resolve),
            state,
        });
    }
    let callbacks = sent::callbacks(&entries);
    let last = records.last();
    Ok(Timeline {
        position: last.map(|record| record.position.0),
        at: last.map(|record| instant(record.recorded_at)),
        in_force: policies.last().map(shown_policy),
        entries,
        states: shown,
        callbacks,
    })
}

type Policy = (Record, ConfigurationInForce);

fn policies(log: &dyn EventReader, until: Until) -> Result<Vec<Policy>, ReadError> {
    let (mut after, mut policies) = (Version::NONE, Vec::new());
    loop {
        let records = log.read_stream(&engine::stream(), after, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { return Ok(policies) };
        after = last.version;
        for record in records.into_iter().filter(|record| until.admits(record)) {
            let event = EngineEvent::decode(&record.name, record.schema_version, &record.payload);
            if let Ok(EngineEvent::ConfigurationInForce(event)) = event {
                policies.push((record, event));
            }
        }
    }
}

fn in_force_at(policies: &[Policy], position: Position) -> Option<&Policy> {
    policies.iter().take_while(|(record, _)| record.position <= position).last()
}

fn shown_policy((record, event): &Policy) -> InForce {
    let settings = event.redacted.iter().map(|one| (one.key.clone(), one.value.clone()));
    InForce {
        policy: event.digest.0.clone(),
        software: event.software.clone(),
        position: record.position.0,
        since: instant(record.recorded_at),
        settings: settings.collect(),
    }
}
