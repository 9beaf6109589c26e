//! One live aggregate: an actor that loads its history, decides one command at a time, appends,
//! folds and answers. Thin on purpose: all it knows is in [`Shared`] and the aggregate.

use std::sync::Arc;

use actix::{Actor, AtomicResponse, Context, Handler, Message, WrapFuture};
use actix::{ActorFutureExt, fut};
use kyc_events::engine::PolicyId;
use kyc_events::log::{Append, EventReader, Refusal};
use kyc_events::schema::EventSet;
use kyc_events::sealed::Personal;
use kyc_events::{ExpectedVersion, NewEvent, StreamId, Version};
use uuid::Uuid;

use super::error::Error;
use super::handle::{Origin, Reply};
use super::journal::{Journal, JournalError};
use super::snapshots::Snapshots;
use super::wakes::Wakes;
use crate::aggregate::{Aggregate, Context as Decision, Folded};
use crate::clock::Clock;
use crate::config::limits;
use crate::vault::Vault;

/// What every entity of the process uses.
pub struct Shared {
    /// Where histories are read.
    pub log: Arc<dyn EventReader>,
    /// Where events are appended.
    pub journal: Journal,
    /// Where personal data is sealed.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// What decisions are made under.
    pub policy: PolicyId,
    /// Who waits for news.
    pub wakes: Wakes,
}

/// The actor.
pub struct Entity<A: Aggregate> {
    shared: Arc<Shared>,
    stream: StreamId,
    snapshots: Snapshots<A>,
    folded: Option<Folded<A::State>>,
}

/// Decide this; `None` only asks for the state.
pub struct Decide<A: Aggregate>(pub Option<Arc<A::Command>>, pub Origin);

impl<A: Aggregate> Message for Decide<A> {
    type Result = Result<Reply<A>, Error<A::Rejection>>;
}

impl<A: Aggregate> Entity<A> {
    /// Not loaded yet.
    pub fn new(shared: Arc<Shared>, stream: StreamId, snapshots: Snapshots<A>) -> Self {
        Self { shared, stream, snapshots, folded: None }
    }
}

impl<A: Aggregate> Actor for Entity<A> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(limits::MAILBOX_COMMANDS_MAX);
    }
}

impl<A: Aggregate> Handler<Decide<A>> for Entity<A> {
    type Result = AtomicResponse<Self, Result<Reply<A>, Error<A::Rejection>>>;

    fn handle(&mut self, message: Decide<A>, _: &mut Self::Context) -> Self::Result {
        let folded = self.folded.take();
        let shared = Arc::clone(&self.shared);
        let stream = self.stream.clone();
        let work = async move { run::<A>(&shared, &stream, folded, message).await };
        AtomicResponse::new(Box::pin(work.into_actor(self).then(|(folded, answer), actor, _| {
            // Nothing folded: nobody knows what the log holds now, so it is loaded anew.
            if let Some(folded) = &folded {
                actor.snapshots.put(&actor.stream, folded);
            }
            actor.folded = folded;
            fut::ready(answer)
        })))
    }
}

type Answer<A> = Result<Reply<A>, Error<<A as Aggregate>::Rejection>>;

async fn run<A: Aggregate>(
    shared: &Shared,
    stream: &StreamId,
    folded: Option<Folded<A::State>>,
    message: Decide<A>,
) -> (Option<Folded<A::State>>, Answer<A>) {
    let mut folded = folded;
    for _ in 0..limits::CONFLICT_RETRIES_MAX {
        let current = match load::<A>(shared, stream, folded.take()) {
            Ok(current) => current,
            Err(what) => {
                tracing::error!(%stream, what, "a history cannot be read");
                return (None, Err(Error::Unavailable(what)));
            }
        };
        let Some(command) = message.0.as_deref() else {
            let reply = Reply { state: Arc::clone(&current.state), events: 0, last: None };
            return (Some(current), Ok(reply));
        };
        match attempt::<A>(shared, stream, current, command, &message.1).await {
            Attempt::Done(folded, reply) => return (Some(folded), Ok(reply)),
            Attempt::Refused(folded, error) => return (Some(folded), Err(error)),
            Attempt::Lost(error) => return (None, Err(error)),
            Attempt::Conflict(stale) => folded = Some(stale),
        }
    }
    (folded, Err(Error::Busy))
}

