//! Facts of a CorePass KYC transfer and of the transactions that carry it.
//!
//! Streams: `corepass.transfer-<HMAC of user and item set>` holds orders 1..n of that pair;
//! `corepass.batch-<nonce>` holds one transaction of the connector's account.
//! Statuses: CorePass Connector, "Authorization (KYC-transfer)", CP v. 1, "Statuses and their
//! meanings".

mod batch;
mod status;

pub use batch::*;
pub use status::Status;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::PolicyId;
use crate::record::Millis;
use crate::sealed::{KeyId, Personal, SealError, Sealed, Sealer, Tag};

/// Number of an order within its transfer stream; the first is 1.
pub type OrderNo = u32;

/// Which of the two transactions of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Starts the transfer and locks both sides' tokens.
    Initiate,
    /// Ends it and pays the user.
    Confirm,
}

/// Why a transaction of an order, or the check of its data, came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The chain did not take the transaction, after all retries.
    BroadcastImpossible,
    /// It was mined and reverted.
    Reverted,
    /// No receipt in time.
    TimedOut,
    /// At least one field does not match its fingerprint on the chain.
    InvalidFields,
    /// The user's app did not send the data in time.
    NoData,
    /// The chain could not be asked in time.
    ChainUnreachable,
}

/// One piece of KYC data. Personal data: lives only inside [`Sealed`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Field name, for example `SH_EMAIL`.
    #[serde(rename = "fieldID")]
    pub field_id: String,
    /// The value, as the user's app sent it.
    #[serde(rename = "fieldValue")]
    pub field_value: String,
    /// Hex; used to fingerprint the field on the chain.
    pub pepper: String,
}

impl std::fmt::Debug for Info {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Info({}, …)", self.field_id)
    }
}

/// What the user's app gave on acceptance for the chain. Personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cheque {
    /// `providerCheque`, as compact JSON.
    pub cheque: Option<String>,
    /// `providerSignature`, as compact JSON.
    pub signature: Option<String>,
}

/// A QR code was asked for: status PENDING.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderRequested {
    /// Its number in the stream.
    pub order: OrderNo,
    /// HMAC of `corepass:<coreid>` under the look-up key.
    pub subject: Tag,
    /// The subject's key.
    pub key: KeyId,
    /// The user's Core ID.
    pub user: Sealed<String>,
    /// Field names, in the order of the first request.
    pub items: Vec<String>,
    /// Where the data or the error goes.
    pub callback: Sealed<String>,
    /// Where the statuses go.
    pub status_callback: Option<Sealed<String>>,
    /// Unix seconds; the user may accept until then.
    pub expiration: i64,
    /// What the decision was made under.
    #[serde(default)]
    pub policy: PolicyId,
}

/// Nobody accepted in time. Queries keep saying PENDING; the next request makes a new order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderExpired {
    /// Its number in the stream.
    pub order: OrderNo,
}

/// Status ACCEPTED.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderAccepted {
    /// Its number in the stream.
    pub order: OrderNo,
    /// The subject's key.
    pub key: KeyId,
    /// What the app gave for the chain.
    pub cheque: Sealed<Cheque>,
}

/// A transaction with this order was broadcast: status `INITIATE_SUBMITTED` or `CONFIRM_SUBMITTED`,
/// or, if that status stands already, a further try of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransactionSubmitted {
    /// Its number in the stream.
    pub order: OrderNo,
    /// Which of the two.
    pub stage: Stage,
    /// `0x` and 64 hex digits.
    pub tx_hash: String,
}

/// Status INITIATED.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferInitiated {
    /// Its number in the stream.
    pub order: OrderNo,
    /// The transfer's number on the chain, `0x` and 64 hex digits.
    pub transmission: String,
    /// When the wait for the user's data ends.
    pub data_due_at: Millis,
}

/// Status `INITIATED_FAILED`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InitiateFailed {
    /// Its number in the stream.
    pub order: OrderNo,
    /// Why.
    pub failure: Failure,
}

/// Status `KYC_RECEIVED`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KycReceived {
    /// Its number in the stream.
    pub order: OrderNo,
    /// The key of this order's data alone, so that it can be removed without the person.
    pub key: KeyId,
    /// The data, in the order of the request's items.
    pub infos: Sealed<Vec<Info>>,
    /// HMAC of the data under `key`: tells a repetition from something else.
    pub tag: Tag,
}

/// Status `VALIDITY_CHECK`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidityCheckStarted {
    /// Its number in the stream.
    pub order: OrderNo,
}

/// Status `VALIDITY_SUCCEED`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValiditySucceeded {
    /// Its number in the stream.
    pub order: OrderNo,
    /// What the decision was made under.
    #[serde(default)]
    pub policy: PolicyId,
}

