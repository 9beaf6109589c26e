//! Given these events, when this command, then those events.

mod deciding;
mod properties;
mod putting;
mod telling;
mod verifying;

use std::collections::BTreeMap;

use kyc_events::sealed::Tag;
use kyc_events::stellar::{
    CallbackRequested, CustomerEvent as Event, Decider, Document, Identity, Requirement, Status,
    StatusChanged, VerificationRequested,
};
use uuid::Uuid;

use super::*;
use crate::aggregate::testing::{CountingKeys, Given, given};
use crate::verification_code::code_of;

const NOW: Millis = 1_700_000_000_000;
const MINUTE: Millis = 60_000;
const KEY: KeyId = KeyId([9; 16]);

fn registration() -> Registration {
    Registration {
        subject: Tag([1; 32]),
        key: Some(KEY),
        owner: Tag([2; 32]),
        account: Tag([3; 32]),
        identity: Identity { account: "G…".to_owned(), memo: None },
    }
}

fn kind(name: &str, required: &[&str], decider: Decider) -> Kind {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let requirement = Requirement {
        required: owned(required),
        optional: owned(&["city"]),
        verified: vec![],
        decider,
    };
    Kind { name: name.to_owned(), requirement }
}

fn basic() -> Kind {
    kind("basic", &["email_address", "first_name"], Decider::Automatic)
}

fn reviewed() -> Kind {
    kind("reviewed", &["first_name", "photo_id_front"], Decider::Review)
}

fn checked() -> Kind {
    kind("checked", &["first_name"], Decider::Provider("acme".to_owned()))
}

/// Proves possession of the e-mail address.
fn proved() -> Kind {
    let mut proved = kind("proved", &["email_address"], Decider::Automatic);
    proved.requirement.verified = vec!["email_address".to_owned()];
    proved
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn values(kind: Kind, pairs: &[(&str, &str)]) -> Values {
    Values {
        kind,
        texts: texts(pairs),
        documents: BTreeMap::new(),
        files: BTreeMap::new(),
        codes: BTreeMap::new(),
        ignored: vec![],
    }
}

fn put_values(values: Values) -> Command {
    Command::Put { registration: Some(registration()), values }
}

fn put(kind: Kind, pairs: &[(&str, &str)]) -> Command {
    put_values(values(kind, pairs))
}

fn photo(number: u8) -> Document {
    Document {
        file: Uuid::from_u128(1_000 + u128::from(number)),
        tag: Tag([number; 32]),
        media_type: "image/png".to_owned(),
        bytes: 100,
    }
}

/// First name and a photo.
fn put_photo(kind: Kind, number: u8) -> Command {
    let mut values = values(kind, &[("first_name", "Anna")]);
    values.documents.insert("photo_id_front".to_owned(), photo(number));
    put_values(values)
}

fn callback(url: &str) -> Command {
    Command::SetCallback { url: url.to_owned(), lang: "en".to_owned() }
}

fn nobody() -> Given<Customer> {
    given::<Customer>(NOW, [])
}

/// After these commands.
fn after(commands: &[Command]) -> Given<Customer> {
    let mut customer = nobody();
    for command in commands {
        customer.when(NOW, command).expect("goes through");
    }
    customer
}

fn status(customer: &Given<Customer>, kind: &str) -> Option<Status> {
    let recorded = customer.state().kinds.get(kind).and_then(|kind| kind.status);
    assert_eq!(recorded, customer.state().status_of(kind), "recorded and derived");
    recorded
}

fn changes(events: &[Event]) -> Vec<(&str, Status)> {
    let change = |event| match event {
        &Event::StatusChanged(StatusChanged { ref kind, status }) => Some((kind.as_str(), status)),
        _ => None,
    };
    events.iter().filter_map(change).collect()
}

fn told(events: &[Event]) -> Vec<(&str, Status)> {
    let call = |event| match event {
        &Event::CallbackRequested(CallbackRequested { ref kind, status, .. }) => {
            Some((kind.as_str(), status))
        }
        _ => None,
    };
    events.iter().filter_map(call).collect()
}

fn names(events: &[Event]) -> Vec<&'static str> {
    use kyc_events::schema::EventSet;
    let bare = |event: &Event| event.schema().name.trim_start_matches("stellar.");
    events.iter().map(bare).collect()
}

fn codes_sent(events: &[Event]) -> Vec<VerificationRequested> {
    let code = |event: &Event| match event {
        Event::VerificationRequested(e) => Some(e.clone()),
        _ => None,
    };
    events.iter().filter_map(code).collect()
}

/// The code of this verification, as the sender makes it.
fn code(id: Uuid) -> String {
    let keys = CountingKeys(std::cell::Cell::new(0));
    code_of(&keys, KEY, id).expect("keys").expect("not erased")
}

fn review_of(customer: &Given<Customer>, kind: &str) -> Uuid {
    customer.state().kinds[kind].review.as_ref().expect("a review waits").id
}
