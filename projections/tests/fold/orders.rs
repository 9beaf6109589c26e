//! Histories of CorePass orders, as a server writes them: some 35 events each.

use kyc_events::callback::{AttemptFailed, DELIVERY, DeadLettered, Delivered, DeliveryEvent};
use kyc_events::corepass::{
    BATCH, BatchBroadcast, BatchEvent, BatchMined, BatchSettled, BatchSigned, CallbackContent,
    CallbackFailed, CallbackRequested, CallbackSucceeded, Cheque, Failure, Info, KycReceived,
    OrderAccepted, OrderExpired, OrderFinished, OrderRef, OrderRequested, Stage, Status, TRANSFER,
    TransactionSubmitted, TransferConfirmed, TransferEvent, TransferInitiated,
    ValidityCheckStarted, ValidityFailed, ValiditySucceeded,
};
use kyc_events::log::Append;
use kyc_events::schema::EventSet;
use kyc_events::sealed::{Ciphertext, KeyId, Personal, SealError, Sealed, Sealer, Tag};
use kyc_events::{ExpectedVersion, Millis, NewEvent, StreamId};
use uuid::Uuid;

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All is well.
    Success,
    /// The receiver takes the data at the second attempt.
    Retried,
    /// The receiver never takes the data.
    Dead,
    /// Nobody accepts.
    Expired,
    /// The data does not match the chain.
    Invalid,
    /// It goes on another day.
    Open,
}

/// The ways an order can end.
pub const ENDS: [End; 6] =
    [End::Success, End::Retried, End::Dead, End::Expired, End::Invalid, End::Open];

/// Seals nothing, at the usual length.
struct Wax;

impl Sealer for Wax {
    fn seal(&self, key: KeyId, _: &str, plain: &[u8]) -> Result<Ciphertext, SealError> {
        let bytes = plain.iter().map(|byte| byte ^ 0x55).chain([0; 16]).collect();
        Ok(Ciphertext { key, nonce: vec![1; 24], bytes })
    }
}

/// One order's life, event by event.
pub struct Life {
    number: u64,
    stream: StreamId,
    deliveries: u128,
    steps: Vec<(StreamId, NewEvent)>,
    ids: u128,
}

fn new_event<E: EventSet + Personal>(id: Uuid, event: impl Into<E>) -> NewEvent {
    let mut event = event.into();
    event.seal(&Wax).expect("seals");
    let schema = event.schema();
    NewEvent {
        event_id: id,
        name: schema.name.into(),
        schema_version: schema.version,
        actor: "public".into(),
        causation: None,
        correlation: Uuid::from_u128(7),
        payload: event.encode().expect("encodes"),
    }
}

fn tag(number: u64) -> Tag {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Tag(bytes)
}

/// A key that nobody else has: one for each person, one for each person's data, one for each
/// transaction.
fn key_of(of: u8, number: u64) -> KeyId {
    let mut bytes = [of; 16];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    KeyId(bytes)
}

/// The stream of order `number`: a stream of its own, spread like an HMAC.
fn stream(number: u64) -> StreamId {
    StreamId::new(TRANSFER, &tag(number).to_hex()).expect("a name")
}

fn hash(number: u64, stage: Stage) -> String {
    format!("0x{:064x}", number * 2 + u64::from(stage == Stage::Confirm))
}

impl Life {
    /// Everything that happens to order `number`; `(stream, event)` in order.
    pub fn of(number: u64, end: End) -> Vec<(StreamId, NewEvent)> {
        let stream = stream(number);
        let mut life = Self { number, stream, deliveries: 0, steps: Vec::new(), ids: 0 };
        life.request();
        if end == End::Expired {
            life.event(OrderExpired { order: 1 });
        } else {
            life.accept();
            life.check(end);
        }
        life.steps
    }

