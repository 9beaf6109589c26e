//! The aggregate of a KYC transfer: one stream per user and item set, orders 1..n in it.
//!
//! ```text
//! PENDING ─► ACCEPTED ─► INITIATE_SUBMITTED ─► INITIATED ─► KYC_RECEIVED ─► VALIDITY_CHECK
//!    │           │               │                 │                             │      │
//!    ▼           └──► INITIATED_FAILED ◄┘          └──► VALIDITY_FAILED ◄────────┘      ▼
//! (expired)                │                                 │               VALIDITY_SUCCEED
//!                          ▼                                 ▼                          │
//!                    FINISH_FAILED ◄─────────────────────────┴── CONFIRM_FAILED ◄──┐    ▼
//!                          ▲                                                       CONFIRM_SUBMITTED
//!                          └──── CALLBACK_FAILED ◄──────── CONFIRMED ◄──────────────────┘
//!                                      └──► CALLBACK_SUCCEED ◄──┘ ─► FINISH_SUCCESS
//! ```
//!
//! Source: CorePass Connector, "Authorization (KYC-transfer)", CP v. 1.

mod command;
mod state;

#[cfg(test)]
mod tests;

pub use command::{Command, OrderWish, Rejection};
pub use state::{Order, State};

use kyc_events::Millis;
use kyc_events::corepass::{
    CallbackContent, CallbackFailed, CallbackRequested, CallbackSucceeded, Cheque, ConfirmFailed,
    Failure, Info, InitiateFailed, KycReceived, OrderAccepted, OrderExpired, OrderFinished,
    OrderNo, OrderRequested, Stage, Status, TRANSFER, TransactionSubmitted, TransferConfirmed,
    TransferErased, TransferEvent, TransferInitiated, ValidityCheckStarted, ValidityFailed,
    ValiditySucceeded,
};
use kyc_events::sealed::{KeyId, Sealed};

use crate::aggregate::{Aggregate, Context, IllegalHistory};

/// See the module.
pub struct Transfer;

/// Earliest and latest expiration, seconds from now, inclusive.
const EXPIRATION_S: std::ops::RangeInclusive<i64> = 300..=900;

impl Aggregate for Transfer {
    const KIND: &'static str = TRANSFER;
    type State = State;
    type Command = Command;
    type Event = TransferEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        command.name()
    }

    fn decide(
        state: &State,
        command: &Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<TransferEvent>, Rejection> {
        match command {
            Command::Request(wish) => request(state, wish, context),
            Command::Expire { order } => Ok(expire(state, *order, context.now)),
            Command::Accept { order, cheque } => accept(state, *order, cheque, context),
            Command::RecordSubmitted { order, stage, tx_hash } => {
                Ok(submitted(state, *order, *stage, tx_hash, context))
            }
            Command::RecordInitiated { order, transmission, data_due_at } => {
                Ok(initiated(state, *order, transmission, *data_due_at, context))
            }
            Command::RecordConfirmed { order } => Ok(confirmed(state, *order, context)),
            Command::RecordFailed { order, stage, failure } => {
                Ok(failed(state, *order, *stage, *failure, context))
            }
            Command::Transmit { order, infos } => transmit(state, *order, infos, context),
            Command::GiveUpData { order } => Ok(give_up_data(state, *order, context)),
            Command::StartValidityCheck { order } => Ok(start_check(state, *order, context)),
            Command::RecordValidity { order, failure, invalid } => {
                Ok(validity(state, *order, *failure, invalid, context))
            }
            Command::RecordCallbackFailed { order } => Ok(callback_failed(state, *order, context)),
            Command::RecordCallbackSucceeded { order } => {
                Ok(callback_succeeded(state, *order, context))
            }
            Command::Erase { .. } if state.erased || state.subject.is_none() => Ok(Vec::new()),
            Command::Erase { generation } => {
                Ok(vec![TransferErased { generation: *generation }.into()])
            }
            Command::RecordCallbackExhausted { order } => Ok(exhausted(state, *order, context)),
        }
    }

    fn evolve(state: &mut State, event: &TransferEvent, _: Millis) -> Result<(), IllegalHistory> {
        state.apply(event)
    }
}

