//! Reviews by operators, answers of providers.

use kyc_events::stellar::{DecidedBy, FieldStatus, Verdict};

use super::*;

fn decision(target: Target, verdict: Verdict, fields: &[&str]) -> Command {
    Command::Decide(Decision {
        target,
        by: "desk".to_owned(),
        verdict,
        reason: Some("unreadable".to_owned()),
        fields: fields.iter().map(|name| ((*name).to_owned(), None)).collect(),
    })
}

/// On the review that waits.
fn on_review(customer: &Given<Customer>, verdict: Verdict, fields: &[&str]) -> Command {
    decision(Target::Review(review_of(customer, "reviewed")), verdict, fields)
}

fn waiting() -> Given<Customer> {
    after(&[put_photo(reviewed(), 1)])
}

fn claim(review: Uuid, by: &str) -> Command {
    Command::Claim { review, by: by.to_owned() }
}

#[test]
fn a_complete_customer_waits_for_review_and_is_accepted() {
    let mut customer = waiting();
    assert_eq!(status(&customer, "reviewed"), Some(Status::Processing));
    let accept = on_review(&customer, Verdict::Accept, &[]);
    let events = customer.when(NOW, &accept).expect("accepts");
    assert_eq!(names(&events), ["CustomerDecided", "StatusChanged"]);
    assert_eq!(status(&customer, "reviewed"), Some(Status::Accepted));
    assert_eq!(customer.when(NOW, &accept), Ok(vec![]), "the same again");
}

#[test]
fn a_claim_keeps_others_away_for_an_hour() {
    let mut customer = waiting();
    let review = review_of(&customer, "reviewed");
    assert_eq!(customer.when(NOW, &claim(review, "anna")).unwrap().len(), 1);
    assert_eq!(customer.when(NOW, &claim(review, "anna")), Ok(vec![]));
    assert_eq!(customer.when(NOW, &claim(review, "bert")), Err(Rejection::Claimed));
    let accept = on_review(&customer, Verdict::Accept, &[]);
    assert_eq!(customer.when(NOW, &accept), Err(Rejection::Claimed), "desk is not anna");
    assert_eq!(customer.when(NOW + 60 * MINUTE, &claim(review, "desk")).unwrap().len(), 1);
    customer.when(NOW + 60 * MINUTE, &accept).expect("accepts");
    let late = customer.when(NOW + 60 * MINUTE, &claim(review, "desk"));
    assert_eq!(late, Err(Rejection::Decided));
}

#[test]
fn of_two_operators_who_decide_at_once_the_second_learns_of_the_first() {
    let mut customer = waiting();
    let accept = on_review(&customer, Verdict::Accept, &[]);
    let reject = on_review(&customer, Verdict::Reject, &[]);
    customer.when(NOW, &accept).expect("accepts");
    assert_eq!(customer.when(NOW, &reject), Err(Rejection::Decided));
    let on_purpose = decision(Target::Kind("reviewed".to_owned()), Verdict::Reject, &[]);
    customer.when(NOW, &on_purpose).expect("thinks again");
    assert_eq!(status(&customer, "reviewed"), Some(Status::Rejected));
}

#[test]
fn a_value_that_changes_takes_the_review_away_and_asks_for_another() {
    let mut customer = waiting();
    let stale = on_review(&customer, Verdict::Accept, &[]);
    let events = customer.when(NOW, &put_photo(reviewed(), 2)).expect("merges");
    assert_eq!(names(&events), ["FieldsProvided", "ReviewWithdrawn", "ReviewRequested"]);
    assert_eq!(customer.when(NOW, &stale), Err(Rejection::UnknownReview), "not what was seen");
    assert_eq!(status(&customer, "reviewed"), Some(Status::Processing));
}

#[test]
fn a_refused_value_can_be_replaced_and_is_reviewed_again() {
    let mut customer = waiting();
    let retry = on_review(&customer, Verdict::Resubmit, &["photo_id_front"]);
    customer.when(NOW, &retry).expect("decides");
    assert_eq!(status(&customer, "reviewed"), Some(Status::NeedsInfo));
    let view = view::view(customer.state(), "reviewed").expect("open");
    let photo = view.provided.iter().find(|p| p.name == "photo_id_front").expect("provided");
    assert_eq!(photo.status, FieldStatus::Rejected);
    assert_eq!(photo.error.as_ref().map(|why| why.reason.code.as_str()), Some("unreadable"));
    assert_eq!(customer.when(NOW, &put_photo(reviewed(), 1)), Ok(vec![]), "the same photo");
    customer.when(NOW, &put_photo(reviewed(), 2)).expect("another");
    assert_eq!(status(&customer, "reviewed"), Some(Status::Processing));
    let accept = on_review(&customer, Verdict::Accept, &[]);
    customer.when(NOW, &accept).expect("accepts");
    assert_eq!(status(&customer, "reviewed"), Some(Status::Accepted));
}

