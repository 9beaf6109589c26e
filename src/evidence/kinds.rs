//! The one table of what kinds of streams there are, and how each is read and folded.
//!
//! A new aggregate gets a line in [`KINDS`]; facts without an aggregate get a `Fold` as well.

mod fact;
mod fold;

pub use fact::{Fact, Field};
pub use fold::{Illegal, State};

use kyc_events::schema::{DecodeError, EventSet, Schema};
use kyc_events::sealed::{Ciphertext, KeyId};
use kyc_events::{Millis, Record, StreamId};
use serde_json::Value;

use self::fold::{Challenge, Directory, Engine, Fold, Nonce, Quarantine, Token};
use super::json::{Shown, Unencodable};
use crate::callbacks::delivery::Delivery;
use crate::corepass::batch::Batch;
use crate::corepass::transfer::Transfer;
use crate::lockout::Lockout;
use crate::neuro::account::Account;
use crate::neuro::api_key::ApiKey;
use crate::neuro::identity::Identity;
use crate::stellar::customer::Customer;
use crate::subject::Subject;
use crate::taler::payment_target::PaymentTarget;
use crate::taler::third_party::ThirdParty;

/// All kinds.
pub static KINDS: &[Kind] = &[
    Kind::of_fold::<Transfer>(),
    Kind::of_fold::<Batch>(),
    Kind::of_fold::<Delivery>(),
    Kind::of_fold::<Customer>(),
    Kind::of_fold::<Challenge>(),
    Kind::of_fold::<PaymentTarget>(),
    Kind::of_fold::<Directory>(),
    Kind::of_fold::<ThirdParty>(),
    Kind::of_fold::<Account>(),
    Kind::of_fold::<Identity>(),
    Kind::of_fold::<ApiKey>(),
    Kind::of_fold::<Nonce>(),
    Kind::of_fold::<Token>(),
    Kind::of_fold::<Lockout>(),
    Kind::of_fold::<Subject>(),
    Kind::of_fold::<Engine>(),
    Kind::of_fold::<Quarantine>(),
];

/// The kind of this stream; `None` for one nobody here knows.
pub fn of(stream: &StreamId) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == stream.kind())
}

/// One kind of stream.
#[derive(Debug)]
pub struct Kind {
    /// What stands before the first `-` of the stream's name.
    pub name: &'static str,
    /// Its events, current versions.
    pub schemas: &'static [Schema],
    start: fn() -> State,
    sealed: fn(&Record) -> Result<Vec<Field>, DecodeError>,
}

impl Kind {
    const fn of_fold<F: Fold>() -> Self {
        let (start, sealed) = (State::start::<F>, fact::sealed_fields::<F::Event>);
        Self { name: F::KIND, schemas: F::Event::SCHEMAS, start, sealed }
    }

    /// The state of a stream without events.
    pub fn start(&self) -> State {
        (self.start)()
    }

    /// Folds the next record of a stream into its state.
    pub fn fold(&self, state: &mut State, record: &Record) -> Result<(), Illegal> {
        state.fold(record)
    }

    /// The same, and notes the keys that something in the record is sealed under: one decoding for
    /// both. After an error nothing is noted.
    pub fn fold_noting(
        &self,
        state: &mut State,
        record: &Record,
        keys: &mut Vec<KeyId>,
    ) -> Result<(), Illegal> {
        state.fold_noting(record, keys)
    }

    /// Folds in the next event as people write it; answers it, to be sealed and appended.
    /// The state then holds open values where the event did.
    pub fn accept_json(
        &self,
        state: &mut State,
        (name, version): (&str, u16),
        payload: Value,
        at: Millis,
    ) -> Result<Box<dyn Fact>, Illegal> {
        state.accept_json((name, version), payload, at)
    }

    /// The state as JSON. Sealed data in it becomes what the caller says.
    pub fn state_json(
        &self,
        state: &State,
        resolve: &mut dyn FnMut(&Ciphertext) -> Shown,
    ) -> Result<Value, Unencodable> {
        state.json(resolve)
    }

    /// The sealed fields of a record, by the names under which they open. Also tells whether the
    /// record decodes at all.
    pub fn sealed_fields(&self, record: &Record) -> Result<Vec<Field>, DecodeError> {
        (self.sealed)(record)
    }
}

#[cfg(test)]
mod tests {
    use kyc_events::corepass::OrderExpired;
    use kyc_events::{Position, Version};
    use serde_json::json;

    use super::super::json::sealed;
    use super::*;

    fn record(stream: &str, name: &str, payload: Vec<u8>) -> Record {
        Record {
            position: Position(0),
            stream: StreamId::parse(stream).expect("a name"),
            version: Version(1),
            previous: None,
            recorded_at: 0,
            event_id: uuid::Uuid::nil(),
            name: name.into(),
            schema_version: 1,
            actor: "".into(),
            causation: None,
            correlation: uuid::Uuid::nil(),
            payload,
        }
    }

    #[test]
    fn every_kind_and_every_event_stands_in_the_table_once() {
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        let mut events: Vec<_> =
            KINDS.iter().flat_map(|kind| kind.schemas).map(|schema| schema.name).collect();
        let counts = (names.len(), events.len());
        names.sort_unstable();
        names.dedup();
        events.sort_unstable();
        events.dedup();
        assert_eq!((names.len(), events.len()), counts);
    }

    #[test]
    fn a_stream_finds_its_kind() {
        let of = |name| super::of(&StreamId::parse(name).expect("a name")).map(|kind| kind.name);
        assert_eq!(of("corepass.transfer-5f"), Some("corepass.transfer"));
        assert_eq!(of("engine.quarantine-all"), Some("engine.quarantine"));
        assert_eq!(of("corepass.nothing-5f"), None);
    }

    #[test]
    fn what_does_not_decode_is_told_from_what_cannot_follow() {
        let early = minicbor_serde::to_vec(OrderExpired { order: 1 }).expect("encodes");
        let stream = "corepass.transfer-5f";
        let kind = of(&StreamId::parse(stream).expect("a name")).expect("a kind");
        let fold = |name, payload| kind.fold(&mut kind.start(), &record(stream, name, payload));
        let error = fold("corepass.OrderExpired", early.clone()).expect_err("no order");
        assert!(matches!(error, Illegal::History(_)), "{error}");
        let error = fold("corepass.OrderExpired", vec![0xa0]).expect_err("no fields");
        assert!(matches!(error, Illegal::Decode(DecodeError::Malformed { .. })), "{error}");
        let error = fold("corepass.OrderLost", early).expect_err("unknown");
        assert!(matches!(error, Illegal::Decode(DecodeError::Unknown { .. })), "{error}");
    }

    #[test]
    fn facts_without_an_aggregate_are_counted() {
        let stream = "engine.quarantine-all";
        let kind = of(&StreamId::parse(stream).expect("a name")).expect("a kind");
        let mut state = kind.start();
        let payload =
            json!({ "stream": "corepass.transfer-5f", "command": "ab".repeat(32), "crashes": 3 });
        let name = ("engine.CommandQuarantined", 1);
        let fact = kind.accept_json(&mut state, name, payload, 0).expect("accepted");
        let bytes = fact.encode().expect("nothing in it is sealed");
        kind.fold(&mut state, &record(stream, name.0, bytes)).expect("folds");
        let shown = kind.state_json(&state, &mut sealed).expect("encodes");
        assert_eq!(shown, json!({ "commands": 2 }));
    }
}
