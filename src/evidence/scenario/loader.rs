//! Lines on their way into the log, in groups: keys first, then the events.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kyc_events::log::{Append, EventLog};
use kyc_events::sealed::KeyId;
use kyc_events::{EventId, ExpectedVersion, Millis, NewEvent, Position, StreamId, Version};
use sha2::{Digest, Sha256};

use super::{Line, Loaded, ScenarioError, Wrong};
use crate::config::limits;
use crate::evidence::kinds::{self, Fact, Kind, State};
use crate::vault::Vault;

pub struct Loader<'a> {
    log: &'a dyn EventLog,
    vault: &'a Vault,
    streams: HashMap<StreamId, Stream>,
    keys: HashSet<KeyId>,
    last: Millis,
    waiting: Vec<Waiting>,
    loaded: Loaded,
}

struct Stream {
    kind: &'static Kind,
    state: State,
    version: Version,
}

/// An event that is legal and was not appended yet.
struct Waiting {
    line: u64,
    stream: StreamId,
    before: Version,
    fact: Box<dyn Fact>,
    at: Millis,
    actor: Arc<str>,
}

impl<'a> Loader<'a> {
    pub fn new(log: &'a dyn EventLog, vault: &'a Vault) -> Result<Self, Wrong> {
        let last = match log.size().0.checked_sub(1) {
            Some(last) => log.read(Position(last), 1)?.first().map_or(0, |last| last.recorded_at),
            None => Millis::MIN,
        };
        Ok(Self {
            log,
            vault,
            streams: HashMap::new(),
            keys: HashSet::new(),
            last,
            waiting: Vec::new(),
            loaded: Loaded::default(),
        })
    }

    /// Judges a line and puts its event in the queue.
    pub fn take(&mut self, line: u64, parsed: Line) -> Result<(), Wrong> {
        let Line { stream: name, event, version, at, actor, payload } = parsed;
        if at < self.last {
            return Err(Wrong::Backward { at, last: self.last });
        }
        if !self.streams.contains_key(&name) {
            let stream = self.known(&name)?;
            self.streams.insert(name.clone(), stream);
        }
        let stream = self.streams.get_mut(&name).expect("invariant: it was put there");
        let schema = (event.as_str(), version);
        let fact = stream.kind.accept_json(&mut stream.state, schema, payload, at)?;
        let before = stream.version;
        stream.version = before.next();
        self.last = at;
        let actor = actor.into();
        self.waiting.push(Waiting { line, stream: name, before, fact, at, actor });
        Ok(())
    }

    /// A stream as the log has it.
    fn known(&self, name: &StreamId) -> Result<Stream, Wrong> {
        let kind = kinds::of(name).ok_or_else(|| Wrong::Kind(name.kind().to_owned()))?;
        let mut stream = Stream { kind, state: kind.start(), version: Version::NONE };
        if self.log.head(name).is_some() {
            for record in self.log.read_stream(name, Version::NONE, usize::MAX)? {
                kind.fold(&mut stream.state, &record)?;
                stream.version = record.version;
            }
        }
        Ok(stream)
    }

    pub fn flush_if_full(&mut self) -> Result<(), ScenarioError> {
        if self.waiting.len() < limits::SCENARIO_GROUP { Ok(()) } else { self.flush() }
    }

    pub fn finish(mut self) -> Result<Loaded, ScenarioError> {
        self.flush()?;
        Ok(Loaded { streams: self.streams.len(), ..self.loaded })
    }

    fn flush(&mut self) -> Result<(), ScenarioError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let Some(first) = waiting.first().map(|waiting| waiting.line) else { return Ok(()) };
        let at_first = |what| ScenarioError { line: first, what };
        let mut keys: Vec<KeyId> = waiting.iter().flat_map(|waiting| waiting.fact.keys()).collect();
        keys.retain(|key| self.keys.insert(*key));
        self.loaded.keys += self.vault.make_as(&keys).map_err(|e| at_first(e.into()))?;

        let appends = waiting
            .iter_mut()
            .map(|waiting| {
                let line = waiting.line;
                self.append(waiting).map_err(|what| ScenarioError { line, what })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let answers = self.log.append(&appends).map_err(|e| at_first(e.into()))?;
        for (answer, waiting) in answers.into_iter().zip(&waiting) {
            answer.map_err(|refusal| ScenarioError { line: waiting.line, what: refusal.into() })?;
            self.loaded.events += 1;
        }
        Ok(())
    }

    fn append(&self, waiting: &mut Waiting) -> Result<Append, Wrong> {
        let Waiting { stream, before, fact, at, actor, .. } = waiting;
        let schema = fact.schema();
        fact.seal(&self.vault.fields(stream, schema.name))?;
        let event = NewEvent {
            event_id: id(stream, before.next()),
            name: schema.name.into(),
            schema_version: schema.version,
            actor: Arc::clone(actor),
            causation: None,
            correlation: id(stream, Version::NONE),
            payload: fact.encode()?,
        };
        let expected = match *before {
            Version::NONE => ExpectedVersion::NoStream,
            before => ExpectedVersion::Exact(before),
        };
        Ok(Append { stream: stream.clone(), expected, events: vec![event], now: *at })
    }
}

/// Always the same for the same place.
fn id(stream: &StreamId, version: Version) -> EventId {
    let hash = Sha256::new()
        .chain_update("kycd scenario\0")
        .chain_update(stream.as_str())
        .chain_update(version.0.to_be_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
