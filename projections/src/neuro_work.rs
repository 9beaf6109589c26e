//! Which Neuron applications are being looked at, and which providers are waited for?
//!
//! A run stands here from being marked ready to its outcome, so that a restart goes on with it.

use kyc_events::neuro::{IDENTITY, IdentityEvent};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// One run that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Stream of the identity.
    pub identity: StreamId,
    /// Its id.
    pub run: Uuid,
    /// When the application was marked ready.
    pub ready_at: Millis,
    /// Requests to providers that nobody answered, and by when each is given up.
    pub checks: Vec<(Uuid, Millis)>,
}

/// A request to a provider that nobody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stream of the identity.
    pub identity: StreamId,
    /// Its id.
    pub request: Uuid,
    /// It is given up then.
    pub expires_at: Millis,
}

/// See the module.
pub struct NeuroWork;

impl Projection for NeuroWork {
    const NAME: &'static str = "neuro_work";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Run>("run", &[Text]),
        Table::of::<StreamId>("due", &[Number, Text]),
        Table::of::<Check>("check", &[Number, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != IDENTITY {
            return Ok(());
        }
        let stream = &record.stream;
        match event(record)? {
            IdentityEvent::MarkedReady(e) => {
                end(rows, stream);
                let (identity, ready_at) = (stream.clone(), record.recorded_at);
                put(rows, &Run { identity, run: e.run, ready_at, checks: Vec::new() });
            }
            IdentityEvent::CheckRequested(e) => {
                if let Some(mut run) = take(rows, stream) {
                    run.checks.push((e.request, e.expires_at));
                    put(rows, &run);
                }
            }
            IdentityEvent::CheckAnswered(e) => {
                if let Some(mut run) = take(rows, stream) {
                    run.checks.retain(|(request, _)| *request != e.request);
                    put(rows, &run);
                }
            }
            IdentityEvent::ReviewConcluded(_)
            | IdentityEvent::IdentityApproved(_)
            | IdentityEvent::IdentityRejected(_)
            | IdentityEvent::IdentityObsoleted(_)
            | IdentityEvent::IdentityCompromised(_)
            | IdentityEvent::IdentityErased(_) => end(rows, stream),
            IdentityEvent::IdentityApplied(_)
            | IdentityEvent::AttachmentAdded(_)
            | IdentityEvent::ReviewStarted(_)
            | IdentityEvent::ClaimAssessed(_)
            | IdentityEvent::PhotoAssessed(_)
            | IdentityEvent::ReviewErrored(_)
            | IdentityEvent::ReviewRequested(_)
            | IdentityEvent::ReviewWithdrawn(_)
            | IdentityEvent::ReviewClaimed(_)
            | IdentityEvent::ReviewDecided(_) => {}
        }
        Ok(())
    }
}

/// Runs whose authenticators have to be asked, those that wait longest first; at most `limit`.
pub fn due(rows: &Rows, limit: usize) -> Vec<Run> {
    let streams = rows.scan::<StreamId>(&Key::table("due").done());
    streams.filter_map(|(_, stream)| find(rows, &stream)).take(limit).collect()
}

/// The run of an identity that is under way.
pub fn find(rows: &Rows, identity: &StreamId) -> Option<Run> {
    rows.get(&run_key(identity))
}

/// Requests that are given up at `now`, oldest first; at most `limit`.
pub fn overdue(rows: &Rows, now: Millis, limit: usize) -> Vec<Check> {
    let checks = rows.scan::<Check>(&Key::table("check").done()).map(|(_, check)| check);
    checks.take_while(|check| check.expires_at <= now).take(limit).collect()
}

/// When the next request is given up.
pub fn next_overdue(rows: &Rows) -> Option<Millis> {
    let first = rows.scan::<Check>(&Key::table("check").done()).next();
    first.map(|(_, check)| check.expires_at)
}

/// A run that waits for a provider has asked its authenticators.
fn put(rows: &mut Rows, run: &Run) {
    if run.checks.is_empty() {
        rows.put(due_key(run), &run.identity);
    }
    for (request, expires_at) in &run.checks {
        let (request, expires_at) = (*request, *expires_at);
        let check = Check { identity: run.identity.clone(), request, expires_at };
        rows.put(check_key(request, expires_at), &check);
    }
    rows.put(run_key(&run.identity), run);
}

fn take(rows: &mut Rows, identity: &StreamId) -> Option<Run> {
    let run = find(rows, identity)?;
    end(rows, identity);
    Some(run)
}

fn end(rows: &mut Rows, identity: &StreamId) {
    let Some(run) = find(rows, identity) else { return };
    rows.delete(&due_key(&run));
    for (request, expires_at) in &run.checks {
        rows.delete(&check_key(*request, *expires_at));
    }
    rows.delete(&run_key(identity));
}

fn run_key(identity: &StreamId) -> Vec<u8> {
    Key::table("run").text(identity.as_str()).done()
}

fn due_key(run: &Run) -> Vec<u8> {
    Key::table("due").instant(run.ready_at).text(run.identity.as_str()).done()
}

fn check_key(request: Uuid, expires_at: Millis) -> Vec<u8> {
    Key::table("check").instant(expires_at).text(&request.to_string()).done()
}

#[cfg(test)]
mod tests;
