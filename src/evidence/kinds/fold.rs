//! The state of a stream of whatever kind.

use std::fmt;

use kyc_events::engine::{ENGINE, EngineEvent, PolicyId};
use kyc_events::neuro::{NONCE, NonceEvent, TOKEN, TokenEvent};
use kyc_events::quarantine::{QUARANTINE, QuarantineEvent};
use kyc_events::schema::{DecodeError, EventSet};
use kyc_events::sealed::{Ciphertext, KeyId, Personal};
use kyc_events::stellar::{CHALLENGE, ChallengeEvent};
use kyc_events::taler::{DIRECTORY, DirectoryEvent};
use kyc_events::{Millis, Record};
use serde::Serialize;
use serde_json::Value;

use super::fact::{Fact, note_keys};
use crate::aggregate::{Aggregate, IllegalHistory};
use crate::evidence::json::{Shown, Unencodable, render_value};

/// Why an event does not follow on a state.
#[derive(Debug, thiserror::Error)]
pub enum Illegal {
    /// It is not understood.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is understood, and cannot be.
    #[error(transparent)]
    History(#[from] IllegalHistory),
}

/// How one kind of stream is folded; every [`Aggregate`] is one.
pub trait Fold: 'static {
    /// Kind of its streams.
    const KIND: &'static str;
    /// What the history amounts to.
    type State: Default + Serialize + Send + fmt::Debug + 'static;
    /// What happens.
    type Event: EventSet + Personal;

    /// Folds one event in.
    fn evolve(
        state: &mut Self::State,
        event: &Self::Event,
        at: Millis,
    ) -> Result<(), IllegalHistory>;
}

impl<A: Aggregate> Fold for A {
    const KIND: &'static str = <A as Aggregate>::KIND;
    type State = <A as Aggregate>::State;
    type Event = <A as Aggregate>::Event;

    fn evolve(
        state: &mut Self::State,
        event: &Self::Event,
        at: Millis,
    ) -> Result<(), IllegalHistory> {
        <A as Aggregate>::evolve(state, event, at)
    }
}

/// The quarantine has no aggregate: any of its facts may follow on any.
pub struct Quarantine;

/// What the quarantine amounts to.
#[derive(Debug, Default, Serialize)]
pub struct Quarantined {
    commands: u64,
}

impl Fold for Quarantine {
    const KIND: &'static str = QUARANTINE;
    type State = Quarantined;
    type Event = QuarantineEvent;

    fn evolve(
        state: &mut Quarantined,
        event: &QuarantineEvent,
        _: Millis,
    ) -> Result<(), IllegalHistory> {
        let QuarantineEvent::CommandQuarantined(_) = event;
        state.commands += 1;
        Ok(())
    }
}

/// A challenge of web authentication has no aggregate: the log itself refuses a second use.
pub struct Challenge;

/// What a challenge amounts to.
#[derive(Debug, Default, Serialize)]
pub struct Used {
    expires_at: Option<Millis>,
}

impl Fold for Challenge {
    const KIND: &'static str = CHALLENGE;
    type State = Used;
    type Event = ChallengeEvent;

    fn evolve(state: &mut Used, event: &ChallengeEvent, _: Millis) -> Result<(), IllegalHistory> {
        let ChallengeEvent::ChallengeUsed(e) = event;
        match state.expires_at.replace(e.expires_at) {
            None => Ok(()),
            Some(_) => Err(IllegalHistory::new("a challenge used twice")),
        }
    }
}

/// A nonce of the Agent API has no aggregate either.
pub struct Nonce;

/// What a nonce amounts to.
#[derive(Debug, Default, Serialize)]
pub struct Spent {
    is_used: bool,
}

impl Fold for Nonce {
    const KIND: &'static str = NONCE;
    type State = Spent;
    type Event = NonceEvent;

    fn evolve(state: &mut Spent, event: &NonceEvent, _: Millis) -> Result<(), IllegalHistory> {
        let NonceEvent::NonceUsed(_) = event;
        if std::mem::replace(&mut state.is_used, true) {
            return Err(IllegalHistory::new("a nonce used twice"));
        }
        Ok(())
    }
}

/// Nor has a token that was revoked.
pub struct Token;

impl Fold for Token {
    const KIND: &'static str = TOKEN;
    type State = Used;
    type Event = TokenEvent;

    fn evolve(state: &mut Used, event: &TokenEvent, _: Millis) -> Result<(), IllegalHistory> {
        let TokenEvent::TokenRevoked(e) = event;
        match state.expires_at.replace(e.expires_at) {
            None => Ok(()),
            Some(_) => Err(IllegalHistory::new("a token revoked twice")),
        }
    }
}

/// A directory has no aggregate: a number is the version that the log gives.
pub struct Directory;

/// What a directory amounts to.
#[derive(Debug, Default, Serialize)]
pub struct Numbers {
    taken: u64,
}

