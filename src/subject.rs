//! The aggregate of a person as a whole: legal holds, erasure, and who looked at unsealed data.
//!
//! ```text
//!   hold ⇄ no hold        ErasureRequested ─► KeysCondemned… ─► SubjectErased
//!                              └ generation n ends, n + 1 begins at once
//! ```
//!
//! What the steps of an erasure do to streams and keys is [`eraser`]'s business.

pub mod eraser;
pub mod name;

use kyc_events::Millis;
use kyc_events::subject::{
    CondemnedKey, DataUnsealed, ErasureRequested, HoldReleased, HoldSet, KeysCondemned, SUBJECT,
    SubjectErased, SubjectEvent,
};
use serde::Serialize;

use crate::aggregate::{Aggregate, Context, IllegalHistory};

/// See the module.
pub struct Subject;

/// What was decided about a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// The legal hold that stands, if its time has not passed.
    pub hold: Option<Hold>,
    /// Generations that were ended; also the one in use.
    pub generation: u32,
    /// An erasure is under way.
    pub erasing: bool,
    /// Keys condemned so far.
    pub condemned: u64,
    /// How often somebody looked at unsealed data.
    pub unsealed: u64,
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// It ends by itself then.
    pub until: Millis,
}

/// What may be asked.
#[derive(Clone, Serialize)]
pub enum Command {
    /// No erasure until then.
    SetHold { reason: String, by: String, until: Millis },
    /// Erasure is allowed again.
    ReleaseHold { reason: String, by: String },
    /// Forget the person.
    Erase { reason: String, by: String },
    /// Note keys that are destroyed next.
    Condemn { keys: Vec<CondemnedKey> },
    /// Note that everything of the generation is gone.
    FinishErasure { generation: u32 },
    /// Note that somebody looks at unsealed data.
    Unseal { reason: String, by: String },
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A hold stands.
    #[error("a legal hold stands")]
    Held,
    /// There is no hold.
    #[error("there is no legal hold")]
    NotHeld,
    /// A hold ends later than now.
    #[error("the end of the hold has passed")]
    HoldOver,
    /// An erasure is under way.
    #[error("the person is being erased")]
    BeingErased,
}

impl State {
    /// Whether a hold stands.
    pub fn is_held_at(&self, now: Millis) -> bool {
        self.hold.as_ref().is_some_and(|hold| now < hold.until)
    }
}

impl Aggregate for Subject {
    const KIND: &'static str = SUBJECT;
    type State = State;
    type Command = Command;
    type Event = SubjectEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        match command {
            Command::SetHold { .. } => "set_hold",
            Command::ReleaseHold { .. } => "release_hold",
            Command::Erase { .. } => "erase",
            Command::Condemn { .. } => "condemn",
            Command::FinishErasure { .. } => "finish_erasure",
            Command::Unseal { .. } => "unseal",
        }
    }

    fn decide(
        state: &State,
        command: &Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<SubjectEvent>, Rejection> {
        let event = match command {
            Command::SetHold { .. } | Command::Unseal { .. } if state.erasing => {
                return Err(Rejection::BeingErased);
            }
            Command::SetHold { until, .. } if *until <= context.now => {
                return Err(Rejection::HoldOver);
            }
            Command::SetHold { reason, by, until } => {
                HoldSet { reason: reason.clone(), by: by.clone(), until: *until }.into()
            }
            Command::ReleaseHold { .. } if !state.is_held_at(context.now) => {
                return Err(Rejection::NotHeld);
            }
            Command::ReleaseHold { reason, by } => {
                HoldReleased { reason: reason.clone(), by: by.clone() }.into()
            }
            Command::Erase { .. } if state.is_held_at(context.now) => return Err(Rejection::Held),
            Command::Erase { .. } if state.erasing => return Ok(Vec::new()),
            Command::Erase { reason, by } => ErasureRequested {
                generation: state.generation,
                reason: reason.clone(),
                by: by.clone(),
            }
            .into(),
            Command::Condemn { .. } | Command::FinishErasure { .. } if !state.erasing => {
                return Ok(Vec::new());
            }
            Command::Condemn { keys } => {
                let generation = state.generation - 1;
                KeysCondemned { generation, keys: keys.clone() }.into()
            }
            Command::FinishErasure { generation } => {
                SubjectErased { generation: *generation }.into()
            }
            Command::Unseal { reason, by } => {
                DataUnsealed { reason: reason.clone(), by: by.clone() }.into()
            }
        };
        Ok(vec![event])
    }

    fn evolve(state: &mut State, event: &SubjectEvent, at: Millis) -> Result<(), IllegalHistory> {
        let current = state.generation.checked_sub(1).filter(|_| state.erasing);
        match event {
            SubjectEvent::HoldSet(e) if !state.erasing => {
                state.hold = Some(Hold { reason: e.reason.clone(), until: e.until });
            }
            SubjectEvent::HoldReleased(_) if state.hold.is_some() => state.hold = None,
            SubjectEvent::ErasureRequested(e)
                if e.generation == state.generation && !state.erasing && !state.is_held_at(at) =>
            {
                state.generation += 1;
                state.erasing = true;
                state.hold = None;
            }
            SubjectEvent::KeysCondemned(e) if Some(e.generation) == current => {
                state.condemned += e.keys.len() as u64;
            }
            SubjectEvent::SubjectErased(e) if Some(e.generation) == current => {
                state.erasing = false;
            }
            SubjectEvent::DataUnsealed(_) if !state.erasing => state.unsealed += 1,
            event => {
                let what = format!("{} in generation {}", name_of(event), state.generation);
                return Err(IllegalHistory::new(what));
            }
        }
        Ok(())
    }
}

