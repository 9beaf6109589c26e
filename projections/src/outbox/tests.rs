//! What is due, in which order, and what is reported back.

use std::sync::Arc;

use kyc_events::Position;
use kyc_events::callback::{
    AttemptFailed, DeadLettered, Delivered, DeliveryEvent, RedeliveryRequested,
};
use kyc_events::corepass::{
    CallbackContent, CallbackFailed, CallbackRequested, OrderFinished, Status, TRANSFER,
    TransferErased, TransferEvent,
};
use kyc_events::schema::EventSet;
use kyc_events::sealed::{Ciphertext, KeyId, SealError, Sealed, Sealer, Tag};
use kyc_events::stellar::{self, CustomerErased, CustomerEvent};

use super::*;

const KEY: KeyId = KeyId([1; 16]);

/// Seals everything as nothing.
struct Hiding;

impl Sealer for Hiding {
    fn seal(&self, key: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
        Ok(Ciphertext { key, nonce: vec![0; 24], bytes: Vec::new() })
    }
}

/// A log in memory, folded as it grows.
#[derive(Default)]
struct Folded {
    rows: Rows,
    size: u64,
}

impl Folded {
    fn append<E: EventSet>(&mut self, stream: &StreamId, at: Millis, event: impl Into<E>) {
        let event = event.into();
        let schema = event.schema();
        let record = Record {
            position: Position(self.size),
            stream: stream.clone(),
            version: Version(1),
            previous: None,
            recorded_at: at,
            event_id: Uuid::from_u128(self.size.into()),
            name: Arc::from(schema.name),
            schema_version: schema.version,
            actor: "test".into(),
            causation: None,
            correlation: Uuid::nil(),
            payload: event.encode().expect("holds no personal data"),
        };
        self.size += 1;
        Outbox::apply(&mut self.rows, &record).expect("folds");
    }

    fn request(&mut self, at: Millis, id: u128, content: CallbackContent) {
        self.request_of(1, at, id, content);
    }

    fn request_of(&mut self, order: u32, at: Millis, id: u128, content: CallbackContent) {
        let delivery = Uuid::from_u128(id);
        let event = CallbackRequested { order, delivery, content };
        self.append::<TransferEvent>(&transfer_stream(), at, event);
    }

    fn outcome(&mut self, at: Millis, id: u128, event: impl Into<DeliveryEvent>) {
        let key = Uuid::from_u128(id).simple().to_string();
        let stream = StreamId::new(DELIVERY, &key).expect("a name");
        self.append::<DeliveryEvent>(&stream, at, event);
    }

    fn customer(&mut self, at: Millis, event: impl Into<CustomerEvent>) {
        self.append::<CustomerEvent>(&customer_stream(), at, event);
    }

    fn change(&mut self, at: Millis, id: u128, status: stellar::Status) {
        let (delivery, kind) = (Uuid::from_u128(id), "sep12-basic".to_owned());
        self.customer(at, stellar::CallbackRequested { delivery, callback: 1, kind, status });
    }

    fn due(&self, now: Millis) -> Vec<u128> {
        due(&self.rows, now, 10, |_| true).iter().map(|delivery| delivery.id.as_u128()).collect()
    }

    fn reports(&self) -> Vec<Report> {
        reports(&self.rows, 10).into_iter().map(|(_, report)| report).collect()
    }
}

fn transfer_stream() -> StreamId {
    StreamId::new(TRANSFER, "a").expect("a name")
}

fn customer_stream() -> StreamId {
    StreamId::new(stellar::CUSTOMER, "anna").expect("a name")
}

fn status() -> CallbackContent {
    CallbackContent::Status { status: Status::Accepted, tx_hash: None }
}

fn delivered(attempt: u32) -> Delivered {
    Delivered { attempt, status: 200, took_ms: 1 }
}

fn failed(attempt: u32, retry_at: Option<Millis>) -> AttemptFailed {
    AttemptFailed { attempt, status: Some(503), kind: "status".to_owned(), took_ms: 1, retry_at }
}

