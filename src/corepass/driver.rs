//! Carries orders through the chain. Asks the read models what waits, never remembers: after a
//! crash the same question gives the same answer.
//!
//! It is the only one who signs transactions. Each round first lets the read models catch up, so
//! that no order is put into two transactions.

use std::collections::HashSet;
use std::sync::Arc;

use kyc_events::corepass::{BATCH, BatchSigned, Failure, Info, OrderRef, Stage, field};
use kyc_events::sealed::Sealed;
use kyc_events::{Millis, StreamId};
use kyc_projections::deadlines::{self, Deadline, Deadlines};
use kyc_projections::outbox::{self, Outbox, Report};
use kyc_projections::transfer_work::{self, OpenBatch, Progress, TransferWork, Work};
use tokio::sync::{Mutex, watch};

use super::batch::{self, Batch};
use super::chain::ChainRequest;
use super::core_id::CoreId;
use super::field::Field;
use super::service::Service;
use super::transfer::{Command, Order};
use crate::config::limits;
use crate::engine::Handle;
use crate::engine::failpoint::hold;
use crate::engine::handle::Origin;

/// See the module.
pub struct Driver {
    /// The connector.
    pub service: Service,
    /// The transactions.
    pub batches: Handle<Batch>,
    /// How long orders are collected for one transaction, ms.
    pub batch_interval_ms: i64,
    /// Blocks that make a transaction final.
    pub confirmations: u64,
    /// How long an initiated order waits for its data, ms.
    pub data_timeout_ms: i64,
    /// Held while it signs; whoever erases a person holds it too.
    pub turn: Arc<Mutex<()>>,
}

/// Why a round was cut short; the next one tries again.
type Interrupted = String;

impl Driver {
    /// Works until `stop` says so.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut news = self.service.models.news();
        while !*stop.borrow() {
            news.borrow_and_update();
            let (wake_at, interrupted) = self.round().await;
            let pause = async {
                if interrupted {
                    tokio::time::sleep(limits::PAUSE).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                changed = news.changed() => if changed.is_err() { break },
                () = self.service.clock.sleep_until(wake_at) => {}
                () = pause => {}
                _ = stop.changed() => break,
            }
        }
    }

    /// Does what is due; says when something will be, and whether something has to be tried
    /// again soon. One order that cannot go on does not hold back the others.
    async fn round(&self) -> (Millis, bool) {
        if !self.service.models.wait_for_all().await {
            tracing::warn!("the read models are behind");
            return (self.next_wake(), true);
        }
        let mut interrupted = false;
        let mut note = |done: Result<(), Interrupted>| {
            if let Err(what) = done {
                tracing::warn!(what, "a step of a transfer was interrupted");
                interrupted = true;
            }
        };
        note(self.report_callbacks().await);
        note(self.release_deadlines().await);
        note(self.check_validity().await);
        for open in self.open_batches() {
            note(self.advance(open).await);
        }
        for stage in [Stage::Initiate, Stage::Confirm] {
            note(self.collect(stage).await);
        }
        (self.next_wake(), interrupted)
    }

    fn open_batches(&self) -> Vec<OpenBatch> {
        self.service.models.of::<TransferWork>().query(transfer_work::open_batches)
    }

    fn next_wake(&self) -> Millis {
        let now = self.service.clock.now();
        let block_time = self.service.chain.block_time_ms();
        let next_block = (now.div_euclid(block_time) + 1) * block_time;
        let deadline = self.service.models.of::<Deadlines>().query(deadlines::next);
        let work = self.service.models.of::<TransferWork>().query(|rows| {
            let open = transfer_work::open_batches(rows);
            let taken: HashSet<&OrderRef> =
                open.iter().flat_map(|open| &open.signed.orders).collect();
            let ripe = [Work::Initiate, Work::Confirm]
                .into_iter()
                .flat_map(|work| transfer_work::waiting(rows, work, limits::WAITING_LOOKED_AT))
                .filter(|waiting| !taken.contains(&waiting.order))
                .map(|waiting| waiting.since + self.batch_interval_ms)
                .min();
            let steps = open.iter().map(|open| match open.progress {
                Progress::Signed { retry_at, .. } => retry_at,
                _ => next_block,
            });
            let validity = transfer_work::waiting(rows, Work::Validity, 1);
            let validity = validity.into_iter().map(|_| next_block);
            ripe.into_iter().chain(steps).chain(validity).min()
        });
        let look_again = now + limits::LOOK_AGAIN_MS;
        deadline.into_iter().chain(work).fold(look_again, Millis::min).max(now + 1)
    }

