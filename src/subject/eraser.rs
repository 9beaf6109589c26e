//! Carries out erasures: closes the person's streams, condemns and destroys their keys.
//!
//! ```text
//!   (ErasureDeferred)         a hold stood; when none does any more, the next line follows by itself
//!   ErasureRequested          on the person's stream: the next generation begins
//!   <protocol>.…Erased        on each stream of the old one: nothing is sent or awaited any more
//!   KeysCondemned             commitments to the keys
//!   (keys destroyed)          in the key store
//!   SubjectErased
//! ```
//!
//! Every step may be repeated, so a crash anywhere only means that the erasure goes on at the
//! next start. Asks the read model what is to be done, never remembers.

use std::collections::HashMap;
use std::sync::Arc;

use kyc_events::StreamId;
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::subject::KeysCondemned;
use kyc_projections::subjects::{self, Erasure, Subjects};
use kyc_projections::transfer_work::{self, Progress, TransferWork};
use tokio::sync::watch;

use super::name::stream_of;
use super::{Command, Subject};
use crate::aggregate::Aggregate;
use crate::callbacks::renderer::Boxed;
use crate::clock::Clock;
use crate::config::limits;
use crate::engine::failpoint::pass;
use crate::engine::handle::Origin;
use crate::engine::{Handle, ReadModels};
use crate::vault::Vault;

/// Closes one stream of a protocol for a generation.
pub type Close = Arc<dyn Fn(StreamId, u32) -> Boxed<'static, Result<(), String>> + Send + Sync>;

