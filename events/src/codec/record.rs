//! The record frame: one event with its envelope.

use uuid::Uuid;

use super::{CodecError, PREFIX_BYTES, RECORD_BYTES_MAX, seal, take};
use crate::record::{EventId, Millis, NewEvent, Record};
use crate::stream::{Position, StreamId, Version};

/// A record whose texts and payload lie elsewhere: in the frame it was read from, or with the
/// writer that is about to encode it.
///
/// ```text
///   │ kind = 1 │ flags u8 │ position u64 │ version u64 │ previous u64 │ recorded_at i64 │
///   │ event_id 16 │ causation 16 │ correlation 16 │ schema_version u16 │
///   │ stream length u8 │ name length u8 │ actor length u8 │ payload length u32 │
///   │ stream │ name │ actor │ payload │
/// ```
///
/// Flags: bit 0 is set if there is a causation (sixteen zeros otherwise). Previous is all ones
/// for "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordView<'a> {
    /// See [`Record::position`].
    pub position: Position,
    /// See [`Record::stream`]; a valid stream name.
    pub stream: &'a str,
    /// See [`Record::version`].
    pub version: Version,
    /// See [`Record::previous`].
    pub previous: Option<Position>,
    /// See [`Record::recorded_at`].
    pub recorded_at: Millis,
    /// See [`Record::event_id`].
    pub event_id: EventId,
    /// See [`Record::name`].
    pub name: &'a str,
    /// See [`Record::schema_version`].
    pub schema_version: u16,
    /// See [`Record::actor`].
    pub actor: &'a str,
    /// See [`Record::causation`].
    pub causation: Option<EventId>,
    /// See [`Record::correlation`].
    pub correlation: Uuid,
    /// See [`Record::payload`].
    pub payload: &'a [u8],
}

const HAS_CAUSATION: u8 = 1;
const NO_PREVIOUS: u64 = u64::MAX;
const FIXED_BYTES: usize = 1 + 1 + 4 * 8 + 3 * 16 + 2 + 3 + 4;

impl<'a> RecordView<'a> {
    /// First byte of the body.
    pub const KIND: u8 = 1;

    /// Length of the frame this event would have in this stream.
    pub fn frame_bytes_of(stream: &StreamId, event: &NewEvent) -> usize {
        let texts = stream.as_str().len() + event.name.len() + event.actor.len();
        PREFIX_BYTES + FIXED_BYTES + texts + event.payload.len()
    }

    /// Length of the frame.
    pub fn frame_bytes(&self) -> usize {
        let texts = self.stream.len() + self.name.len() + self.actor.len();
        PREFIX_BYTES + FIXED_BYTES + texts + self.payload.len()
    }

    /// Appends the frame to `out`; answers its CRC. Fields that can't be read back are refused
    /// and nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<u32, CodecError> {
        let bytes = self.frame_bytes();
        if bytes > RECORD_BYTES_MAX {
            return Err(CodecError::Length(bytes - PREFIX_BYTES));
        }
        self.check()?;
        let start = out.len();
        out.reserve(bytes);
        out.extend_from_slice(&self.fixed());
        out.extend_from_slice(self.stream.as_bytes());
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(self.actor.as_bytes());
        out.extend_from_slice(self.payload);
        Ok(seal(out, start))
    }

    /// Prefix (still empty) and fixed part in one piece: one copy instead of sixteen, this runs
    /// once an event.
    fn fixed(&self) -> [u8; PREFIX_BYTES + FIXED_BYTES] {
        let mut fixed = [0; PREFIX_BYTES + FIXED_BYTES];
        let mut at = PREFIX_BYTES;
        let mut put = |bytes: &[u8]| {
            fixed[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&[Self::KIND, if self.causation.is_some() { HAS_CAUSATION } else { 0 }]);
        put(&self.position.0.to_le_bytes());
        put(&self.version.0.to_le_bytes());
        put(&self.previous.map_or(NO_PREVIOUS, |previous| previous.0).to_le_bytes());
        put(&self.recorded_at.to_le_bytes());
        put(self.event_id.as_bytes());
        put(self.causation.unwrap_or_default().as_bytes());
        put(self.correlation.as_bytes());
        put(&self.schema_version.to_le_bytes());
        put(&[self.stream.len() as u8, self.name.len() as u8, self.actor.len() as u8]);
        put(&(self.payload.len() as u32).to_le_bytes());
        fixed
    }

    pub(super) fn decode(mut fields: &'a [u8]) -> Result<Self, CodecError> {
        let rest = &mut fields;
        let [flags] = take(rest)?;
        if flags & !HAS_CAUSATION != 0 {
            return Err(CodecError::Field("flags"));
        }
        let position = Position(u64::from_le_bytes(take(rest)?));
        let version = Version(u64::from_le_bytes(take(rest)?));
        let previous = u64::from_le_bytes(take(rest)?);
        let recorded_at = Millis::from_le_bytes(take(rest)?);
        let event_id = Uuid::from_bytes(take(rest)?);
        let causation = Uuid::from_bytes(take(rest)?);
        if flags == 0 && !causation.is_nil() {
            return Err(CodecError::Field("causation"));
        }
        let correlation = Uuid::from_bytes(take(rest)?);
        let schema_version = u16::from_le_bytes(take(rest)?);
        let [stream, name, actor] = take(rest)?;
        let payload = u32::from_le_bytes(take(rest)?) as usize;
        let view = Self {
            position,
            version,
            previous: (previous != NO_PREVIOUS).then_some(Position(previous)),
            recorded_at,
            event_id,
            causation: (flags == HAS_CAUSATION).then_some(causation),
            correlation,
            schema_version,
            stream: text(rest, stream)?,
            name: text(rest, name)?,
            actor: text(rest, actor)?,
            payload: rest,
        };
        if view.payload.len() != payload {
            return Err(CodecError::Field("payload length"));
        }
        view.check()?;
        Ok(view)
    }

    /// What holds for every record, whoever wrote it.
    fn check(&self) -> Result<(), CodecError> {
        let previous_ok = match self.previous {
            Some(previous) => self.version.0 > 1 && previous < self.position,
            None => self.version.0 == 1,
        };
        let checks = [
            (previous_ok, "previous"),
            (self.schema_version > 0, "schema version"),
            (StreamId::is_valid(self.stream), "stream"),
            (is_text(self.name, 1), "name"),
            (is_text(self.actor, 0), "actor"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, field)) => Err(CodecError::Field(field)),
            None => Ok(()),
        }
    }

    /// The record with texts and payload of its own.
    ///
    /// # Panics
    /// If the stream is not a valid name; decoding has checked that it is.
    pub fn to_record(&self) -> Record {
        Record {
            position: self.position,
            stream: StreamId::parse(self.stream).expect("invariant: a view has a valid name"),
            version: self.version,
            previous: self.previous,
            recorded_at: self.recorded_at,
            event_id: self.event_id,
            name: self.name.into(),
            schema_version: self.schema_version,
            actor: self.actor.into(),
            causation: self.causation,
            correlation: self.correlation,
            payload: self.payload.to_vec(),
        }
    }
}

