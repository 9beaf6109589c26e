//! Registering, merging, repeating, files, erasure.

use super::*;

#[test]
fn the_first_put_registers_and_an_automatic_type_accepts_at_once() {
    let mut customer = nobody();
    let all = put(basic(), &[("first_name", "Anna"), ("email_address", "a@example.org")]);
    let events = customer.when(NOW, &all).expect("registers");
    let expected = [
        "OwnerIdentified",
        "CustomerRegistered",
        "FieldsProvided",
        "TypeOpened",
        "CustomerDecided",
        "StatusChanged",
    ];
    assert_eq!(names(&events), expected);
    assert_eq!(status(&customer, "basic"), Some(Status::Accepted));
}

#[test]
fn a_put_without_values_registers_and_says_what_is_missing() {
    let customer = after(&[put(basic(), &[])]);
    assert!(customer.state().is_registered);
    let view = view::view(customer.state(), "basic").expect("open");
    let wanted: Vec<_> = view.wanted.iter().map(|w| (w.name.as_str(), w.is_optional)).collect();
    assert_eq!(wanted, [("email_address", false), ("first_name", false), ("city", true)]);
    assert_eq!(view.status, Status::NeedsInfo);
}

#[test]
fn later_puts_merge() {
    let mut customer = after(&[put(basic(), &[("first_name", "Anna")])]);
    assert_eq!(status(&customer, "basic"), Some(Status::NeedsInfo));
    let events = customer.when(NOW, &put(basic(), &[("email_address", "a@example.org")])).unwrap();
    assert_eq!(changes(&events), [("basic", Status::Accepted)]);
    assert_eq!(customer.state().fields.len(), 2);
}

#[test]
fn the_same_values_again_write_nothing() {
    for command in [put(basic(), &[("first_name", "Anna")]), put_photo(reviewed(), 1)] {
        let mut customer = after(std::slice::from_ref(&command));
        assert_eq!(customer.when(NOW + 60 * MINUTE, &command), Ok(vec![]));
    }
}

#[test]
fn only_what_changed_is_written_and_gets_the_next_revision() {
    let mut customer =
        after(&[put(basic(), &[("first_name", "Anna"), ("email_address", "a@example.org")])]);
    let again = put(basic(), &[("first_name", "Anne"), ("email_address", "a@example.org")]);
    let events = customer.when(NOW, &again).expect("merges");
    let Event::FieldsProvided(provided) = &events[0] else { panic!("{events:?}") };
    let named: Vec<_> = provided.fields.iter().map(|f| (f.name.as_str(), f.revision)).collect();
    assert_eq!(named, [("first_name", 2)]);
    assert_eq!(changes(&events), [], "accepted, judged anew and accepted");
}

#[test]
fn names_that_are_nothing_of_sep_9_are_noted_beside_the_values() {
    let mut sent = values(basic(), &[("first_name", "Anna")]);
    sent.ignored = vec!["colour".to_owned()];
    let events = nobody().when(NOW, &put_values(sent)).expect("registers");
    let Event::FieldsProvided(provided) = &events[2] else { panic!("{events:?}") };
    assert!(provided.ignored.is_some());
}

#[test]
fn each_type_has_a_status_of_its_own() {
    let customer = after(&[
        put(basic(), &[("first_name", "Anna"), ("email_address", "a@example.org")]),
        Command::Open { kind: reviewed() },
    ]);
    assert_eq!(status(&customer, "basic"), Some(Status::Accepted));
    assert_eq!(status(&customer, "reviewed"), Some(Status::NeedsInfo));
}

#[test]
fn rules_that_change_are_applied_when_the_type_is_looked_at() {
    let stricter = kind("basic", &["email_address", "first_name", "last_name"], Decider::Automatic);
    let mut customer =
        after(&[put(basic(), &[("first_name", "Anna"), ("email_address", "a@example.org")])]);
    let events = customer.when(NOW, &Command::Open { kind: stricter.clone() }).expect("opens");
    assert_eq!(changes(&events), [("basic", Status::NeedsInfo)]);
    assert_eq!(customer.when(NOW, &Command::Open { kind: stricter }), Ok(vec![]));
}

