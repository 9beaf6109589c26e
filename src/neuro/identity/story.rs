//! Events of one command, and what follows from them before the command is over.

use kyc_events::neuro::{
    By, Finding, IdentityApproved, IdentityCompromised, IdentityEvent, IdentityObsoleted,
    IdentityRejected, Outcome, ReviewConcluded, ReviewRequested, ReviewWithdrawn, Status,
};
use kyc_events::review::Reason;
use kyc_events::sealed::{KeyId, Sealed};

use super::{Identification, Opinion, Rejection, State};
use crate::aggregate::Context;
use crate::config::limits;

/// The code of an error that has only words, and of a rejection without any.
pub(super) const NOT_VALID: &str = "NotValid";

/// See the module.
pub(super) struct Story<'c, 'w> {
    /// The identity with the events so far.
    pub state: State,
    /// What the decision may know of the world.
    pub context: &'c mut Context<'w>,
    pub events: Vec<IdentityEvent>,
}

impl<'c, 'w> Story<'c, 'w> {
    pub fn new(state: &State, context: &'c mut Context<'w>) -> Self {
        Self { state: state.clone(), context, events: Vec::new() }
    }

    /// One more event.
    pub fn note(&mut self, event: impl Into<IdentityEvent>) {
        let event = event.into();
        let folded = self.state.apply(&event, self.context.now);
        folded.expect("invariant: a decision checks what it notes, and a property test tries it");
        self.events.push(event);
    }

    pub fn known(&self) -> Result<&Identification, Rejection> {
        self.state.identification()
    }

    /// Concludes the run if nothing more is awaited, and does what follows.
    pub fn conclude(&mut self) -> Result<(), Rejection> {
        let (key, claims) = {
            let known = self.known()?;
            (known.key, known.claims)
        };
        let Some(run) = self.state.open_run().filter(|run| run.is_complete()) else {
            return Ok(());
        };
        let (id, mut codes) = (run.id, run.codes());
        if codes.is_empty() {
            codes.push(NOT_VALID.to_owned());
        }
        let outcome = run.judge(claims, self.state.assessed_files());
        let policy = self.context.policy.clone();
        self.note(ReviewConcluded { run: id, outcome, policy });
        match outcome {
            Outcome::Approve => self.turn(key, Status::Approved, By::Rules, Vec::new(), None),
            Outcome::Reject => self.turn(key, Status::Rejected, By::Rules, codes, None),
            Outcome::Manual if self.state.open_review().is_none() => {
                let review = (self.context.ids)();
                self.note(ReviewRequested { review });
            }
            Outcome::Manual => {}
        }
        Ok(())
    }

    /// Has it stand like this; an operator need not look at it any more.
    pub fn turn(
        &mut self,
        key: KeyId,
        to: Status,
        by: By,
        codes: Vec<String>,
        reason: Option<Reason>,
    ) {
        if let Some(review) = self.state.open_review() {
            self.note(ReviewWithdrawn { review });
        }
        match to {
            Status::Created => {}
            Status::Approved => self.note(IdentityApproved { by }),
            Status::Rejected => self.note(IdentityRejected { key, by, codes, reason }),
            Status::Obsoleted => self.note(IdentityObsoleted { key, by, reason }),
            Status::Compromised => self.note(IdentityCompromised { key, by, reason }),
        }
    }
}

/// What an authenticator says, as it is recorded.
pub(super) fn finding(authenticator: &str, said: &Opinion) -> Finding {
    Finding {
        authenticator: authenticator.to_owned(),
        standing: said.standing,
        code: said.code.clone().filter(|code| is_code(code)),
        message: said.message.as_ref().map(Sealed::open_value),
    }
}

/// Whether a text is a machine code: it is kept in the clear, so it can't be anything else.
pub(super) fn is_code(text: &str) -> bool {
    (1..=limits::NEURO_CODE_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