impl<'a> From<&'a Record> for RecordView<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            position: record.position,
            stream: record.stream.as_str(),
            version: record.version,
            previous: record.previous,
            recorded_at: record.recorded_at,
            event_id: record.event_id,
            name: &record.name,
            schema_version: record.schema_version,
            actor: &record.actor,
            causation: record.causation,
            correlation: record.correlation,
            payload: &record.payload,
        }
    }
}

/// Whether a schema name or an actor can be recorded: ASCII, `bytes_min`–255 bytes.
pub(crate) fn is_text(text: &str, bytes_min: usize) -> bool {
    (bytes_min..=255).contains(&text.len()) && text.is_ascii()
}

fn text<'a>(bytes: &mut &'a [u8], length: u8) -> Result<&'a str, CodecError> {
    let (head, rest) =
        bytes.split_at_checked(usize::from(length)).ok_or(CodecError::Field("length"))?;
    *bytes = rest;
    std::str::from_utf8(head).map_err(|_| CodecError::Field("text"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::{Frame, decode};

    prop_compose! {
        fn records()(
            position in 1_u64.., version in prop_oneof![Just(1_u64), 2_u64..],
            before in any::<u64>(), recorded_at in any::<i64>(), ids in any::<[u128; 3]>(),
            caused in any::<bool>(), schema_version in 1_u16..,
            stream in "[a-z0-9._]{1,64}-[a-z0-9._-]{1,160}",
            name in "[ -~]{1,255}", actor in "[ -~]{0,255}",
            payload in prop::collection::vec(any::<u8>(), 0..600),
        ) -> Record {
            Record {
                position: Position(position),
                stream: StreamId::parse(&stream).expect("generated by the grammar"),
                version: Version(version),
                previous: (version > 1).then_some(Position(before % position)),
                recorded_at,
                event_id: Uuid::from_u128(ids[0]),
                name: name.into(),
                schema_version,
                actor: actor.into(),
                causation: caused.then_some(Uuid::from_u128(ids[1])),
                correlation: Uuid::from_u128(ids[2]),
                payload,
            }
        }
    }

    proptest! {
        #[test]
        fn every_record_comes_back(record in records(), rest in any::<[u8; 3]>()) {
            let mut bytes = Vec::new();
            let crc = RecordView::from(&record).encode(&mut bytes).expect("within the limits");
            let length = bytes.len();
            bytes.extend(rest);
            let decoded = decode(&bytes).expect("a whole frame");
            prop_assert_eq!((decoded.bytes, decoded.crc), (length, crc));
            let Frame::Record(view) = decoded.frame else { panic!("a record") };
            prop_assert_eq!(view.to_record(), record);
        }

        #[test]
        fn every_flipped_bit_and_every_cut_is_noticed(record in records(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut bytes = Vec::new();
            RecordView::from(&record).encode(&mut bytes).expect("within the limits");
            let at = at.index(bytes.len());
            prop_assert!(decode(&bytes[..at]).is_err());
            bytes[at] ^= 1_u8 << bit;
            prop_assert!(decode(&bytes).is_err());
        }
    }
}