#[test]
fn looking_at_nobody_writes_nothing() {
    assert_eq!(nobody().when(NOW, &Command::Open { kind: basic() }), Ok(vec![]));
}

#[test]
fn an_id_that_nobody_has_an_owner_that_is_another_and_a_missing_key_are_refused() {
    let by_id = Command::Put { registration: None, values: values(basic(), &[]) };
    assert_eq!(nobody().when(NOW, &by_id), Err(Rejection::Unknown));
    let foreign = Registration { owner: Tag([7; 32]), ..registration() };
    let put_foreign = Command::Put { registration: Some(foreign), values: values(basic(), &[]) };
    assert_eq!(after(&[put(basic(), &[])]).when(NOW, &put_foreign), Err(Rejection::Foreign));
    let keyless = Registration { key: None, ..registration() };
    let put_keyless = Command::Put { registration: Some(keyless), values: values(basic(), &[]) };
    assert_eq!(nobody().when(NOW, &put_keyless), Err(Rejection::KeyNeeded));
    assert_eq!(after(&[put(basic(), &[])]).when(NOW, &put_keyless), Ok(vec![]));
}

fn store(number: u8) -> Command {
    let expires_at = NOW + 10 * MINUTE;
    Command::StoreFile { registration: registration(), document: photo(number), expires_at }
}

fn put_file(number: u8) -> Command {
    let mut values = values(reviewed(), &[("first_name", "Anna")]);
    values.files.insert("photo_id_front".to_owned(), photo(number).file);
    put_values(values)
}

#[test]
fn a_file_is_uploaded_before_there_is_a_customer_and_bound_by_a_field() {
    let mut customer = after(&[store(1)]);
    assert!(!customer.state().is_registered);
    assert_eq!(customer.when(NOW, &store(1)), Ok(vec![]));
    customer.when(NOW, &put_file(1)).expect("binds");
    assert_eq!(status(&customer, "reviewed"), Some(Status::Processing));
    let expire = Command::ExpireFile { file: photo(1).file };
    assert_eq!(customer.when(NOW + 11 * MINUTE, &expire), Ok(vec![]), "it is in use");
}

#[test]
fn a_file_that_is_unknown_or_out_of_time_is_no_value() {
    let unknown = Err(Rejection::UnknownFile("photo_id_front".to_owned()));
    assert_eq!(nobody().when(NOW, &put_file(1)), unknown);
    let mut customer = after(&[store(1)]);
    assert_eq!(customer.when(NOW + 10 * MINUTE, &put_file(1)), unknown);
    let expire = Command::ExpireFile { file: photo(1).file };
    assert_eq!(customer.when(NOW + 9 * MINUTE, &expire), Ok(vec![]));
    assert_eq!(customer.when(NOW + 10 * MINUTE, &expire).unwrap().len(), 1);
    assert!(customer.state().files.is_empty());
}

#[test]
fn unused_files_are_bounded() {
    let mut customer = nobody();
    for number in 0..limits::FILES_UNBOUND_MAX {
        customer.when(NOW, &store(u8::try_from(number).unwrap())).expect("room");
    }
    assert_eq!(customer.when(NOW, &store(99)), Err(Rejection::TooManyFiles));
}

#[test]
fn after_the_erasure_nothing_is_known_and_nothing_happens() {
    let mut customer = after(&[put_photo(reviewed(), 1), callback("https://w.example/c")]);
    let erase = Command::Erase { generation: 0 };
    assert_eq!(customer.when(NOW, &erase).unwrap(), [CustomerErased { generation: 0 }.into()]);
    assert_eq!(customer.when(NOW, &erase), Ok(vec![]));
    assert_eq!(*customer.state(), State { is_erased: true, ..State::default() });
    for command in [put(basic(), &[]), callback("https://w.example/c"), store(2)] {
        assert_eq!(customer.when(NOW, &command), Err(Rejection::Erased));
    }
    assert_eq!(nobody().when(NOW, &erase), Ok(vec![]), "nobody to erase");
}
