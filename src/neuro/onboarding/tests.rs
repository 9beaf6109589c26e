//! All authenticators together, by profile.

use kyc_events::neuro::Outcome;

use super::profile::{Draft, Profile};
use super::testing::{FakeWorld, application, attachment, now};
use super::*;

fn numbers(country: &str, number: &str, _: i32) -> Option<bool> {
    (country == "SE").then(|| number.ends_with('4'))
}

fn shipped(change: impl FnOnce(&mut Draft)) -> Profile {
    let mut draft = Draft::new(true);
    change(&mut draft);
    draft.check("default").expect("good")
}

const ALICE: [(&str, &str); 5] = [
    ("FIRST", "Alice"),
    ("LAST", "Ångström & Co"),
    ("PNR", "19900115-1234"),
    ("COUNTRY", "SE"),
    ("EMAIL", "alice@example.org"),
];

fn run(
    profile: &Profile,
    application: &Application,
    world: &FakeWorld,
) -> (Outcome, Vec<Assessment>) {
    let pipeline = Pipeline::new(profile, "d.example", numbers);
    let said = now(pipeline.assess(application, world));
    (Report::of(&said).outcome(&application.items()), said)
}

fn outcome(profile: &Profile, claims: &[(&str, &str)]) -> Outcome {
    run(profile, &application(claims), &FakeWorld::default()).0
}

#[test]
fn the_shipped_profile_approves_who_is_believed_and_leaves_the_others_to_an_operator() {
    let believed = shipped(|_| {});
    assert_eq!(outcome(&believed, &ALICE), Outcome::Approve);
    assert_eq!(outcome(&believed, &ALICE[..4]), Outcome::Approve, "contacts need not be claimed");
    assert_eq!(outcome(&believed, &ALICE[1..]), Outcome::Reject);
    let more = [&ALICE[..], &[("SPORT", "golf")]].concat();
    assert_eq!(outcome(&believed, &more), Outcome::Manual);
    let other = [&ALICE[..4], &[("EMAIL", "mallory@example.org")]].concat();
    assert_eq!(outcome(&believed, &other), Outcome::Reject);
    let strict = shipped(|draft| draft.self_declared = false);
    assert_eq!(outcome(&strict, &ALICE), Outcome::Manual);
    let nobody = shipped(|draft| draft.authenticators.clear());
    assert_eq!(outcome(&nobody, &ALICE), Outcome::Manual);
}

#[test]
fn what_is_proved_needs_no_belief() {
    let strict = shipped(|draft| {
        draft.self_declared = false;
        draft.required = vec!["EMAIL".to_owned(), "COUNTRY".to_owned()];
    });
    assert_eq!(outcome(&strict, &ALICE[3..]), Outcome::Approve);
}

#[test]
fn the_same_person_again_is_rejected() {
    let mut one = application(&ALICE);
    one.person = Some(Tag([1; 32]));
    let elsewhere = FakeWorld { is_elsewhere: true, ..FakeWorld::default() };
    assert_eq!(run(&shipped(|_| {}), &one, &elsewhere).0, Outcome::Reject);
    assert_eq!(run(&shipped(|_| {}), &one, &FakeWorld::default()).0, Outcome::Approve);
    let broken = FakeWorld { is_broken: true, ..FakeWorld::default() };
    assert_eq!(run(&shipped(|_| {}), &one, &broken).0, Outcome::Manual);
}

#[test]
fn signed_reviews_need_no_opinion() {
    let mut one = application(&ALICE);
    one.attachments.push(attachment(1, "identityReview", "text/xml"));
    assert_eq!(run(&shipped(|_| {}), &one, &FakeWorld::default()).0, Outcome::Manual);
    one.attachments[0].is_assessed = false;
    assert_eq!(run(&shipped(|_| {}), &one, &FakeWorld::default()).0, Outcome::Approve);
}

#[test]
fn providers_are_asked_unless_it_is_rejected_anyway() {
    let asked = |claims: &[(&str, &str)]| {
        let profile = shipped(|draft| draft.authenticators.insert(0, "provider:acme".to_owned()));
        let (_, said) = run(&profile, &application(claims), &FakeWorld::default());
        said.into_iter().filter_map(|one| one.provider).collect::<Vec<_>>()
    };
    assert_eq!(asked(&ALICE), ["acme"]);
    assert!(asked(&ALICE[1..]).is_empty());
}

#[test]
fn rules_are_named_by_all_that_makes_them() {
    let rules =
        |profile: &Profile, domain| Pipeline::new(profile, domain, numbers).rules().to_owned();
    let one = rules(&shipped(|_| {}), "d.example");
    assert!(one.starts_with("default/") && one.len() == 16, "{one}");
    assert_eq!(one, rules(&shipped(|_| {}), "d.example"));
    assert_ne!(one, rules(&shipped(|draft| draft.min_age = Some(18)), "d.example"));
    assert_ne!(one, rules(&shipped(|_| {}), "e.example"));
}

#[test]
fn applications_are_not_shown_in_debug_output() {
    let shown = format!("{:?} {:?}", application(&ALICE), application(&ALICE).items());
    assert!(!shown.contains("Alice") && !shown.contains("FIRST"), "{shown}");
}