/// Closes streams of one kind with this command, whether or not their protocol is configured now.
pub fn closer<A: Aggregate>(
    handle: &Handle<A>,
    erase: fn(u32) -> A::Command,
) -> (&'static str, Close) {
    let handle = handle.clone();
    let close: Close = Arc::new(move |stream, generation| {
        let handle = handle.clone();
        Box::pin(async move {
            let sent = handle.send(&stream, erase(generation), Origin::of("eraser")).await;
            sent.map(drop).map_err(|error| error.outcome().to_owned())
        })
    });
    (A::KIND, close)
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Eraser {
    /// The people.
    pub subjects: Handle<Subject>,
    /// What belongs to them.
    pub models: ReadModels,
    /// Their keys.
    pub vault: Arc<Vault>,
    /// Tells when a hold has ended.
    pub clock: Clock,
    /// How streams are closed, by kind.
    pub close: Arc<HashMap<&'static str, Close>>,
    /// Erasures and backups take turns: a backup never holds a key that its log calls destroyed.
    pub turn: Arc<tokio::sync::Mutex<()>>,
    /// Erasures and signatures take turns: a transaction is signed before the person's streams are
    /// closed, and its key is among those that are destroyed, or it is not signed at all.
    pub signing: Arc<tokio::sync::Mutex<()>>,
}

impl Eraser {
    /// Works until `stop` says so.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut news = self.models.news();
        while !*stop.borrow() {
            news.borrow_and_update();
            let mut interrupted = !self.begin_deferred().await;
            for erasure in self.models.of::<Subjects>().query(subjects::erasures) {
                let turn = (self.turn.lock().await, self.signing.lock().await);
                match self.advance(erasure).await {
                    Ok(true) => tracing::info!(subject = %short(erasure.subject), "erased"),
                    Ok(false) => interrupted = true,
                    Err(what) => {
                        tracing::error!(what, "an erasure was interrupted");
                        interrupted = true;
                    }
                }
                drop(turn);
            }
            let next = self.models.of::<Subjects>().query(subjects::next_deferred);
            let again = async {
                match next {
                    _ if interrupted => tokio::time::sleep(limits::PAUSE).await,
                    Some(at) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = news.changed() => if changed.is_err() { break },
                () = again => {}
                _ = stop.changed() => break,
            }
        }
    }

    /// Asks for the erasures that only a hold kept back; whether all of them were asked for.
    async fn begin_deferred(&self) -> bool {
        let (now, limit) = (self.clock.now(), limits::DEFERRED_PER_ROUND);
        let due = self.models.of::<Subjects>().query(|rows| subjects::deferred(rows, now, limit));
        let mut all = due.len() < limit;
        for subject in due {
            if let Err(what) = self.record(subject, Command::EraseDeferred).await {
                tracing::error!(what, "an erasure that was put off could not begin");
                all = false;
            }
        }
        all
    }

    /// Does what can be done now; whether that was all.
    async fn advance(&self, erasure: Erasure) -> Result<bool, String> {
        let Erasure { subject, generation } = erasure;
        pass("erasure.requested");
        self.close_streams(erasure).await?;
        pass("erasure.closed");
        let (keys, needed) = self.keys(erasure);
        let mut condemned = Vec::new();
        for key in &keys {
            condemned.extend(self.vault.condemn(*key).map_err(|error| error.to_string())?);
        }
        for keys in condemned.chunks(KeysCondemned::KEYS_MAX) {
            self.record(subject, Command::Condemn { keys: keys.to_vec() }).await?;
        }
        pass("erasure.condemned");
        let vault = Arc::clone(&self.vault);
        let shredded = tokio::task::spawn_blocking(move || vault.shred(&keys)).await;
        shredded.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        pass("erasure.shredded");
        // Nothing can be sealed under the old keys any more. What still came in before goes too.
        self.close_streams(erasure).await?;
        if needed > 0 {
            tracing::info!(needed, "an erasure waits for transactions that are being sent");
            return Ok(false);
        }
        self.record(subject, Command::FinishErasure { generation }).await?;
        pass("erasure.finished");
        Ok(true)
    }

    async fn close_streams(&self, erasure: Erasure) -> Result<(), String> {
        let Erasure { subject, generation } = erasure;
        for _ in 0..limits::CONFLICT_RETRIES_MAX {
            self.caught_up().await?;
            let streams = |rows: &_| subjects::streams(rows, subject, generation);
            let streams = self.models.of::<Subjects>().query(streams);
            if streams.is_empty() {
                return Ok(());
            }
            for stream in streams {
                let close = self.close.get(stream.kind());
                let close = close.ok_or_else(|| format!("{stream}: nobody can close it"))?;
                close(stream, generation).await?;
            }
        }
        Err("more streams came than could be closed".to_owned())
    }

    /// Keys that may go, and how many are still needed: a transaction that is being sent names
    /// other people too.
    fn keys(&self, erasure: Erasure) -> (Vec<KeyId>, usize) {
        let open = self.models.of::<TransferWork>().query(transfer_work::open_batches);
        let sending = |nonce: u64| {
            let batch = open.iter().find(|batch| batch.signed.nonce == nonce);
            batch.is_some_and(|batch| matches!(batch.progress, Progress::Signed { .. }))
        };
        let Erasure { subject, generation } = erasure;
        let owned =
            self.models.of::<Subjects>().query(|rows| subjects::keys(rows, subject, generation));
        let (needed, free): (Vec<_>, Vec<_>) =
            owned.into_iter().partition(|owned| owned.batch.is_some_and(sending));
        (free.into_iter().map(|owned| owned.key).collect(), needed.len())
    }

    async fn record(&self, subject: Tag, command: Command) -> Result<(), String> {
        let sent = self.subjects.send(&stream_of(subject), command, Origin::of("eraser")).await;
        let last = sent.map_err(|error| error.to_string())?.last;
        match last {
            Some(last) if !self.models.wait_for(last).await => Err(behind()),
            _ => Ok(()),
        }
    }

    async fn caught_up(&self) -> Result<(), String> {
        if self.models.wait_for_all().await { Ok(()) } else { Err(behind()) }
    }

    /// Waits until an erasure is at its end; whether it came in time.
    pub async fn wait_for(&self, subject: Tag) -> bool {
        let mut news = self.models.news();
        let ended = async {
            loop {
                news.borrow_and_update();
                let open = self.models.of::<Subjects>().query(subjects::erasures);
                if open.iter().all(|erasure| erasure.subject != subject) {
                    return true;
                }
                if news.changed().await.is_err() {
                    return false;
                }
            }
        };
        tokio::time::timeout(limits::ERASURE_WAIT, ended).await.unwrap_or(false)
    }
}

fn behind() -> String {
    "the read models are behind".to_owned()
}

fn short(subject: Tag) -> String {
    subject.to_hex()[..8].to_owned()
}
