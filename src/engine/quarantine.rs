//! Commands that crash their aggregate, remembered so that they are refused, not repeated.

use std::collections::HashSet;
use std::sync::{Arc, RwLock};

use kyc_events::log::EventReader;
use kyc_events::quarantine::{CommandQuarantined, QUARANTINE, QuarantineEvent};
use kyc_events::schema::EventSet;
use kyc_events::sealed::Tag;
use kyc_events::{StreamId, Version};

use super::entity::Shared;
use crate::config::limits;

/// Handle to the set of refused commands.
#[derive(Clone, Default)]
pub struct Quarantine {
    commands: Arc<RwLock<HashSet<Tag>>>,
}

fn stream() -> StreamId {
    StreamId::new(QUARANTINE, "all").expect("invariant: a constant name")
}

impl Quarantine {
    /// What the log holds.
    pub fn load(log: &dyn EventReader) -> Result<Self, kyc_events::log::ReadError> {
        let mut commands = HashSet::new();
        let mut after = Version::NONE;
        loop {
            let records = log.read_stream(&stream(), after, limits::PROJECTOR_BATCH)?;
            let Some(last) = records.last() else { break };
            after = last.version;
            for record in &records {
                let event =
                    QuarantineEvent::decode(&record.name, record.schema_version, &record.payload);
                if let Ok(QuarantineEvent::CommandQuarantined(event)) = event {
                    commands.insert(event.command);
                }
            }
        }
        Ok(Self { commands: Arc::new(RwLock::new(commands)) })
    }

    /// Whether nothing is refused, as nearly always.
    pub fn is_empty(&self) -> bool {
        self.commands.read().is_ok_and(|commands| commands.is_empty())
    }

    /// Whether a command is refused.
    pub fn holds(&self, command: Tag) -> bool {
        self.commands.read().is_ok_and(|commands| commands.contains(&command))
    }

    /// Refuses a command from now on.
    pub async fn add(&self, shared: &Shared, of: StreamId, command: Tag) {
        tracing::error!(stream = %of, crashes = limits::CRASHES_MAX, "a command is quarantined");
        if let Ok(mut commands) = self.commands.write() {
            commands.insert(command);
        }
        let event = QuarantineEvent::from(CommandQuarantined {
            stream: of,
            command,
            crashes: limits::CRASHES_MAX,
        });
        let now = shared.clock.now();
        if let Err(error) = shared.journal.note(stream(), &event, "engine", now).await {
            tracing::error!(%error, "the quarantine could not be recorded");
        }
    }
}
