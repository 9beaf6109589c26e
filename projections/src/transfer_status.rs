//! What statuses did this user and item set have? One row per status entered.

use kyc_events::corepass::{Stage, Status, TRANSFER, TransferEvent};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// One status that an order entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Which.
    pub status: Status,
    /// When it was entered.
    pub created_at: Millis,
    /// The hash beside it, for the statuses that carry one.
    pub tx_hash: Option<String>,
}

/// Hashes of an order's two transactions, kept while it runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Hashes {
    initiate: Option<String>,
    confirm: Option<String>,
    submitted: Vec<Stage>,
}

/// See the module.
pub struct TransferStatus;

impl Projection for TransferStatus {
    const NAME: &'static str = "transfer_status";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Entry>("status", &[Text, Number]),
        Table::of::<Hashes>("hashes", &[Text, Number]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != TRANSFER {
            return Ok(());
        }
        let event: TransferEvent = event(record)?;
        let (order, status) = match &event {
            TransferEvent::OrderRequested(e) => (e.order, Status::Pending),
            TransferEvent::OrderAccepted(e) => (e.order, Status::Accepted),
            TransferEvent::TransactionSubmitted(e) => {
                let key = hashes_key(&record.stream, e.order);
                let mut hashes: Hashes = rows.get(&key).unwrap_or_default();
                let again = hashes.submitted.contains(&e.stage);
                match e.stage {
                    Stage::Initiate => hashes.initiate = Some(e.tx_hash.clone()),
                    Stage::Confirm => hashes.confirm = Some(e.tx_hash.clone()),
                }
                if !again {
                    hashes.submitted.push(e.stage);
                }
                rows.put(key, &hashes);
                if again {
                    return Ok(());
                }
                match e.stage {
                    Stage::Initiate => (e.order, Status::InitiateSubmitted),
                    Stage::Confirm => (e.order, Status::ConfirmSubmitted),
                }
            }
            TransferEvent::TransferInitiated(e) => (e.order, Status::Initiated),
            TransferEvent::InitiateFailed(e) => (e.order, Status::InitiatedFailed),
            TransferEvent::KycReceived(e) => (e.order, Status::KycReceived),
            TransferEvent::ValidityCheckStarted(e) => (e.order, Status::ValidityCheck),
            TransferEvent::ValiditySucceeded(e) => (e.order, Status::ValiditySucceed),
            TransferEvent::ValidityFailed(e) => (e.order, Status::ValidityFailed),
            TransferEvent::TransferConfirmed(e) => (e.order, Status::Confirmed),
            TransferEvent::ConfirmFailed(e) => (e.order, Status::ConfirmFailed),
            TransferEvent::CallbackSucceeded(e) => (e.order, Status::CallbackSucceed),
            TransferEvent::CallbackFailed(e) => (e.order, Status::CallbackFailed),
            TransferEvent::OrderFinished(e) if e.success => (e.order, Status::FinishSuccess),
            TransferEvent::OrderFinished(e) => (e.order, Status::FinishFailed),
            TransferEvent::TransferErased(_) => {
                rows.delete_all(&entry_key(&record.stream).done());
                rows.delete_all(&Key::table("hashes").text(record.stream.key()).done());
                return Ok(());
            }
            TransferEvent::OrderExpired(_) | TransferEvent::CallbackRequested(_) => return Ok(()),
        };
        let key = hashes_key(&record.stream, order);
        let hashes: Hashes = rows.get(&key).unwrap_or_default();
        let tx_hash = status.hash_beside(hashes.initiate.as_ref(), hashes.confirm.as_ref());
        let entry = Entry { status, created_at: record.recorded_at, tx_hash };
        rows.put(entry_key(&record.stream).number(record.position.0).done(), &entry);
        if status.is_terminal() {
            rows.delete(&key);
        }
        Ok(())
    }
}

/// The statuses of a stream entered at `since` or later, newest first; at most `limit`.
pub fn history(rows: &Rows, stream: &StreamId, since: Millis, limit: usize) -> Vec<Entry> {
    rows.scan::<Entry>(&entry_key(stream).done())
        .rev()
        .map(|(_, entry)| entry)
        .take_while(|entry| entry.created_at >= since)
        .take(limit)
        .collect()
}

fn entry_key(stream: &StreamId) -> Key {
    Key::table("status").text(stream.key())
}

fn hashes_key(stream: &StreamId, order: u32) -> Vec<u8> {
    Key::table("hashes").text(stream.key()).number(order.into()).done()
}
