//! Which streams to look at, and their records in the order of the log.

use std::collections::BTreeMap;

use kyc_events::callback::DELIVERY;
use kyc_events::log::{EventReader, ReadError};
use kyc_events::sealed::Tag;
use kyc_events::subject::SUBJECT;
use kyc_events::{Position, Record, StreamId, Version};
use serde::Deserialize;
use uuid::Uuid;

use super::{ReplayError, Until};
use crate::config::limits;
use crate::evidence::intents;
use crate::subject::name::stream_of;

/// What to look at.
#[derive(Clone, Debug)]
pub enum Target {
    /// One stream.
    Stream(StreamId),
    /// A person: everything that was ever theirs, in every generation.
    Subject(Tag),
}

/// The first event of a stream that belongs to a person says so.
#[derive(Deserialize)]
struct First {
    subject: Tag,
}

/// The streams of a target. A person's are found by going through the log once.
pub fn find_streams(
    log: &dyn EventReader,
    target: &Target,
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<StreamId>, ReplayError> {
    let subject = match target {
        Target::Stream(stream) if log.head(stream).is_none() => return Err(ReplayError::Unknown),
        Target::Stream(stream) => return Ok(vec![stream.clone()]),
        Target::Subject(subject) => *subject,
    };
    let mut found = Vec::new();
    let own = stream_of(subject);
    found.extend(log.head(&own).is_some().then_some(own));
    let (size, mut at) = (log.size(), Position::START);
    while at < size {
        let records = log.read(at, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { break };
        at = last.position.next();
        for record in records.iter().filter(|record| record.version == Version(1)) {
            let theirs = || {
                minicbor_serde::from_slice::<First>(&record.payload)
                    .is_ok_and(|first| first.subject == subject)
            };
            if !matches!(record.stream.kind(), SUBJECT | DELIVERY) && theirs() {
                found.push(record.stream.clone());
            }
        }
        progress(at.0, size.0);
    }
    if found.is_empty() { Err(ReplayError::Unknown) } else { Ok(found) }
}

/// The records of these streams, and of the deliveries they asked for.
pub fn gather(
    log: &dyn EventReader,
    streams: &[StreamId],
    until: Until,
) -> Result<Vec<Record>, ReplayError> {
    let mut records = BTreeMap::new();
    for stream in streams {
        read(log, stream, until, &mut records)?;
    }
    let intents: Vec<Uuid> =
        records.values().filter_map(|record| intents::of(record)?.ok()).collect();
    for delivery in intents {
        if let Ok(stream) = StreamId::new(DELIVERY, &delivery.simple().to_string()) {
            read(log, &stream, until, &mut records)?;
        }
    }
    Ok(records.into_values().collect())
}

fn read(
    log: &dyn EventReader,
    stream: &StreamId,
    until: Until,
    into: &mut BTreeMap<Position, Record>,
) -> Result<(), ReplayError> {
    let mut after = Version::NONE;
    loop {
        let records: Result<_, ReadError> = log.read_stream(stream, after, limits::PROJECTOR_BATCH);
        let records = records?;
        let Some(last) = records.last() else { return Ok(()) };
        after = last.version;
        let admitted = records.into_iter().filter(|record| until.admits(record));
        into.extend(admitted.map(|record| (record.position, record)));
        if into.len() > limits::TIMELINE_EVENTS_MAX {
            return Err(ReplayError::TooLong);
        }
    }
}
