//! What an aggregate was after one of its events: for whatever is told as of then.

use kyc_events::log::EventReader;
use kyc_events::schema::EventSet;
use kyc_events::{StreamId, Version};

use crate::aggregate::Aggregate;
use crate::config::limits;

/// The state after the event that gave the stream this version. The text of an error is for the log.
pub fn state_at<A: Aggregate>(
    log: &dyn EventReader,
    stream: &StreamId,
    version: Version,
) -> Result<A::State, String> {
    let (mut state, mut reached) = (A::State::default(), Version::NONE);
    while reached < version {
        let records = log
            .read_stream(stream, reached, limits::PROJECTOR_BATCH)
            .map_err(|error| error.to_string())?;
        if records.is_empty() {
            return Err(format!("{stream} ends at {reached}, before {version}"));
        }
        for record in records.into_iter().take_while(|record| record.version <= version) {
            let event = A::Event::decode(&record.name, record.schema_version, &record.payload)
                .map_err(|error| error.to_string())?;
            A::evolve(&mut state, &event, record.recorded_at).map_err(|error| error.to_string())?;
            reached = record.version;
        }
    }
    Ok(state)
}
