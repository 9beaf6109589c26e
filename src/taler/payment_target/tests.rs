//! Given these events, when this command, then those events.

use std::collections::BTreeMap;

use kyc_events::review::{Reason, Verdict};
use kyc_events::sealed::{KeyId, Sealed, Tag};
use kyc_events::taler::{Binding, Document, Fault, Refusal};
use proptest::prelude::*;

use super::*;
use crate::aggregate::testing::{Given, given};

const TTL: Millis = limits::PROCESS_TTL_MS;

fn registration(number: u64) -> Command {
    let tag = |byte| Tag([byte; 32]);
    let registration = Registration {
        number,
        subject: tag(1),
        key: KeyId([1; 16]),
        full: tag(2),
        short: tag(3),
        payto: "payto://iban/DE75512108001245126199".to_owned(),
    };
    Command::Register(registration)
}

fn registered() -> Given<PaymentTarget> {
    let mut target = given::<PaymentTarget>(0, []);
    target.when(0, &registration(7)).unwrap();
    target
}

fn open(target: &Given<PaymentTarget>) -> Uuid {
    target.state().process.expect("a process").id
}

fn accepted(process: Uuid) -> Command {
    let attributes = BTreeMap::from([("full_name".to_owned(), "Bob Builder".to_owned())]);
    Command::RecordProof { process, outcome: Outcome::Accepted { user: "X1".into(), attributes } }
}

fn refused(process: Uuid) -> Command {
    let refusal = Refusal { error: "invalid_grant".into(), description: "no".into() };
    Command::RecordProof { process, outcome: Outcome::Refused(refusal) }
}

fn unanswered(process: Uuid) -> Command {
    Command::RecordProof { process, outcome: Outcome::Unanswered(Fault::Timeout) }
}

fn upload(file: u128, tag: u8, is_reviewed: bool) -> Command {
    let (file, tag) = (Uuid::from_u128(file), Tag([tag; 32]));
    Command::Upload(Upload {
        document: Document { file, tag, media_type: "application/pdf".to_owned(), bytes: 16 },
        third_party: "ab".to_owned(),
        binding: Binding {
            sha512: String::new(),
            payto: String::new(),
            signature: String::new(),
            layout: "full64".to_owned(),
            purpose: 1370,
        },
        is_reviewed,
    })
}

fn decide(review: Uuid, verdict: Verdict, by: &str) -> Command {
    let reason = Some("unreadable".to_owned());
    Command::Decide { review, verdict, by: by.to_owned(), reason, is_revision: false }
}

#[test]
fn an_account_is_registered_once_and_keeps_its_number() {
    let mut target = registered();
    assert_eq!(target.when(1, &registration(8)), Ok(vec![]));
    assert_eq!(target.state().owner().unwrap().number, 7);
}

#[test]
fn nothing_happens_to_an_account_that_nobody_knows() {
    let mut target = given::<PaymentTarget>(0, []);
    for command in [Command::Start, accepted(Uuid::nil()), upload(1, 1, true)] {
        assert_eq!(target.when(0, &command), Err(Rejection::Unknown), "{command:?}");
    }
    assert_eq!(target.when(0, &Command::Erase { generation: 0 }), Ok(vec![]));
}

#[test]
fn one_process_is_open_until_it_expires() {
    let mut target = registered();
    let started = target.when(5, &Command::Start).unwrap();
    let process = open(&target);
    assert_eq!(started, [ProcessStarted { process, expires_at: 5 + TTL }.into()]);
    assert_eq!(target.when(4 + TTL, &Command::Start), Ok(vec![]));
    assert_eq!(target.when(5 + TTL, &Command::Start).unwrap().len(), 1);
    assert_ne!(open(&target), process);
    assert_eq!(target.when(5 + TTL, &accepted(process)), Err(Rejection::ProcessOver));
}

