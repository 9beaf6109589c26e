//! The sixteen statuses of an order.

use serde::{Deserialize, Serialize};

/// The sixteen statuses of an order, in the order of their appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// The QR code or link was made; the user has not accepted.
    Pending,
    /// The user accepted before the expiration.
    Accepted,
    /// The initiate transaction was broadcast.
    InitiateSubmitted,
    /// The initiate transaction is on the chain.
    Initiated,
    /// The initiate transaction could not be brought onto the chain.
    InitiatedFailed,
    /// The user's app sent the data.
    KycReceived,
    /// The data is being compared with the chain.
    ValidityCheck,
    /// All of it is valid.
    ValiditySucceed,
    /// Some of it is not.
    ValidityFailed,
    /// The confirm transaction was broadcast.
    ConfirmSubmitted,
    /// The confirm transaction is on the chain.
    Confirmed,
    /// The confirm transaction could not be brought onto the chain.
    ConfirmFailed,
    /// The requester's callback took the data.
    CallbackSucceed,
    /// The requester's callback did not answer 200.
    CallbackFailed,
    /// Done, and the user has been paid.
    FinishSuccess,
    /// Failed for good.
    FinishFailed,
}

impl Status {
    /// All of them, in the order of their appearance.
    pub const ALL: [Self; 16] = [
        Self::Pending,
        Self::Accepted,
        Self::InitiateSubmitted,
        Self::Initiated,
        Self::InitiatedFailed,
        Self::KycReceived,
        Self::ValidityCheck,
        Self::ValiditySucceed,
        Self::ValidityFailed,
        Self::ConfirmSubmitted,
        Self::Confirmed,
        Self::ConfirmFailed,
        Self::CallbackSucceed,
        Self::CallbackFailed,
        Self::FinishSuccess,
        Self::FinishFailed,
    ];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Accepted => "ACCEPTED",
            Self::InitiateSubmitted => "INITIATE_SUBMITTED",
            Self::Initiated => "INITIATED",
            Self::InitiatedFailed => "INITIATED_FAILED",
            Self::KycReceived => "KYC_RECEIVED",
            Self::ValidityCheck => "VALIDITY_CHECK",
            Self::ValiditySucceed => "VALIDITY_SUCCEED",
            Self::ValidityFailed => "VALIDITY_FAILED",
            Self::ConfirmSubmitted => "CONFIRM_SUBMITTED",
            Self::Confirmed => "CONFIRMED",
            Self::ConfirmFailed => "CONFIRM_FAILED",
            Self::CallbackSucceed => "CALLBACK_SUCCEED",
            Self::CallbackFailed => "CALLBACK_FAILED",
            Self::FinishSuccess => "FINISH_SUCCESS",
            Self::FinishFailed => "FINISH_FAILED",
        }
    }

    /// Nothing follows.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::FinishSuccess | Self::FinishFailed)
    }

    /// "There is an ongoing request": reached `INITIATE_SUBMITTED` and has not finished.
    pub fn is_ongoing(self) -> bool {
        !matches!(self, Self::Pending | Self::Accepted) && !self.is_terminal()
    }

    /// Whether the documentation lists a transaction hash beside this status (the list of eight).
    pub fn carries_tx_hash(self) -> bool {
        matches!(
            self,
            Self::InitiateSubmitted
                | Self::ValidityCheck
                | Self::ValiditySucceed
                | Self::ConfirmSubmitted
                | Self::CallbackSucceed
                | Self::CallbackFailed
                | Self::FinishSuccess
                | Self::FinishFailed
        )
    }

    /// The hash that stands beside this status, of the order's two: the initiate transaction's up
    /// to `VALIDITY_SUCCEED`, then the confirm transaction's, if there was one.
    pub fn hash_beside(
        self,
        initiate: Option<&String>,
        confirm: Option<&String>,
    ) -> Option<String> {
        match self {
            Self::InitiateSubmitted | Self::ValidityCheck | Self::ValiditySucceed => {
                initiate.cloned()
            }
            _ if self.carries_tx_hash() => confirm.or(initiate).cloned(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_what_serde_writes() {
        for status in Status::ALL {
            let cbor = minicbor_serde::to_vec(status).expect("encodes");
            assert_eq!(&cbor[cbor.len() - status.word().len()..], status.word().as_bytes());
        }
    }

    #[test]
    fn eight_statuses_carry_a_hash() {
        assert_eq!(Status::ALL.iter().filter(|s| s.carries_tx_hash()).count(), 8);
    }
}