#[test]
fn only_the_head_of_a_channel_is_due() {
    let mut log = Folded::default();
    log.request(0, 1, status());
    log.request(0, 2, status());
    log.request(0, 3, CallbackContent::Data);
    assert_eq!(log.due(0), [1, 3], "the channels do not wait for each other");
    log.outcome(5, 1, failed(1, Some(100)));
    assert_eq!(log.due(5), [3]);
    assert_eq!(next_after(&log.rows, 5), Some(100));
    log.outcome(100, 1, delivered(2));
    assert_eq!(log.due(100), [3, 2]);
}

#[test]
fn the_next_order_does_not_wait_for_a_dead_receiver_of_the_last() {
    let mut log = Folded::default();
    log.request(0, 1, CallbackContent::Error { status: Status::ValidityFailed });
    log.outcome(5, 1, failed(1, Some(1_000_000)));
    log.request_of(2, 6, 2, CallbackContent::Data);
    assert_eq!(log.due(6), [2]);
}

#[test]
fn a_dead_letter_makes_room_for_the_next() {
    let mut log = Folded::default();
    log.request(0, 1, status());
    log.request(0, 2, status());
    log.outcome(5, 1, failed(1, None));
    log.outcome(5, 1, DeadLettered { attempts: 1 });
    assert_eq!(log.due(5), [2]);
    assert_eq!(find(&log.rows, Uuid::from_u128(1)).map(|d| d.state), Some(State::Dead));
}

#[test]
fn the_first_failure_is_reported_once_and_the_end_takes_its_place() {
    let mut log = Folded::default();
    log.request(0, 1, CallbackContent::Data);
    log.outcome(5, 1, failed(1, Some(10)));
    assert_eq!(log.reports(), [Report::Failed]);
    log.append::<TransferEvent>(&transfer_stream(), 6, CallbackFailed { order: 1 });
    assert_eq!(log.reports(), []);
    log.outcome(10, 1, failed(2, Some(20)));
    assert_eq!(log.reports(), [], "only the first");
    log.outcome(20, 1, delivered(3));
    assert_eq!(log.reports(), [Report::Succeeded]);
    log.append::<TransferEvent>(&transfer_stream(), 21, OrderFinished { order: 1, success: true });
    assert_eq!(log.reports(), []);
}

#[test]
fn the_failure_that_ends_it_is_reported_as_the_end() {
    let mut log = Folded::default();
    log.request(0, 1, CallbackContent::Data);
    log.outcome(5, 1, failed(1, None));
    log.outcome(5, 1, DeadLettered { attempts: 1 });
    assert_eq!(log.reports(), [Report::Exhausted]);
}

#[test]
fn a_redelivery_is_due_once_and_changes_no_report() {
    let mut log = Folded::default();
    log.request(0, 1, CallbackContent::Data);
    log.outcome(5, 1, failed(1, None));
    log.outcome(5, 1, DeadLettered { attempts: 1 });
    log.append::<TransferEvent>(&transfer_stream(), 6, OrderFinished { order: 1, success: false });
    log.outcome(50, 1, RedeliveryRequested {});
    assert_eq!(log.due(50), [1]);
    log.outcome(51, 1, failed(2, None));
    assert_eq!(log.due(1_000), Vec::<u128>::new());
    assert_eq!(log.reports(), []);
    assert_eq!(find(&log.rows, Uuid::from_u128(1)).map(|d| d.state), Some(State::Dead));
}

#[test]
fn an_error_callback_is_nobodys_report() {
    let mut log = Folded::default();
    log.request(0, 1, CallbackContent::Error { status: Status::ValidityFailed });
    log.outcome(5, 1, delivered(1));
    assert_eq!(log.reports(), []);
}

#[test]
fn nothing_of_an_erased_person_is_sent_listed_or_reported() {
    let mut outbox = Folded::default();
    outbox.request(0, 1, status());
    outbox.request(0, 2, status());
    outbox.request(0, 3, CallbackContent::Data);
    outbox.outcome(1, 3, delivered(1));
    outbox.append::<TransferEvent>(&transfer_stream(), 2, TransferErased { generation: 0 });
    assert_eq!(outbox.due(10), [] as [u128; 0]);
    assert_eq!(list(&outbox.rows, None, 10), []);
    assert_eq!(outbox.reports(), []);
    // An attempt that was under way is recorded later; nobody asks for it any more.
    outbox.outcome(3, 1, failed(1, Some(5)));
    assert_eq!(outbox.due(10), [] as [u128; 0]);
    assert_eq!(outbox.rows.scan::<Delivery>(b"").count(), 0, "no row is left");
}

