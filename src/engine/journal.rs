//! The one writer: a thread that collects what arrives while the last sync runs and commits it
//! in one (group commit). Nobody is answered before the sync.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use kyc_events::log::{Append, Appended, EventLog, Refusal, WriteError};
use kyc_events::schema::EventSet;
use kyc_events::{ExpectedVersion, Millis, NewEvent, StreamId};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::config::limits;
use crate::metrics::Metrics;

/// Why an append came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// The log refused this one; others go on.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The queue is full.
    #[error("the journal is busy")]
    Busy,
    /// The log writes no more, or not now.
    #[error("the log takes no writes: {0}")]
    Unwritable(String),
}

struct Request {
    append: Append,
    reply: oneshot::Sender<Result<Appended, JournalError>>,
}

enum Message {
    Append(Request),
    Stop,
}

/// Handle to the writer. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    queue: mpsc::Sender<Message>,
    failed: Arc<AtomicBool>,
}

impl Journal {
    /// Starts the writer. It ends, marking and closing the log, after [`stop`](Self::stop).
    pub fn start(log: Arc<dyn EventLog>, metrics: Metrics) -> (Self, JoinHandle<()>) {
        let (queue, messages) = mpsc::channel(limits::JOURNAL_QUEUE_MAX);
        let failed = Arc::new(AtomicBool::new(false));
        let writer = Writer { log, messages, failed: Arc::clone(&failed), metrics };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run())
            .expect("invariant: the system can start a thread");
        (Self { queue, failed }, thread)
    }

    /// Appends and returns when it is on disk.
    pub async fn append(&self, append: Append) -> Result<Appended, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Message::Append(Request { append, reply })).map_err(
            |error| match error {
                mpsc::error::TrySendError::Full(_) => JournalError::Busy,
                mpsc::error::TrySendError::Closed(_) => gone(),
            },
        )?;
        answer.await.map_err(|_| gone())?
    }

    /// Appends one event that no aggregate decides, whatever its stream holds.
    pub async fn note<E: EventSet>(
        &self,
        stream: StreamId,
        event: &E,
        actor: &str,
        now: Millis,
    ) -> Result<Appended, JournalError> {
        self.note_at(stream, ExpectedVersion::Any, event, actor, now).await
    }

    /// Appends one event that no aggregate decides, unless its stream has one; whether it had none.
    pub async fn note_once<E: EventSet>(
        &self,
        stream: StreamId,
        event: &E,
        actor: &str,
        now: Millis,
    ) -> Result<bool, JournalError> {
        match self.note_at(stream, ExpectedVersion::NoStream, event, actor, now).await {
            Ok(_) => Ok(true),
            Err(JournalError::Refused(Refusal::Conflict { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn note_at<E: EventSet>(
        &self,
        stream: StreamId,
        expected: ExpectedVersion,
        event: &E,
        actor: &str,
        now: Millis,
    ) -> Result<Appended, JournalError> {
        let schema = event.schema();
        let payload =
            event.encode().map_err(|error| JournalError::Unwritable(error.to_string()))?;
        let new = NewEvent {
            event_id: Uuid::now_v7(),
            name: schema.name.into(),
            schema_version: schema.version,
            actor: actor.into(),
            causation: None,
            correlation: Uuid::now_v7(),
            payload,
        };
        self.append(Append { stream, expected, events: vec![new], now }).await
    }

    /// Commits what is queued, then marks and closes the log.
    pub async fn stop(&self) {
        let _ = self.queue.send(Message::Stop).await;
    }

    /// Returns when the writer is gone.
    pub async fn ended(self) {
        self.queue.closed().await;
    }

    /// Whether the log still takes writes.
    pub fn is_writable(&self) -> bool {
        !self.failed.load(Ordering::Relaxed) && !self.queue.is_closed()
    }
}

fn gone() -> JournalError {
    JournalError::Unwritable("the journal has stopped".to_owned())
}

struct Writer {
    log: Arc<dyn EventLog>,
    messages: mpsc::Receiver<Message>,
    failed: Arc<AtomicBool>,
    metrics: Metrics,
}

impl Writer {
    fn run(mut self) {
        let mut batch = Vec::with_capacity(limits::JOURNAL_BATCH_MAX);
        let mut stopping = false;
        while !stopping {
            let Some(Message::Append(first)) = self.messages.blocking_recv() else { break };
            batch.push(first);
            while batch.len() < limits::JOURNAL_BATCH_MAX {
                match self.messages.try_recv() {
                    Ok(Message::Append(next)) => batch.push(next),
                    Ok(Message::Stop) => {
                        stopping = true;
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.commit(&mut batch);
        }
        self.messages.close();
        match self.log.close() {
            Ok(()) => tracing::info!(size = self.log.size().0, "the log is closed"),
            Err(error) => tracing::error!(%error, "the log was not closed cleanly"),
        }
    }

    fn commit(&self, batch: &mut Vec<Request>) {
        let (appends, replies): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|request| (request.append, request.reply)).unzip();
        let started = Instant::now();
        let answers = self.log.append(&appends);
        self.metrics.append_seconds.observe(started.elapsed().as_secs_f64());
        self.metrics.append_batch.observe(appends.len() as f64);
        match answers {
            Ok(answers) => {
                for ((answer, reply), append) in answers.into_iter().zip(replies).zip(&appends) {
                    if answer.is_ok() {
                        self.metrics.events.inc_by(append.events.len() as u64);
                    }
                    let _ = reply.send(answer.map_err(JournalError::Refused));
                }
            }
            Err(error) => {
                tracing::error!(%error, appends = appends.len(), "an append failed");
                if matches!(error, WriteError::Failed(_)) {
                    self.failed.store(true, Ordering::Relaxed);
                }
                let text = error.to_string();
                for reply in replies {
                    let _ = reply.send(Err(JournalError::Unwritable(text.clone())));
                }
            }
        }
    }
}
