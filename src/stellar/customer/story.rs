//! Events of one command, and what follows from them before the command is over.
//!
//! ```text
//!   what was asked ─► codes ─► reviews, checks, decisions of the rules ─► statuses ─► callbacks
//!                                                                            └► transactions
//! ```

use kyc_events::sealed::Tag;
use kyc_events::stellar::{
    CallbackRequested, CheckRequested, CustomerDecided, CustomerEvent, DecidedBy, Decider,
    ReviewRequested, ReviewWithdrawn, Status, StatusChanged, TransactionReleased, Verdict,
    VerificationRequested,
};

use super::{Rejection, State};
use crate::aggregate::Context;
use crate::stellar::types::channel_of;
use crate::verification_code::expiry;

/// See the module.
pub(super) struct Story<'c, 'w> {
    /// The customer with the events so far.
    pub state: State,
    /// What the decision may know of the world.
    pub context: &'c mut Context<'w>,
    /// Fields whose value was sent again: another code may be wanted.
    pub again: Vec<String>,
    events: Vec<CustomerEvent>,
}

impl<'c, 'w> Story<'c, 'w> {
    pub fn new(state: &State, context: &'c mut Context<'w>) -> Self {
        Self { state: state.clone(), context, again: Vec::new(), events: Vec::new() }
    }

    /// One more event.
    pub fn note(&mut self, event: impl Into<CustomerEvent>) {
        let event = event.into();
        let folded = self.state.apply(&event, self.context.now);
        folded.expect("invariant: a decision checks what it notes, and a property test tries it");
        self.events.push(event);
    }

    /// HMAC of these parts under the customer's key.
    pub fn tag(&self, parts: &[&[u8]]) -> Result<Tag, Rejection> {
        let key = self.state.known().ok_or(Rejection::Unknown)?.key;
        let mut bytes = Vec::new();
        for part in parts {
            // Each part with its length, so that no two lists of parts look alike.
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        match self.context.keys.tag(key, &bytes) {
            Ok(Some(tag)) => Ok(tag),
            Ok(None) => Err(Rejection::Erased),
            Err(_) => Err(Rejection::KeysUnavailable),
        }
    }

    /// Everything that follows, in order.
    pub fn settle(mut self) -> Result<Vec<CustomerEvent>, Rejection> {
        self.send_codes();
        let kinds: Vec<String> = self.state.kinds.keys().cloned().collect();
        for kind in &kinds {
            self.hand_over(kind)?;
        }
        for kind in &kinds {
            self.tell(kind);
        }
        self.release_transactions();
        Ok(self.events)
    }

    /// A code for every value that needs one and has none, and for those that were sent again.
    fn send_codes(&mut self) {
        let (state, now) = (&self.state, self.context.now);
        let mut due = Vec::new();
        for (name, field) in &state.fields {
            let needs = !field.is_verified && state.kinds.values().any(|k| k.verifies(name));
            let sent = &field.codes_sent_at;
            let wanted = field.code.is_none() || (sent.is_rested(now) && self.again.contains(name));
            if needs && wanted && sent.has_room(now) {
                due.extend(channel_of(name).map(|way| (name.clone(), field.revision, way)));
            }
        }
        for (field, revision, channel) in due {
            let verification = (self.context.ids)();
            let expires_at = expiry(now);
            self.note(VerificationRequested { field, revision, verification, channel, expires_at });
        }
    }

    /// Gives a complete customer to whoever decides, and takes back what is out of date.
    fn hand_over(&mut self, name: &str) -> Result<(), Rejection> {
        let Some(kind) = self.state.kinds.get(name).cloned() else { return Ok(()) };
        let waits = self.state.judge(&kind) == Status::Processing;
        let seen = self.state.revisions(&kind);
        let by_operator = needs_operator(&kind);
        if let Some(review) = &kind.review {
            if waits && by_operator && review.seen == seen {
                return Ok(());
            }
            let (review, kind) = (review.id, name.to_owned());
            self.note(ReviewWithdrawn { review, kind });
        }
        if !waits {
            return Ok(());
        }
        let kind_name = name.to_owned();
        if by_operator {
            let review = (self.context.ids)();
            self.note(ReviewRequested { review, kind: kind_name });
            return Ok(());
        }
        match &kind.requirement.decider {
            Decider::Automatic | Decider::Review => self.accept(name)?,
            Decider::Provider(provider) => {
                let asked = kind.check.and_then(|request| self.state.check(request));
                let stands = asked.is_some_and(|c| c.provider == *provider && c.seen == seen);
                if !stands {
                    let (request, provider) = ((self.context.ids)(), provider.clone());
                    self.note(CheckRequested { request, kind: kind_name, provider });
                }
            }
        }
        Ok(())
    }

    /// The rules of the type decide.
    fn accept(&mut self, kind: &str) -> Result<(), Rejection> {
        let key = self.state.known().ok_or(Rejection::Unknown)?.key;
        let tag = self.tag(&[b"decision", kind.as_bytes(), b"rules"])?;
        let decided = CustomerDecided {
            number: self.state.next_decision(),
            key,
            kind: kind.to_owned(),
            verdict: Verdict::Accept,
            by: DecidedBy::Rules,
            reason: None,
            refused: Vec::new(),
            asked: Vec::new(),
            tag,
            policy: self.context.policy.clone(),
        };
        self.note(decided);
        Ok(())
    }

    /// A status that is another one is a fact, and told once, until the type's end was told. Who
    /// was never told anything believes that something is missing.
    fn tell(&mut self, name: &str) {
        let Some(kind) = self.state.kinds.get(name) else { return };
        let (before, status) = (kind.status, self.state.judge(kind));
        if before == Some(status) {
            return;
        }
        self.note(StatusChanged { kind: name.to_owned(), status });
        let open = self.state.callback.as_ref().filter(|open| !open.ended.contains(name));
        let Some(callback) = open.map(|open| open.number) else { return };
        if before.unwrap_or(Status::NeedsInfo) != status {
            let (delivery, kind) = ((self.context.ids)(), name.to_owned());
            self.note(CallbackRequested { delivery, callback, kind, status });
        }
    }

    fn release_transactions(&mut self) {
        let waiting = self.state.transactions.iter().filter(|(_, one)| one.accepted.is_none());
        let over = waiting.filter_map(|(id, one)| match self.state.status_of(&one.kind)? {
            Status::Accepted => Some((id.clone(), true)),
            Status::Rejected => Some((id.clone(), false)),
            Status::NeedsInfo | Status::Processing => None,
        });
        for (transaction, accepted) in over.collect::<Vec<_>>() {
            let delivery = (self.context.ids)();
            self.note(TransactionReleased { transaction, delivery, accepted });
        }
    }
}

/// Whom an operator or a provider once sent back is not accepted by rules alone.
fn needs_operator(kind: &super::state::Kind) -> bool {
    let sent_back = kind.decision.as_ref().is_some_and(|d| d.verdict != Verdict::Accept);
    match kind.requirement.decider {
        Decider::Review => true,
        Decider::Automatic => sent_back,
        Decider::Provider(_) => false,
    }
}
