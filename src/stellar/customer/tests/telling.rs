//! Callbacks and transactions.

use kyc_events::stellar::{Protocol, TransactionReleased, Verdict};

use super::*;

const URL: &str = "https://wallet.example/callback";

fn whole() -> Command {
    put(basic(), &[("first_name", "Anna"), ("email_address", "a@example.org")])
}

fn decide(kind: &str, verdict: Verdict) -> Command {
    Command::Decide(Decision {
        target: Target::Kind(kind.to_owned()),
        by: "desk".to_owned(),
        verdict,
        reason: Some("expired".to_owned()),
        fields: BTreeMap::new(),
    })
}

#[test]
fn each_change_of_status_is_told_once_and_in_order() {
    let mut customer = after(&[put(reviewed(), &[("first_name", "Anna")]), callback(URL)]);
    let photo = customer.when(NOW, &put_photo(reviewed(), 1)).expect("merges");
    assert_eq!(told(&photo), [("reviewed", Status::Processing)]);
    let another = customer.when(NOW, &put_photo(reviewed(), 2)).expect("merges");
    assert_eq!(told(&another), [], "a value changed, the status did not");
    let back = customer.when(NOW, &decide("reviewed", Verdict::Resubmit)).expect("decides");
    assert_eq!(told(&back), [("reviewed", Status::NeedsInfo)]);
    let third = customer.when(NOW, &put_photo(reviewed(), 3)).expect("merges");
    assert_eq!(told(&third), [("reviewed", Status::Processing)]);
    let end = customer.when(NOW, &decide("reviewed", Verdict::Accept)).expect("decides");
    assert_eq!(told(&end), [("reviewed", Status::Accepted)]);
}

#[test]
fn nothing_is_told_after_a_final_status_until_the_wallet_registers_again() {
    let mut customer = after(&[put(basic(), &[]), callback(URL)]);
    assert_eq!(told(&customer.when(NOW, &whole()).unwrap()), [("basic", Status::Accepted)]);
    let fall = decide("basic", Verdict::Reject);
    assert_eq!(told(&customer.when(NOW, &fall).unwrap()), []);
    assert_eq!(names(&customer.when(NOW, &callback(URL)).unwrap()), ["CallbackSet"]);
    let rise = decide("basic", Verdict::Accept);
    assert_eq!(told(&customer.when(NOW, &rise).unwrap()), [("basic", Status::Accepted)]);
}

#[test]
fn a_registration_tells_nothing_by_itself_and_repeats_nothing() {
    let mut customer = after(&[whole()]);
    assert_eq!(names(&customer.when(NOW, &callback(URL)).unwrap()), ["CallbackSet"]);
    assert_eq!(customer.when(NOW, &callback(URL)), Ok(vec![]));
    let other = customer.when(NOW, &callback("https://other.example/")).unwrap();
    assert_eq!(names(&other), ["CallbackSet"], "another URL takes its place");
    assert_eq!(customer.state().callback.as_ref().map(|one| one.number), Some(2));
}

#[test]
fn types_are_told_separately() {
    let mut customer = after(&[put(basic(), &[]), callback(URL)]);
    customer.when(NOW, &whole()).expect("accepted");
    let events = customer.when(NOW, &put_photo(reviewed(), 1)).expect("merges");
    assert_eq!(told(&events), [("reviewed", Status::Processing)]);
}

#[test]
fn a_callback_for_nobody_is_refused() {
    assert_eq!(nobody().when(NOW, &callback(URL)), Err(Rejection::Unknown));
}

#[test]
fn deliveries_have_ids_of_their_own() {
    let mut customer = after(&[put(reviewed(), &[("first_name", "Anna")]), callback(URL)]);
    let mut ids = std::collections::BTreeSet::new();
    for photo in 1..4 {
        let mut events = customer.when(NOW, &put_photo(reviewed(), photo)).expect("merges");
        events.extend(customer.when(NOW, &decide("reviewed", Verdict::Resubmit)).unwrap());
        for event in events {
            if let Event::CallbackRequested(call) = event {
                assert!(ids.insert(call.delivery));
            }
        }
    }
    assert_eq!(ids.len(), 6);
}

fn register(id: &str, kind: Kind) -> Command {
    let (transaction, protocol) = (id.to_owned(), Protocol::Sep31);
    Command::RegisterTransaction { transaction, protocol, kind }
}

fn released(events: &[Event]) -> Vec<(&str, bool)> {
    let release = |event| match event {
        &Event::TransactionReleased(TransactionReleased { ref transaction, accepted, .. }) => {
            Some((transaction.as_str(), accepted))
        }
        _ => None,
    };
    events.iter().filter_map(release).collect()
}

#[test]
fn transactions_wait_until_the_customer_is_accepted() {
    let mut customer = after(&[put(basic(), &[])]);
    for id in ["t1", "t2"] {
        let events = customer.when(NOW, &register(id, basic())).expect("waits");
        assert_eq!(released(&events), []);
    }
    assert_eq!(customer.when(NOW, &register("t1", basic())), Ok(vec![]));
    let known = customer.when(NOW, &register("t1", reviewed()));
    assert_eq!(known, Err(Rejection::TransactionKnown));
    let events = customer.when(NOW, &whole()).expect("accepted");
    assert_eq!(released(&events), [("t1", true), ("t2", true)]);
    let events = customer.when(NOW, &decide("basic", Verdict::Reject)).expect("decides");
    assert_eq!(released(&events), [], "their wait is over");
}

#[test]
fn a_transaction_of_a_good_customer_does_not_wait_and_one_of_a_rejected_fails() {
    let mut customer = after(&[whole()]);
    let events = customer.when(NOW, &register("t1", basic())).expect("registers");
    assert_eq!(released(&events), [("t1", true)]);
    customer.when(NOW, &decide("basic", Verdict::Reject)).expect("decides");
    let events = customer.when(NOW, &register("t2", basic())).expect("registers");
    assert_eq!(released(&events), [("t2", false)]);
    assert_eq!(nobody().when(NOW, &register("t", basic())), Err(Rejection::Unknown));
}

#[test]
fn transactions_are_bounded() {
    let mut customer = after(&[put(basic(), &[])]);
    for nth in 0..limits::TRANSACTIONS_MAX {
        customer.when(NOW, &register(&nth.to_string(), basic())).expect("room");
    }
    let over = customer.when(NOW, &register("over", basic()));
    assert_eq!(over, Err(Rejection::TooManyTransactions));
}
