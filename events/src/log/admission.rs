//! Which wishes of a batch are admitted, and where their events go: the same for every engine
//! that decides conflicts in memory. Writes nothing.

use std::collections::HashMap;

use crate::codec::{RECORD_BYTES_MAX, RecordView, is_text};
use crate::record::{Millis, NewEvent};
use crate::stream::{Position, StreamId, Version};

use super::{Append, Appended, BATCH_BYTES_MAX, Refusal, StreamHead};

/// A batch under construction. Each wish sees the ones admitted before it.
#[derive(Debug)]
pub(super) struct Admission {
    next: Position,
    recorded_at: Millis,
    bytes: usize,
    heads: HashMap<StreamId, StreamHead>,
}

/// An admitted wish.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admitted {
    /// What its writer will be told.
    pub appended: Appended,
    /// Where its stream was before.
    before: Option<StreamHead>,
}

impl Admission {
    /// Starts a batch at position `next`, after a record of the instant `recorded_at`.
    pub(super) fn new(next: Position, recorded_at: Millis) -> Self {
        Self { next, recorded_at, bytes: 0, heads: HashMap::new() }
    }

    /// Decides on one wish; `head` answers where a stream was before the batch.
    pub(super) fn admit(
        &mut self,
        wish: &Append,
        head: impl Fn(&StreamId) -> Option<StreamHead>,
    ) -> Result<Admitted, Refusal> {
        let bytes = self.bytes + measure(wish)?;
        if bytes > BATCH_BYTES_MAX {
            return Err(Refusal::TooLarge { bytes, bytes_max: BATCH_BYTES_MAX });
        }
        let before = self.heads.get(&wish.stream).copied().or_else(|| head(&wish.stream));
        let actual = before.map_or(Version::NONE, |head| head.version);
        if !wish.expected.admits(actual) {
            return Err(Refusal::Conflict { expected: wish.expected, actual });
        }
        let count = wish.events.len() as u64;
        let appended = Appended {
            first: self.next,
            last: Position(self.next.0 + count - 1),
            version: Version(actual.0 + count),
            recorded_at: self.recorded_at.max(wish.now),
        };
        self.bytes = bytes;
        self.next = appended.last.next();
        self.recorded_at = appended.recorded_at;
        let head = StreamHead { version: appended.version, position: appended.last };
        self.heads.insert(wish.stream.clone(), head);
        Ok(Admitted { appended, before })
    }

    /// Position after the last admitted event.
    pub(super) fn next(&self) -> Position {
        self.next
    }

    /// Instant of the last admitted event.
    pub(super) fn recorded_at(&self) -> Millis {
        self.recorded_at
    }

    /// Bytes of the frames admitted so far.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where the streams of the batch end after it.
    pub(super) fn into_heads(self) -> HashMap<StreamId, StreamHead> {
        self.heads
    }
}

impl Admitted {
    /// The records this wish becomes.
    pub(super) fn records<'a>(&self, wish: &'a Append) -> impl Iterator<Item = RecordView<'a>> {
        let Self { appended, mut before } = *self;
        wish.events.iter().zip(appended.first.0..).map(move |(event, position)| {
            let position = Position(position);
            let version = before.map_or(Version::NONE, |head| head.version).next();
            let previous = before.map(|head| head.position);
            before = Some(StreamHead { version, position });
            view(event, &wish.stream, position, version, previous, appended.recorded_at)
        })
    }
}

fn view<'a>(
    event: &'a NewEvent,
    stream: &'a StreamId,
    position: Position,
    version: Version,
    previous: Option<Position>,
    recorded_at: Millis,
) -> RecordView<'a> {
    RecordView {
        position,
        stream: stream.as_str(),
        version,
        previous,
        recorded_at,
        event_id: event.event_id,
        name: &event.name,
        schema_version: event.schema_version,
        actor: &event.actor,
        causation: event.causation,
        correlation: event.correlation,
        payload: &event.payload,
    }
}

/// Bytes of the frames of a wish, if all of its events can be recorded.
fn measure(wish: &Append) -> Result<usize, Refusal> {
    if wish.events.is_empty() {
        return Err(Refusal::Malformed("no events"));
    }
    let mut total = 0;
    for event in &wish.events {
        if !is_text(&event.name, 1) {
            return Err(Refusal::Malformed("the name is not 1–255 bytes of ascii"));
        }
        if !is_text(&event.actor, 0) {
            return Err(Refusal::Malformed("the actor is not 0–255 bytes of ascii"));
        }
        if event.schema_version == 0 {
            return Err(Refusal::Malformed("the first schema version is 1"));
        }
        let bytes = RecordView::frame_bytes_of(&wish.stream, event);
        if bytes > RECORD_BYTES_MAX {
            return Err(Refusal::TooLarge { bytes, bytes_max: RECORD_BYTES_MAX });
        }
        total += bytes;
    }
    Ok(total)
}
