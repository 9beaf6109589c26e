//! Applications, attachments, and being ready.

use super::*;

#[test]
fn an_application_is_created_and_made_once() {
    let mut identity = given::<Identity>(0, []);
    let events = identity.when(5, &application(2, false)).unwrap();
    assert_eq!(names(&events), ["IdentityApplied"]);
    let state = identity.state();
    assert_eq!((state.status, state.updated_at), (Some(Status::Created), None));
    assert_eq!(state.identification().unwrap().claims, 2, "what the server adds is no claim");
    assert_eq!(identity.when(6, &application(2, false)), Err(Rejection::Exists));
}

#[test]
fn an_application_claims_something_and_not_too_much() {
    let mut identity = given::<Identity>(0, []);
    assert_eq!(identity.when(0, &application(0, false)), Err(Rejection::NoProperties));
    let most = limits::NEURO_PROPERTIES_MAX;
    assert_eq!(identity.when(0, &application(most, false)), Err(Rejection::TooManyProperties));
    assert!(identity.when(0, &application(most - 1, false)).is_ok());
}

#[test]
fn documents_are_attached_while_it_is_created() {
    let mut identity = ready();
    assert_eq!(names(&identity.when(3, &attachment(1, "image/png")).unwrap()), ["AttachmentAdded"]);
    assert_eq!(identity.state().updated_at, Some(3));
    assert_eq!(identity.when(4, &attachment(1, "image/png")), Ok(vec![]), "the same file");
    let mut identity = approved();
    let refused = Err(Rejection::WrongStatus(Status::Approved));
    assert_eq!(identity.when(4, &attachment(1, "image/png")), refused);
    assert_eq!(identity.when(4, &Command::MarkReady), refused);
}

#[test]
fn too_many_attachments_are_refused() {
    let mut identity = ready();
    for file in 0..limits::NEURO_ATTACHMENTS_MAX {
        identity.when(0, &attachment(file as u128, "image/png")).unwrap();
    }
    let refused = Err(Rejection::TooManyAttachments);
    assert_eq!(identity.when(0, &attachment(1 << 64, "image/png")), refused);
}

#[test]
fn being_ready_begins_a_run_unless_one_is_under_way() {
    let mut identity = given::<Identity>(0, []);
    assert_eq!(identity.when(0, &Command::MarkReady), Err(Rejection::Unknown));
    identity.when(0, &application(2, false)).unwrap();
    assert_eq!(names(&identity.when(1, &Command::MarkReady).unwrap()), ["MarkedReady"]);
    let first = run(&identity);
    assert_eq!(identity.when(2, &Command::MarkReady), Ok(vec![]));
    let command = assess(&identity, []);
    identity.when(3, &command).unwrap();
    assert_eq!(names(&identity.when(4, &Command::MarkReady).unwrap()), ["MarkedReady"]);
    assert_ne!(run(&identity), first);
}

#[test]
fn an_application_can_be_ready_as_it_is() {
    let mut identity = given::<Identity>(0, []);
    let events = identity.when(0, &application(1, true)).unwrap();
    assert_eq!(names(&events), ["IdentityApplied", "MarkedReady"]);
}

#[test]
fn it_is_not_looked_at_for_ever() {
    let mut identity = given::<Identity>(0, []);
    identity.when(0, &application(1, false)).unwrap();
    for _ in 0..limits::NEURO_RUNS_MAX {
        identity.when(0, &Command::MarkReady).unwrap();
        let command = assess(&identity, []);
        identity.when(0, &command).unwrap();
    }
    assert_eq!(identity.when(0, &Command::MarkReady), Err(Rejection::TooManyRuns));
}

#[test]
fn of_an_erased_identity_nothing_is_left() {
    let mut identity = waiting();
    let erase = Command::Erase { generation: 0 };
    assert_eq!(names(&identity.when(1, &erase).unwrap()), ["IdentityErased"]);
    assert_eq!(*identity.state(), State { is_erased: true, ..State::default() });
    assert_eq!(identity.when(1, &erase), Ok(vec![]));
    assert_eq!(identity.when(1, &Command::MarkReady), Err(Rejection::Erased));
    assert_eq!(given::<Identity>(0, []).when(0, &erase), Ok(vec![]));
}

#[test]
fn a_stream_is_named_by_the_id() {
    let id = Uuid::from_u128(7);
    assert_eq!(id_of(&stream_of(id)), Some(id));
    assert_eq!(id_of(&StreamId::new("neuro.account", "5f").expect("a name")), None);
}