#[test]
fn a_customer_sent_back_as_a_whole_needs_info_until_something_changes() {
    let mut customer = waiting();
    let retry = on_review(&customer, Verdict::Resubmit, &[]);
    customer.when(NOW, &retry).expect("decides");
    let view = view::view(customer.state(), "reviewed").expect("open");
    assert_eq!(view.status, Status::NeedsInfo);
    assert!(view.provided.iter().all(|p| p.status == FieldStatus::Rejected && p.error.is_some()));
    customer.when(NOW, &put_photo(reviewed(), 2)).expect("another");
    assert_eq!(status(&customer, "reviewed"), Some(Status::Processing));
}

#[test]
fn an_operator_may_ask_for_a_field_that_the_type_does_not_need() {
    let mut customer = waiting();
    let ask = on_review(&customer, Verdict::Resubmit, &["tax_id"]);
    customer.when(NOW, &ask).expect("decides");
    let view = view::view(customer.state(), "reviewed").expect("open");
    assert_eq!(view.status, Status::NeedsInfo);
    assert!(view.wanted.iter().any(|w| w.name == "tax_id" && !w.is_optional));
    customer.when(NOW, &put(reviewed(), &[("tax_id", "1")])).expect("merges");
    assert_eq!(status(&customer, "reviewed"), Some(Status::Processing));
}

#[test]
fn a_rejection_for_good_stays_whatever_is_sent_and_has_a_message() {
    for fields in [&[][..], &["photo_id_front"]] {
        let mut customer = waiting();
        let reject = on_review(&customer, Verdict::Reject, fields);
        customer.when(NOW, &reject).expect("decides");
        customer.when(NOW, &put_photo(reviewed(), 2)).expect("merges");
        assert_eq!(status(&customer, "reviewed"), Some(Status::Rejected));
        assert!(view::view(customer.state(), "reviewed").expect("open").message.is_some());
        let pardon = decision(Target::Kind("reviewed".to_owned()), Verdict::Accept, &[]);
        customer.when(NOW, &pardon).expect("an operator may think again");
        assert_eq!(status(&customer, "reviewed"), Some(Status::Accepted));
    }
}

#[test]
fn a_value_refused_for_one_type_is_refused_for_all() {
    let mut customer = waiting();
    let other = kind("other", &["photo_id_front"], Decider::Automatic);
    customer.when(NOW, &Command::Open { kind: other }).expect("opens");
    assert_eq!(status(&customer, "other"), Some(Status::Accepted));
    let retry = on_review(&customer, Verdict::Resubmit, &["photo_id_front"]);
    let events = customer.when(NOW, &retry).expect("decides");
    let expected = [("other", Status::NeedsInfo), ("reviewed", Status::NeedsInfo)];
    assert_eq!(changes(&events), expected);
}

#[test]
fn a_value_given_for_another_type_can_be_sent_back_too() {
    let mut customer = waiting();
    customer.when(NOW, &put(basic(), &[("email_address", "a@example.org")])).expect("merges");
    let retry = on_review(&customer, Verdict::Resubmit, &["email_address"]);
    customer.when(NOW, &retry).expect("decides");
    assert_eq!(status(&customer, "reviewed"), Some(Status::NeedsInfo));
    assert_eq!(customer.when(NOW, &retry), Ok(vec![]));
}

#[test]
fn an_accepted_customer_may_fall_back_and_is_then_reviewed_by_hand() {
    let mut customer =
        after(&[put(basic(), &[("first_name", "Anna"), ("email_address", "a@example.org")])]);
    let on_kind = |verdict| decision(Target::Kind("basic".to_owned()), verdict, &["first_name"]);
    customer.when(NOW, &on_kind(Verdict::Resubmit)).expect("decides");
    assert_eq!(status(&customer, "basic"), Some(Status::NeedsInfo));
    customer.when(NOW, &put(basic(), &[("first_name", "Anne")])).expect("merges");
    assert_eq!(status(&customer, "basic"), Some(Status::Processing));
    assert!(customer.state().kinds["basic"].review.is_some());
}