/// Status `VALIDITY_FAILED`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidityFailed {
    /// Its number in the stream.
    pub order: OrderNo,
    /// Why.
    pub failure: Failure,
    /// Names of the fields that are not valid.
    pub invalid: Vec<String>,
    /// What the decision was made under.
    #[serde(default)]
    pub policy: PolicyId,
}

/// Status CONFIRMED.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferConfirmed {
    /// Its number in the stream.
    pub order: OrderNo,
}

/// Status `CONFIRM_FAILED`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfirmFailed {
    /// Its number in the stream.
    pub order: OrderNo,
    /// Why.
    pub failure: Failure,
}

/// Status `CALLBACK_SUCCEED`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackSucceeded {
    /// Its number in the stream.
    pub order: OrderNo,
}

/// Status `CALLBACK_FAILED`: the first attempt that was not answered with 200.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackFailed {
    /// Its number in the stream.
    pub order: OrderNo,
}

/// Status `FINISH_SUCCESS` or `FINISH_FAILED`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderFinished {
    /// Its number in the stream.
    pub order: OrderNo,
    /// Which of the two.
    pub success: bool,
}

/// What a callback of an order tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackContent {
    /// A status was entered; channel `status`.
    Status {
        /// Which.
        status: Status,
        /// The hash beside it, if it carries one.
        tx_hash: Option<String>,
    },
    /// The user's data; channel `data`.
    Data,
    /// The transfer failed with this status; channel `data`.
    Error {
        /// `INITIATED_FAILED`, `VALIDITY_FAILED` or `CONFIRM_FAILED`.
        status: Status,
    },
}

/// A callback has to be made. What became of it is in stream `callback.delivery-<delivery>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackRequested {
    /// Its number in the stream.
    pub order: OrderNo,
    /// Stable id, sent as `Kycd-Delivery-Id` with every attempt.
    pub delivery: Uuid,
    /// What it tells.
    pub content: CallbackContent,
}

/// The person behind the stream was erased: all of its orders are over, untold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferErased {
    /// Which generation of the person ended.
    pub generation: u32,
}

crate::event_set! {
    /// Facts of a transfer stream.
    pub enum TransferEvent {
        OrderRequested: "corepass.OrderRequested" @ 1,
        OrderExpired: "corepass.OrderExpired" @ 1,
        OrderAccepted: "corepass.OrderAccepted" @ 1,
        TransactionSubmitted: "corepass.TransactionSubmitted" @ 1,
        TransferInitiated: "corepass.TransferInitiated" @ 1,
        InitiateFailed: "corepass.InitiateFailed" @ 1,
        KycReceived: "corepass.KycReceived" @ 1,
        ValidityCheckStarted: "corepass.ValidityCheckStarted" @ 1,
        ValiditySucceeded: "corepass.ValiditySucceeded" @ 1,
        ValidityFailed: "corepass.ValidityFailed" @ 1,
        TransferConfirmed: "corepass.TransferConfirmed" @ 1,
        ConfirmFailed: "corepass.ConfirmFailed" @ 1,
        CallbackSucceeded: "corepass.CallbackSucceeded" @ 1,
        CallbackFailed: "corepass.CallbackFailed" @ 1,
        OrderFinished: "corepass.OrderFinished" @ 1,
        CallbackRequested: "corepass.CallbackRequested" @ 1,
        TransferErased: "corepass.TransferErased" @ 1,
    }
}

impl Personal for TransferEvent {
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        match self {
            Self::OrderRequested(e) => {
                e.user.shut(e.key, &field("user", e.order), sealer)?;
                e.callback.shut(e.key, &field("callback", e.order), sealer)?;
                match &mut e.status_callback {
                    Some(url) => url.shut(e.key, &field("status_callback", e.order), sealer),
                    None => Ok(()),
                }
            }
            Self::OrderAccepted(e) => e.cheque.shut(e.key, &field("cheque", e.order), sealer),
            Self::KycReceived(e) => e.infos.shut(e.key, &field("infos", e.order), sealer),
            Self::OrderExpired(_)
            | Self::TransactionSubmitted(_)
            | Self::TransferInitiated(_)
            | Self::InitiateFailed(_)
            | Self::ValidityCheckStarted(_)
            | Self::ValiditySucceeded(_)
            | Self::ValidityFailed(_)
            | Self::TransferConfirmed(_)
            | Self::ConfirmFailed(_)
            | Self::CallbackSucceeded(_)
            | Self::CallbackFailed(_)
            | Self::OrderFinished(_)
            | Self::CallbackRequested(_)
            | Self::TransferErased(_) => Ok(()),
        }
    }
}

/// Name under which a field of order `order` is sealed.
pub fn field(name: &str, order: OrderNo) -> String {
    format!("{name}#{order}")
}

/// Kind of a transfer's stream.
pub const TRANSFER: &str = "corepass.transfer";
/// Kind of a batch's stream.
pub const BATCH: &str = "corepass.batch";
