//! The aggregate of a person as a whole: legal holds, erasure, and who looked at unsealed data.
//!
//! ```text
//!   hold ⇄ no hold        ErasureRequested ─► KeysCondemned… ─► SubjectErased
//!                              └ generation n ends, n + 1 begins at once
//!   hold ─► ErasureDeferred ─► (the hold ends or is lifted) ─► ErasureRequested
//! ```
//!
//! What the steps of an erasure do to streams and keys is [`eraser`]'s business.

pub mod eraser;
pub mod name;

use kyc_events::Millis;
use kyc_events::subject::{
    CondemnedKey, DataUnsealed, ErasureDeferred, ErasureRequested, HoldReleased, HoldSet,
    KeysCondemned, SUBJECT, SubjectErased, SubjectEvent,
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
    /// The person asked to be forgotten under a hold.
    pub deferred: Option<Deferred>,
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

/// An erasure that waits for the end of a hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deferred {
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: String,
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
    /// Forget the person, at once or else when no hold stands any more.
    EraseOrDefer { reason: String, by: String },
    /// Forget the person, if that was put off and no hold stands.
    EraseDeferred,
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

    fn request(&self, reason: &str, by: &str) -> SubjectEvent {
        let (reason, by) = (reason.to_owned(), by.to_owned());
        ErasureRequested { generation: self.generation, reason, by }.into()
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
            Command::EraseOrDefer { .. } => "erase_or_defer",
            Command::EraseDeferred => "erase_deferred",
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
            Command::Erase { .. } | Command::EraseOrDefer { .. } if state.erasing => {
                return Ok(Vec::new());
            }
            Command::EraseOrDefer { reason, by } if state.is_held_at(context.now) => {
                if state.deferred.is_some() {
                    return Ok(Vec::new());
                }
                let (reason, by) = (reason.clone(), by.clone());
                ErasureDeferred { generation: state.generation, reason, by }.into()
            }
            Command::Erase { reason, by } | Command::EraseOrDefer { reason, by } => {
                state.request(reason, by)
            }
            Command::EraseDeferred => match &state.deferred {
                Some(Deferred { reason, by }) if !state.is_held_at(context.now) => {
                    state.request(reason, by)
                }
                Some(_) | None => return Ok(Vec::new()),
            },
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
            SubjectEvent::ErasureDeferred(e)
                if e.generation == state.generation
                    && state.deferred.is_none()
                    && state.is_held_at(at) =>
            {
                state.deferred = Some(Deferred { reason: e.reason.clone(), by: e.by.clone() });
            }
            SubjectEvent::ErasureRequested(e)
                if e.generation == state.generation && !state.erasing && !state.is_held_at(at) =>
            {
                state.generation += 1;
                state.erasing = true;
                state.hold = None;
                state.deferred = None;
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
    fn what_is_asked_for_under_a_hold_is_put_off_once_and_done_when_no_hold_stands() {
        let (reason, by) = ("asked for by the customer".to_owned(), "customer".to_owned());
        let ask = Command::EraseOrDefer { reason: reason.clone(), by: by.clone() };
        let deferred = ErasureDeferred { generation: 0, reason: reason.clone(), by: by.clone() };
        let requested = ErasureRequested { generation: 0, reason, by };
        let mut person = given::<Subject>(0, []);
        assert_eq!(person.when(0, &Command::EraseDeferred), Ok(vec![]), "nobody asked");
        person.when(0, &hold(1_000)).unwrap();
        assert_eq!(person.when(1, &ask), Ok(vec![deferred.into()]));
        assert_eq!(person.when(2, &ask), Ok(vec![]), "it is known");
        assert_eq!(person.when(2, &erase()), Err(Rejection::Held), "the operator decides anew");
        person.when(3, &hold(2_000)).unwrap();
        assert_eq!(person.when(1_999, &Command::EraseDeferred), Ok(vec![]), "a longer hold");
        let done = person.when(2_000, &Command::EraseDeferred);
        assert_eq!(done, Ok(vec![requested.into()]));
        assert_eq!(person.when(2_001, &Command::EraseDeferred), Ok(vec![]));
        assert_eq!(person.state().deferred, None);
    }

    #[test]
    fn an_erasure_that_was_put_off_is_done_when_the_hold_is_lifted() {
        let ask = Command::EraseOrDefer { reason: "asked".to_owned(), by: "customer".to_owned() };
        let mut person = given::<Subject>(0, []);
        person.when(0, &hold(1_000)).unwrap();
        person.when(1, &ask).unwrap();
        let lift = Command::ReleaseHold { reason: "lifted".to_owned(), by: "desk".to_owned() };
        person.when(2, &lift).unwrap();
        assert_eq!(person.when(3, &Command::EraseDeferred).unwrap().len(), 1);
        let mut person = given::<Subject>(0, []);
        assert_eq!(person.when(0, &ask).unwrap().len(), 1, "no hold: at once");
        assert!(person.state().erasing);
        let early = ErasureDeferred { generation: 0, reason: String::new(), by: String::new() };
        let refused = Subject::evolve(&mut State::default(), &early.into(), 0);
        assert!(refused.is_err(), "nothing is put off without a hold");
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