/// Events of one order, each status with its callback's intent behind it.
struct Story<'c, 'w> {
    order: OrderNo,
    notify: bool,
    notify_pending: bool,
    initiate: Option<String>,
    confirm: Option<String>,
    events: Vec<TransferEvent>,
    context: &'c mut Context<'w>,
}

impl<'c, 'w> Story<'c, 'w> {
    fn of(order: &Order, context: &'c mut Context<'w>) -> Self {
        Self {
            order: order.number,
            notify: order.status_callback.is_some(),
            notify_pending: true,
            initiate: order.initiate_hash.clone(),
            confirm: order.confirm_hash.clone(),
            events: Vec::with_capacity(4),
            context,
        }
    }

    /// An event that enters `status`.
    fn enter(&mut self, status: Status, event: impl Into<TransferEvent>) -> &mut Self {
        self.events.push(event.into());
        if self.notify && (status != Status::Pending || self.notify_pending) {
            let tx_hash = status.hash_beside(self.initiate.as_ref(), self.confirm.as_ref());
            self.call(CallbackContent::Status { status, tx_hash });
        }
        self
    }

    /// A callback that has to be made.
    fn call(&mut self, content: CallbackContent) -> &mut Self {
        let delivery = (self.context.ids)();
        self.events.push(CallbackRequested { order: self.order, delivery, content }.into());
        self
    }

    /// A failure: its status, the error callback, and the end.
    fn fail(mut self, status: Status, event: impl Into<TransferEvent>) -> Vec<TransferEvent> {
        self.enter(status, event).call(CallbackContent::Error { status });
        self.finish(false)
    }

    fn finish(mut self, success: bool) -> Vec<TransferEvent> {
        let status = if success { Status::FinishSuccess } else { Status::FinishFailed };
        self.enter(status, OrderFinished { order: self.order, success });
        self.events
    }
}

/// "Expiration → repeat or ongoing → verified", in this order.
fn request(
    state: &State,
    wish: &OrderWish,
    context: &mut Context<'_>,
) -> Result<Vec<TransferEvent>, Rejection> {
    if state.erased {
        return Err(Rejection::Erased);
    }
    let now_s = context.now.div_euclid(1000);
    if !EXPIRATION_S.contains(&wish.expiration.saturating_sub(now_s)) {
        return Err(Rejection::ExpirationInvalid);
    }
    let mut events = Vec::new();
    if let Some(last) = state.last() {
        if last.status.is_ongoing() {
            return Err(Rejection::Ongoing);
        }
        if last.is_live_at(context.now) {
            return Ok(Vec::new());
        }
        if last.status == Status::Pending && !last.expired {
            events.push(OrderExpired { order: last.number }.into());
        }
    }
    match wish.all_verified {
        None => return Err(Rejection::VerificationNeeded),
        Some(false) => return Err(Rejection::NotVerified),
        Some(true) => {}
    }
    let key = wish.key.ok_or(Rejection::KeysUnavailable)?;
    let order = state.last().map_or(1, |last| last.number + 1);
    let requested = OrderRequested {
        order,
        subject: wish.subject,
        key,
        user: Sealed::open_value(&wish.user),
        items: wish.items.clone(),
        callback: Sealed::open_value(&wish.callback),
        status_callback: wish.status_callback.as_ref().map(Sealed::open_value),
        expiration: wish.expiration,
        policy: context.policy.clone(),
    };
    let mut story = Story {
        order,
        notify: wish.status_callback.is_some(),
        notify_pending: wish.notify_pending,
        initiate: None,
        confirm: None,
        events,
        context,
    };
    story.enter(Status::Pending, requested);
    Ok(story.events)
}

fn expire(state: &State, order: OrderNo, now: Millis) -> Vec<TransferEvent> {
    match state.order(order) {
        Some(o) if o.status == Status::Pending && !o.expired && !o.is_live_at(now) => {
            vec![OrderExpired { order }.into()]
        }
        _ => Vec::new(),
    }
}

