//! Runs: what the authenticators and providers say, and what it comes to.

use super::*;
use Standing::{Invalid, Unvalidated, Valid};

fn outcome(identity: &Given<Identity>) -> Option<Outcome> {
    identity.state().run.as_ref().and_then(|run| run.outcome)
}

#[test]
fn all_right_approves() {
    let mut identity = ready();
    let command = assess(&identity, [says(&[Valid, Valid])]);
    let events = identity.when(9, &command).unwrap();
    let expected = ["ClaimAssessed", "ClaimAssessed", "ReviewConcluded", "IdentityApproved"];
    assert_eq!(names(&events), expected);
    let state = identity.state();
    assert_eq!((state.status, state.updated_at), (Some(Status::Approved), Some(9)));
}

#[test]
fn something_wrong_rejects_and_says_what() {
    let mut identity = ready();
    let command =
        assess(&identity, [says(&[Valid, Invalid]), errs(Fault::Client), errs(Fault::Server)]);
    let events = identity.when(0, &command).unwrap();
    assert_eq!(names(&events)[4..], ["ReviewConcluded", "IdentityRejected"]);
    assert_eq!(identity.state().codes, ["FirstNameMismatch", "ServiceFailed"]);
    assert_eq!(identity.state().status, Some(Status::Rejected));
}

#[test]
fn something_open_goes_to_an_operator_and_leaves_it_created() {
    for assessments in [
        vec![says(&[Valid])],
        vec![says(&[Valid, Unvalidated])],
        vec![says(&[Valid, Valid]), errs(Fault::Service)],
        vec![],
    ] {
        let mut identity = ready();
        let command = assess(&identity, assessments);
        let events = identity.when(0, &command).unwrap();
        assert!(names(&events).ends_with(&["ReviewConcluded", "ReviewRequested"]), "{events:?}");
        assert_eq!(identity.state().status, Some(Status::Created));
        assert!(identity.state().open_review().is_some());
    }
}

#[test]
fn authenticators_speak_together() {
    let mut identity = ready();
    let command = assess(&identity, [says(&[Valid]), says(&[Unvalidated, Valid])]);
    identity.when(0, &command).unwrap();
    assert_eq!(outcome(&identity), Some(Outcome::Approve));
}

#[test]
fn photos_have_to_be_right_too_and_statements_in_xml_do_not() {
    let mut identity = ready();
    identity.when(0, &attachment(1, "image/png")).unwrap();
    identity.when(0, &attachment(2, "text/xml; charset=utf-8")).unwrap();
    let mut said = says(&[Valid, Valid]);
    let file = Uuid::from_u128(1);
    let command = assess(&identity, [said.clone()]);
    identity.when(0, &command).unwrap();
    assert_eq!(outcome(&identity), Some(Outcome::Manual), "nobody looked at the photo");
    identity.when(0, &Command::MarkReady).unwrap();
    said.photos = vec![(file, opinion(Valid))];
    let command = assess(&identity, [said]);
    let events = identity.when(0, &command).unwrap();
    let end = ["ReviewConcluded", "ReviewWithdrawn", "IdentityApproved"];
    assert!(names(&events).ends_with(&end), "{events:?}");
    assert_eq!(identity.state().open_review(), None);
}

#[test]
fn what_came_during_a_run_is_not_approved_unseen() {
    let mut identity = ready();
    let command = assess(&identity, [says(&[Valid, Valid])]);
    identity.when(0, &attachment(1, "image/png")).unwrap();
    identity.when(0, &command).unwrap();
    assert_eq!(outcome(&identity), Some(Outcome::Manual));
}

#[test]
fn a_run_has_one_outcome() {
    let mut identity = ready();
    let first = assess(&identity, [says(&[Valid, Valid])]);
    let second = assess(&identity, [says(&[Valid, Invalid])]);
    identity.when(0, &first).unwrap();
    assert_eq!(identity.when(0, &second), Err(Rejection::RunOver));
    let unknown = Command::Assess { run: Uuid::nil(), assessments: vec![] };
    assert_eq!(ready().when(0, &unknown), Err(Rejection::RunOver));
}

#[test]
fn a_run_is_started_again_only_by_other_rules_and_before_anything_was_said() {
    let mut identity = ready();
    let start = |identity: &Given<Identity>, rules: &str| Command::StartReview {
        run: run(identity),
        rules: rules.to_owned(),
    };
    let (one, two) = (start(&identity, "1"), start(&identity, "2"));
    assert_eq!(names(&identity.when(0, &one).unwrap()), ["ReviewStarted"]);
    assert_eq!(identity.when(0, &one), Ok(vec![]));
    assert_eq!(names(&identity.when(0, &two).unwrap()), ["ReviewStarted"]);
    let command = assess(&identity, [says(&[Valid, Valid]), asks("acme")]);
    identity.when(0, &command).unwrap();
    assert_eq!(identity.when(0, &one), Ok(vec![]), "it waits for acme");
}

