//! Owners, reviews and transactions as the log tells of them.

use std::sync::Arc;

use kyc_events::schema::EventSet;
use kyc_events::sealed::{Ciphertext, KeyId, Personal, SealError, Sealed, Sealer};
use kyc_events::stellar::{
    CustomerDecided, CustomerErased, CustomerRegistered, DecidedBy, Identity, OwnerIdentified,
    ReviewClaimed, ReviewRequested, ReviewWithdrawn, StatusChanged, TransactionRegistered,
    TransactionReleased, Verdict,
};
use kyc_events::{Position, Version};

use super::*;

const KEY: KeyId = KeyId([1; 16]);

struct Dull;

impl Sealer for Dull {
    fn seal(&self, key: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
        Ok(Ciphertext { key, nonce: vec![0; 24], bytes: vec![] })
    }
}

/// A log in memory, folded as it grows.
#[derive(Default)]
struct Folded {
    rows: Rows,
    size: u64,
}

impl Folded {
    fn append(&mut self, stream: &StreamId, event: impl Into<CustomerEvent>) {
        let mut event = event.into();
        event.seal(&Dull).expect("seals");
        let schema = event.schema();
        let record = Record {
            position: Position(self.size),
            stream: stream.clone(),
            version: Version(1),
            previous: None,
            recorded_at: 1_000 + Millis::try_from(self.size).expect("small"),
            event_id: Uuid::from_u128(self.size.into()),
            name: Arc::from(schema.name),
            schema_version: schema.version,
            actor: "test".into(),
            causation: None,
            correlation: Uuid::nil(),
            payload: event.encode().expect("sealed"),
        };
        self.size += 1;
        StellarCustomers::apply(&mut self.rows, &record).expect("folds");
    }

    fn register(&mut self, stream: &StreamId, owner: u8) {
        let identity = Identity { account: "G".to_owned(), memo: None };
        let (subject, account) = (Tag([owner; 32]), Tag([0; 32]));
        let (key, owner) = (KEY, Tag([owner; 32]));
        let identity = Sealed::open_value(&identity);
        self.append(stream, OwnerIdentified { subject, key, owner, account, identity });
        self.append(stream, CustomerRegistered {});
    }

    fn queue(&self, state: Option<ReviewState>) -> Vec<u128> {
        reviews(&self.rows, state, 10).iter().map(|review| review.id.as_u128()).collect()
    }
}

fn stream(key: &str) -> StreamId {
    StreamId::new(CUSTOMER, key).expect("a name")
}

fn kind() -> String {
    "sep12-review".to_owned()
}

fn review_of(id: u128) -> ReviewRequested {
    ReviewRequested { review: Uuid::from_u128(id), kind: kind() }
}

fn accepted() -> CustomerDecided {
    CustomerDecided {
        number: 1,
        key: KEY,
        kind: kind(),
        verdict: Verdict::Accept,
        by: DecidedBy::Operator("desk".to_owned()),
        reason: None,
        refused: vec![],
        asked: vec![],
        tag: Tag([0; 32]),
        policy: kyc_events::engine::PolicyId::default(),
    }
}

#[test]
fn a_customer_is_found_by_identity_and_by_id() {
    let (mut log, a) = (Folded::default(), stream("a"));
    log.register(&a, 1);
    log.append(&a, StatusChanged { kind: kind(), status: Status::Processing });
    let customer = of_owner(&log.rows, Tag([1; 32])).expect("known");
    assert!(customer.is_registered);
    assert_eq!(find(&log.rows, &a), Some(customer));
    assert_eq!(statuses(&log.rows, &a), [(kind(), Status::Processing)]);
    assert_eq!(of_owner(&log.rows, Tag([2; 32])), None);
}

#[test]
fn the_queue_holds_reviews_in_order_until_they_are_decided_or_withdrawn() {
    let (mut log, a, b) = (Folded::default(), stream("a"), stream("b"));
    log.append(&a, review_of(2));
    log.append(&b, review_of(1));
    assert_eq!(log.queue(Some(ReviewState::Open)), [2, 1]);
    let (review, by) = (Uuid::from_u128(2), "desk".to_owned());
    log.append(&a, ReviewClaimed { review, kind: kind(), by });
    assert_eq!(log.queue(Some(ReviewState::Claimed)), [2]);
    log.append(&a, accepted());
    assert_eq!(log.queue(Some(ReviewState::Open)), [1]);
    assert_eq!(log.queue(Some(ReviewState::Decided)), [2]);
    log.append(&b, ReviewWithdrawn { review: Uuid::from_u128(1), kind: kind() });
    assert_eq!(log.queue(None), [2]);
    log.append(&a, review_of(3));
    assert_eq!(log.queue(None), [3], "the next review takes the place of the last");
}

#[test]
fn a_transaction_leads_to_its_customer() {
    let (mut log, a) = (Folded::default(), stream("a"));
    let transaction = "t1".to_owned();
    log.append(
        &a,
        TransactionRegistered {
            transaction: transaction.clone(),
            protocol: Protocol::Sep31,
            kind: kind(),
        },
    );
    let one = super::transaction(&log.rows, "t1").expect("known");
    assert_eq!((one.stream, one.accepted), (a.clone(), None));
    let delivery = Uuid::nil();
    log.append(&a, TransactionReleased { transaction, delivery, accepted: true });
    assert_eq!(super::transaction(&log.rows, "t1").and_then(|one| one.accepted), Some(true));
}

#[test]
fn an_erased_customer_leaves_no_row_and_who_came_back_stays() {
    let (mut log, old, new) = (Folded::default(), stream("old"), stream("new"));
    log.register(&old, 1);
    log.append(&old, StatusChanged { kind: kind(), status: Status::Processing });
    log.append(&old, review_of(1));
    log.append(
        &old,
        TransactionRegistered {
            transaction: "t1".to_owned(),
            protocol: Protocol::Sep6,
            kind: kind(),
        },
    );
    log.register(&new, 1);
    log.append(&old, CustomerErased { generation: 0 });
    assert_eq!(find(&log.rows, &old), None);
    assert_eq!(of_owner(&log.rows, Tag([1; 32])).map(|one| one.stream), Some(new.clone()));
    log.append(&new, CustomerErased { generation: 1 });
    assert_eq!(log.rows.scan::<serde::de::IgnoredAny>(b"").count(), 0, "nothing is left");
}
