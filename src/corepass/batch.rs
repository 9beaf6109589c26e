//! The aggregate of one transaction of the connector's account, with the orders in it.
//!
//! Signed bytes, hash and nonce are an event before anything is sent; a retry resends the bytes.

use kyc_events::Millis;
use kyc_events::corepass::{
    BATCH, BatchBroadcast, BatchEvent, BatchMined, BatchSettled, BatchSigned, BatchTimedOut,
    BroadcastFailed,
};
use serde::Serialize;

use crate::aggregate::{Aggregate, Context, IllegalHistory};
use crate::config::limits;

/// See the module.
pub struct Batch;

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not there.
    #[default]
    None,
    /// Signed, and this often not taken by the chain.
    Signed(u32),
    /// In the pool.
    Broadcast,
    /// Decided: mined, refused or timed out.
    Decided,
    /// Every order knows.
    Settled,
}

/// What may be asked of it.
#[derive(Clone, Serialize)]
pub enum Command {
    /// Note the signed transaction. The bytes are personal data and are named by their hash here.
    Sign {
        /// Its hash.
        tx_hash: String,
        /// The event as it will be.
        #[serde(skip)]
        signed: Box<BatchSigned>,
    },
    /// The chain took it.
    RecordBroadcast { receipt_due_at: Millis },
    /// The chain did not take it; try again after `wait_ms`.
    RecordBroadcastFailure { wait_ms: i64 },
    /// It is on the chain.
    RecordMined { block: u64, success: bool, transmissions: Vec<String> },
    /// No receipt in time.
    RecordTimeout,
    /// Every order knows.
    Settle,
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The nonce is used.
    #[error("the nonce is used")]
    NonceUsed,
}

impl Aggregate for Batch {
    const KIND: &'static str = BATCH;
    type State = State;
    type Command = Command;
    type Event = BatchEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        match command {
            Command::Sign { .. } => "sign",
            Command::RecordBroadcast { .. } => "record_broadcast",
            Command::RecordBroadcastFailure { .. } => "record_broadcast_failure",
            Command::RecordMined { .. } => "record_mined",
            Command::RecordTimeout => "record_timeout",
            Command::Settle => "settle",
        }
    }

    fn decide(
        state: &State,
        command: &Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<BatchEvent>, Rejection> {
        let events = match (command, state) {
            (Command::Sign { signed, .. }, State::None) => vec![(**signed).clone().into()],
            (Command::Sign { .. }, _) => return Err(Rejection::NonceUsed),
            (Command::RecordBroadcast { receipt_due_at }, State::Signed(_)) => {
                vec![BatchBroadcast { receipt_due_at: *receipt_due_at }.into()]
            }
            (Command::RecordBroadcastFailure { wait_ms }, State::Signed(before)) => {
                let failures = before + 1;
                let again = failures <= limits::BROADCAST_RETRIES_MAX;
                let retry_at = again.then(|| context.now.saturating_add(*wait_ms));
                vec![BroadcastFailed { failures, retry_at }.into()]
            }
            (Command::RecordMined { block, success, transmissions }, State::Broadcast) => {
                let (block, success) = (*block, *success);
                vec![BatchMined { block, success, transmissions: transmissions.clone() }.into()]
            }
            (Command::RecordTimeout, State::Broadcast) => vec![BatchTimedOut {}.into()],
            (Command::Settle, State::Decided) => vec![BatchSettled {}.into()],
            _ => vec![],
        };
        Ok(events)
    }

    fn evolve(state: &mut State, event: &BatchEvent, _: Millis) -> Result<(), IllegalHistory> {
        *state = match (event, *state) {
            (BatchEvent::BatchSigned(_), State::None) => State::Signed(0),
            (BatchEvent::BatchBroadcast(_), State::Signed(_)) => State::Broadcast,
            (BatchEvent::BroadcastFailed(e), State::Signed(_)) => match e.retry_at {
                Some(_) => State::Signed(e.failures),
                None => State::Decided,
            },
            (BatchEvent::BatchMined(_) | BatchEvent::BatchTimedOut(_), State::Broadcast) => {
                State::Decided
            }
            (BatchEvent::BatchSettled(_), State::Decided) => State::Settled,
            (event, state) => {
                return Err(IllegalHistory::new(format!("{event:?} after {state:?}")));
            }
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kyc_events::corepass::Stage;
    use kyc_events::sealed::{KeyId, Sealed};

    use super::*;
    use crate::aggregate::testing::given;

    fn signed() -> BatchSigned {
        BatchSigned {
            nonce: 0,
            stage: Stage::Initiate,
            orders: vec![],
            replaces: None,
            key: KeyId([1; 16]),
            raw: Sealed::open_value(&vec![1]),
            tx_hash: "0x00".to_owned(),
        }
    }

    #[test]
    fn a_nonce_is_used_once() {
        let sign = Command::Sign { tx_hash: "0x01".to_owned(), signed: Box::new(signed()) };
        let mut batch = given::<Batch>(0, []);
        assert_eq!(batch.when(0, &sign).unwrap().len(), 1);
        assert_eq!(batch.when(0, &sign), Err(Rejection::NonceUsed));
    }

    #[test]
    fn the_chain_is_asked_again_three_times_and_then_no_more() {
        let mut batch = given::<Batch>(0, [signed().into()]);
        let failure = Command::RecordBroadcastFailure { wait_ms: 10 };
        for _ in 0..3 {
            batch.when(0, &failure).unwrap();
            assert!(matches!(batch.state(), State::Signed(_)));
        }
        batch.when(0, &failure).unwrap();
        assert_eq!(*batch.state(), State::Decided);
    }
}