    async fn tell(&self, order: &OrderRef, command: Command) -> Result<(), Interrupted> {
        let sent = self.service.transfers.send(&order.stream, command, Origin::of("driver")).await;
        sent.map(drop).map_err(|error| error.to_string())
    }

    /// Tells several orders something; one that cannot be told does not keep it from the others.
    async fn tell_each<'a>(
        &self,
        orders: impl IntoIterator<Item = (&'a OrderRef, Command)>,
    ) -> Result<(), Interrupted> {
        let mut last = Ok(());
        for (order, command) in orders {
            if let Err(what) = self.tell(order, command).await {
                last = Err(format!("{}: {what}", order.stream));
            }
        }
        last
    }

    /// Tells orders what became of their data callback.
    async fn report_callbacks(&self) -> Result<(), Interrupted> {
        let reports = self
            .service
            .models
            .of::<Outbox>()
            .query(|rows| outbox::reports(rows, limits::DEADLINES_PER_ROUND));
        let commands = reports.iter().map(|(of, report)| {
            let order = of.order;
            let command = match report {
                Report::Failed => Command::RecordCallbackFailed { order },
                Report::Succeeded => Command::RecordCallbackSucceeded { order },
                Report::Exhausted => Command::RecordCallbackExhausted { order },
            };
            (of, command)
        });
        self.tell_each(commands).await
    }

    async fn release_deadlines(&self) -> Result<(), Interrupted> {
        let now = self.service.clock.now();
        let due = self
            .service
            .models
            .of::<Deadlines>()
            .query(|rows| deadlines::due(rows, now, limits::DEADLINES_PER_ROUND));
        let commands = due.iter().map(|Deadline { order: of, kind, .. }| {
            let order = of.order;
            let command = match kind {
                deadlines::Kind::Acceptance => Command::Expire { order },
                deadlines::Kind::Data => Command::GiveUpData { order },
            };
            (of, command)
        });
        self.tell_each(commands).await
    }

    async fn check_validity(&self) -> Result<(), Interrupted> {
        let waiting = self.service.models.of::<TransferWork>().query(|rows| {
            transfer_work::waiting(rows, Work::Validity, limits::DEADLINES_PER_ROUND)
        });
        let mut last = Ok(());
        for waiting in waiting {
            if let Err(what) = self.check_validity_of(&waiting.order, waiting.since).await {
                last = Err(format!("{}: {what}", waiting.order.stream));
            }
        }
        last
    }

    async fn check_validity_of(&self, of: &OrderRef, since: Millis) -> Result<(), Interrupted> {
        let order = of.order;
        self.tell(of, Command::StartValidityCheck { order }).await?;
        let answer = match self.data_of(of).await? {
            None => Some((Some(Failure::NoData), Vec::new())),
            Some((user, infos)) => self.ask_validity(user, infos, since).await,
        };
        match answer {
            Some((failure, invalid)) => {
                self.tell(of, Command::RecordValidity { order, failure, invalid }).await
            }
            None => Ok(()),
        }
    }

    /// What the chain says of the data; `None`: ask again.
    async fn ask_validity(
        &self,
        user: CoreId,
        infos: Vec<Info>,
        since: Millis,
    ) -> Option<(Option<Failure>, Vec<String>)> {
        let names: Vec<String> = infos.iter().map(|info| info.field_id.clone()).collect();
        match self.service.ask(move |chain| chain.valid(&user, &infos)).await {
            Ok(valid) => {
                let invalid: Vec<String> =
                    names.into_iter().zip(valid).filter(|(_, ok)| !ok).map(|(n, _)| n).collect();
                let failure = (!invalid.is_empty()).then_some(Failure::InvalidFields);
                Some((failure, invalid))
            }
            Err(error) => {
                tracing::warn!(%error, "the data could not be compared with the chain");
                let give_up =
                    since + limits::RECEIPT_BLOCKS_MAX * self.service.chain.block_time_ms();
                (self.service.clock.now() >= give_up)
                    .then(|| (Some(Failure::ChainUnreachable), Vec::new()))
            }
        }
    }

    async fn order(&self, order: &OrderRef) -> Result<Option<Order>, Interrupted> {
        let state = self.service.transfers.state(&order.stream).await;
        Ok(state.map_err(|error| error.to_string())?.order(order.order).cloned())
    }

    /// User and data of an order; `None` if they were erased.
    async fn data_of(&self, of: &OrderRef) -> Result<Option<(CoreId, Vec<Info>)>, Interrupted> {
        let Some(order) = self.order(of).await? else { return Ok(None) };
        let Some(user) = self.user_of(of, &order)? else { return Ok(None) };
        let Some(data) = &order.data else { return Ok(None) };
        let fields = self.service.vault.fields(&of.stream, "corepass.KycReceived");
        let infos = data
            .infos
            .read(&field("infos", of.order), &fields)
            .map_err(|error| error.to_string())?;
        Ok(infos.map(|infos| (user, infos)))
    }

