//! Reports: put together in any order they say the same.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn mark() -> impl Strategy<Value = Mark> {
    let standing = select(vec![Standing::Valid, Standing::Invalid, Standing::Unvalidated]);
    ("[ab]", standing, option::of("[xy]"), option::of("[xy]"))
        .prop_map(|(service, standing, code, message)| Mark { service, standing, code, message })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let fault = select(vec![Fault::Client, Fault::Server, Fault::Service]);
    ("[ab]", fault, option::of("[xy]"), option::of("[xy]"))
        .prop_map(|(service, fault, code, message)| Trouble { service, fault, code, message })
}

fn report() -> impl Strategy<Value = Report> {
    let photos = btree_map((0..3_u128).prop_map(Uuid::from_u128), vec(mark(), 1..3), 0..3);
    let (claims, troubles) = (btree_map(0..3_u32, vec(mark(), 1..3), 0..3), vec(trouble(), 0..3));
    (claims, photos, troubles, btree_set("[pq]", 0..2)).prop_map(
        |(claims, photos, troubles, vouched_by)| Report {
            claims,
            photos,
            troubles,
            vouched_by,
            ..Report::default()
        },
    )
}

fn merged(all: &[Report]) -> Report {
    all.iter().cloned().fold(Report::default(), Report::merge)
}

fn items() -> Items {
    let photos = [(Uuid::from_u128(1), "C".to_owned())].into();
    Items { claims: vec!["A".to_owned(), "B".to_owned()], photos }
}

proptest! {
    #[test]
    fn it_does_not_matter_who_is_asked_first(
        (all, shuffled) in vec(report(), 0..5)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        let one = merged(&all);
        prop_assert_eq!(&one, &merged(&shuffled));
        // Nor how they are put together, nor that somebody is asked again.
        let (left, right) = all.split_at(all.len() / 2);
        prop_assert_eq!(&one, &merged(left).merge(merged(right)));
        prop_assert_eq!(&one, &one.clone().merge(one.clone()));
        prop_assert_eq!(one.outcome(&items()), merged(&shuffled).outcome(&items()));
    }

    #[test]
    fn another_opinion_never_makes_a_rejected_application_good(one in report(), other in report()) {
        if one.outcome(&items()) == Outcome::Reject {
            prop_assert_eq!(one.merge(other).outcome(&items()), Outcome::Reject);
        }
    }
}

#[test]
fn the_rule_as_a_table() {
    use Fault::{Client, Server, Service};
    use Standing::{Invalid, Unvalidated, Valid};
    // Claims, photos, errors, whether a provider vouches.
    type Row = (&'static [Standing], &'static [Standing], &'static [Fault], bool, Outcome);
    let table: [Row; 13] = [
        (&[Valid], &[Valid], &[], false, Outcome::Approve),
        (&[Valid, Unvalidated], &[Valid], &[], false, Outcome::Approve),
        (&[Valid], &[], &[], false, Outcome::Manual),
        (&[], &[Valid], &[], false, Outcome::Manual),
        (&[], &[], &[], true, Outcome::Approve),
        (&[Unvalidated], &[Unvalidated], &[], true, Outcome::Approve),
        (&[Valid], &[Valid], &[Server], false, Outcome::Manual),
        (&[Valid], &[Valid], &[Service], true, Outcome::Manual),
        (&[Valid, Invalid], &[Valid], &[], false, Outcome::Reject),
        (&[Valid], &[Invalid], &[], true, Outcome::Reject),
        (&[], &[Invalid], &[Service], false, Outcome::Reject),
        (&[Valid], &[Valid], &[Client], true, Outcome::Reject),
        (&[], &[], &[Service, Client], false, Outcome::Reject),
    ];
    for (claims, photos, faults, is_vouched, expected) in table {
        let mark = |standing: &Standing| {
            let service = "a".to_owned();
            Mark { service, standing: *standing, code: None, message: None }
        };
        let trouble = |fault: &Fault| Trouble {
            service: "a".to_owned(),
            fault: *fault,
            code: None,
            message: None,
        };
        let report = Report {
            claims: [(0, claims.iter().map(mark).collect()), (1, vec![mark(&Valid)])].into(),
            photos: [(Uuid::from_u128(1), photos.iter().map(mark).collect())].into(),
            troubles: faults.iter().map(trouble).collect(),
            vouched_by: is_vouched.then(|| "acme".to_owned()).into_iter().collect(),
            ..Report::default()
        };
        assert_eq!(report.outcome(&items()), expected, "{claims:?} {photos:?} {faults:?}");
    }
}

#[test]
fn words_are_not_shown_in_debug_output() {
    let mark = Mark {
        service: "acme".to_owned(),
        standing: Standing::Invalid,
        code: Some("NotValid".to_owned()),
        message: Some("hunter2".to_owned()),
    };
    let shown = format!("{:?}", Report { claims: [(0, vec![mark])].into(), ..Report::default() });
    assert!(shown.contains("acme: Invalid Some(\"NotValid\")") && !shown.contains("hunter2"));
}

#[test]
fn a_run_is_reported_with_the_words_that_can_be_opened() {
    use kyc_events::review::Verdict;

    use crate::neuro::identity::{Check, Findings};

    let (id, file) = (Uuid::from_u128(9), Uuid::from_u128(1));
    let finding = |authenticator: &str, standing| Finding {
        authenticator: authenticator.to_owned(),
        standing,
        code: Some("NotValid".to_owned()),
        message: Some(Sealed::open_value(&"words".to_owned())),
    };
    let findings = Findings {
        claims: vec![(1, finding("b", Standing::Valid)), (1, finding("a", Standing::Invalid))],
        photos: vec![(file, finding("a", Standing::Unvalidated))],
        errors: Vec::new(),
    };
    let check = Check {
        provider: "acme".to_owned(),
        files: vec![file],
        expires_at: 0,
        is_over: true,
        verdict: Some(Verdict::Accept),
    };
    let run = Run {
        id,
        ready_at: 0,
        rules: None,
        findings: Some(findings),
        checks: [(Uuid::from_u128(2), check)].into(),
        outcome: None,
    };
    let mut asked = Vec::new();
    let report = Report::of_run(&run, |_, name, _| {
        asked.push(name.to_owned());
        name.ends_with("/a").then(|| name.to_owned())
    });
    assert_eq!(
        asked,
        ["b", "a", "a"]
            .iter()
            .zip(["1", "1", &file.to_string()])
            .map(|(who, item)| { format!("message#{id}/{item}/{who}") })
            .collect::<Vec<_>>()
    );
    let services: Vec<_> = report.claims[&1].iter().map(|mark| mark.service.as_str()).collect();
    assert_eq!(services, ["a", "b"]);
    assert!(report.claims[&1][0].message.is_some() && report.claims[&1][1].message.is_none());
    assert_eq!((report.claim(0), report.claim(1)), (Standing::Valid, Standing::Invalid));
    assert_eq!(report.photo(file), Standing::Valid);
}
