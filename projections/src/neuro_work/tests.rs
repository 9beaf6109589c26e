//! Runs as the log tells of them.

use kyc_events::engine::PolicyId;
use kyc_events::neuro::{
    By, CheckAnswered, CheckRequested, IdentityApproved, IdentityErased, MarkedReady, Outcome,
    ReviewConcluded,
};

use super::*;
use crate::testing::Folded;
use crate::testing::neuro::{account, identity};

type Log = Folded<NeuroWork>;

fn ready(log: &mut Log, number: u128) {
    log.apply(number, &account("a"), 1, 0);
    log.identity(number, MarkedReady { run: Uuid::from_u128(number) });
}

fn ids(log: &Log) -> Vec<StreamId> {
    due(&log.rows, 9).into_iter().map(|run| run.identity).collect()
}

fn asked(number: u128, request: u128, expires_at: Millis) -> CheckRequested {
    let (run, request) = (Uuid::from_u128(number), Uuid::from_u128(request));
    CheckRequested { request, run, provider: "acme".to_owned(), expires_at }
}

#[test]
fn a_run_stands_here_from_being_ready_to_its_outcome() {
    let mut log = Log::default();
    ready(&mut log, 2);
    ready(&mut log, 1);
    assert_eq!(ids(&log), [identity(2), identity(1)]);
    let (run, outcome) = (Uuid::from_u128(2), Outcome::Manual);
    log.identity(2, ReviewConcluded { run, outcome, policy: PolicyId::default() });
    assert_eq!(ids(&log), [identity(1)]);
    log.identity(1, IdentityApproved { by: By::Operator("desk".to_owned()) });
    assert_eq!((ids(&log), log.count()), (vec![], 0));
}

#[test]
fn a_run_that_waits_for_providers_is_not_due_and_its_requests_run_out() {
    let mut log = Log::default();
    ready(&mut log, 1);
    log.identity(1, asked(1, 10, 900));
    log.identity(1, asked(1, 11, 500));
    assert_eq!(ids(&log), []);
    let over = |log: &Log, now| {
        let over = overdue(&log.rows, now, 9).into_iter();
        over.map(|check| check.request.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(next_overdue(&log.rows), Some(500));
    assert_eq!(
        (over(&log, 499), over(&log, 500), over(&log, 900)),
        (vec![], vec![11], vec![11, 10])
    );
    log.identity(1, CheckAnswered { request: Uuid::from_u128(11), verdict: None });
    assert_eq!((over(&log, 900), next_overdue(&log.rows)), (vec![10], Some(900)));
    log.identity(1, IdentityErased { generation: 0 });
    assert_eq!(log.count(), 0);
}
