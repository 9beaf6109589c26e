//! What a transfer's history amounts to.

use kyc_events::Millis;
use kyc_events::corepass::{Info, OrderNo, OrderRequested, Stage, Status, TransferEvent};
use kyc_events::sealed::{KeyId, Sealed, Tag};
use serde::Serialize;

use crate::aggregate::IllegalHistory;

/// All orders of one user and item set.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// The subject's pseudonym; none before the first order.
    pub subject: Option<Tag>,
    /// The person was erased; no order is left.
    pub erased: bool,
    orders: Vec<Order>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Order {
    /// Its number.
    pub number: OrderNo,
    /// The last status entered.
    pub status: Status,
    /// Nobody accepted in time.
    pub expired: bool,
    /// The subject's key.
    pub key: KeyId,
    /// The user's Core ID.
    pub user: Sealed<String>,
    /// Field names.
    pub items: Vec<String>,
    /// Where the data or the error goes.
    pub callback: Sealed<String>,
    /// Where the statuses go.
    pub status_callback: Option<Sealed<String>>,
    /// Unix seconds.
    pub expiration: i64,
    /// Hash of the initiate transaction.
    pub initiate_hash: Option<String>,
    /// Its number on the chain.
    pub transmission: Option<String>,
    /// When the wait for the data ends.
    pub data_due_at: Option<Millis>,
    /// The user's data.
    pub data: Option<Data>,
    /// Hash of the confirm transaction.
    pub confirm_hash: Option<String>,
}

/// The user's data, sealed under a key of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Data {
    /// That key.
    pub key: KeyId,
    /// The data.
    pub infos: Sealed<Vec<Info>>,
    /// Its HMAC.
    pub tag: Tag,
}

impl Order {
    /// Whether a repeated request finds this order still good: accepted and under way to the
    /// chain, or pending and not expired.
    pub fn is_live_at(&self, now: Millis) -> bool {
        match self.status {
            Status::Pending => !self.expired && now <= self.expiration.saturating_mul(1000),
            Status::Accepted => true,
            status => status.is_ongoing(),
        }
    }
}

impl State {
    /// One order.
    pub fn order(&self, number: OrderNo) -> Option<&Order> {
        self.orders.get((number as usize).checked_sub(1)?)
    }

    /// The newest order.
    pub fn last(&self) -> Option<&Order> {
        self.orders.last()
    }