#[test]
fn an_accepted_proof_legitimizes_and_counts_once() {
    let mut target = registered();
    target.when(0, &Command::Start).unwrap();
    let process = open(&target);
    let key = KeyId([1; 16]);
    let attributes = BTreeMap::from([("full_name".to_owned(), "Bob Builder".to_owned())]);
    let expected = ProofAccepted {
        process,
        key,
        user: Sealed::open_value(&"X1".to_owned()),
        attributes: Sealed::open_value(&attributes),
    };
    assert_eq!(target.when(1, &accepted(process)), Ok(vec![expected.into()]));
    assert!(target.state().is_legitimized());
    assert_eq!(target.when(2, &accepted(process)), Ok(vec![]));
    assert_eq!(target.when(2, &refused(process)), Ok(vec![]), "it came first");
    assert_eq!(target.when(3, &Command::Start), Ok(vec![]), "nothing more is needed");
}

#[test]
fn a_refusal_ends_the_process_and_the_next_one_is_another() {
    let mut target = registered();
    target.when(0, &Command::Start).unwrap();
    let process = open(&target);
    target.when(1, &refused(process)).unwrap();
    assert_eq!(target.state().refusals, 1);
    assert_eq!(target.when(1, &accepted(process)), Err(Rejection::ProcessOver));
    target.when(1, &Command::Start).unwrap();
    let next = open(&target);
    assert_ne!(next, process);
    target.when(1, &accepted(next)).unwrap();
    assert!(target.state().is_legitimized());
}

#[test]
fn a_fault_of_the_provider_leaves_the_process_open() {
    let mut target = registered();
    target.when(0, &Command::Start).unwrap();
    let process = open(&target);
    for _ in 0..3 {
        assert_eq!(target.when(1, &unanswered(process)).unwrap().len(), 1);
    }
    assert_eq!(open(&target), process);
    target.when(1, &accepted(process)).unwrap();
    assert!(target.state().is_legitimized());
}

#[test]
fn a_document_is_taken_once_and_another_beside_it() {
    let mut target = registered();
    assert_eq!(target.when(0, &upload(1, 1, false)).unwrap().len(), 1);
    assert_eq!(target.when(0, &upload(2, 1, false)), Err(Rejection::AlreadyUploaded));
    assert_eq!(target.when(0, &upload(3, 2, false)).unwrap().len(), 1);
    assert_eq!(target.state().documents.len(), 2);
    assert!(!target.state().is_legitimized());
}

#[test]
fn too_many_documents_are_refused() {
    let mut target = registered();
    for number in 0..limits::BULK_DOCUMENTS_MAX {
        let Command::Upload(mut one) = upload(number as u128, 0, false) else { unreachable!() };
        one.document.tag.0[..8].copy_from_slice(&(number as u64).to_be_bytes());
        target.when(0, &Command::Upload(one)).unwrap();
    }
    assert_eq!(target.when(0, &upload(1 << 64, 9, false)), Err(Rejection::TooManyDocuments));
}

#[test]
fn an_accepted_document_legitimizes() {
    let mut target = registered();
    target.when(0, &Command::Start).unwrap();
    target.when(0, &upload(1, 1, true)).unwrap();
    let review = *target.state().reviews.keys().next().unwrap();
    target.when(1, &decide(review, Verdict::Accept, "desk")).unwrap();
    assert_eq!(target.state().legitimation, Some(Legitimation::Review { review }));
    assert_eq!(target.state().process, None, "nobody needs it any more");
    assert_eq!(target.when(2, &decide(review, Verdict::Accept, "desk")), Ok(vec![]));
    assert_eq!(target.when(2, &decide(review, Verdict::Reject, "desk")), Err(Rejection::Decided));
}