impl Fold for Directory {
    const KIND: &'static str = DIRECTORY;
    type State = Numbers;
    type Event = DirectoryEvent;

    fn evolve(
        state: &mut Numbers,
        event: &DirectoryEvent,
        _: Millis,
    ) -> Result<(), IllegalHistory> {
        let DirectoryEvent::NumberTaken(_) = event;
        state.taken += 1;
        Ok(())
    }
}

/// The engine itself: what is in force.
pub struct Engine;

/// What the engine's stream amounts to.
#[derive(Debug, Default, Serialize)]
pub struct InForce {
    policy: PolicyId,
    software: String,
    starts: u64,
    restored: u64,
}

impl Fold for Engine {
    const KIND: &'static str = ENGINE;
    type State = InForce;
    type Event = EngineEvent;

    fn evolve(state: &mut InForce, event: &EngineEvent, _: Millis) -> Result<(), IllegalHistory> {
        match event {
            EngineEvent::ConfigurationInForce(e) => {
                state.policy = e.digest.clone();
                state.software.clone_from(&e.software);
                state.starts += 1;
            }
            EngineEvent::LogRestored(_) => state.restored += 1,
        }
        Ok(())
    }
}

/// The state of one stream.
#[derive(Debug)]
pub struct State(Box<dyn Folding>);

impl State {
    pub(super) fn start<F: Fold>() -> Self {
        Self(Box::new(Of::<F>(F::State::default())))
    }

    /// Folds the next record of its stream in. After an error the state is worth nothing.
    pub fn fold(&mut self, record: &Record) -> Result<(), Illegal> {
        self.0.fold(record)
    }

    pub(super) fn fold_noting(
        &mut self,
        record: &Record,
        keys: &mut Vec<KeyId>,
    ) -> Result<(), Illegal> {
        self.0.fold_noting(record, keys)
    }

    pub(super) fn accept_json(
        &mut self,
        schema: (&str, u16),
        payload: Value,
        at: Millis,
    ) -> Result<Box<dyn Fact>, Illegal> {
        self.0.accept_json(schema, payload, at)
    }

    /// As JSON. Sealed data in it becomes what the caller says.
    pub fn json(
        &self,
        resolve: &mut dyn FnMut(&Ciphertext) -> Shown,
    ) -> Result<Value, Unencodable> {
        self.0.json(resolve)
    }
}

trait Folding: Send + fmt::Debug {
    fn fold(&mut self, record: &Record) -> Result<(), Illegal>;
    fn fold_noting(&mut self, record: &Record, keys: &mut Vec<KeyId>) -> Result<(), Illegal>;
    fn accept_json(
        &mut self,
        schema: (&str, u16),
        payload: Value,
        at: Millis,
    ) -> Result<Box<dyn Fact>, Illegal>;
    fn json(&self, resolve: &mut dyn FnMut(&Ciphertext) -> Shown) -> Result<Value, Unencodable>;
}

struct Of<F: Fold>(F::State);

impl<F: Fold> fmt::Debug for Of<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<F: Fold> Folding for Of<F> {
    fn fold(&mut self, record: &Record) -> Result<(), Illegal> {
        let event = F::Event::decode(&record.name, record.schema_version, &record.payload)?;
        Ok(F::evolve(&mut self.0, &event, record.recorded_at)?)
    }

    fn fold_noting(&mut self, record: &Record, keys: &mut Vec<KeyId>) -> Result<(), Illegal> {
        let mut event = F::Event::decode(&record.name, record.schema_version, &record.payload)?;
        F::evolve(&mut self.0, &event, record.recorded_at)?;
        note_keys(&mut event, keys);
        Ok(())
    }

    fn accept_json(
        &mut self,
        (name, version): (&str, u16),
        payload: Value,
        at: Millis,
    ) -> Result<Box<dyn Fact>, Illegal> {
        let event = F::Event::decode_json(name, version, payload)?;
        F::evolve(&mut self.0, &event, at)?;
        Ok(Box::new(event))
    }

    fn json(&self, resolve: &mut dyn FnMut(&Ciphertext) -> Shown) -> Result<Value, Unencodable> {
        render_value(&self.0, resolve)
    }
}

#[cfg(test)]
mod tests {
    use kyc_events::neuro::{NonceUsed, TokenRevoked};

    use super::*;

    #[test]
    fn what_counts_once_is_illegal_the_second_time() {
        let (mut nonce, mut token) = (Spent::default(), Used::default());
        let (used, revoked) = (NonceUsed {}.into(), TokenRevoked { expires_at: 1 }.into());
        assert!(Nonce::evolve(&mut nonce, &used, 0).is_ok());
        assert!(Nonce::evolve(&mut nonce, &used, 0).is_err());
        assert!(Token::evolve(&mut token, &revoked, 0).is_ok());
        assert!(Token::evolve(&mut token, &revoked, 0).is_err());
    }
}
