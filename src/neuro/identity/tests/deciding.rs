//! What operators and owners decide.

use super::*;

fn review(identity: &Given<Identity>) -> Uuid {
    *identity.state().reviews.keys().next().expect("a review")
}

fn decide(review: Uuid, verdict: Verdict, by: &str) -> Command {
    let reason = Some("unreadable".to_owned());
    Command::Decide { review, verdict, by: by.to_owned(), reason, is_revision: false }
}

#[test]
fn an_operator_accepts_or_rejects_what_is_open() {
    let mut identity = waiting();
    let id = review(&identity);
    let events = identity.when(1, &decide(id, Verdict::Accept, "desk")).unwrap();
    assert_eq!(names(&events), ["ReviewDecided", "IdentityApproved"]);
    assert_eq!(identity.when(1, &decide(id, Verdict::Accept, "desk")), Ok(vec![]));
    assert_eq!(identity.when(1, &decide(id, Verdict::Reject, "desk")), Err(Rejection::Decided));
    let mut identity = waiting();
    let events = identity.when(1, &decide(id, Verdict::Reject, "desk")).unwrap();
    assert_eq!(names(&events), ["ReviewDecided", "IdentityRejected"]);
    assert_eq!(identity.state().codes, ["NotValid"]);
    assert_eq!(identity.state().reason.as_deref(), Some("unreadable"));
}

#[test]
fn what_has_to_be_sent_again_stays_created_and_may_be_ready_again() {
    let mut identity = waiting();
    let first = review(&identity);
    let events = identity.when(1, &decide(first, Verdict::Resubmit, "desk")).unwrap();
    assert_eq!(names(&events), ["ReviewDecided"]);
    assert_eq!(identity.state().status, Some(Status::Created));
    identity.when(2, &attachment(1, "image/png")).unwrap();
    identity.when(3, &Command::MarkReady).unwrap();
    let command = assess(&identity, []);
    let events = identity.when(4, &command).unwrap();
    assert_eq!(names(&events), ["ReviewConcluded", "ReviewRequested"], "another review");
}

#[test]
fn an_open_review_stands_while_the_application_is_looked_at_again() {
    let mut identity = waiting();
    identity.when(1, &Command::MarkReady).unwrap();
    let command = assess(&identity, []);
    assert_eq!(names(&identity.when(2, &command).unwrap()), ["ReviewConcluded"]);
    identity.when(3, &Command::MarkReady).unwrap();
    let command = assess(&identity, []);
    let id = review(&identity);
    identity.when(4, &decide(id, Verdict::Accept, "desk")).unwrap();
    assert_eq!(identity.when(5, &command), Err(Rejection::RunOver), "the operator was faster");
}

#[test]
fn a_decision_can_be_revised_as_far_as_the_status_can() {
    let revised = |review, verdict| {
        let Command::Decide { review, verdict, by, reason, .. } = decide(review, verdict, "boss")
        else {
            unreachable!()
        };
        Command::Decide { review, verdict, by, reason, is_revision: true }
    };
    let mut identity = waiting();
    let id = review(&identity);
    identity.when(1, &decide(id, Verdict::Accept, "desk")).unwrap();
    let again = identity.when(2, &revised(id, Verdict::Resubmit));
    assert_eq!(again, Err(Rejection::WrongStatus(Status::Approved)));
    let events = identity.when(2, &revised(id, Verdict::Reject)).unwrap();
    assert_eq!(names(&events), ["ReviewDecided", "IdentityRejected"]);
    let back = identity.when(3, &revised(id, Verdict::Accept));
    assert_eq!(back, Err(Rejection::WrongStatus(Status::Rejected)), "that is the end");
}

#[test]
fn a_claim_keeps_others_away_for_a_while() {
    let mut identity = waiting();
    let id = review(&identity);
    let claim = |by: &str| Command::Claim { review: id, by: by.to_owned() };
    assert_eq!(identity.when(0, &claim("ann")).unwrap().len(), 1);
    assert_eq!(identity.when(1, &claim("ann")), Ok(vec![]));
    assert_eq!(identity.when(1, &claim("bob")), Err(Rejection::Claimed));
    assert_eq!(identity.when(1, &decide(id, Verdict::Accept, "bob")), Err(Rejection::Claimed));
    assert_eq!(identity.when(limits::CLAIM_TTL_MS, &claim("bob")).unwrap().len(), 1);
    let nothing = Command::Claim { review: Uuid::nil(), by: "ann".to_owned() };
    assert_eq!(identity.when(0, &nothing), Err(Rejection::UnknownReview));
}

#[test]
fn who_says_no_says_why() {
    let mut identity = waiting();
    let (review, verdict, by) = (review(&identity), Verdict::Reject, "ann".to_owned());
    let reason = Some(" ".to_owned());
    let command = Command::Decide { review, verdict, by, reason, is_revision: false };
    assert_eq!(identity.when(0, &command), Err(Rejection::ReasonNeeded));
    for status in [Status::Rejected, Status::Obsoleted, Status::Compromised] {
        let command = Command::SetStatus { status, by: desk(), reason: None };
        assert_eq!(approved().when(0, &command), Err(Rejection::ReasonNeeded));
    }
}

#[test]
fn an_application_that_its_owner_takes_back_is_rejected() {
    for status in [Status::Obsoleted, Status::Compromised] {
        let mut identity = waiting();
        let events = identity.when(1, &set(status, By::Owner)).unwrap();
        assert_eq!(names(&events), ["ReviewWithdrawn", "IdentityRejected"]);
        assert_eq!(identity.state().codes, [""; 0]);
    }
}

#[test]
fn these_are_the_changes_and_there_are_no_others() {
    use Status::{Approved, Compromised, Created, Obsoleted, Rejected};
    let all = [Created, Approved, Rejected, Obsoleted, Compromised];
    let mut allowed = Vec::new();
    for (who, by) in [("rules", By::Rules), ("owner", By::Owner), ("desk", desk())] {
        for from in all {
            let to = all.into_iter().filter(|to| may_become(from, *to, &by));
            allowed.extend(to.map(|to| (who, from, to)));
        }
    }
    let expected = [
        ("rules", Created, Approved),
        ("rules", Created, Rejected),
        ("owner", Created, Rejected),
        ("owner", Approved, Obsoleted),
        ("owner", Approved, Compromised),
        ("desk", Created, Approved),
        ("desk", Created, Rejected),
        ("desk", Approved, Rejected),
        ("desk", Approved, Obsoleted),
        ("desk", Approved, Compromised),
        ("desk", Obsoleted, Compromised),
    ];
    assert_eq!(allowed, expected);
}

#[test]
fn a_status_is_set_once_and_not_left_otherwise() {
    let mut identity = approved();
    let obsolete = set(Status::Obsoleted, By::Owner);
    assert_eq!(names(&identity.when(1, &obsolete).unwrap()), ["IdentityObsoleted"]);
    assert_eq!(identity.when(1, &obsolete), Ok(vec![]));
    let refused = |status| Err(Rejection::WrongStatus(status));
    let compromise = |by| set(Status::Compromised, by);
    assert_eq!(identity.when(1, &compromise(By::Owner)), refused(Status::Obsoleted));
    assert_eq!(names(&identity.when(2, &compromise(desk())).unwrap()), ["IdentityCompromised"]);
    assert_eq!(identity.when(3, &obsolete), refused(Status::Compromised));
    assert_eq!(ready().when(0, &set(Status::Approved, By::Owner)), refused(Status::Created));
    assert_eq!(ready().when(0, &set(Status::Approved, By::Rules)), refused(Status::Created));
}
