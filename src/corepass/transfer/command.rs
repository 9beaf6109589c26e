//! What may be asked of a transfer, and why it may say no.

use kyc_events::Millis;
use kyc_events::corepass::{Cheque, Failure, Info, OrderNo, Stage};
use kyc_events::sealed::{KeyId, Tag};
use serde::Serialize;

/// A request for a QR code. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct OrderWish {
    /// The user's Core ID.
    pub user: String,
    /// HMAC of `corepass:<coreid>`.
    pub subject: Tag,
    /// The subject's key; needed only once everything is verified.
    pub key: Option<KeyId>,
    /// Field names.
    pub items: Vec<String>,
    /// Where the data or the error goes.
    pub callback: String,
    /// Where the statuses go.
    pub status_callback: Option<String>,
    /// Unix seconds.
    pub expiration: i64,
    /// What the chain said about the items; `None`: it was not asked yet.
    pub all_verified: Option<bool>,
    /// Whether PENDING is told to the status callback.
    pub notify_pending: bool,
}

/// What may be asked.
#[derive(Clone, Serialize)]
pub enum Command {
    /// A QR code: a new order, or the live one again.
    Request(OrderWish),
    /// Its time to accept has passed.
    Expire { order: OrderNo },
    /// The user accepts.
    Accept { order: OrderNo, cheque: Cheque },
    /// A transaction with this order was broadcast.
    RecordSubmitted { order: OrderNo, stage: Stage, tx_hash: String },
    /// The initiate transaction is on the chain.
    RecordInitiated { order: OrderNo, transmission: String, data_due_at: Millis },
    /// The confirm transaction is on the chain.
    RecordConfirmed { order: OrderNo },
    /// A transaction came to nothing.
    RecordFailed { order: OrderNo, stage: Stage, failure: Failure },
    /// The user's data.
    Transmit { order: OrderNo, infos: Vec<Info> },
    /// The time to send the data has passed.
    GiveUpData { order: OrderNo },
    /// The data is being compared with the chain.
    StartValidityCheck { order: OrderNo },
    /// What the comparison said; no failure: all valid.
    RecordValidity { order: OrderNo, failure: Option<Failure>, invalid: Vec<String> },
    /// An attempt of the data callback was not answered with 200.
    RecordCallbackFailed { order: OrderNo },
    /// The receiver took the data.
    RecordCallbackSucceeded { order: OrderNo },
    /// No attempt of the data callback will follow.
    RecordCallbackExhausted { order: OrderNo },
    /// The person is being erased: everything is over.
    Erase { generation: u32 },
}

impl Command {
    /// For metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Expire { .. } => "expire",
            Self::Accept { .. } => "accept",
            Self::RecordSubmitted { .. } => "record_submitted",
            Self::RecordInitiated { .. } => "record_initiated",
            Self::RecordConfirmed { .. } => "record_confirmed",
            Self::RecordFailed { .. } => "record_failed",
            Self::Transmit { .. } => "transmit",
            Self::GiveUpData { .. } => "give_up_data",
            Self::StartValidityCheck { .. } => "start_validity_check",
            Self::RecordValidity { .. } => "record_validity",
            Self::RecordCallbackFailed { .. } => "record_callback_failed",
            Self::RecordCallbackSucceeded { .. } => "record_callback_succeeded",
            Self::RecordCallbackExhausted { .. } => "record_callback_exhausted",
            Self::Erase { .. } => "erase",
        }
    }
}

/// Only the name: commands hold personal data.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Not between 5 and 15 minutes ahead.
    #[error(
        "expiration time is invalid, it should be unix time in seconds and between 5-15 minutes"
    )]
    ExpirationInvalid,
    /// The chain has to be asked first.
    #[error("the items have to be looked up first")]
    VerificationNeeded,
    /// The chain does not hold all of the items.
    #[error("user does not have the requested items verified")]
    NotVerified,
    /// An order reached `INITIATE_SUBMITTED` and has not finished.
    #[error("there is an ongoing request for this user and items")]
    Ongoing,
    /// No such order.
    #[error("no request found for this id")]
    UnknownOrder,
    /// Accepted too late.
    #[error("the request has expired")]
    Expired,
    /// The order is not INITIATED.
    #[error("the request is not waiting for data")]
    NotWaitingForData,
    /// Other data was received before.
    #[error("other data was received for this request before")]
    AlreadyTransmitted,
    /// Not exactly the requested fields.
    #[error("the fields are not those of the request")]
    OtherFields,
    /// The person was erased; who comes back starts on the next generation of the stream.
    #[error("the person was erased")]
    Erased,
    /// The vault failed.
    #[error("the key store is not available")]
    KeysUnavailable,
}