fn accept(
    state: &State,
    number: OrderNo,
    cheque: &Cheque,
    context: &mut Context<'_>,
) -> Result<Vec<TransferEvent>, Rejection> {
    let order = state.order(number).ok_or(Rejection::UnknownOrder)?;
    if order.status != Status::Pending {
        return Ok(Vec::new());
    }
    if order.expired || !order.is_live_at(context.now) {
        return Err(Rejection::Expired);
    }
    let event = OrderAccepted { order: number, key: order.key, cheque: Sealed::open_value(cheque) };
    let mut story = Story::of(order, context);
    story.enter(Status::Accepted, event);
    Ok(story.events)
}

fn submitted(
    transfer: &State,
    number: OrderNo,
    stage: Stage,
    tx_hash: &str,
    context: &mut Context<'_>,
) -> Vec<TransferEvent> {
    let Some(order) = transfer.order(number) else { return Vec::new() };
    let event = TransactionSubmitted { order: number, stage, tx_hash: tx_hash.to_owned() };
    let (before, after, known) = match stage {
        Stage::Initiate => (Status::Accepted, Status::InitiateSubmitted, &order.initiate_hash),
        Stage::Confirm => (Status::ValiditySucceed, Status::ConfirmSubmitted, &order.confirm_hash),
    };
    if order.status == before {
        let mut story = Story::of(order, context);
        match stage {
            Stage::Initiate => story.initiate = Some(tx_hash.to_owned()),
            Stage::Confirm => story.confirm = Some(tx_hash.to_owned()),
        }
        story.enter(after, event);
        story.events
    } else if order.status == after && known.as_deref() != Some(tx_hash) {
        // A second try after a reverted batch: the hash changes, no status is entered twice.
        vec![event.into()]
    } else {
        Vec::new()
    }
}

fn initiated(
    state: &State,
    number: OrderNo,
    transmission: &str,
    data_due_at: Millis,
    context: &mut Context<'_>,
) -> Vec<TransferEvent> {
    let Some(order) = in_status(state, number, Status::InitiateSubmitted) else {
        return Vec::new();
    };
    let transmission = transmission.to_owned();
    let mut story = Story::of(order, context);
    story.enter(Status::Initiated, TransferInitiated { order: number, transmission, data_due_at });
    story.events
}

fn confirmed(state: &State, number: OrderNo, context: &mut Context<'_>) -> Vec<TransferEvent> {
    let Some(order) = in_status(state, number, Status::ConfirmSubmitted) else {
        return Vec::new();
    };
    let mut story = Story::of(order, context);
    story.enter(Status::Confirmed, TransferConfirmed { order: number }).call(CallbackContent::Data);
    story.events
}

fn failed(
    transfer: &State,
    number: OrderNo,
    stage: Stage,
    failure: Failure,
    context: &mut Context<'_>,
) -> Vec<TransferEvent> {
    let Some(order) = transfer.order(number) else { return Vec::new() };
    match (stage, order.status) {
        (Stage::Initiate, Status::Accepted | Status::InitiateSubmitted) => {
            let event = InitiateFailed { order: number, failure };
            Story::of(order, context).fail(Status::InitiatedFailed, event)
        }
        (Stage::Confirm, Status::ValiditySucceed | Status::ConfirmSubmitted) => {
            let event = ConfirmFailed { order: number, failure };
            Story::of(order, context).fail(Status::ConfirmFailed, event)
        }
        _ => Vec::new(),
    }
}

fn transmit(
    state: &State,
    number: OrderNo,
    infos: &[Info],
    context: &mut Context<'_>,
) -> Result<Vec<TransferEvent>, Rejection> {
    let order = state.order(number).ok_or(Rejection::UnknownOrder)?;
    let infos = in_order_of(&order.items, infos)?;
    let plain = minicbor_serde::to_vec(&infos).expect("invariant: texts encode");
    if let Some(data) = &order.data {
        let tag = context.keys.tag(data.key, &plain).map_err(|_| Rejection::KeysUnavailable)?;
        return if tag == Some(data.tag) {
            Ok(Vec::new())
        } else {
            Err(Rejection::AlreadyTransmitted)
        };
    }
    if order.status != Status::Initiated {
        return Err(Rejection::NotWaitingForData);
    }
    let key: KeyId = context.keys.fresh().map_err(|_| Rejection::KeysUnavailable)?;
    let tag = context.keys.tag(key, &plain).ok().flatten().ok_or(Rejection::KeysUnavailable)?;
    let event = KycReceived { order: number, key, infos: Sealed::open_value(&infos), tag };
    let mut story = Story::of(order, context);
    story.enter(Status::KycReceived, event);
    Ok(story.events)
}