#[test]
fn a_decision_can_be_revised() {
    let mut target = registered();
    target.when(0, &upload(1, 1, true)).unwrap();
    let review = *target.state().reviews.keys().next().unwrap();
    target.when(1, &decide(review, Verdict::Accept, "desk")).unwrap();
    let Command::Decide { review, verdict, by, reason, .. } =
        decide(review, Verdict::Reject, "boss")
    else {
        unreachable!()
    };
    let revised = Command::Decide { review, verdict, by, reason, is_revision: true };
    let expected = ReviewDecided {
        review,
        key: KeyId([1; 16]),
        verdict: Verdict::Reject,
        by: "boss".to_owned(),
        reason: Some(Reason { code: "unreadable".to_owned(), text: None }),
    };
    assert_eq!(target.when(2, &revised), Ok(vec![expected.into()]));
    assert!(!target.state().is_legitimized());
}

#[test]
fn a_claim_keeps_others_away_for_a_while() {
    let mut target = registered();
    target.when(0, &upload(1, 1, true)).unwrap();
    let review = *target.state().reviews.keys().next().unwrap();
    let claim = |by: &str| Command::Claim { review, by: by.to_owned() };
    assert_eq!(target.when(0, &claim("ann")).unwrap().len(), 1);
    assert_eq!(target.when(1, &claim("ann")), Ok(vec![]));
    assert_eq!(target.when(1, &claim("bob")), Err(Rejection::Claimed));
    assert_eq!(target.when(1, &decide(review, Verdict::Accept, "bob")), Err(Rejection::Claimed));
    assert_eq!(target.when(limits::CLAIM_TTL_MS, &claim("bob")).unwrap().len(), 1);
    let other = Command::Claim { review: Uuid::nil(), by: "ann".to_owned() };
    assert_eq!(target.when(0, &other), Err(Rejection::UnknownReview));
}

#[test]
fn a_rejection_needs_a_reason() {
    let mut target = registered();
    target.when(0, &upload(1, 1, true)).unwrap();
    let review = *target.state().reviews.keys().next().unwrap();
    let (by, reason) = ("ann".to_owned(), Some("  ".to_owned()));
    let verdict = Verdict::Reject;
    let command = Command::Decide { review, verdict, by, reason, is_revision: false };
    assert_eq!(target.when(0, &command), Err(Rejection::ReasonNeeded));
}

#[test]
fn of_an_erased_account_nothing_is_left() {
    let mut target = registered();
    target.when(0, &upload(1, 1, true)).unwrap();
    let erase = Command::Erase { generation: 0 };
    assert_eq!(target.when(1, &erase), Ok(vec![PaymentTargetErased { generation: 0 }.into()]));
    assert_eq!(*target.state(), State { is_erased: true, ..State::default() });
    assert_eq!(target.when(1, &erase), Ok(vec![]));
    for command in [registration(9), Command::Start, upload(2, 2, false)] {
        assert_eq!(target.when(1, &command), Err(Rejection::Erased), "{command:?}");
    }
}

proptest! {
    /// Whatever is asked in whatever order, decisions make legal histories, and a good account
    /// has no open process.
    #[test]
    fn decisions_make_legal_histories(steps in prop::collection::vec((0..8_u8, 0..3_u8, 0..TTL), 1..40)) {
        let mut target = given::<PaymentTarget>(0, []);
        let mut now = 0;
        for (what, which, wait) in steps {
            now += wait;
            let process = target.state().process.map_or(Uuid::nil(), |process| process.id);
            let review = target.state().reviews.keys().nth(usize::from(which)).copied();
            let verdict = [Verdict::Accept, Verdict::Resubmit, Verdict::Reject][usize::from(which)];
            let command = match what {
                0 => registration(now as u64),
                1 => Command::Start,
                2 => accepted(process),
                3 => refused(process),
                4 => unanswered(process),
                5 => upload(u128::from(now as u64), which, which > 0),
                6 => Command::Claim { review: review.unwrap_or_default(), by: "ann".to_owned() },
                _ => decide(review.unwrap_or_default(), verdict, "ann"),
            };
            let _ = target.when(now, &command);
            let state = target.state();
            prop_assert!(!(state.is_legitimized() && state.process.is_some()));
        }
    }
}
