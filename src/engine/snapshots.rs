//! States of live aggregates, to be read without a word to their actors.
//!
//! A state is good as long as its version is that of the stream's head in the log: then the actor
//! could not say anything else. Otherwise a command is under way, or somebody else wrote, and the
//! actor is asked.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use kyc_events::log::StreamHead;
use kyc_events::{StreamId, Version};

use crate::aggregate::{Aggregate, Folded};

type States<A> = HashMap<StreamId, (Version, Arc<<A as Aggregate>::State>)>;

/// Of one shard. Clones share them.
pub struct Snapshots<A: Aggregate>(Arc<RwLock<States<A>>>);

impl<A: Aggregate> Clone for Snapshots<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Aggregate> Default for Snapshots<A> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<A: Aggregate> Snapshots<A> {
    /// The state at this head, if it is here.
    pub fn at(&self, stream: &StreamId, head: StreamHead) -> Option<Arc<A::State>> {
        let states = self.0.read().ok()?;
        let (version, state) = states.get(stream)?;
        (*version == head.version).then(|| Arc::clone(state))
    }

    /// What an actor knows now.
    pub fn put(&self, stream: &StreamId, folded: &Folded<A::State>) {
        let Ok(mut states) = self.0.write() else { return };
        let now = (folded.version, Arc::clone(&folded.state));
        match states.get_mut(stream) {
            Some(known) => *known = now,
            None => drop(states.insert(stream.clone(), now)),
        }
    }

    /// Forgets the states of aggregates that are not live any more.
    pub fn keep(&self, is_live: impl Fn(&StreamId) -> bool) {
        if let Ok(mut states) = self.0.write() {
            states.retain(|stream, _| is_live(stream));
        }
    }
}