    pub(super) fn apply(&mut self, event: &TransferEvent) -> Result<(), IllegalHistory> {
        match event {
            TransferEvent::OrderRequested(e) => self.open(e),
            TransferEvent::OrderExpired(e) => {
                self.step(e.order, &[Status::Pending], Status::Pending)?.expired = true;
                Ok(())
            }
            TransferEvent::OrderAccepted(e) => {
                self.step(e.order, &[Status::Pending], Status::Accepted).map(drop)
            }
            TransferEvent::TransactionSubmitted(e) => match e.stage {
                Stage::Initiate => {
                    let from = [Status::Accepted, Status::InitiateSubmitted];
                    self.step(e.order, &from, Status::InitiateSubmitted)?.initiate_hash =
                        Some(e.tx_hash.clone());
                    Ok(())
                }
                Stage::Confirm => {
                    let from = [Status::ValiditySucceed, Status::ConfirmSubmitted];
                    self.step(e.order, &from, Status::ConfirmSubmitted)?.confirm_hash =
                        Some(e.tx_hash.clone());
                    Ok(())
                }
            },
            TransferEvent::TransferInitiated(e) => {
                let order = self.step(e.order, &[Status::InitiateSubmitted], Status::Initiated)?;
                order.transmission = Some(e.transmission.clone());
                order.data_due_at = Some(e.data_due_at);
                Ok(())
            }
            TransferEvent::InitiateFailed(e) => {
                let from = [Status::Accepted, Status::InitiateSubmitted];
                self.step(e.order, &from, Status::InitiatedFailed).map(drop)
            }
            TransferEvent::KycReceived(e) => {
                self.step(e.order, &[Status::Initiated], Status::KycReceived)?.data =
                    Some(Data { key: e.key, infos: e.infos.clone(), tag: e.tag });
                Ok(())
            }
            TransferEvent::ValidityCheckStarted(e) => {
                self.step(e.order, &[Status::KycReceived], Status::ValidityCheck).map(drop)
            }
            TransferEvent::ValiditySucceeded(e) => {
                self.step(e.order, &[Status::ValidityCheck], Status::ValiditySucceed).map(drop)
            }
            TransferEvent::ValidityFailed(e) => {
                let from = [Status::Initiated, Status::ValidityCheck];
                self.step(e.order, &from, Status::ValidityFailed).map(drop)
            }
            TransferEvent::TransferConfirmed(e) => {
                self.step(e.order, &[Status::ConfirmSubmitted], Status::Confirmed).map(drop)
            }
            TransferEvent::ConfirmFailed(e) => {
                let from = [Status::ValiditySucceed, Status::ConfirmSubmitted];
                self.step(e.order, &from, Status::ConfirmFailed).map(drop)
            }
            TransferEvent::CallbackSucceeded(e) => {
                let from = [Status::Confirmed, Status::CallbackFailed];
                self.step(e.order, &from, Status::CallbackSucceed).map(drop)
            }
            TransferEvent::CallbackFailed(e) => {
                self.step(e.order, &[Status::Confirmed], Status::CallbackFailed).map(drop)
            }
            TransferEvent::OrderFinished(e) if e.success => {
                self.step(e.order, &[Status::CallbackSucceed], Status::FinishSuccess).map(drop)
            }
            TransferEvent::OrderFinished(e) => {
                let from = [
                    Status::InitiatedFailed,
                    Status::ValidityFailed,
                    Status::ConfirmFailed,
                    Status::CallbackFailed,
                ];
                self.step(e.order, &from, Status::FinishFailed).map(drop)
            }
            TransferEvent::TransferErased(_) if self.erased || self.subject.is_none() => {
                Err(IllegalHistory::new("nobody to erase"))
            }
            TransferEvent::TransferErased(_) => {
                self.erased = true;
                self.orders.clear();
                Ok(())
            }
            TransferEvent::CallbackRequested(e) => match self.order(e.order) {
                Some(_) => Ok(()),
                None => Err(IllegalHistory::new(format!("no order {}", e.order))),
            },
        }
    }

    /// The next order, if the one before it is done.
    fn open(&mut self, e: &OrderRequested) -> Result<(), IllegalHistory> {
        let previous_done =
            self.last().is_none_or(|last| last.expired || last.status.is_terminal());
        if self.erased || e.order as usize != self.orders.len() + 1 || !previous_done {
            return Err(IllegalHistory::new(format!("order {} out of turn", e.order)));
        }
        self.subject = Some(e.subject);
        self.orders.push(Order {
            number: e.order,
            status: Status::Pending,
            expired: false,
            key: e.key,
            user: e.user.clone(),
            items: e.items.clone(),
            callback: e.callback.clone(),
            status_callback: e.status_callback.clone(),
            expiration: e.expiration,
            initiate_hash: None,
            transmission: None,
            data_due_at: None,
            data: None,
            confirm_hash: None,
        });
        Ok(())
    }

    /// Takes an order from one of `from` to `to`.
    fn step(
        &mut self,
        number: OrderNo,
        from: &[Status],
        to: Status,
    ) -> Result<&mut Order, IllegalHistory> {
        let order = (number as usize)
            .checked_sub(1)
            .and_then(|at| self.orders.get_mut(at))
            .ok_or_else(|| IllegalHistory::new(format!("no order {number}")))?;
        if order.expired || !from.contains(&order.status) {
            let words = (order.status.word(), to.word());
            return Err(IllegalHistory::new(format!("order {number}: {} to {}", words.0, words.1)));
        }
        order.status = to;
        Ok(order)
    }
}