fn name_of(event: &SubjectEvent) -> &'static str {
    use kyc_events::schema::EventSet;
    event.schema().name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::testing::given;

    fn erase() -> Command {
        Command::Erase { reason: "request 7".to_owned(), by: "desk".to_owned() }
    }

    fn hold(until: Millis) -> Command {
        Command::SetHold { reason: "court order".to_owned(), by: "desk".to_owned(), until }
    }

    #[test]
    fn a_hold_refuses_erasure_until_it_ends_or_is_lifted() {
        let mut person = given::<Subject>(0, []);
        person.when(0, &hold(1_000)).unwrap();
        assert_eq!(person.when(999, &erase()), Err(Rejection::Held));
        assert_eq!(person.when(1_000, &erase()).unwrap().len(), 1);
        let mut person = given::<Subject>(0, []);
        person.when(0, &hold(1_000)).unwrap();
        let lift = Command::ReleaseHold { reason: "lifted".to_owned(), by: "desk".to_owned() };
        person.when(1, &lift).unwrap();
        assert_eq!(person.when(2, &lift), Err(Rejection::NotHeld));
        assert_eq!(person.when(3, &erase()).unwrap().len(), 1);
    }

    #[test]
    fn an_erasure_is_asked_for_once_and_ends_once() {
        let mut person = given::<Subject>(0, []);
        person.when(0, &erase()).unwrap();
        assert_eq!(person.when(0, &erase()), Ok(vec![]));
        assert_eq!(person.when(0, &hold(9)), Err(Rejection::BeingErased));
        let finish = Command::FinishErasure { generation: 0 };
        assert_eq!(person.when(0, &finish), Ok(vec![SubjectErased { generation: 0 }.into()]));
        assert_eq!(person.when(0, &finish), Ok(vec![]));
        assert_eq!(person.state().generation, 1);
        assert_eq!(person.when(0, &erase()).unwrap().len(), 1, "who came back can go again");
    }

    #[test]
    fn keys_are_condemned_only_while_an_erasure_runs() {
        let condemn = Command::Condemn { keys: vec![] };
        let mut person = given::<Subject>(0, []);
        assert_eq!(person.when(0, &condemn), Ok(vec![]));
        person.when(0, &erase()).unwrap();
        assert_eq!(person.when(0, &condemn).unwrap().len(), 1);
        let early = SubjectEvent::from(KeysCondemned { generation: 0, keys: vec![] });
        let refused = Subject::evolve(&mut State::default(), &early, 0);
        assert!(refused.is_err(), "no history has that");
    }
}