/// Exactly the order's items, each once, in the order of the request.
fn in_order_of(items: &[String], infos: &[Info]) -> Result<Vec<Info>, Rejection> {
    let mut sorted = Vec::with_capacity(items.len());
    for item in items {
        let mut of_item = infos.iter().filter(|info| info.field_id == *item);
        match (of_item.next(), of_item.next()) {
            (Some(info), None) => sorted.push(info.clone()),
            _ => return Err(Rejection::OtherFields),
        }
    }
    if sorted.len() == infos.len() { Ok(sorted) } else { Err(Rejection::OtherFields) }
}

fn give_up_data(state: &State, number: OrderNo, context: &mut Context<'_>) -> Vec<TransferEvent> {
    let Some(order) = in_status(state, number, Status::Initiated) else { return Vec::new() };
    if order.data_due_at.is_some_and(|due| context.now < due) {
        return Vec::new();
    }
    let event = ValidityFailed {
        order: number,
        failure: Failure::NoData,
        invalid: order.items.clone(),
        policy: context.policy.clone(),
    };
    Story::of(order, context).fail(Status::ValidityFailed, event)
}

fn start_check(state: &State, number: OrderNo, context: &mut Context<'_>) -> Vec<TransferEvent> {
    let Some(order) = in_status(state, number, Status::KycReceived) else { return Vec::new() };
    let mut story = Story::of(order, context);
    story.enter(Status::ValidityCheck, ValidityCheckStarted { order: number });
    story.events
}

fn validity(
    state: &State,
    number: OrderNo,
    failure: Option<Failure>,
    invalid: &[String],
    context: &mut Context<'_>,
) -> Vec<TransferEvent> {
    let Some(order) = in_status(state, number, Status::ValidityCheck) else { return Vec::new() };
    let policy = context.policy.clone();
    if let Some(failure) = failure {
        let invalid = invalid.to_vec();
        let event = ValidityFailed { order: number, failure, invalid, policy };
        return Story::of(order, context).fail(Status::ValidityFailed, event);
    }
    let mut story = Story::of(order, context);
    story.enter(Status::ValiditySucceed, ValiditySucceeded { order: number, policy });
    story.events
}

fn callback_failed(
    state: &State,
    number: OrderNo,
    context: &mut Context<'_>,
) -> Vec<TransferEvent> {
    let Some(order) = in_status(state, number, Status::Confirmed) else { return Vec::new() };
    let mut story = Story::of(order, context);
    story.enter(Status::CallbackFailed, CallbackFailed { order: number });
    story.events
}

fn callback_succeeded(
    state: &State,
    number: OrderNo,
    context: &mut Context<'_>,
) -> Vec<TransferEvent> {
    match state.order(number) {
        Some(order) if matches!(order.status, Status::Confirmed | Status::CallbackFailed) => {
            let mut story = Story::of(order, context);
            story.enter(Status::CallbackSucceed, CallbackSucceeded { order: number });
            story.finish(true)
        }
        _ => Vec::new(),
    }
}

fn exhausted(state: &State, number: OrderNo, context: &mut Context<'_>) -> Vec<TransferEvent> {
    match state.order(number) {
        Some(order) if order.status == Status::Confirmed => {
            let mut story = Story::of(order, context);
            story.enter(Status::CallbackFailed, CallbackFailed { order: number });
            story.finish(false)
        }
        Some(order) if order.status == Status::CallbackFailed => {
            Story::of(order, context).finish(false)
        }
        _ => Vec::new(),
    }
}

fn in_status(state: &State, number: OrderNo, status: Status) -> Option<&Order> {
    state.order(number).filter(|order| order.status == status)
}
