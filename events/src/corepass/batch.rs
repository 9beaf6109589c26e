//! Facts of a batch: one transaction of the connector's account, with the orders in it.

use serde::{Deserialize, Serialize};

use super::{OrderNo, Stage};
use crate::record::Millis;
use crate::sealed::{KeyId, Personal, SealError, Sealed, Sealer};
use crate::stream::StreamId;

/// One order's place in a batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderRef {
    /// The transfer's stream.
    pub stream: StreamId,
    /// The order's number in it.
    pub order: OrderNo,
}

/// A transaction was signed, before it was sent: a retry resends these bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchSigned {
    /// Nonce of the connector's account; also the stream's key.
    pub nonce: u64,
    /// What it does for each of its orders.
    pub stage: Stage,
    /// The orders, in the order of the transaction's list.
    pub orders: Vec<OrderRef>,
    /// The reverted batch these orders come from, if this is a second try.
    pub replaces: Option<u64>,
    /// The key of these bytes alone.
    pub key: KeyId,
    /// The signed transaction. Names its users, hence sealed.
    pub raw: Sealed<Vec<u8>>,
    /// `0x` and 64 hex digits.
    pub tx_hash: String,
}

/// The chain took the transaction into its pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchBroadcast {
    /// When the wait for its receipt ends.
    pub receipt_due_at: Millis,
}

/// The chain did not take it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BroadcastFailed {
    /// How many times by now.
    pub failures: u32,
    /// When it is tried again; `None`: never.
    pub retry_at: Option<Millis>,
}

/// It is on the chain, as deep as asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchMined {
    /// The block's number.
    pub block: u64,
    /// Receipt status 1.
    pub success: bool,
    /// For a successful initiate: each order's number on the chain.
    pub transmissions: Vec<String>,
}

/// No receipt in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchTimedOut {}

/// Every order of it has been told, or is in another batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchSettled {}

crate::event_set! {
    /// Facts of a batch stream.
    pub enum BatchEvent {
        BatchSigned: "corepass.BatchSigned" @ 1,
        BatchBroadcast: "corepass.BatchBroadcast" @ 1,
        BroadcastFailed: "corepass.BroadcastFailed" @ 1,
        BatchMined: "corepass.BatchMined" @ 1,
        BatchTimedOut: "corepass.BatchTimedOut" @ 1,
        BatchSettled: "corepass.BatchSettled" @ 1,
    }
}

impl Personal for BatchEvent {
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        match self {
            Self::BatchSigned(e) => e.raw.shut(e.key, "raw", sealer),
            Self::BatchBroadcast(_)
            | Self::BroadcastFailed(_)
            | Self::BatchMined(_)
            | Self::BatchTimedOut(_)
            | Self::BatchSettled(_) => Ok(()),
        }
    }
}
