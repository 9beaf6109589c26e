//! The aggregate of a third party that may upload documents, or may not any more.

use kyc_events::Millis;
use kyc_events::StreamId;
use kyc_events::taler::{THIRD_PARTY, ThirdPartyAdmitted, ThirdPartyDismissed, ThirdPartyEvent};
use serde::Serialize;

use crate::aggregate::{Aggregate, Context, IllegalHistory};

/// See the module.
pub struct ThirdParty;

/// Under which name it may upload; `None`: it may not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// What the operator calls it.
    pub name: Option<String>,
}

/// What may be asked of it.
#[derive(Clone, Serialize)]
pub enum Command {
    /// It may upload, and is called this.
    Admit { name: String, by: String },
    /// It may not any more.
    Dismiss { by: String },
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It may not upload anyway.
    #[error("no such third party")]
    Unknown,
}

impl Aggregate for ThirdParty {
    const KIND: &'static str = THIRD_PARTY;
    type State = State;
    type Command = Command;
    type Event = ThirdPartyEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        match command {
            Command::Admit { .. } => "admit",
            Command::Dismiss { .. } => "dismiss",
        }
    }

    fn decide(
        state: &State,
        command: &Command,
        _: &mut Context<'_>,
    ) -> Result<Vec<ThirdPartyEvent>, Rejection> {
        match command {
            Command::Admit { name, .. } if state.name.as_ref() == Some(name) => Ok(Vec::new()),
            Command::Admit { name, by } => {
                Ok(vec![ThirdPartyAdmitted { name: name.clone(), by: by.clone() }.into()])
            }
            Command::Dismiss { .. } if state.name.is_none() => Err(Rejection::Unknown),
            Command::Dismiss { by } => Ok(vec![ThirdPartyDismissed { by: by.clone() }.into()]),
        }
    }

    fn evolve(state: &mut State, event: &ThirdPartyEvent, _: Millis) -> Result<(), IllegalHistory> {
        match event {
            ThirdPartyEvent::ThirdPartyAdmitted(e) => state.name = Some(e.name.clone()),
            ThirdPartyEvent::ThirdPartyDismissed(_) if state.name.is_none() => {
                return Err(IllegalHistory::new("dismissed before it was admitted"));
            }
            ThirdPartyEvent::ThirdPartyDismissed(_) => state.name = None,
        }
        Ok(())
    }
}

/// The stream of a public key.
pub fn stream_of(public_key: &[u8; 32]) -> StreamId {
    StreamId::new(THIRD_PARTY, &hex::encode(public_key)).expect("invariant: hex is a good key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::testing::given;

    #[test]
    fn a_third_party_may_upload_from_its_admission_to_its_dismissal() {
        let admit = |name: &str| Command::Admit { name: name.to_owned(), by: "desk".to_owned() };
        let dismiss = Command::Dismiss { by: "desk".to_owned() };
        let mut party = given::<ThirdParty>(0, []);
        assert_eq!(party.when(0, &dismiss), Err(Rejection::Unknown));
        assert_eq!(party.when(0, &admit("Bank A")).unwrap().len(), 1);
        assert_eq!(party.when(0, &admit("Bank A")), Ok(vec![]));
        assert_eq!(party.when(0, &admit("Bank B")).unwrap().len(), 1, "another name");
        assert_eq!(party.when(0, &dismiss).unwrap().len(), 1);
        assert_eq!(party.state().name, None);
        assert_eq!(party.when(0, &admit("Bank A")).unwrap().len(), 1, "it may come back");
    }

    #[test]
    fn nobody_is_dismissed_who_was_not_admitted() {
        let event = ThirdPartyEvent::from(ThirdPartyDismissed { by: "desk".to_owned() });
        assert!(ThirdParty::evolve(&mut State::default(), &event, 0).is_err());
    }
}
