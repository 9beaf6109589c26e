//! The aggregate of a payment target: one stream per account and generation of its holder.
//!
//! ```text
//!   registered ──► process open ──► proof accepted ──────────────► legitimized
//!        ▲              │ refused, expired
//!        └──────────────┘            document uploaded ─► reviewed, accepted ──┘
//! ```
//!
//! A process is what a user takes to the provider. At most one is open; a fault of the provider
//! leaves it open.
//!
//! Source: GNU Taler exchange API, `kyc-check`, `kyc-proof` (6 October 2021), `kyc-bulk` (vIMPORT).

mod command;
mod state;

#[cfg(test)]
mod tests;

pub use command::{Command, Outcome, Registration, Rejection, Upload};
pub use state::{Legitimation, Owner, Process, Review, State, Stored};

use kyc_events::Millis;
use kyc_events::review::Verdict;
use kyc_events::sealed::Sealed;
use kyc_events::taler::{
    DocumentUploaded, PAYMENT_TARGET, PaymentTargetErased, PaymentTargetEvent,
    PaymentTargetRegistered, ProcessStarted, ProofAccepted, ProofRefused, ProofUnanswered,
    ReviewClaimed, ReviewDecided, ReviewRequested,
};
use uuid::Uuid;

use crate::aggregate::{Aggregate, Context, IllegalHistory};
use crate::config::limits;
use crate::review::reason::reason;

/// See the module.
pub struct PaymentTarget;

type Decided = Result<Vec<PaymentTargetEvent>, Rejection>;

impl Aggregate for PaymentTarget {
    const KIND: &'static str = PAYMENT_TARGET;
    type State = State;
    type Command = Command;
    type Event = PaymentTargetEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        command.name()
    }

    fn decide(state: &State, command: &Command, context: &mut Context<'_>) -> Decided {
        if let Command::Erase { generation } = command {
            let erased = PaymentTargetErased { generation: *generation };
            return Ok(state.owner.as_ref().map(|_| erased.into()).into_iter().collect());
        }
        if state.is_erased {
            return Err(Rejection::Erased);
        }
        match command {
            Command::Register(new) => Ok(register(state, new)),
            Command::Start => start(state, context),
            Command::RecordProof { process, outcome } => record_proof(state, *process, outcome),
            Command::Upload(upload) => take(state, upload, context),
            Command::Claim { review, by } => claim(state, *review, by, context.now),
            Command::Decide { .. } => decide_on(state, command, context.now),
            Command::Erase { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(
        state: &mut State,
        event: &PaymentTargetEvent,
        at: Millis,
    ) -> Result<(), IllegalHistory> {
        state.apply(event, at)
    }
}

fn register(state: &State, new: &Registration) -> Vec<PaymentTargetEvent> {
    if state.owner.is_some() {
        return Vec::new();
    }
    let registered = PaymentTargetRegistered {
        number: new.number,
        subject: new.subject,
        key: new.key,
        full: new.full,
        short: new.short,
        payto: Sealed::open_value(&new.payto),
    };
    vec![registered.into()]
}

fn start(state: &State, context: &mut Context<'_>) -> Decided {
    state.owner()?;
    if state.is_legitimized() || state.open_process(context.now).is_some() {
        return Ok(Vec::new());
    }
    let expires_at = context.now.saturating_add(limits::PROCESS_TTL_MS);
    Ok(vec![ProcessStarted { process: (context.ids)(), expires_at }.into()])
}

/// What the provider said. It was asked while the process was open, so its answer counts even if
/// the process has expired meanwhile; not if another has taken its place.
fn record_proof(state: &State, process: Uuid, outcome: &Outcome) -> Decided {
    let key = state.owner()?.key;
    if state.legitimation == Some(Legitimation::Proof { process }) {
        return Ok(Vec::new());
    }
    if state.process.as_ref().is_none_or(|open| open.id != process) {
        return Err(Rejection::ProcessOver);
    }
    let event = match outcome {
        Outcome::Unanswered(fault) => ProofUnanswered { process, fault: *fault }.into(),
        Outcome::Refused(refusal) => {
            ProofRefused { process, key, refusal: Sealed::open_value(refusal) }.into()
        }
        Outcome::Accepted { user, attributes } => {
            let user = Sealed::open_value(user);
            let attributes = Sealed::open_value(attributes);
            ProofAccepted { process, key, user, attributes }.into()
        }
    };
    Ok(vec![event])
}

fn take(state: &State, upload: &Upload, context: &mut Context<'_>) -> Decided {
    let key = state.owner()?.key;
    if state.holds(upload.document.tag) {
        return Err(Rejection::AlreadyUploaded);
    }
    if state.documents.len() >= limits::BULK_DOCUMENTS_MAX {
        return Err(Rejection::TooManyDocuments);
    }
    let file = upload.document.file;
    let uploaded = DocumentUploaded {
        key,
        document: upload.document.clone(),
        third_party: upload.third_party.clone(),
        binding: Sealed::open_value(&upload.binding),
    };
    let mut events = vec![uploaded.into()];
    if upload.is_reviewed {
        events.push(ReviewRequested { review: (context.ids)(), file }.into());
    }
    Ok(events)
}

/// A claim stands for a while, so that two do not work on the same.
fn claim(state: &State, review: Uuid, by: &str, now: Millis) -> Decided {
    let open = state.reviews.get(&review).ok_or(Rejection::UnknownReview)?;
    if open.verdict.is_some() {
        return Err(Rejection::Decided);
    }
    match open.claimed_by(now) {
        Some(other) if other != by => Err(Rejection::Claimed),
        Some(_) => Ok(Vec::new()),
        None => Ok(vec![ReviewClaimed { review, by: by.to_owned() }.into()]),
    }
}

fn decide_on(state: &State, command: &Command, now: Millis) -> Decided {
    let Command::Decide { review, verdict, by, reason: why, is_revision } = command else {
        return Ok(Vec::new());
    };
    let key = state.owner()?.key;
    let open = state.reviews.get(review).ok_or(Rejection::UnknownReview)?;
    if open.verdict == Some(*verdict) {
        return Ok(Vec::new());
    }
    if open.verdict.is_some() && !is_revision {
        return Err(Rejection::Decided);
    }
    if open.verdict.is_none() && open.claimed_by(now).is_some_and(|other| other != by) {
        return Err(Rejection::Claimed);
    }
    let why = why.as_deref().filter(|why| !why.trim().is_empty());
    if why.is_none() && *verdict == Verdict::Reject {
        return Err(Rejection::ReasonNeeded);
    }
    let (by, reason) = (by.clone(), why.map(reason));
    Ok(vec![ReviewDecided { review: *review, key, verdict: *verdict, by, reason }.into()])
}
