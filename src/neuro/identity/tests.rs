//! Given these events, when this command, then those events.

mod applying;
mod deciding;
mod properties;
mod running;

use kyc_events::neuro::{By, Document, Fault, IdentityEvent as Event, Outcome, Standing, Status};
use kyc_events::review::Verdict;
use kyc_events::sealed::{KeyId, Tag};

use super::*;
use crate::aggregate::testing::{Given, given};
use crate::config::limits;

const KEY: KeyId = KeyId([1; 16]);

fn application(claims: usize, is_ready: bool) -> Command {
    let named = |number| (format!("P{number}"), "Alice".to_owned());
    Command::Apply(Box::new(Application {
        subject: Tag([2; 32]),
        key: KEY,
        account: StreamId::new("neuro.account", "5f").expect("a name"),
        key_number: 1,
        domain: "neuron.example.org".to_owned(),
        claims: (0..claims).map(named).collect(),
        added: vec![("AGENT".to_owned(), "https://example.org".to_owned())],
        person: None,
        local_name: "ed25519".to_owned(),
        namespace: "urn:nf:iot:e2e:1.0".to_owned(),
        public_key: "AAAA".to_owned(),
        client_signature: "BBBB".to_owned(),
        valid_from: 0,
        valid_to: 1_000,
        is_ready,
    }))
}

fn attachment(file: u128, media_type: &str) -> Command {
    let (file, tag, media_type) = (Uuid::from_u128(file), Tag([3; 32]), media_type.to_owned());
    let document = Document { file, tag, media_type, bytes: 9 };
    let (file_name, signature) = ("ProfilePhoto.jpg".to_owned(), "CCCC".to_owned());
    Command::Attach(Attachment { document, file_name, signature })
}

/// Two claims, and a run under way.
fn ready() -> Given<Identity> {
    let mut identity = given::<Identity>(0, []);
    identity.when(0, &application(2, true)).unwrap();
    identity
}

fn run(identity: &Given<Identity>) -> Uuid {
    identity.state().run.as_ref().map_or(Uuid::nil(), |run| run.id)
}

fn opinion(standing: Standing) -> Opinion {
    let code = (standing == Standing::Invalid).then(|| "FirstNameMismatch".to_owned());
    Opinion { standing, code, message: Some("Alice's first name".to_owned()) }
}

fn says(standings: &[Standing]) -> Assessment {
    let claims = (0..).zip(standings).map(|(property, standing)| (property, opinion(*standing)));
    let authenticator = "rules".to_owned();
    Assessment { authenticator, claims: claims.collect(), ..Assessment::default() }
}

fn errs(fault: Fault) -> Assessment {
    let problem = Problem { fault, code: Some("ServiceFailed".to_owned()), message: None };
    let authenticator = "other".to_owned();
    Assessment { authenticator, problems: vec![problem], ..Assessment::default() }
}

fn asks(provider: &str) -> Assessment {
    let (authenticator, provider) = ("external".to_owned(), Some(provider.to_owned()));
    Assessment { authenticator, provider, ..Assessment::default() }
}

fn assess(identity: &Given<Identity>, assessments: impl Into<Vec<Assessment>>) -> Command {
    Command::Assess { run: run(identity), assessments: assessments.into() }
}

/// A review that an operator has to decide.
fn waiting() -> Given<Identity> {
    let mut identity = ready();
    let command = assess(&identity, [says(&[Standing::Valid])]);
    identity.when(0, &command).unwrap();
    identity
}

fn approved() -> Given<Identity> {
    let mut identity = ready();
    let command = assess(&identity, [says(&[Standing::Valid, Standing::Valid])]);
    identity.when(0, &command).unwrap();
    identity
}

fn set(status: Status, by: By) -> Command {
    Command::SetStatus { status, by, reason: Some("lost_phone".to_owned()) }
}

fn desk() -> By {
    By::Operator("desk".to_owned())
}

/// Names of events, without protocol.
fn names(events: &[Event]) -> Vec<&'static str> {
    use kyc_events::schema::EventSet;
    events.iter().map(|event| &event.schema().name["neuro.".len()..]).collect()
}
