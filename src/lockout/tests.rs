//! The ladder, rung by rung.

use proptest::prelude::*;

use super::*;
use crate::aggregate::testing::{Given, given};

const HOUR: Millis = 3_600_000;

fn fail(ladder: &Ladder) -> Command {
    Command::Fail { protocol: "neuro".to_owned(), ladder: ladder.clone() }
}

fn succeed() -> Command {
    Command::Succeed { protocol: "neuro".to_owned() }
}

fn release() -> Command {
    Command::Release { by: "desk".to_owned() }
}

fn failed(number: u32) -> EndpointEvent {
    AttemptFailed { protocol: "neuro".to_owned(), number }.into()
}

/// Fails until the next block, and answers at how many failures it came and what it is.
fn next_block(endpoint: &mut Given<Lockout>, now: &mut Millis) -> (u32, Block) {
    loop {
        endpoint.when(*now, &fail(&Ladder::vendor())).unwrap();
        if let Some(block) = endpoint.state().blocked(*now) {
            if let Block::Until(until) = block {
                *now = until;
            }
            return (endpoint.state().failures, block);
        }
    }
}

#[test]
fn the_vendors_ladder_ends_with_a_block_for_ever() {
    let (mut endpoint, mut now) = (given::<Lockout>(0, []), 0);
    let mut hours = Vec::new();
    let last = loop {
        let before = now;
        let (failures, block) = next_block(&mut endpoint, &mut now);
        match block {
            Block::Until(until) => hours.push((failures, (until - before) / HOUR)),
            Block::ForEver => break failures,
        }
    };
    let expected = [(5, 1), (10, 24), (15, 1), (20, 168), (25, 1), (30, 24), (35, 1)];
    assert_eq!((hours, last), (expected.to_vec(), 40));
    let refused = Err(Rejection::Blocked(Block::ForEver));
    assert_eq!(endpoint.when(Millis::MAX, &fail(&Ladder::vendor())), refused);
    assert_eq!(endpoint.when(Millis::MAX, &succeed()), refused);
}

#[test]
fn the_fifth_failure_blocks_for_an_hour() {
    let mut endpoint = given::<Lockout>(0, (1..5).map(failed));
    let events = endpoint.when(7, &fail(&Ladder::vendor())).unwrap();
    assert_eq!(events, [failed(5), EndpointBlocked { until: Some(7 + HOUR) }.into()]);
    let refused = Err(Rejection::Blocked(Block::Until(7 + HOUR)));
    assert_eq!(endpoint.when(6 + HOUR, &fail(&Ladder::vendor())), refused);
    assert_eq!(endpoint.when(7 + HOUR, &fail(&Ladder::vendor())), Ok(vec![failed(6)]));
}

#[test]
fn what_works_ends_the_row() {
    let mut endpoint = given::<Lockout>(0, (1..5).map(failed));
    let succeeded = AttemptSucceeded { protocol: "neuro".to_owned() };
    assert_eq!(endpoint.when(0, &succeed()), Ok(vec![succeeded.into()]));
    assert_eq!(endpoint.when(0, &succeed()), Ok(vec![]), "nothing to end");
    assert_eq!(endpoint.when(0, &fail(&Ladder::vendor())), Ok(vec![failed(1)]));
}

#[test]
fn an_operator_releases_who_is_blocked() {
    let mut endpoint = given::<Lockout>(0, []);
    assert_eq!(endpoint.when(0, &release()), Ok(vec![]), "nothing to release");
    let ladder = Ladder::of([(1, None)]).unwrap();
    endpoint.when(0, &fail(&ladder)).unwrap();
    assert_eq!(endpoint.state().blocked(0), Some(Block::ForEver));
    assert_eq!(endpoint.when(0, &release()).unwrap().len(), 1);
    assert_eq!(*endpoint.state(), State::default());
}

#[test]
fn an_empty_ladder_is_off() {
    let mut endpoint = given::<Lockout>(0, []);
    assert_eq!(endpoint.when(0, &fail(&Ladder::of([]).unwrap())), Ok(vec![]));
}

#[test]
fn a_ladder_rises_and_zero_seconds_are_for_ever() {
    assert_eq!(Ladder::of([(3, Some(0))]).unwrap().rungs()[0].block_s, None);
    assert_eq!(Ladder::of([(0, None)]), Err(InvalidLadder::NoFailures));
    assert_eq!(Ladder::of([(5, Some(1)), (5, None)]), Err(InvalidLadder::NotRising));
    let long = (1..=17).map(|failures| (failures, None));
    assert_eq!(Ladder::of(long), Err(InvalidLadder::TooLong));
}

#[test]
fn nothing_is_heard_of_who_is_not_listened_to() {
    let mut state = State { failures: 5, block: Some(Block::Until(9)) };
    for event in [failed(6), AttemptSucceeded { protocol: String::new() }.into()] {
        assert!(Lockout::evolve(&mut state.clone(), &event, 8).is_err());
        assert!(Lockout::evolve(&mut state.clone(), &event, 9).is_ok());
    }
    assert!(Lockout::evolve(&mut state, &failed(7), 9).is_err(), "out of turn");
}

proptest! {
    #[test]
    fn decisions_make_legal_histories(steps in prop::collection::vec((0..9_u8, 0..2 * HOUR), 1..200)) {
        let (mut endpoint, mut now) = (given::<Lockout>(0, []), 0);
        for (what, wait) in steps {
            now += wait;
            let command = match what {
                0 => succeed(),
                1 => release(),
                _ => fail(&Ladder::vendor()),
            };
            let _ = endpoint.when(now, &command);
            prop_assert!(endpoint.state().failures <= 40);
        }
    }
}