enum Attempt<A: Aggregate> {
    Done(Folded<A::State>, Reply<A>),
    Refused(Folded<A::State>, Error<A::Rejection>),
    Conflict(Folded<A::State>),
    Lost(Error<A::Rejection>),
}

async fn attempt<A: Aggregate>(
    shared: &Shared,
    stream: &StreamId,
    mut folded: Folded<A::State>,
    command: &A::Command,
    origin: &Origin,
) -> Attempt<A> {
    let now = shared.clock.now();
    let mut ids = Uuid::now_v7;
    let mut context = Decision { now, ids: &mut ids, keys: &*shared.vault, policy: &shared.policy };
    let mut events = match A::decide(&folded.state, command, &mut context) {
        Ok(events) => events,
        Err(rejection) => return Attempt::Refused(folded, Error::Rejected(rejection)),
    };
    if events.is_empty() {
        let reply = Reply { state: Arc::clone(&folded.state), events: 0, last: None };
        return Attempt::Done(folded, reply);
    }
    let new = match envelopes(shared, stream, &mut events, origin) {
        Ok(new) => new,
        Err(what) => return Attempt::Refused(folded, Error::Unavailable(what)),
    };
    let expected = match folded.version {
        Version::NONE => ExpectedVersion::NoStream,
        version => ExpectedVersion::Exact(version),
    };
    let append = Append { stream: stream.clone(), expected, events: new, now };
    match shared.journal.append(append).await {
        Ok(appended) => {
            for event in &events {
                if let Err(error) =
                    A::evolve(Arc::make_mut(&mut folded.state), event, appended.recorded_at)
                {
                    tracing::error!(%stream, %error, "a decision made an illegal history");
                    return Attempt::Lost(Error::Unavailable(error.to_string()));
                }
            }
            folded.version = appended.version;
            shared.wakes.wake(stream);
            let reply = Reply {
                state: Arc::clone(&folded.state),
                events: events.len(),
                last: Some(appended.last),
            };
            Attempt::Done(folded, reply)
        }
        Err(JournalError::Refused(Refusal::Conflict { .. })) => Attempt::Conflict(folded),
        Err(JournalError::Refused(Refusal::TooLarge { .. })) => {
            Attempt::Refused(folded, Error::TooLarge)
        }
        Err(JournalError::Refused(Refusal::Malformed(what))) => {
            Attempt::Refused(folded, Error::Unavailable(what.to_owned()))
        }
        Err(JournalError::Busy) => Attempt::Refused(folded, Error::Busy),
        Err(JournalError::Unwritable(what)) => Attempt::Lost(Error::Unavailable(what)),
    }
}

/// Seals and encodes what was decided.
fn envelopes<E: EventSet + Personal>(
    shared: &Shared,
    stream: &StreamId,
    events: &mut [E],
    origin: &Origin,
) -> Result<Vec<NewEvent>, String> {
    let mut new = Vec::with_capacity(events.len());
    for event in events {
        let schema = event.schema();
        let fields = shared.vault.fields(stream, schema.name);
        event.seal(&fields).map_err(|error| error.to_string())?;
        new.push(NewEvent {
            event_id: Uuid::now_v7(),
            name: schema.name.into(),
            schema_version: schema.version,
            actor: Arc::clone(&origin.actor),
            causation: origin.causation,
            correlation: origin.correlation,
            payload: event.encode().map_err(|error| error.to_string())?,
        });
    }
    Ok(new)
}

/// Folds what the log holds beyond what is folded already.
fn load<A: Aggregate>(
    shared: &Shared,
    stream: &StreamId,
    folded: Option<Folded<A::State>>,
) -> Result<Folded<A::State>, String> {
    let mut folded =
        folded.unwrap_or_else(|| Folded { state: Arc::default(), version: Version::NONE });
    let head = shared.log.head(stream).map_or(Version::NONE, |head| head.version);
    while folded.version < head {
        let records = shared
            .log
            .read_stream(stream, folded.version, limits::PROJECTOR_BATCH)
            .map_err(|error| error.to_string())?;
        if records.is_empty() {
            return Err(format!("{stream} ends at {}, not at {head}", folded.version));
        }
        for record in records {
            let event = A::Event::decode(&record.name, record.schema_version, &record.payload)
                .map_err(|error| error.to_string())?;
            A::evolve(Arc::make_mut(&mut folded.state), &event, record.recorded_at)
                .map_err(|error| error.to_string())?;
            folded.version = record.version;
        }
    }
    Ok(folded)
}
