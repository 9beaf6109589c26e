//! Owners and transactions as the log tells of them.

use kyc_events::stellar::{
    CustomerErased, StatusChanged, TransactionRegistered, TransactionReleased,
};
use uuid::Uuid;

use super::*;
use crate::testing::{Folded, stream};

type Log = Folded<StellarCustomers>;

fn kind() -> String {
    "sep12-review".to_owned()
}

#[test]
fn a_customer_is_found_by_identity_and_by_id() {
    let (mut log, a) = (Log::default(), stream("a"));
    log.register(&a, 1);
    log.append(&a, StatusChanged { kind: kind(), status: Status::Processing });
    let customer = of_owner(&log.rows, Tag([1; 32])).expect("known");
    assert!(customer.is_registered);
    assert_eq!(find(&log.rows, &a), Some(customer));
    assert_eq!(statuses(&log.rows, &a), [(kind(), Status::Processing)]);
    assert_eq!(of_owner(&log.rows, Tag([2; 32])), None);
}

#[test]
fn a_transaction_leads_to_its_customer() {
    let (mut log, a) = (Log::default(), stream("a"));
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
    let (mut log, old, new) = (Log::default(), stream("old"), stream("new"));
    log.register(&old, 1);
    log.append(&old, StatusChanged { kind: kind(), status: Status::Processing });
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
    assert_eq!(log.count(), 0, "nothing is left");
}