    fn user_of(&self, of: &OrderRef, order: &Order) -> Result<Option<CoreId>, Interrupted> {
        let fields = self.service.vault.fields(&of.stream, "corepass.OrderRequested");
        let user = order
            .user
            .read(&field("user", of.order), &fields)
            .map_err(|error| error.to_string())?;
        Ok(user.and_then(|user| CoreId::parse(&user, self.service.network).ok()))
    }

    /// Puts waiting orders into a transaction, when the oldest has waited long enough or there
    /// are enough for a full one.
    async fn collect(&self, stage: Stage) -> Result<(), Interrupted> {
        let taken: HashSet<OrderRef> = self
            .open_batches()
            .into_iter()
            .filter(|open| open.signed.stage == stage)
            .flat_map(|open| open.signed.orders)
            .collect();
        let work = transfer_work::work_of(stage);
        let enough = limits::BATCH_ORDERS_MAX + taken.len();
        let mut waiting = self
            .service
            .models
            .of::<TransferWork>()
            .query(|rows| transfer_work::waiting(rows, work, enough));
        waiting.retain(|waiting| !taken.contains(&waiting.order));
        let now = self.service.clock.now();
        let ripe = waiting.iter().any(|w| w.since + self.batch_interval_ms <= now);
        if !ripe && waiting.len() < limits::BATCH_ORDERS_MAX {
            return Ok(());
        }
        let orders = waiting.into_iter().map(|w| w.order).take(limits::BATCH_ORDERS_MAX).collect();
        self.sign(stage, orders, None).await
    }

    /// Signs a transaction for these orders; it is an event before it is sent.
    async fn sign(
        &self,
        stage: Stage,
        wanted: Vec<OrderRef>,
        replaces: Option<u64>,
    ) -> Result<(), Interrupted> {
        // What is read of the orders has to hold until the event is in the log.
        let _turn = self.turn.lock().await;
        let mut orders = Vec::with_capacity(wanted.len());
        let mut requests = Vec::with_capacity(wanted.len());
        for of in wanted {
            let Some(order) = self.order(&of).await? else { continue };
            let Some(user) = self.user_of(&of, &order)? else {
                let failure = Failure::NoData;
                let command = Command::RecordFailed { order: of.order, stage, failure };
                self.tell(&of, command).await?;
                continue;
            };
            let fields = order.items.iter().filter_map(|name| Field::from_name(name)).collect();
            requests.push(ChainRequest { user, fields, transmission: order.transmission });
            orders.push(of);
        }
        if orders.is_empty() {
            return Ok(());
        }
        hold("batch.signing").await;
        if !self.service.models.wait_for_all().await {
            return Err("the read models are behind".to_owned());
        }
        let nonce = self.service.models.of::<TransferWork>().query(transfer_work::next_nonce);
        let signed = self
            .service
            .ask(move |chain| chain.sign(stage, nonce, &requests))
            .await
            .map_err(|error| error.to_string())?;
        let tx_hash = signed.tx_hash.clone();
        let event = BatchSigned {
            nonce,
            stage,
            orders,
            replaces,
            key: self.service.fresh_key()?,
            raw: Sealed::open_value(&signed.raw),
            tx_hash: signed.tx_hash,
        };
        tracing::info!(nonce, ?stage, orders = event.orders.len(), "a transaction is signed");
        self.batch(nonce, batch::Command::Sign { tx_hash, signed: Box::new(event) }).await
    }

    async fn batch(&self, nonce: u64, command: batch::Command) -> Result<(), Interrupted> {
        let sent = self.batches.send(&stream_of(nonce), command, Origin::of("driver")).await;
        let last = sent.map_err(|error| error.to_string())?.last;
        if let Some(last) = last {
            self.service.models.wait_for(last).await;
        }
        Ok(())
    }