#[test]
fn a_provider_is_waited_for_and_vouches_for_what_nobody_found_wrong() {
    let mut identity = ready();
    let command = assess(&identity, [says(&[Valid, Unvalidated]), asks("acme")]);
    let events = identity.when(7, &command).unwrap();
    assert_eq!(names(&events), ["ClaimAssessed", "ClaimAssessed", "CheckRequested"]);
    assert_eq!(identity.when(8, &command), Ok(vec![]), "tried again after a crash");
    assert_eq!(identity.when(8, &Command::MarkReady), Ok(vec![]), "it is under way");
    let (request, check) = identity.state().run.as_ref().unwrap().open_checks().next().unwrap();
    assert_eq!(check.expires_at, 7 + limits::NEURO_CHECK_TTL_MS);
    let says = |verdict| Command::Answer { request, judgement: judged(verdict, &[]) };
    let events = identity.when(9, &says(Verdict::Accept)).unwrap();
    assert_eq!(names(&events), ["CheckAnswered", "ReviewConcluded", "IdentityApproved"]);
    assert_eq!(identity.when(9, &says(Verdict::Accept)), Ok(vec![]), "said again");
    assert_eq!(identity.when(9, &says(Verdict::Reject)), Err(Rejection::Answered));
    let unknown = Command::GiveUp { request: Uuid::nil() };
    assert_eq!(identity.when(9, &unknown), Err(Rejection::UnknownRequest));
}

fn judged(verdict: Verdict, reasons: &[&str]) -> Judgement {
    Judgement { verdict, reasons: reasons.iter().map(|&reason| reason.to_owned()).collect() }
}

/// A run that waits for these providers, who vouch for all of it if they say yes.
fn asked(providers: &[&str]) -> (Given<Identity>, Vec<Uuid>) {
    let mut identity = ready();
    let command = assess(&identity, providers.iter().copied().map(asks).collect::<Vec<_>>());
    identity.when(0, &command).unwrap();
    let run = identity.state().run.clone().unwrap();
    (identity, run.open_checks().map(|(request, _)| request).collect())
}

#[test]
fn a_provider_that_says_no_rejects_with_its_codes_and_its_words_stay_sealed() {
    let (mut identity, requests) = asked(&["acme"]);
    let judgement = judged(Verdict::Reject, &["PhotoMismatch", "not Alice at all"]);
    let answer = Command::Answer { request: requests[0], judgement };
    let events = identity.when(0, &answer).unwrap();
    assert_eq!(names(&events)[2..], ["CheckAnswered", "ReviewConcluded", "IdentityRejected"]);
    assert_eq!(identity.state().codes, ["PhotoMismatch", "NotValid"]);
    assert!(!format!("{events:?}").contains("Alice"));
}

#[test]
fn a_provider_that_wants_to_know_more_or_says_nothing_leaves_it_to_an_operator() {
    let (mut identity, requests) = asked(&["acme", "other"]);
    assert_eq!(
        names(&identity.when(0, &Command::GiveUp { request: requests[0] }).unwrap()).len(),
        2
    );
    assert_eq!(outcome(&identity), None, "the other may still answer");
    let judgement = judged(Verdict::Resubmit, &[]);
    let answer = Command::Answer { request: requests[1], judgement };
    let events = identity.when(0, &answer).unwrap();
    assert!(names(&events).ends_with(&["ReviewConcluded", "ReviewRequested"]), "{events:?}");
    assert_eq!(identity.when(0, &Command::GiveUp { request: requests[0] }), Ok(vec![]));
}

#[test]
fn an_answer_after_an_operators_decision_changes_nothing() {
    let (mut identity, requests) = asked(&["acme"]);
    identity.when(0, &set(Status::Approved, desk())).unwrap();
    let answer = Command::Answer { request: requests[0], judgement: judged(Verdict::Reject, &[]) };
    assert_eq!(identity.when(0, &answer), Err(Rejection::RunOver));
    assert_eq!(identity.state().status, Some(Status::Approved));
}

#[test]
fn an_assessment_of_what_is_not_there_makes_no_sense() {
    let mut identity = ready();
    let senseless = |identity: &mut Given<Identity>, said: Assessment| {
        let command = assess(identity, [said]);
        assert!(matches!(identity.when(0, &command), Err(Rejection::Senseless(_))));
    };
    senseless(&mut identity, says(&[Valid, Valid, Valid]));
    let photos = vec![(Uuid::nil(), opinion(Valid))];
    senseless(&mut identity, Assessment { photos, ..Assessment::default() });
    let much = vec![(0, opinion(Valid)); limits::NEURO_FINDINGS_MAX + 1];
    senseless(&mut identity, Assessment { claims: much, ..Assessment::default() });
    let many = vec![asks("acme"); limits::NEURO_CHECKS_MAX + 1];
    let command = assess(&identity, many);
    assert!(matches!(identity.when(0, &command), Err(Rejection::Senseless(_))));
}

#[test]
fn an_outcome_that_does_not_follow_is_no_history() {
    use kyc_events::neuro::{IdentityApproved, ReviewConcluded};
    let (identity, mut state) = (ready(), ready().state().clone());
    let policy = kyc_events::engine::PolicyId::default();
    let outcome = Outcome::Approve;
    let concluded = ReviewConcluded { run: run(&identity), outcome, policy };
    assert!(Identity::evolve(&mut state, &concluded.into(), 0).is_err());
    let mut state = identity.state().clone();
    let approved = IdentityApproved { by: By::Rules };
    assert!(Identity::evolve(&mut state, &approved.into(), 0).is_err());
}
