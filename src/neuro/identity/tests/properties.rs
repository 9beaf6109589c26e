//! Whatever is asked in whatever order.

use proptest::prelude::*;

use super::*;

fn command(identity: &Given<Identity>, what: u8, which: u8) -> Command {
    let standing =
        [Standing::Valid, Standing::Invalid, Standing::Unvalidated][usize::from(which % 3)];
    let verdict = [Verdict::Accept, Verdict::Resubmit, Verdict::Reject][usize::from(which % 3)];
    let state = identity.state();
    let check = state.run.as_ref().and_then(|run| run.checks.keys().next().copied());
    let request = check.unwrap_or_default();
    let review = state.reviews.keys().nth(usize::from(which / 3)).copied().unwrap_or_default();
    let (by, reason) = ("ann".to_owned(), Some("unreadable".to_owned()));
    match what {
        0 => application(2, which > 2),
        1 => attachment(which.into(), "image/png"),
        2 => Command::MarkReady,
        3 => Command::StartReview { run: run(identity), rules: which.to_string() },
        4 => assess(identity, [says(&[Standing::Valid, standing])]),
        5 => assess(identity, [says(&[standing]), asks("acme"), asks("other")]),
        6 => assess(identity, [errs([Fault::Client, Fault::Server][usize::from(which % 2)])]),
        7 => Command::Answer { request, judgement: Judgement { verdict, reasons: vec![] } },
        8 => Command::GiveUp { request },
        9 => Command::Claim { review, by },
        10 => Command::Decide { review, verdict, by, reason, is_revision: which > 2 },
        11 => set(Status::Obsoleted, By::Owner),
        12 => set(Status::Approved, desk()),
        13 => set(Status::Compromised, desk()),
        _ if which == 0 => Command::Erase { generation: 0 },
        _ => Command::MarkReady,
    }
}

proptest! {
    /// Decisions make legal histories, each run has one outcome, and what is decided has no run
    /// and no review under way.
    #[test]
    fn decisions_make_legal_histories(steps in prop::collection::vec((0..15_u8, 0..6_u8), 1..60)) {
        let mut identity = given::<Identity>(0, []);
        identity.when(0, &application(2, false)).unwrap();
        let mut concluded = std::collections::BTreeSet::new();
        for (now, (what, which)) in (1..).zip(steps) {
            let command = command(&identity, what, which);
            for event in identity.when(now, &command).unwrap_or_default() {
                if let Event::ReviewConcluded(e) = event {
                    prop_assert!(concluded.insert(e.run), "two outcomes");
                }
            }
            let state = identity.state();
            if state.status != Some(Status::Created) {
                prop_assert!(state.open_run().is_none() && state.open_review().is_none());
            }
        }
    }
}