#[test]
fn decisions_that_cannot_be_are_refused() {
    let mut customer = after(&[put(reviewed(), &[("first_name", "Anna")])]);
    let on_kind =
        |verdict, fields: &[&str]| decision(Target::Kind("reviewed".to_owned()), verdict, fields);
    let incomplete = customer.when(NOW, &on_kind(Verdict::Accept, &[]));
    assert_eq!(incomplete, Err(Rejection::Incomplete));
    let absent = customer.when(NOW, &on_kind(Verdict::Reject, &["photo_id_front"]));
    assert_eq!(absent, Err(Rejection::NotProvided("photo_id_front".to_owned())));
    let unknown = customer.when(NOW, &on_kind(Verdict::Resubmit, &["colour"]));
    assert_eq!(unknown, Err(Rejection::UnknownField("colour".to_owned())));
    let never = customer.when(NOW, &on_kind(Verdict::Resubmit, &["card.cvc"]));
    assert_eq!(never, Err(Rejection::UnknownField("card.cvc".to_owned())));
    let other = decision(Target::Kind("other".to_owned()), Verdict::Accept, &[]);
    assert_eq!(customer.when(NOW, &other), Err(Rejection::UnknownKind));
    let nothing = decision(Target::Review(Uuid::nil()), Verdict::Accept, &[]);
    assert_eq!(customer.when(NOW, &nothing), Err(Rejection::UnknownReview));
    let Command::Decide(mut silent) = on_kind(Verdict::Reject, &[]) else { unreachable!() };
    silent.reason = Some("  ".to_owned());
    assert_eq!(customer.when(NOW, &Command::Decide(silent)), Err(Rejection::ReasonNeeded));
}

fn answer(request: Uuid, verdict: Verdict, reasons: &[&str]) -> Command {
    Command::RecordCheck {
        provider: "acme".to_owned(),
        request,
        verdict,
        reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
    }
}

/// A customer whom the provider looks at, and the request.
fn being_checked() -> (Given<Customer>, Uuid) {
    let customer = after(&[put(checked(), &[("first_name", "Anna")])]);
    assert_eq!(status(&customer, "checked"), Some(Status::Processing));
    let request = customer.state().kinds["checked"].check.expect("asked");
    (customer, request)
}

#[test]
fn a_providers_answer_decides_once() {
    let (mut customer, request) = being_checked();
    let events = customer.when(NOW, &answer(request, Verdict::Accept, &[])).expect("decides");
    let Event::CustomerDecided(decided) = &events[0] else { panic!("{events:?}") };
    assert_eq!(decided.by, DecidedBy::Provider { name: "acme".to_owned(), request });
    assert_eq!(status(&customer, "checked"), Some(Status::Accepted));
    assert_eq!(customer.when(NOW, &answer(request, Verdict::Accept, &[])), Ok(vec![]));
    let other = customer.when(NOW, &answer(request, Verdict::Reject, &[]));
    assert_eq!(other, Err(Rejection::AnsweredOtherwise));
}

#[test]
fn a_provider_names_fields_in_its_reasons() {
    let (mut customer, request) = being_checked();
    let info = answer(request, Verdict::Resubmit, &["given_name: mismatch", "tax_id"]);
    customer.when(NOW, &info).expect("decides");
    let view = view::view(customer.state(), "checked").expect("open");
    assert_eq!(view.provided[0].error.as_ref().map(|w| w.reason.code.as_str()), Some("mismatch"));
    assert!(view.wanted.iter().any(|wanted| wanted.name == "tax_id"));
    let both = [("first_name", "Anne"), ("tax_id", "1")];
    let events = customer.when(NOW, &put(checked(), &both)).expect("merges");
    assert!(names(&events).contains(&"CheckRequested"), "asked again");
}

#[test]
fn an_answer_about_values_that_changed_counts_for_nothing() {
    let (mut customer, request) = being_checked();
    customer.when(NOW, &put(checked(), &[("first_name", "Anne")])).expect("merges");
    assert_eq!(customer.when(NOW, &answer(request, Verdict::Reject, &["x"])), Ok(vec![]));
    assert_eq!(status(&customer, "checked"), Some(Status::Processing));
    let strange = customer.when(NOW, &answer(Uuid::nil(), Verdict::Accept, &[]));
    assert_eq!(strange, Err(Rejection::UnknownCheck));
}
