//! What an aggregate is: a pure decision and a pure fold.
//!
//! `decide` looks at the state and a command and says which events follow, or why none do;
//! `evolve` folds one event into the state. Neither knows a clock, a disk or a network: whatever
//! they need of the world comes with the command or with [`Context`].

use std::sync::Arc;

use kyc_events::engine::PolicyId;
use kyc_events::schema::EventSet;
use kyc_events::sealed::{KeyId, Personal, SealError, Tag};
use kyc_events::{Millis, Version};
use serde::Serialize;
use uuid::Uuid;

/// A state machine whose history is one stream.
pub trait Aggregate: 'static {
    /// Kind of its streams.
    const KIND: &'static str;
    /// What the history amounts to. Serialisable, so that reports can show it.
    type State: Default + Clone + Serialize + Send + Sync + Unpin + std::fmt::Debug + 'static;
    /// What may be asked of it. Serialisable, so that a command that crashes can be recognised.
    type Command: Clone + Send + Sync + Unpin + Serialize + 'static;
    /// What happens to it.
    type Event: EventSet + Personal;
    /// Why nothing happens.
    type Rejection: Clone + Send + Unpin + std::fmt::Debug + 'static;

    /// Name of a command, for metrics.
    fn command_name(command: &Self::Command) -> &'static str;

    /// Which events follow; none if the command was carried out already.
    fn decide(
        state: &Self::State,
        command: &Self::Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Folds one event in. An impossible history is an error, not a panic.
    fn evolve(
        state: &mut Self::State,
        event: &Self::Event,
        recorded_at: Millis,
    ) -> Result<(), IllegalHistory>;
}

/// What a decision may know of the world.
pub struct Context<'a> {
    /// Now.
    pub now: Millis,
    /// Fresh ids.
    pub ids: &'a mut dyn FnMut() -> Uuid,
    /// Keys for what the decision seals.
    pub keys: &'a dyn Keys,
    /// What is in force.
    pub policy: &'a PolicyId,
}

/// Keys, as far as a decision needs them.
pub trait Keys {
    /// A key nobody has used.
    fn fresh(&self) -> Result<KeyId, SealError>;
    /// HMAC of `bytes` under a key; `None` if the key was destroyed.
    fn tag(&self, key: KeyId, bytes: &[u8]) -> Result<Option<Tag>, SealError>;
}

/// An event that cannot follow on what came before.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("illegal history: {what}")]
pub struct IllegalHistory {
    /// What is wrong with it.
    pub what: String,
}

impl IllegalHistory {
    /// With this explanation.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

/// A state and how many events it is made of.
#[derive(Clone, Debug)]
pub struct Folded<S> {
    /// The state, shared with whoever was answered and has not dropped it yet.
    pub state: Arc<S>,
    /// The stream's version.
    pub version: Version,
}

#[cfg(test)]
pub mod testing {
    //! Given these events, when this command, then those events.

    use super::{Aggregate, Context, KeyId, Keys, Millis, PolicyId, SealError, Tag, Uuid};

    /// Keys that are numbers.
    pub struct CountingKeys(pub std::cell::Cell<u8>);

    impl Keys for CountingKeys {
        fn fresh(&self) -> Result<KeyId, SealError> {
            self.0.set(self.0.get() + 1);
            Ok(KeyId([self.0.get(); 16]))
        }

        fn tag(&self, key: KeyId, bytes: &[u8]) -> Result<Option<Tag>, SealError> {
            use sha2::Digest;
            let hash = sha2::Sha256::new().chain_update(key.0).chain_update(bytes).finalize();
            Ok(Some(Tag(hash.into())))
        }
    }

    /// A history under test.
    pub struct Given<A: Aggregate> {
        state: A::State,
        now: Millis,
        next_id: u128,
        keys: CountingKeys,
    }

    /// Starts with these events, all recorded at `now`.
    pub fn given<A: Aggregate>(
        now: Millis,
        events: impl IntoIterator<Item = A::Event>,
    ) -> Given<A> {
        let mut given = Given {
            state: A::State::default(),
            now,
            next_id: 0,
            keys: CountingKeys(std::cell::Cell::new(100)),
        };
        for event in events {
            A::evolve(&mut given.state, &event, now).expect("a legal history");
        }
        given
    }

    impl<A: Aggregate> Given<A> {
        /// Decides at the given instant and, if that succeeds, folds what follows.
        pub fn when(
            &mut self,
            now: Millis,
            command: &A::Command,
        ) -> Result<Vec<A::Event>, A::Rejection> {
            self.now = now;
            let Self { state, next_id, keys, .. } = self;
            let mut ids = || {
                *next_id += 1;
                Uuid::from_u128(*next_id)
            };
            let policy = PolicyId("test".to_owned());
            let mut context = Context { now, ids: &mut ids, keys, policy: &policy };
            let events = A::decide(state, command, &mut context)?;
            for event in &events {
                A::evolve(&mut self.state, event, now).expect("decisions make legal histories");
            }
            Ok(events)
        }

        /// The state by now.
        pub fn state(&self) -> &A::State {
            &self.state
        }
    }
}
