//! Given these events, when this command, then those events.

use kyc_events::corepass::TransferEvent as Event;
use kyc_events::sealed::Tag;
use proptest::prelude::*;

use super::*;
use crate::aggregate::testing::{Given, given};

const NOW: Millis = 1_700_000_000_000;
const NOW_S: i64 = NOW / 1000;
const MINUTE: Millis = 60_000;

fn wish() -> OrderWish {
    OrderWish {
        user: "ab22b1671b4f7ccc0b16a87514adde84513b6348232e".to_owned(),
        subject: Tag([1; 32]),
        key: Some(KeyId([2; 16])),
        items: vec!["SH_EMAIL".to_owned(), "SH_PHONE".to_owned()],
        callback: "https://example.com/data".to_owned(),
        status_callback: Some("https://example.com/status".to_owned()),
        expiration: NOW_S + 600,
        all_verified: Some(true),
        notify_pending: true,
    }
}

fn infos() -> Vec<Info> {
    let info = |id: &str| Info {
        field_id: id.to_owned(),
        field_value: "x".to_owned(),
        pepper: "00".to_owned(),
    };
    vec![info("SH_PHONE"), info("SH_EMAIL")]
}

fn accept_command() -> Command {
    Command::Accept { order: 1, cheque: Cheque { cheque: None, signature: None } }
}

/// Commands that bring an order to the end, in order.
fn road() -> Vec<(Command, Status)> {
    let hash = |c: char| format!("0x{}", c.to_string().repeat(64));
    let submit = |stage, c| Command::RecordSubmitted { order: 1, stage, tx_hash: hash(c) };
    vec![
        (Command::Request(wish()), Status::Pending),
        (accept_command(), Status::Accepted),
        (submit(Stage::Initiate, 'a'), Status::InitiateSubmitted),
        (
            Command::RecordInitiated {
                order: 1,
                transmission: hash('0'),
                data_due_at: NOW + 60 * MINUTE,
            },
            Status::Initiated,
        ),
        (Command::Transmit { order: 1, infos: infos() }, Status::KycReceived),
        (Command::StartValidityCheck { order: 1 }, Status::ValidityCheck),
        (
            Command::RecordValidity { order: 1, failure: None, invalid: vec![] },
            Status::ValiditySucceed,
        ),
        (submit(Stage::Confirm, 'b'), Status::ConfirmSubmitted),
        (Command::RecordConfirmed { order: 1 }, Status::Confirmed),
        (Command::RecordCallbackSucceeded { order: 1 }, Status::FinishSuccess),
    ]
}

/// An order brought as far as `status`.
fn at(status: Status) -> Given<Transfer> {
    let mut transfer = given::<Transfer>(NOW, []);
    for (command, reached) in road() {
        transfer.when(NOW, &command).expect("the road is free");
        if reached == status {
            return transfer;
        }
    }
    panic!("{status:?} is not on the road");
}

fn statuses(events: &[Event]) -> Vec<(Status, Option<String>)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::CallbackRequested(CallbackRequested {
                content: CallbackContent::Status { status, tx_hash },
                ..
            }) => Some((*status, tx_hash.clone())),
            _ => None,
        })
        .collect()
}

