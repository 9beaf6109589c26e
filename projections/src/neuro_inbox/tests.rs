//! Messages as the log tells of them.

use kyc_events::engine::PolicyId;
use kyc_events::neuro::{
    AccountErased, By, IdentityApproved, IdentityErased, IdentityRejected, MarkedReady,
    MessagesPopped, ReviewConcluded, ReviewDecided,
};

use super::*;
use crate::testing::neuro::account as stream;
use crate::testing::{Folded, KEY};

type Log = Folded<NeuroInbox>;

fn concluded(outcome: Outcome) -> ReviewConcluded {
    ReviewConcluded { run: Uuid::nil(), outcome, policy: PolicyId::default() }
}

fn told(log: &Log, account: &StreamId) -> Vec<(u64, Told)> {
    let all = waiting(&log.rows, account, 99).into_iter();
    all.map(|message| (message.position.0, message.told)).collect()
}

#[test]
fn each_change_is_told_once_and_why_it_was_not_approved() {
    let (mut log, a, b) = (Log::default(), stream("a"), stream("b"));
    log.apply(1, &a, 1, 0);
    log.apply(2, &b, 2, 0);
    log.identity(1, MarkedReady { run: Uuid::nil() });
    log.identity(1, concluded(Outcome::Manual));
    log.identity(2, concluded(Outcome::Approve));
    log.identity(2, IdentityApproved { by: By::Rules });
    let (key, by) = (KEY, "desk".to_owned());
    let (review, reason) = (Uuid::nil(), None);
    log.identity(1, ReviewDecided { review, key, verdict: Verdict::Reject, by, reason });
    let (by, codes, reason) = (By::Rules, vec![], None);
    log.identity(1, IdentityRejected { key, by, codes, reason });
    let of_a = [
        (3, Told::Run(Uuid::nil())),
        (6, Told::Review(Uuid::nil())),
        (7, Told::Status(Status::Rejected)),
    ];
    assert_eq!(told(&log, &a), of_a);
    assert_eq!(told(&log, &b), [(5, Told::Status(Status::Approved))]);
    assert_eq!(newest(&log.rows, &a), Some(Position(7)));
    assert_eq!(waiting(&log.rows, &a, 2).len(), 2);
}

#[test]
fn what_was_taken_is_gone_and_what_came_later_is_not() {
    let (mut log, a) = (Log::default(), stream("a"));
    log.apply(1, &a, 1, 0);
    for _ in 0..3 {
        log.identity(1, concluded(Outcome::Manual));
    }
    log.account(&a, MessagesPopped { through: Position(2) });
    assert_eq!(told(&log, &a).iter().map(|(at, _)| *at).collect::<Vec<_>>(), [3]);
    log.account(&a, MessagesPopped { through: Position(3) });
    assert_eq!((told(&log, &a), newest(&log.rows, &a)), (vec![], None));
}

#[test]
fn who_was_erased_leaves_no_row_in_whatever_order() {
    for identity_first in [true, false] {
        let (mut log, a) = (Log::default(), stream("a"));
        log.apply(1, &a, 1, 0);
        log.identity(1, concluded(Outcome::Manual));
        if identity_first {
            log.identity(1, IdentityErased { generation: 0 });
            log.account(&a, AccountErased { generation: 0 });
        } else {
            log.account(&a, AccountErased { generation: 0 });
            log.identity(1, concluded(Outcome::Manual));
            log.identity(1, IdentityErased { generation: 0 });
        }
        assert_eq!(log.count(), 0);
    }
}