#[test]
fn protocols_and_receivers_do_not_wait_for_each_other_but_one_receiver_hears_things_in_order() {
    let mut log = Folded::default();
    log.request(0, 1, status());
    log.change(0, 2, stellar::Status::Processing);
    log.change(0, 3, stellar::Status::Accepted);
    let kind = || "sep12-basic".to_owned();
    let check = |id, provider: &str| stellar::CheckRequested {
        request: Uuid::from_u128(id),
        kind: kind(),
        provider: provider.to_owned(),
    };
    log.customer(0, check(4, "acme"));
    log.customer(0, check(5, "other"));
    log.customer(0, check(6, "acme"));
    let (transaction, delivery) = ("t-1".to_owned(), Uuid::from_u128(7));
    log.customer(0, stellar::TransactionReleased { transaction, delivery, accepted: true });
    assert_eq!(log.due(0), [1, 2, 4, 5, 7]);
    log.outcome(5, 2, delivered(1));
    log.outcome(5, 4, failed(1, None));
    log.outcome(5, 4, DeadLettered { attempts: 1 });
    assert_eq!(log.due(5), [1, 5, 7, 3, 6]);
    let told = find(&log.rows, Uuid::from_u128(2)).expect("delivered ones are kept");
    assert_eq!((told.state, told.channel()), (State::Delivered, "status"));
    assert_eq!(log.reports(), [], "no order is concerned");
}

#[test]
fn a_new_url_hears_at_once_what_the_old_one_did_not_take() {
    let mut log = Folded::default();
    log.change(0, 1, stellar::Status::Processing);
    log.change(0, 2, stellar::Status::Accepted);
    log.outcome(5, 1, failed(1, Some(1_000_000)));
    assert_eq!(log.due(6), [] as [u128; 0]);
    let mut url = Sealed::open_value(&"https://wallet.example".to_owned());
    url.shut(KEY, "url#2", &Hiding).expect("seals");
    let tag = Tag([0; 32]);
    log.customer(6, stellar::CallbackSet { number: 2, key: KEY, url, tag, lang: "en".to_owned() });
    assert_eq!(log.due(6), [1]);
    log.outcome(7, 1, delivered(2));
    assert_eq!(log.due(7), [2]);
    assert_eq!(next_after(&log.rows, 7), None, "the retry of before is gone");
}

#[test]
fn nothing_of_an_erased_customer_is_left() {
    let mut log = Folded::default();
    log.request(0, 1, status());
    log.change(0, 2, stellar::Status::Processing);
    log.change(0, 3, stellar::Status::Accepted);
    log.outcome(1, 2, delivered(1));
    log.customer(2, CustomerErased { generation: 0 });
    log.outcome(3, 3, failed(1, Some(5)));
    assert_eq!(log.due(10), [1]);
    assert_eq!(list(&log.rows, None, 10).len(), 1, "the other stream's");
}

#[test]
fn a_provider_is_asked_about_an_identity_until_that_is_erased() {
    use kyc_events::neuro::{CheckRequested, IdentityErased};

    use crate::testing::Folded;
    use crate::testing::neuro::{account, identity};

    let (mut log, request, run) = (Folded::<Outbox>::default(), Uuid::from_u128(5), Uuid::nil());
    log.apply(1, &account("a"), 1, 0);
    let provider = "acme".to_owned();
    log.identity(1, CheckRequested { request, run, provider: provider.clone(), expires_at: 9 });
    let asked = find(&log.rows, request).expect("a delivery");
    assert_eq!((asked.channel(), asked.content.provider()), ("check", Some("acme")));
    assert_eq!(asked.content, Content::Neuro(NeuroContent::Check { run, provider }));
    assert_eq!(asked.stream, identity(1));
    assert_eq!(due(&log.rows, Millis::MAX - 1, 9, |_| true).len(), 1);
    log.identity(1, IdentityErased { generation: 0 });
    assert_eq!(log.count(), 0);
}
