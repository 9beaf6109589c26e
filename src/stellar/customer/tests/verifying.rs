//! Codes.

use super::*;

const EMAIL: &str = "email_address";

fn put_email(address: &str) -> Command {
    put(proved(), &[(EMAIL, address)])
}

fn verify(code: &str) -> Command {
    Command::Verify { codes: texts(&[(EMAIL, code)]) }
}

/// A customer with an open verification, and its id.
fn waiting() -> (Given<Customer>, Uuid) {
    let mut customer = nobody();
    let events = customer.when(NOW, &put_email("a@example.org")).expect("registers");
    let sent = codes_sent(&events);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].expires_at, NOW + 10 * MINUTE);
    (customer, sent[0].verification)
}

fn wrong(id: Uuid) -> String {
    let right: u32 = code(id).parse().expect("digits");
    format!("{:06}", (right + 1) % 1_000_000)
}

#[test]
fn a_value_is_good_once_its_code_came_back() {
    let (mut customer, id) = waiting();
    assert_eq!(status(&customer, "proved"), Some(Status::NeedsInfo));
    let view = view::view(customer.state(), "proved").expect("open");
    assert_eq!(view.provided[0].status, kyc_events::stellar::FieldStatus::VerificationRequired);
    let events = customer.when(NOW, &verify(&code(id))).expect("right");
    assert_eq!(names(&events), ["FieldVerified", "CustomerDecided", "StatusChanged"]);
    assert_eq!(status(&customer, "proved"), Some(Status::Accepted));
    assert_eq!(customer.when(NOW, &verify(&code(id))), Ok(vec![]), "again");
    let refused = Err(Rejection::NothingToVerify(EMAIL.to_owned()));
    assert_eq!(customer.when(NOW, &verify(&wrong(id))), refused);
}

#[test]
fn a_wrong_code_is_counted_and_after_five_the_right_one_is_worth_nothing() {
    let (mut customer, id) = waiting();
    for _ in 0..5 {
        let events = customer.when(NOW, &verify(&wrong(id))).expect("counted");
        assert_eq!(names(&events), ["VerificationFailed"]);
        assert!(!customer.state().are_verified([&EMAIL.to_owned()]));
    }
    let refused = Err(Rejection::TooManyCodes(EMAIL.to_owned()));
    assert_eq!(customer.when(NOW, &verify(&code(id))), refused);
}

#[test]
fn a_code_is_good_for_ten_minutes() {
    let (mut customer, id) = waiting();
    let late = Err(Rejection::CodeExpired(EMAIL.to_owned()));
    assert_eq!(customer.when(NOW + 10 * MINUTE, &verify(&code(id))), late);
    assert!(customer.when(NOW + 10 * MINUTE - 1, &verify(&code(id))).is_ok());
}

#[test]
fn a_wrong_code_stores_nothing_that_came_with_it() {
    let (mut customer, id) = waiting();
    let mut sent = values(proved(), &[("city", "Springfield")]);
    sent.codes = texts(&[(EMAIL, &wrong(id))]);
    let events = customer.when(NOW, &put_values(sent.clone())).expect("counted");
    assert_eq!(names(&events), ["VerificationFailed"]);
    sent.codes = texts(&[(EMAIL, &code(id))]);
    let events = customer.when(NOW, &put_values(sent)).expect("right");
    assert_eq!(names(&events)[..2], ["FieldVerified", "FieldsProvided"]);
}

#[test]
fn the_same_value_again_sends_another_code_but_not_at_once_and_not_for_ever() {
    let (mut customer, first) = waiting();
    let again = put_email("a@example.org");
    assert_eq!(customer.when(NOW + 29_999, &again), Ok(vec![]), "a repeated request");
    let mut last = first;
    for nth in 1..5 {
        let events = customer.when(NOW + nth * MINUTE, &again).expect("sends");
        assert_eq!(names(&events), ["VerificationRequested"]);
        last = codes_sent(&events)[0].verification;
    }
    assert_eq!(customer.when(NOW + 5 * MINUTE, &again), Ok(vec![]), "five within an hour");
    let old = customer.when(NOW + 5 * MINUTE, &verify(&code(first))).expect("counted");
    assert_eq!(names(&old), ["VerificationFailed"], "only the newest code counts");
    customer.when(NOW + 5 * MINUTE, &verify(&code(last))).expect("right");
    assert_eq!(status(&customer, "proved"), Some(Status::Accepted));
    assert_eq!(customer.when(NOW + 90 * MINUTE, &again), Ok(vec![]), "nothing to prove");
}

#[test]
fn another_value_has_to_be_proved_anew() {
    let (mut customer, id) = waiting();
    customer.when(NOW, &verify(&code(id))).expect("right");
    let events = customer.when(NOW, &put_email("b@example.org")).expect("merges");
    assert_eq!(changes(&events), [("proved", Status::NeedsInfo)]);
    assert_eq!(codes_sent(&events).len(), 1);
    let old = customer.when(NOW, &verify(&code(id))).expect("counted");
    assert_eq!(names(&old), ["VerificationFailed"]);
}

#[test]
fn a_value_given_before_is_proved_when_a_type_wants_it() {
    let mut customer = after(&[put(basic(), &[("first_name", "Anna"), (EMAIL, "a@example.org")])]);
    let events = customer.when(NOW, &Command::Open { kind: proved() }).expect("opens");
    assert_eq!(codes_sent(&events).len(), 1);
    assert_eq!(status(&customer, "basic"), Some(Status::Accepted), "that type does not");
}

#[test]
fn codes_for_nothing_are_refused() {
    let refused = Err(Rejection::NothingToVerify(EMAIL.to_owned()));
    let mut customer = after(&[put(basic(), &[(EMAIL, "a@example.org")])]);
    assert_eq!(customer.when(NOW, &verify("123456")), refused);
    let mut sent = values(proved(), &[(EMAIL, "a@example.org")]);
    sent.codes = texts(&[(EMAIL, "123456")]);
    assert_eq!(nobody().when(NOW, &put_values(sent)), refused);
    assert_eq!(nobody().when(NOW, &verify("123456")), Err(Rejection::Unknown));
}

#[test]
fn a_bad_companion_does_not_help_to_guess() {
    let (mut customer, id) = waiting();
    for guess in [wrong(id), code(id)] {
        let codes = texts(&[(EMAIL, &guess), ("mobile_number", "1")]);
        let refused = Err(Rejection::NothingToVerify("mobile_number".to_owned()));
        assert_eq!(customer.when(NOW, &Command::Verify { codes }), refused);
    }
}