fn data_callbacks(events: &[Event]) -> Vec<CallbackContent> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::CallbackRequested(e) if !matches!(e.content, CallbackContent::Status { .. }) => {
                Some(e.content.clone())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_transfer_runs_from_pending_to_finish_success() {
    let mut transfer = given::<Transfer>(NOW, []);
    let mut told = Vec::new();
    for (command, reached) in road() {
        let events = transfer.when(NOW, &command).expect("the road is free");
        told.extend(statuses(&events).into_iter().map(|(status, _)| status));
        assert_eq!(transfer.state().last().map(|order| order.status), Some(reached));
    }
    let expected = [
        Status::Pending,
        Status::Accepted,
        Status::InitiateSubmitted,
        Status::Initiated,
        Status::KycReceived,
        Status::ValidityCheck,
        Status::ValiditySucceed,
        Status::ConfirmSubmitted,
        Status::Confirmed,
        Status::CallbackSucceed,
        Status::FinishSuccess,
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_first_hash_stands_beside_the_check_and_the_second_beside_the_end() {
    let mut transfer = at(Status::ValidityCheck);
    let events = transfer
        .when(NOW, &Command::RecordValidity { order: 1, failure: None, invalid: vec![] })
        .expect("valid");
    assert_eq!(statuses(&events)[0].1.as_deref().map(|h| &h[..3]), Some("0xa"));
    let mut transfer = at(Status::Confirmed);
    let events =
        transfer.when(NOW, &Command::RecordCallbackSucceeded { order: 1 }).expect("delivered");
    assert!(
        statuses(&events).iter().all(|(_, hash)| hash.as_deref().map(|h| &h[..3]) == Some("0xb"))
    );
}

#[test]
fn the_expiration_is_between_five_and_fifteen_minutes_inclusive() {
    for (seconds, good) in [(299, false), (300, true), (900, true), (901, false), (i64::MIN, false)]
    {
        let expiration = NOW_S.saturating_add(seconds);
        let command = Command::Request(OrderWish { expiration, ..wish() });
        let answer = given::<Transfer>(NOW, []).when(NOW, &command);
        assert_eq!(answer.is_ok(), good, "{seconds}");
    }
}

#[test]
fn a_second_request_finds_the_first_order() {
    for status in [Status::Pending, Status::Accepted] {
        let mut transfer = at(status);
        let again = OrderWish { expiration: NOW_S + 700, all_verified: None, ..wish() };
        let events = transfer.when(NOW, &Command::Request(again)).expect("found");
        assert!(events.is_empty());
        assert_eq!(transfer.state().last().map(|o| o.expiration), Some(NOW_S + 600));
    }
}

#[test]
fn a_request_while_one_is_on_the_chain_is_refused() {
    for status in [Status::InitiateSubmitted, Status::Confirmed] {
        let answer = at(status).when(NOW, &Command::Request(wish()));
        assert_eq!(answer, Err(Rejection::Ongoing));
    }
}

#[test]
fn the_chain_is_asked_only_for_a_new_order() {
    let ask = |all_verified| Command::Request(OrderWish { all_verified, ..wish() });
    let mut transfer = given::<Transfer>(NOW, []);
    assert_eq!(transfer.when(NOW, &ask(None)), Err(Rejection::VerificationNeeded));
    assert_eq!(transfer.when(NOW, &ask(Some(false))), Err(Rejection::NotVerified));
}

#[test]
fn after_the_end_a_request_opens_the_next_order() {
    let mut transfer = at(Status::FinishSuccess);
    transfer.when(NOW, &Command::Request(wish())).expect("a new order");
    assert_eq!(transfer.state().last().map(|o| o.number), Some(2));
}

#[test]
fn after_expiry_a_request_opens_the_next_order() {
    let mut transfer = at(Status::Pending);
    let later = NOW + 11 * MINUTE;
    let again = OrderWish { expiration: later / 1000 + 600, ..wish() };
    let events = transfer.when(later, &Command::Request(again)).expect("a new order");
    assert!(matches!(events[0], Event::OrderExpired(_)));
    assert_eq!(transfer.state().last().map(|o| o.number), Some(2));
}

#[test]
fn accepting_after_expiry_is_refused() {
    let answer = at(Status::Pending).when(NOW + 600_001, &accept_command());
    assert_eq!(answer, Err(Rejection::Expired));
    assert!(at(Status::Pending).when(NOW + 600_000, &accept_command()).is_ok());
}

#[test]
fn accepting_twice_writes_nothing_the_second_time() {
    assert_eq!(at(Status::Accepted).when(NOW, &accept_command()), Ok(vec![]));
    assert_eq!(at(Status::FinishSuccess).when(NOW + 900_000, &accept_command()), Ok(vec![]));
}

#[test]
fn the_same_data_twice_writes_nothing_and_other_data_is_refused() {
    let mut transfer = at(Status::KycReceived);
    let again = Command::Transmit { order: 1, infos: infos() };
    assert_eq!(transfer.when(NOW, &again), Ok(vec![]));
    let mut other = infos();
    other[0].field_value = "y".to_owned();
    let other = Command::Transmit { order: 1, infos: other };
    assert_eq!(transfer.when(NOW, &other), Err(Rejection::AlreadyTransmitted));
}

#[test]
fn data_before_the_chain_started_the_transfer_is_refused() {
    for status in [Status::Pending, Status::Accepted, Status::InitiateSubmitted] {
        let answer = at(status).when(NOW, &Command::Transmit { order: 1, infos: infos() });
        assert_eq!(answer, Err(Rejection::NotWaitingForData));
    }
}

#[test]
fn missing_double_and_foreign_fields_are_refused() {
    let mut double = infos();
    double.push(double[0].clone());
    let mut foreign = infos();
    foreign[0].field_id = "SH_IDCard_DOB".to_owned();
    for bad in [infos()[..1].to_vec(), double, foreign, vec![]] {
        let answer = at(Status::Initiated).when(NOW, &Command::Transmit { order: 1, infos: bad });
        assert_eq!(answer, Err(Rejection::OtherFields));
    }
}

#[test]
fn a_failure_calls_the_callback_once_with_the_error_and_finishes() {
    let fail = |stage| Command::RecordFailed { order: 1, stage, failure: Failure::Reverted };
    let cases = [
        (Status::Accepted, fail(Stage::Initiate), Status::InitiatedFailed),
        (Status::InitiateSubmitted, fail(Stage::Initiate), Status::InitiatedFailed),
        (Status::ConfirmSubmitted, fail(Stage::Confirm), Status::ConfirmFailed),
        (
            Status::ValidityCheck,
            Command::RecordValidity {
                order: 1,
                failure: Some(Failure::InvalidFields),
                invalid: vec!["SH_EMAIL".to_owned()],
            },
            Status::ValidityFailed,
        ),
    ];
    for (from, command, status) in cases {
        let events = at(from).when(NOW, &command).expect("fails");
        let told: Vec<_> = statuses(&events).into_iter().map(|(status, _)| status).collect();
        assert_eq!(told, [status, Status::FinishFailed]);
        assert_eq!(data_callbacks(&events), [CallbackContent::Error { status }]);
    }
}

#[test]
fn no_data_in_time_fails_the_validity() {
    let give_up = Command::GiveUpData { order: 1 };
    assert_eq!(at(Status::Initiated).when(NOW + 59 * MINUTE, &give_up), Ok(vec![]));
    let events = at(Status::Initiated).when(NOW + 60 * MINUTE, &give_up).expect("gives up");
    assert_eq!(statuses(&events)[0].0, Status::ValidityFailed);
}

#[test]
fn a_failed_callback_is_told_once_and_may_still_succeed() {
    let mut transfer = at(Status::Confirmed);
    let failed = Command::RecordCallbackFailed { order: 1 };
    let events = transfer.when(NOW, &failed).expect("noted");
    assert_eq!(statuses(&events)[0].0, Status::CallbackFailed);
    assert_eq!(transfer.when(NOW, &failed), Ok(vec![]));
    let events =
        transfer.when(NOW, &Command::RecordCallbackSucceeded { order: 1 }).expect("delivered");
    let told: Vec<_> = statuses(&events).into_iter().map(|(status, _)| status).collect();
    assert_eq!(told, [Status::CallbackSucceed, Status::FinishSuccess]);
}

#[test]
fn an_exhausted_callback_finishes_the_order_as_failed_without_another_callback() {
    let mut transfer = at(Status::Confirmed);
    let events = transfer.when(NOW, &Command::RecordCallbackExhausted { order: 1 }).expect("noted");
    assert!(data_callbacks(&events).is_empty());
    assert_eq!(transfer.state().last().map(|o| o.status), Some(Status::FinishFailed));
}

#[test]
fn a_second_try_changes_the_hash_and_tells_nobody() {
    let mut transfer = at(Status::InitiateSubmitted);
    let second = Command::RecordSubmitted {
        order: 1,
        stage: Stage::Initiate,
        tx_hash: format!("0x{}", "c".repeat(64)),
    };
    let events = transfer.when(NOW, &second).expect("noted");
    assert_eq!(events.len(), 1);
    assert_eq!(transfer.when(NOW, &second), Ok(vec![]));
}

/// What may follow on what, written down a second time and differently.
fn may_follow(from: Status) -> &'static [Status] {
    match from {
        Status::Pending => &[Status::Accepted],
        Status::Accepted => &[Status::InitiateSubmitted, Status::InitiatedFailed],
        Status::InitiateSubmitted => &[Status::Initiated, Status::InitiatedFailed],
        Status::Initiated => &[Status::KycReceived, Status::ValidityFailed],
        Status::KycReceived => &[Status::ValidityCheck],
        Status::ValidityCheck => &[Status::ValiditySucceed, Status::ValidityFailed],
        Status::ValiditySucceed => &[Status::ConfirmSubmitted, Status::ConfirmFailed],
        Status::ConfirmSubmitted => &[Status::Confirmed, Status::ConfirmFailed],
        Status::Confirmed => &[Status::CallbackSucceed, Status::CallbackFailed],
        Status::CallbackFailed => &[Status::CallbackSucceed, Status::FinishFailed],
        Status::CallbackSucceed => &[Status::FinishSuccess],
        Status::InitiatedFailed | Status::ValidityFailed | Status::ConfirmFailed => {
            &[Status::FinishFailed]
        }
        Status::FinishSuccess | Status::FinishFailed => &[],
    }
}

fn any_command() -> impl Strategy<Value = Command> {
    let mut commands: Vec<Command> = road().into_iter().map(|(command, _)| command).collect();
    for stage in [Stage::Initiate, Stage::Confirm] {
        commands.push(Command::RecordFailed { order: 1, stage, failure: Failure::TimedOut });
    }
    commands.push(Command::Expire { order: 1 });
    commands.push(Command::GiveUpData { order: 1 });
    commands.push(Command::RecordValidity {
        order: 1,
        failure: Some(Failure::InvalidFields),
        invalid: vec![],
    });
    commands.push(Command::RecordCallbackFailed { order: 1 });
    commands.push(Command::RecordCallbackExhausted { order: 1 });
    prop::sample::select(commands)
}

proptest! {
    #[test]
    fn no_illegal_history_is_reachable(
        commands in prop::collection::vec((any_command(), 0..20 * MINUTE), 0..60)
    ) {
        let mut transfer = given::<Transfer>(NOW, []);
        let mut entered: Vec<Status> = Vec::new();
        let mut now = NOW;
        for (command, wait) in commands {
            now += wait / 20;
            let Ok(events) = transfer.when(now, &command) else { continue };
            for (status, hash) in statuses(&events) {
                if status == Status::Pending {
                    entered.clear();
                } else {
                    let last = *entered.last().expect("starts with PENDING");
                    prop_assert!(may_follow(last).contains(&status), "{last:?} -> {status:?}");
                }
                prop_assert!(!entered.contains(&status), "{status:?} twice");
                prop_assert!(hash.is_none() || status.carries_tx_hash());
                entered.push(status);
            }
            prop_assert!(data_callbacks(&events).len() <= 1);
        }
    }
}
