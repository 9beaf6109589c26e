//! Which orders wait for the chain, and which batches of them are open?

use kyc_events::corepass::{
    BATCH, BatchEvent, BatchSigned, OrderRef, Stage, TRANSFER, TransferEvent,
};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// What an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// To be put into an initiate transaction.
    Initiate,
    /// To have its data compared with the chain.
    Validity,
    /// To be put into a confirm transaction.
    Confirm,
}

impl Work {
    const ALL: [Self; 3] = [Self::Initiate, Self::Validity, Self::Confirm];

    fn table(self) -> &'static str {
        match self {
            Self::Initiate => "initiate",
            Self::Validity => "validity",
            Self::Confirm => "confirm",
        }
    }
}

/// An order that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which.
    pub order: OrderRef,
    /// Since when.
    pub since: Millis,
}

/// How far an open batch has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    /// Not taken by the chain yet; tried again at `retry_at`.
    Signed {
        /// Failures by now.
        failures: u32,
        /// When to try again.
        retry_at: Millis,
    },
    /// In the pool.
    Broadcast {
        /// When the wait for the receipt ends.
        receipt_due_at: Millis,
    },
    /// On the chain.
    Mined {
        /// Receipt status 1.
        success: bool,
        /// For a successful initiate: each order's number on the chain.
        transmissions: Vec<String>,
    },
    /// The chain never took it.
    Refused,
    /// No receipt in time.
    TimedOut,
}

/// A batch that is not settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenBatch {
    /// What was signed.
    pub signed: BatchSigned,
    /// How far it has come.
    pub progress: Progress,
}

/// See the module.
pub struct TransferWork;

impl Projection for TransferWork {
    const NAME: &'static str = "transfer_work";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Waiting>("initiate", &[Text, Number]),
        Table::of::<Waiting>("validity", &[Text, Number]),
        Table::of::<Waiting>("confirm", &[Text, Number]),
        Table::of::<OpenBatch>("batch", &[Text]),
        Table::of::<u64>("nonce", &[]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        match record.stream.kind() {
            TRANSFER => transfer(rows, record),
            BATCH => batch(rows, record),
            _ => Ok(()),
        }
    }
}

fn transfer(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let (order, work) = match event(record)? {
        TransferEvent::TransferErased(_) => {
            for work in Work::ALL {
                rows.delete_all(&waiting_of(work, &record.stream).done());
            }
            return Ok(());
        }
        TransferEvent::OrderAccepted(e) => (e.order, Some(Work::Initiate)),
        TransferEvent::KycReceived(e) => (e.order, Some(Work::Validity)),
        TransferEvent::ValiditySucceeded(e) => (e.order, Some(Work::Confirm)),
        TransferEvent::TransactionSubmitted(e) => (e.order, None),
        TransferEvent::ValidityFailed(e) => (e.order, None),
        TransferEvent::OrderFinished(e) => (e.order, None),
        TransferEvent::OrderRequested(_)
        | TransferEvent::OrderExpired(_)
        | TransferEvent::TransferInitiated(_)
        | TransferEvent::InitiateFailed(_)
        | TransferEvent::ValidityCheckStarted(_)
        | TransferEvent::TransferConfirmed(_)
        | TransferEvent::ConfirmFailed(_)
        | TransferEvent::CallbackSucceeded(_)
        | TransferEvent::CallbackFailed(_)
        | TransferEvent::CallbackRequested(_) => return Ok(()),
    };
    for other in Work::ALL {
        rows.delete(&waiting_key(other, &record.stream, order));
    }
    if let Some(work) = work {
        let order_ref = OrderRef { stream: record.stream.clone(), order };
        let row = Waiting { order: order_ref, since: record.recorded_at };
        rows.put(waiting_key(work, &record.stream, order), &row);
    }
    Ok(())
}

fn batch(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let key = Key::table("batch").text(record.stream.key()).done();
    let event: BatchEvent = event(record)?;
    let progress = match event {
        BatchEvent::BatchSigned(signed) => {
            rows.put(Key::table("nonce").done(), &(signed.nonce + 1));
            let progress = Progress::Signed { failures: 0, retry_at: record.recorded_at };
            rows.put(key, &OpenBatch { signed, progress });
            return Ok(());
        }
        BatchEvent::BatchSettled(_) => {
            rows.delete(&key);
            return Ok(());
        }
        BatchEvent::BatchBroadcast(e) => Progress::Broadcast { receipt_due_at: e.receipt_due_at },
        BatchEvent::BroadcastFailed(e) => match e.retry_at {
            Some(retry_at) => Progress::Signed { failures: e.failures, retry_at },
            None => Progress::Refused,
        },
        BatchEvent::BatchMined(e) => {
            Progress::Mined { success: e.success, transmissions: e.transmissions }
        }
        BatchEvent::BatchTimedOut(_) => Progress::TimedOut,
    };
    if let Some(mut open) = rows.get::<OpenBatch>(&key) {
        open.progress = progress;
        rows.put(key, &open);
    }
    Ok(())
}

/// Orders that wait for `work`; at most `limit`.
pub fn waiting(rows: &Rows, work: Work, limit: usize) -> Vec<Waiting> {
    rows.scan(&Key::table(work.table()).done()).map(|(_, row)| row).take(limit).collect()
}

/// Batches that are not settled, by nonce.
pub fn open_batches(rows: &Rows) -> Vec<OpenBatch> {
    rows.scan(&Key::table("batch").done()).map(|(_, row)| row).collect()
}

/// The nonce of the next transaction.
pub fn next_nonce(rows: &Rows) -> u64 {
    rows.get(&Key::table("nonce").done()).unwrap_or(0)
}

/// Which stage's transaction an order waits for, by the kind of work.
pub fn work_of(stage: Stage) -> Work {
    match stage {
        Stage::Initiate => Work::Initiate,
        Stage::Confirm => Work::Confirm,
    }
}

fn waiting_key(work: Work, stream: &StreamId, order: u32) -> Vec<u8> {
    waiting_of(work, stream).number(order.into()).done()
}

fn waiting_of(work: Work, stream: &StreamId) -> Key {
    Key::table(work.table()).text(stream.as_str())
}