    /// Takes an open batch one step further, if a step is due.
    async fn advance(&self, open: OpenBatch) -> Result<(), Interrupted> {
        let now = self.service.clock.now();
        let OpenBatch { signed, progress } = open;
        match progress {
            Progress::Signed { retry_at, .. } if now < retry_at => Ok(()),
            Progress::Signed { .. } => self.broadcast(&signed).await,
            Progress::Broadcast { receipt_due_at } => {
                self.tell_submitted(&signed).await?;
                self.ask_receipt(&signed, receipt_due_at).await
            }
            Progress::Mined { success, transmissions } => {
                self.tell_submitted(&signed).await?;
                if success {
                    self.tell_mined(&signed, &transmissions).await?;
                } else {
                    self.tell_reverted(&signed).await?;
                }
                self.batch(signed.nonce, batch::Command::Settle).await
            }
            Progress::Refused => {
                self.tell_failed(&signed, Failure::BroadcastImpossible).await?;
                self.batch(signed.nonce, batch::Command::Settle).await
            }
            Progress::TimedOut => {
                self.tell_failed(&signed, Failure::TimedOut).await?;
                self.batch(signed.nonce, batch::Command::Settle).await
            }
        }
    }

    async fn broadcast(&self, signed: &BatchSigned) -> Result<(), Interrupted> {
        let stream = stream_of(signed.nonce);
        let fields = self.service.vault.fields(&stream, "corepass.BatchSigned");
        let raw = signed.raw.read("raw", &fields).map_err(|error| error.to_string())?;
        let raw = raw.ok_or_else(|| format!("{stream}: the signed bytes were erased"))?;
        let block_time = self.service.chain.block_time_ms();
        let command = match self.service.ask(move |chain| chain.broadcast(&raw)).await {
            Ok(()) => {
                let wait = limits::RECEIPT_BLOCKS_MAX * block_time;
                batch::Command::RecordBroadcast { receipt_due_at: self.service.clock.now() + wait }
            }
            Err(error) => {
                tracing::warn!(nonce = signed.nonce, %error, "the chain took no transaction");
                batch::Command::RecordBroadcastFailure { wait_ms: block_time }
            }
        };
        self.batch(signed.nonce, command).await
    }

    async fn ask_receipt(&self, signed: &BatchSigned, due_at: Millis) -> Result<(), Interrupted> {
        let hash = signed.tx_hash.clone();
        let receipt = self.service.ask(move |chain| chain.receipt(&hash)).await;
        let receipt = receipt.map_err(|error| error.to_string())?;
        let command = match receipt {
            Some(receipt) if receipt.confirmations >= self.confirmations => {
                batch::Command::RecordMined {
                    block: receipt.block,
                    success: receipt.success,
                    transmissions: receipt.transmissions,
                }
            }
            None if self.service.clock.now() >= due_at => batch::Command::RecordTimeout,
            _ => return Ok(()),
        };
        self.batch(signed.nonce, command).await
    }

    async fn tell_submitted(&self, signed: &BatchSigned) -> Result<(), Interrupted> {
        let commands = signed.orders.iter().map(|of| {
            let (order, stage, tx_hash) = (of.order, signed.stage, signed.tx_hash.clone());
            (of, Command::RecordSubmitted { order, stage, tx_hash })
        });
        self.tell_each(commands).await
    }

    async fn tell_mined(
        &self,
        signed: &BatchSigned,
        transmissions: &[String],
    ) -> Result<(), Interrupted> {
        let data_due_at = self.service.clock.now() + self.data_timeout_ms;
        let commands = signed.orders.iter().enumerate().map(|(at, of)| {
            let order = of.order;
            let command = match signed.stage {
                Stage::Initiate => {
                    let transmission = transmissions.get(at).cloned().unwrap_or_default();
                    Command::RecordInitiated { order, transmission, data_due_at }
                }
                Stage::Confirm => Command::RecordConfirmed { order },
            };
            (of, command)
        });
        self.tell_each(commands).await
    }

    /// One order alone has failed; of several, each gets a transaction of its own.
    async fn tell_reverted(&self, signed: &BatchSigned) -> Result<(), Interrupted> {
        if signed.orders.len() == 1 {
            return self.tell_failed(signed, Failure::Reverted).await;
        }
        let again: HashSet<OrderRef> = self
            .open_batches()
            .into_iter()
            .filter(|open| open.signed.replaces == Some(signed.nonce))
            .flat_map(|open| open.signed.orders)
            .collect();
        for of in signed.orders.iter().filter(|of| !again.contains(of)) {
            self.sign(signed.stage, vec![of.clone()], Some(signed.nonce)).await?;
        }
        Ok(())
    }

    async fn tell_failed(&self, signed: &BatchSigned, failure: Failure) -> Result<(), Interrupted> {
        let commands = signed.orders.iter().map(|of| {
            let (order, stage) = (of.order, signed.stage);
            (of, Command::RecordFailed { order, stage, failure })
        });
        self.tell_each(commands).await
    }
}

fn stream_of(nonce: u64) -> StreamId {
    StreamId::new(BATCH, &format!("{nonce:020}")).expect("invariant: digits are a good key")
}
