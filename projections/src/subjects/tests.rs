//! Customers as people.

use std::sync::Arc;

use kyc_events::Version;
use kyc_events::schema::EventSet;
use kyc_events::sealed::{Ciphertext, Personal, SealError, Sealed, Sealer};
use kyc_events::stellar::{CustomerErased, CustomerRegistered, Identity, OwnerIdentified};

use kyc_events::subject::{DataUnsealed, ErasureDeferred, ErasureRequested, HoldReleased, HoldSet};

use super::*;

const KEY: KeyId = KeyId([1; 16]);
const PERSON: Tag = Tag([2; 32]);

struct Dull;

impl Sealer for Dull {
    fn seal(&self, key: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
        Ok(Ciphertext { key, nonce: vec![0; 24], bytes: vec![] })
    }
}

fn append(rows: &mut Rows, at: Millis, event: impl Into<CustomerEvent>) {
    fold(rows, at, stream(), event.into());
}

fn decide(rows: &mut Rows, event: impl Into<SubjectEvent>) {
    let stream = StreamId::new(SUBJECT, &PERSON.to_hex()).expect("a name");
    fold(rows, 0, stream, event.into());
}

fn fold<E: EventSet + Personal>(rows: &mut Rows, at: Millis, stream: StreamId, mut event: E) {
    event.seal(&Dull).expect("seals");
    let schema = event.schema();
    let record = Record {
        position: Position(0),
        stream,
        version: Version(1),
        previous: None,
        recorded_at: at,
        event_id: uuid::Uuid::nil(),
        name: Arc::from(schema.name),
        schema_version: schema.version,
        actor: "test".into(),
        causation: None,
        correlation: uuid::Uuid::nil(),
        payload: event.encode().expect("sealed"),
    };
    Subjects::apply(rows, &record).expect("folds");
}

fn stream() -> StreamId {
    StreamId::new(CUSTOMER, "a").expect("a name")
}

#[test]
fn a_customer_is_a_person_with_a_key_and_is_due_by_what_happened_last() {
    let mut rows = Rows::default();
    let identity = Sealed::open_value(&Identity { account: "G".to_owned(), memo: None });
    let (owner, account) = (PERSON, PERSON);
    let first = OwnerIdentified { subject: PERSON, key: KEY, owner, account, identity };
    append(&mut rows, 10, first);
    append(&mut rows, 20, CustomerRegistered {});
    let person = find(&rows, PERSON).expect("known");
    assert_eq!((person.key, person.live, person.ended_at), (Some(KEY), 0, Some(20)));
    assert_eq!(due(&rows, 19, 0, 9), []);
    assert_eq!(due(&rows, 20, 0, 9).len(), 1);
    assert_eq!(streams(&rows, PERSON, 0), [stream()]);
    assert_eq!(keys(&rows, PERSON, 0), [OwnedKey { key: KEY, batch: None }]);
    append(&mut rows, 30, CustomerErased { generation: 0 });
    assert_eq!(streams(&rows, PERSON, 0), [], "closed");
    assert_eq!(keys(&rows, PERSON, 0).len(), 1, "the key is still to be destroyed");
}

#[test]
fn an_erasure_that_was_put_off_waits_for_the_last_hold() {
    let text = || "a word".to_owned();
    let hold = |until| HoldSet { reason: text(), by: text(), until };
    let mut rows = Rows::default();
    decide(&mut rows, hold(100));
    assert_eq!((deferred(&rows, 100, 9), next_deferred(&rows)), (vec![], None), "nobody asked");
    decide(&mut rows, ErasureDeferred { generation: 0, reason: text(), by: text() });
    assert_eq!((deferred(&rows, 99, 9), next_deferred(&rows)), (vec![], Some(100)));
    assert_eq!(deferred(&rows, 100, 9), [PERSON]);
    decide(&mut rows, hold(200));
    assert_eq!((deferred(&rows, 199, 9), next_deferred(&rows)), (vec![], Some(200)));
    decide(&mut rows, DataUnsealed { reason: text(), by: text() });
    assert_eq!(next_deferred(&rows), Some(200));
    decide(&mut rows, HoldReleased { reason: text(), by: text() });
    assert_eq!((deferred(&rows, 1, 9), next_deferred(&rows)), (vec![PERSON], Some(0)));
    decide(&mut rows, ErasureRequested { generation: 0, reason: text(), by: text() });
    assert_eq!((deferred(&rows, 999, 9), next_deferred(&rows)), (vec![], None));
}

#[test]
fn people_under_a_hold_take_nobodys_place_on_the_list() {
    let mut rows = Rows::default();
    for (number, held_until) in [(1, Some(100)), (2, Some(50)), (3, None)] {
        let (tag, at) = (Tag([number; 32]), Millis::from(number));
        let row = Subject { ended_at: Some(at), held_until, ..Subject::default() };
        rows.put(subject_key(tag), &row);
        rows.put(ended_key(at, tag), &tag);
    }
    let numbers = |until, now, limit| -> Vec<u8> {
        due(&rows, until, now, limit).iter().map(|(tag, _)| tag.0[0]).collect()
    };
    assert_eq!(numbers(9, 49, 1), [3]);
    assert_eq!(numbers(9, 50, 9), [2, 3], "a hold ends by itself");
    assert_eq!(numbers(2, 100, 9), [1, 2]);
}

#[test]
fn what_is_attested_of_a_person_counts_until_its_end() {
    use kyc_events::neuro::{
        AccountErased, By, IdentityApproved, IdentityErased, IdentityObsoleted,
    };

    use crate::testing::neuro::{account, identity};
    use crate::testing::{Folded, KEY, START};

    let (mut log, a, person) = (Folded::<Subjects>::default(), account("a"), Tag([2; 32]));
    let ended = |log: &Folded<Subjects>| find(&log.rows, person).and_then(|row| row.ended_at);
    log.create(&a, 2);
    assert_eq!(ended(&log), Some(START));
    log.apply(1, &a, 2, 5_000);
    log.apply(2, &a, 2, 9_000);
    assert_eq!(ended(&log), Some(START + 2), "nobody approved anything");
    log.identity(1, IdentityApproved { by: By::Rules });
    assert_eq!(ended(&log), Some(5_000));
    log.identity(2, IdentityApproved { by: By::Rules });
    assert_eq!(ended(&log), Some(9_000));
    assert_eq!((due(&log.rows, 8_999, 0, 9).len(), due(&log.rows, 9_000, 0, 9).len()), (0, 1));
    log.identity(2, IdentityObsoleted { key: KEY, by: By::Owner, reason: None });
    assert_eq!(ended(&log), Some(5_000), "the other one is still good");
    log.identity(1, IdentityObsoleted { key: KEY, by: By::Owner, reason: None });
    assert_eq!(ended(&log), Some(START + 6));
    assert_eq!(streams(&log.rows, person, 0), [a.clone(), identity(1), identity(2)]);
    assert_eq!(keys(&log.rows, person, 0), [OwnedKey { key: KEY, batch: None }]);
    log.account(&a, AccountErased { generation: 0 });
    log.identity(1, IdentityErased { generation: 0 });
    log.identity(2, IdentityErased { generation: 0 });
    assert_eq!(streams(&log.rows, person, 0), []);
}
