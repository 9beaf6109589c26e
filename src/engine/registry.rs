//! Which aggregates are live: shards of addresses, passivation, respawning, quarantine.
//!
//! actix's Supervisor does not restart an actor that panicked: its mailbox stays closed. So a
//! shard that meets a closed mailbox makes a new actor, which loads the history again, and tries
//! the command once more; a command that goes on crashing is quarantined.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix::{Actor, Addr, Arbiter, AsyncContext, Context, Handler, Message, ResponseFuture};
use kyc_events::StreamId;
use kyc_events::sealed::Tag;

use super::entity::{Decide, Entity, Shared};
use super::error::Error;
use super::handle::{Handle, Origin, Reply};
use super::quarantine::Quarantine;
use super::snapshots::Snapshots;
use crate::aggregate::Aggregate;
use crate::config::limits;
use crate::metrics::Metrics;

/// A command on its way to its aggregate; without one, a question for the state.
pub struct Route<A: Aggregate> {
    /// Which aggregate.
    pub stream: StreamId,
    /// What is asked of it.
    pub command: Option<A::Command>,
    /// By whom.
    pub origin: Origin,
}

impl<A: Aggregate> Message for Route<A> {
    type Result = Result<Reply<A>, Error<A::Rejection>>;
}

struct Slot<A: Aggregate> {
    entity: Addr<Entity<A>>,
    in_flight: usize,
    used: Instant,
}

type Slots<A> = Rc<RefCell<HashMap<StreamId, Slot<A>>>>;

/// A thread's share of the live aggregates.
pub struct Shard<A: Aggregate> {
    shared: Arc<Shared>,
    quarantine: Quarantine,
    metrics: Metrics,
    slots: Slots<A>,
    snapshots: Snapshots<A>,
    reported: usize,
}

/// Starts the shards of one kind of aggregate, each on its own arbiter.
pub fn start<A: Aggregate>(
    shared: &Arc<Shared>,
    quarantine: &Quarantine,
    metrics: &Metrics,
) -> (Handle<A>, Vec<Arbiter>) {
    let arbiters: Vec<Arbiter> = (0..limits::SHARDS).map(|_| Arbiter::new()).collect();
    let shards = arbiters
        .iter()
        .map(|arbiter| {
            let snapshots = Snapshots::default();
            let kept = snapshots.clone();
            let (shared, quarantine, metrics) =
                (Arc::clone(shared), quarantine.clone(), metrics.clone());
            let started = Shard::<A>::start_in_arbiter(&arbiter.handle(), move |context| {
                context.set_mailbox_capacity(limits::SHARD_MAILBOX_MAX);
                let slots = Rc::default();
                Shard { shared, quarantine, metrics, slots, snapshots, reported: 0 }
            });
            (started, kept)
        })
        .collect();
    (Handle::new(shards, shared, metrics.clone()), arbiters)
}

impl<A: Aggregate> Actor for Shard<A> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.run_interval(limits::IDLE_SWEEP, |shard, _| {
            // Nothing is queued for an idle actor, and the address is its last: it just ends.
            shard
                .slots
                .borrow_mut()
                .retain(|_, slot| slot.in_flight > 0 || slot.used.elapsed() < limits::IDLE);
            let slots = shard.slots.borrow();
            shard.snapshots.keep(|stream| slots.contains_key(stream));
            let count = slots.len();
            shard.metrics.live(A::KIND, count, shard.reported);
            shard.reported = count;
        });
    }
}

impl<A: Aggregate> Handler<Route<A>> for Shard<A> {
    type Result = ResponseFuture<Result<Reply<A>, Error<A::Rejection>>>;

    fn handle(&mut self, route: Route<A>, _: &mut Self::Context) -> Self::Result {
        let shared = Arc::clone(&self.shared);
        let quarantine = self.quarantine.clone();
        let slots = Rc::clone(&self.slots);
        let snapshots = self.snapshots.clone();
        Box::pin(async move {
            let Route { stream, command, origin } = route;
            let command = command.map(Arc::new);
            let fingerprint = || fingerprint::<A>(&shared, &stream, command.as_deref()?);
            if !quarantine.is_empty() && fingerprint().is_some_and(|tag| quarantine.holds(tag)) {
                return Err(Error::Quarantined);
            }
            for _ in 0..limits::CRASHES_MAX {
                let Some(entity) = enter(&slots, &snapshots, &shared, &stream) else {
                    return Err(Error::Busy);
                };
                let answer = entity.send(Decide(command.clone(), origin.clone())).await;
                leave(&slots, &stream, &entity);
                if let Ok(answer) = answer {
                    return answer;
                }
                tracing::error!(%stream, "an aggregate crashed; loading it again");
            }
            if let Some(tag) = fingerprint() {
                quarantine.add(&shared, stream, tag).await;
            }
            Err(Error::Quarantined)
        })
    }
}

/// The live actor of a stream, made if need be; `None` if too much waits for it already.
fn enter<A: Aggregate>(
    slots: &Slots<A>,
    snapshots: &Snapshots<A>,
    shared: &Arc<Shared>,
    stream: &StreamId,
) -> Option<Addr<Entity<A>>> {
    let mut slots = slots.borrow_mut();
    if slots.len() >= limits::LIVE_PER_SHARD_MAX && !slots.contains_key(stream) {
        passivate(&mut slots);
        snapshots.keep(|stream| slots.contains_key(stream));
    }
    let make = || Slot {
        entity: Entity::new(Arc::clone(shared), stream.clone(), snapshots.clone()).start(),
        in_flight: 0,
        used: Instant::now(),
    };
    let slot = slots.entry(stream.clone()).or_insert_with(make);
    if !slot.entity.connected() {
        *slot = make();
    }
    if slot.in_flight >= limits::MAILBOX_COMMANDS_MAX {
        return None;
    }
    slot.in_flight += 1;
    Some(slot.entity.clone())
}

/// Drops the quarter that was not used for longest, so that the next thousands need no search.
fn passivate<A: Aggregate>(slots: &mut HashMap<StreamId, Slot<A>>) {
    let mut idle: Vec<Instant> =
        slots.values().filter(|slot| slot.in_flight == 0).map(|slot| slot.used).collect();
    if idle.is_empty() {
        return;
    }
    let quarter = idle.len() / 4;
    let (_, until, _) = idle.select_nth_unstable(quarter);
    let until = *until;
    slots.retain(|_, slot| slot.in_flight > 0 || slot.used > until);
}

fn leave<A: Aggregate>(slots: &Slots<A>, stream: &StreamId, entity: &Addr<Entity<A>>) {
    let mut slots = slots.borrow_mut();
    if let Some(slot) = slots.get_mut(stream).filter(|slot| slot.entity == *entity) {
        slot.in_flight = slot.in_flight.saturating_sub(1);
        slot.used = Instant::now();
    }
}

/// Recognises a command without keeping its content.
fn fingerprint<A: Aggregate>(
    shared: &Shared,
    stream: &StreamId,
    command: &A::Command,
) -> Option<Tag> {
    let bytes = minicbor_serde::to_vec(command).ok()?;
    let whole = [stream.as_str().as_bytes(), b"\0", &bytes].concat();
    Some(shared.vault.pseudonym("command", &whole))
}
