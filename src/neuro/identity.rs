//! The aggregate of a legal identity: one stream per application.
//!
//! ```text
//!                        ┌────────── run ──────────┐
//!   Created ──ready──►   │ assessed ──► providers  │ ──► Approved ──► Obsoleted ──► Compromised
//!      ▲  │              └──────────┬──────────────┘        │  └──────────────────────▲
//!      │  └─operator, owner──┐      │ open questions        ├──► Rejected
//!      └── operator's review ┼──────┘                       │
//!                            └──► Rejected, Approved ◄──────┘
//! ```
//!
//! A *run* is what the authenticators make of the application; at most one is under way, and it
//! has one outcome. What it leaves open goes to an operator, and the application stays Created.

mod command;
mod decide;
pub mod outcome;
mod run;
mod state;
mod story;

#[cfg(test)]
mod tests;

pub use command::{
    Application, Assessment, Attachment, Command, Judgement, Opinion, Problem, Rejection,
};
pub use run::{Check, Findings, Run};
pub use state::{Attached, Client, Identification, Review, State, may_become};

use kyc_events::Millis;
use kyc_events::StreamId;
use kyc_events::neuro::{IDENTITY, IdentityErased, IdentityEvent};
use uuid::Uuid;

use crate::aggregate::{Aggregate, Context, IllegalHistory};

/// See the module.
pub struct Identity;

impl Aggregate for Identity {
    const KIND: &'static str = IDENTITY;
    type State = State;
    type Command = Command;
    type Event = IdentityEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        command.name()
    }

    fn decide(
        state: &State,
        command: &Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<IdentityEvent>, Rejection> {
        if let Command::Erase { generation } = command {
            let erased = IdentityErased { generation: *generation };
            return Ok(state.identification.as_ref().map(|_| erased.into()).into_iter().collect());
        }
        if state.is_erased {
            return Err(Rejection::Erased);
        }
        decide::decide(state, command, context)
    }

    fn evolve(state: &mut State, event: &IdentityEvent, at: Millis) -> Result<(), IllegalHistory> {
        state.apply(event, at)
    }
}

/// The stream of an identity.
pub fn stream_of(id: Uuid) -> StreamId {
    StreamId::new(IDENTITY, &id.to_string()).expect("invariant: a UUID is a good key")
}

/// The identity of a stream.
pub fn id_of(stream: &StreamId) -> Option<Uuid> {
    (stream.kind() == IDENTITY).then(|| Uuid::parse_str(stream.key()).ok()).flatten()
}
