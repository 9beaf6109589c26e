//! How everybody else talks to aggregates.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use actix::Addr;
use kyc_events::log::EventReader;
use kyc_events::{EventId, Position, StreamId};
use uuid::Uuid;

use super::entity::Shared;
use super::error::Error;
use super::registry::{Route, Shard};
use super::snapshots::Snapshots;
use super::wakes::{Wakes, Watch};
use crate::aggregate::Aggregate;
use crate::metrics::Metrics;

/// Who asks, and on account of what.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `public`, `operator`, `timer`, …; no personal data.
    pub actor: Arc<str>,
    /// The event that led to this.
    pub causation: Option<EventId>,
    /// The request or run.
    pub correlation: Uuid,
}

impl Origin {
    /// Of a part of the engine, on its own account.
    pub fn of(actor: &str) -> Self {
        Self { actor: actor.into(), causation: None, correlation: Uuid::now_v7() }
    }

    /// Of a request.
    pub fn request(actor: &str, correlation: Uuid) -> Self {
        Self { actor: actor.into(), causation: None, correlation }
    }
}

/// What a command led to.
#[derive(Clone, Debug)]
pub struct Reply<A: Aggregate> {
    /// The state afterwards.
    pub state: Arc<A::State>,
    /// Events appended; 0 if the command had been carried out before.
    pub events: usize,
    /// Position of the last of them.
    pub last: Option<Position>,
}

/// To a shard, and round its actors.
pub(super) type Way<A> = (Addr<Shard<A>>, Snapshots<A>);

/// Handle to all aggregates of one kind. Cheap to clone.
pub struct Handle<A: Aggregate> {
    shards: Arc<[Way<A>]>,
    log: Arc<dyn EventReader>,
    metrics: Metrics,
    wakes: Wakes,
}

impl<A: Aggregate> Clone for Handle<A> {
    fn clone(&self) -> Self {
        let (shards, log) = (Arc::clone(&self.shards), Arc::clone(&self.log));
        Self { shards, log, metrics: self.metrics.clone(), wakes: self.wakes.clone() }
    }
}

impl<A: Aggregate> Handle<A> {
    pub(super) fn new(shards: Arc<[Way<A>]>, shared: &Shared, metrics: Metrics) -> Self {
        let (log, wakes) = (Arc::clone(&shared.log), shared.wakes.clone());
        Self { shards, log, metrics, wakes }
    }

    /// Carries out a command; what it answers is on disk.
    pub async fn send(
        &self,
        stream: &StreamId,
        command: A::Command,
        origin: Origin,
    ) -> Result<Reply<A>, Error<A::Rejection>> {
        let name = A::command_name(&command);
        let answer = self.route(stream, Some(command), origin).await;
        let outcome = answer.as_ref().map_or_else(Error::outcome, |_| "accepted");
        self.metrics.commands.with_label_values(&[A::KIND, name, outcome]).inc();
        answer
    }

    /// The state by now.
    pub async fn state(&self, stream: &StreamId) -> Result<Arc<A::State>, Error<A::Rejection>> {
        let known = |head| self.shard(stream).1.at(stream, head);
        if let Some(state) = self.log.head(stream).and_then(known) {
            return Ok(state);
        }
        self.route(stream, None, Origin::of("query")).await.map(|reply| reply.state)
    }

    /// Waits for news of an aggregate from here on.
    pub fn watch(&self, stream: &StreamId) -> Watch {
        self.wakes.subscribe(stream)
    }

    fn shard(&self, stream: &StreamId) -> &Way<A> {
        let mut hasher = DefaultHasher::new();
        stream.hash(&mut hasher);
        &self.shards[(hasher.finish() as usize) % self.shards.len()]
    }

    async fn route(
        &self,
        stream: &StreamId,
        command: Option<A::Command>,
        origin: Origin,
    ) -> Result<Reply<A>, Error<A::Rejection>> {
        let (shard, _) = self.shard(stream);
        let route = Route { stream: stream.clone(), command, origin };
        match shard.send(route).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Unavailable("a shard is gone".to_owned())),
        }
    }
}