    fn id(&mut self, kind: u128) -> Uuid {
        self.ids += 1;
        // Spread like random ids.
        let mixed =
            u128::from(self.number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        Uuid::from_u128(mixed ^ (self.ids << 8) ^ kind)
    }

    fn event(&mut self, event: impl Into<TransferEvent>) {
        let id = self.id(0);
        self.steps.push((self.stream.clone(), new_event::<TransferEvent>(id, event)));
    }

    fn outcome(&mut self, delivery: Uuid, event: impl Into<DeliveryEvent>) {
        let id = self.id(1);
        let key = delivery.simple().to_string();
        let stream = StreamId::new(DELIVERY, &key).expect("a name");
        self.steps.push((stream, new_event::<DeliveryEvent>(id, event)));
    }

    fn callback(&mut self, content: CallbackContent) -> Uuid {
        self.deliveries += 1;
        let delivery = self.id(2);
        self.event(CallbackRequested { order: 1, delivery, content });
        delivery
    }

    /// A status, its callback, and the receiver's 200.
    fn status(&mut self, status: Status, event: impl Into<TransferEvent>) {
        self.event(event);
        let content = CallbackContent::Status { status, tx_hash: None };
        let delivery = self.callback(content);
        self.outcome(delivery, Delivered { attempt: 1, status: 200, took_ms: 5 });
    }

    fn request(&mut self) {
        let url = format!("https://requester.example/callbacks/{}", self.number);
        let event = OrderRequested {
            order: 1,
            subject: tag(self.number),
            key: key_of(3, self.number),
            user: Sealed::open_value(&format!("cb{:042x}", self.number)),
            items: vec!["SH_EMAIL".to_owned(), "SH_Passport_DOB".to_owned()],
            callback: Sealed::open_value(&url),
            status_callback: Some(Sealed::open_value(&url)),
            expiration: 1_700_000_000 + self.number as i64,
            policy: kyc_events::engine::PolicyId::default(),
        };
        self.status(Status::Pending, event);
    }

    fn submit(&mut self, stage: Stage, status: Status) {
        let tx_hash = hash(self.number, stage);
        self.status(status, TransactionSubmitted { order: 1, stage, tx_hash });
    }

    fn accept(&mut self) {
        let cheque = Cheque { cheque: Some("{}".to_owned()), signature: Some("{}".to_owned()) };
        let cheque = Sealed::open_value(&cheque);
        let key = key_of(3, self.number);
        self.status(Status::Accepted, OrderAccepted { order: 1, key, cheque });
        self.submit(Stage::Initiate, Status::InitiateSubmitted);
        let transmission = hash(self.number, Stage::Initiate);
        let data_due_at = 1_700_000_000_000 + self.number as Millis;
        let event = TransferInitiated { order: 1, transmission, data_due_at };
        self.status(Status::Initiated, event);
        let info = |field: &str, value: &str| Info {
            field_id: field.to_owned(),
            field_value: value.to_owned(),
            pepper: "00".repeat(16),
        };
        let infos =
            vec![info("SH_EMAIL", "jane@example.com"), info("SH_Passport_DOB", "1986-09-06")];
        let (key, tag) = (key_of(4, self.number), tag(self.number));
        let event = KycReceived { order: 1, key, infos: Sealed::open_value(&infos), tag };
        self.status(Status::KycReceived, event);
        self.status(Status::ValidityCheck, ValidityCheckStarted { order: 1 });
    }

    fn check(&mut self, end: End) {
        if end == End::Open {
            return;
        }
        if end == End::Invalid {
            let invalid = vec!["SH_EMAIL".to_owned()];
            let failure = Failure::InvalidFields;
            self.status(
                Status::ValidityFailed,
                ValidityFailed {
                    order: 1,
                    failure,
                    invalid,
                    policy: kyc_events::engine::PolicyId::default(),
                },
            );
            let told = self.callback(CallbackContent::Error { status: Status::ValidityFailed });
            self.outcome(told, Delivered { attempt: 1, status: 200, took_ms: 5 });
            return self.status(Status::FinishFailed, OrderFinished { order: 1, success: false });
        }
        self.status(
            Status::ValiditySucceed,
            ValiditySucceeded { order: 1, policy: kyc_events::engine::PolicyId::default() },
        );
        self.submit(Stage::Confirm, Status::ConfirmSubmitted);
        self.status(Status::Confirmed, TransferConfirmed { order: 1 });
        let data = self.callback(CallbackContent::Data);
        let failed = |attempt, retry_at| AttemptFailed {
            attempt,
            status: Some(503),
            kind: "status".to_owned(),
            took_ms: 9,
            retry_at,
        };
        if end == End::Dead {
            self.outcome(data, failed(1, None));
            self.outcome(data, DeadLettered { attempts: 1 });
            self.status(Status::CallbackFailed, CallbackFailed { order: 1 });
            return self.status(Status::FinishFailed, OrderFinished { order: 1, success: false });
        }
        if end == End::Retried {
            self.outcome(data, failed(1, Some(1_800_000_000_000)));
            self.status(Status::CallbackFailed, CallbackFailed { order: 1 });
        }
        let attempt = if end == End::Retried { 2 } else { 1 };
        self.outcome(data, Delivered { attempt, status: 200, took_ms: 5 });
        self.status(Status::CallbackSucceed, CallbackSucceeded { order: 1 });
        self.status(Status::FinishSuccess, OrderFinished { order: 1, success: true });
    }
}

/// The transaction with these orders in it, from its signature to its end.
pub fn batch(nonce: u64, stage: Stage, orders: std::ops::Range<u64>) -> Vec<(StreamId, NewEvent)> {
    let key = key_of(5, nonce);
    let raw = vec![0xab_u8; 200 + 40 * (orders.end - orders.start) as usize];
    let tx_hash = hash(nonce, stage);
    let transmissions = orders.clone().map(|number| hash(number, stage)).collect();
    let orders = orders.map(|number| OrderRef { stream: stream(number), order: 1 }).collect();
    let signed = BatchSigned {
        nonce,
        stage,
        orders,
        replaces: None,
        key,
        raw: Sealed::open_value(&raw),
        tx_hash,
    };
    let events: [BatchEvent; 4] = [
        signed.into(),
        BatchBroadcast { receipt_due_at: 1_700_000_000_000 }.into(),
        BatchMined { block: nonce, success: true, transmissions }.into(),
        BatchSettled {}.into(),
    ];
    let stream = StreamId::new(BATCH, &nonce.to_string()).expect("a name");
    let id = |index: usize| Uuid::from_u128(u128::from(nonce) << 64 | index as u128 | 1 << 127);
    let event = |(index, event)| (stream.clone(), new_event::<BatchEvent>(id(index), event));
    events.into_iter().enumerate().map(event).collect()
}

/// The wish to append one of these.
pub fn wish((stream, event): (StreamId, NewEvent), now: Millis) -> Append {
    Append { stream, expected: ExpectedVersion::Any, events: vec![event], now }
}
