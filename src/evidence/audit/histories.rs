//! Whether every event may follow on its stream, and every outcome on an intent.
//!
//! Streams that were used lately are kept folded; one that comes back later is folded again from
//! the log. So memory does not grow with the number of streams that ended long ago.

use std::collections::{HashMap, HashSet};

use kyc_events::callback::DELIVERY;
use kyc_events::log::EventReader;
use kyc_events::sealed::KeyId;
use kyc_events::{Record, StreamId, Version};
use uuid::Uuid;

use crate::config::limits;
use crate::evidence::intents;
use crate::evidence::kinds::{self, Illegal, Kind, State};

/// States of streams, and callbacks that were asked for.
#[derive(Default)]
pub struct Histories {
    young: HashMap<StreamId, State>,
    old: HashMap<StreamId, State>,
    intents: HashSet<Uuid>,
}

impl Histories {
    /// Takes the next record in, and notes the keys that something in it is sealed under; or why
    /// it cannot have been.
    pub fn take(
        &mut self,
        reader: &dyn EventReader,
        record: &Record,
        keys: &mut Vec<KeyId>,
    ) -> Result<(), String> {
        let kind = kinds::of(&record.stream)
            .ok_or_else(|| format!("no kind of stream is called {}", record.stream.kind()))?;
        let state = match self.young.get_mut(&record.stream) {
            Some(state) => state,
            None => self.fetch(kind, reader, record)?,
        };
        if let Err(error) = kind.fold_noting(state, record, keys) {
            // What does not decode has changed nothing; what cannot follow may have.
            if let Illegal::History(_) = error {
                self.young.remove(&record.stream);
            }
            return Err(error.to_string());
        }
        self.match_intent(record)
    }

    /// Makes the state before this record one of the young.
    fn fetch(
        &mut self,
        kind: &Kind,
        reader: &dyn EventReader,
        record: &Record,
    ) -> Result<&mut State, String> {
        let state = match self.old.remove(&record.stream) {
            Some(state) => state,
            None => folded_again(kind, reader, record)?,
        };
        if self.young.len() >= limits::AUDIT_STATES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        Ok(self.young.entry(record.stream.clone()).or_insert(state))
    }

    fn match_intent(&mut self, record: &Record) -> Result<(), String> {
        if let Some(delivery) = intents::of(record).transpose()?
            && !self.intents.insert(delivery)
        {
            return Err(format!("delivery {delivery} was asked for before"));
        }
        if record.stream.kind() == DELIVERY {
            let asked = Uuid::parse_str(record.stream.key())
                .is_ok_and(|delivery| self.intents.contains(&delivery));
            if !asked {
                return Err("an outcome of a callback that nobody asked for".to_owned());
            }
        }
        Ok(())
    }
}

/// The state before this record, from the log.
fn folded_again(kind: &Kind, reader: &dyn EventReader, record: &Record) -> Result<State, String> {
    let mut state = kind.start();
    let mut after = Version::NONE;
    while after.0 + 1 < record.version.0 {
        let limit = (record.version.0 - 1 - after.0).min(limits::PROJECTOR_BATCH as u64);
        let earlier = reader
            .read_stream(&record.stream, after, limit as usize)
            .map_err(|error| error.to_string())?;
        let Some(last) = earlier.last() else { break };
        after = last.version;
        for record in &earlier {
            kind.fold(&mut state, record).map_err(|error| error.to_string())?;
        }
    }
    Ok(state)
}
