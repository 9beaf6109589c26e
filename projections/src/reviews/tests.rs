//! The queue as the log tells of it.

use kyc_events::stellar::{
    CustomerDecided, CustomerErased, DecidedBy, ReviewClaimed, ReviewRequested, ReviewWithdrawn,
    Verdict,
};

use super::*;
use crate::testing::{self, Folded, START, stream};

type Log = Folded<Reviews>;

const KIND: &str = "sep12-review";

fn ids(rows: &Rows, state: Option<State>, limit: usize) -> Vec<u128> {
    list(rows, state, limit, |_| true).iter().map(|review| review.id.as_u128()).collect()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn requested(number: u128) -> ReviewRequested {
    ReviewRequested { review: id(number), kind: KIND.to_owned() }
}

fn decided() -> CustomerDecided {
    CustomerDecided {
        number: 1,
        key: testing::KEY,
        kind: KIND.to_owned(),
        verdict: Verdict::Accept,
        by: DecidedBy::Operator("desk".to_owned()),
        reason: None,
        refused: vec![],
        asked: vec![],
        tag: Tag([0; 32]),
        policy: kyc_events::engine::PolicyId::default(),
    }
}

fn claimed(number: u128) -> ReviewClaimed {
    ReviewClaimed { review: id(number), kind: KIND.to_owned(), by: "desk".to_owned() }
}

#[test]
fn the_queue_holds_reviews_in_order_until_they_are_decided_or_withdrawn() {
    let (mut log, a, b) = (Log::default(), stream("a"), stream("b"));
    log.register(&a, 1);
    log.register(&b, 2);
    log.append(&a, requested(2));
    log.append(&b, requested(1));
    assert_eq!(ids(&log.rows, Some(State::Open), 9), [2, 1]);
    log.append(&a, claimed(2));
    assert_eq!(ids(&log.rows, Some(State::Claimed), 9), [2]);
    assert_eq!(ids(&log.rows, None, 9), [2, 1], "whatever their state");
    log.append(&a, decided());
    assert_eq!(ids(&log.rows, Some(State::Open), 9), [1]);
    assert_eq!(ids(&log.rows, Some(State::Claimed), 9), [0; 0]);
    assert_eq!(ids(&log.rows, Some(State::Decided), 9), [2]);
    let review = Review {
        id: id(2),
        stream: a.clone(),
        subject: Tag([1; 32]),
        kind: KIND.to_owned(),
        state: State::Decided,
        claimed_by: Some("desk".to_owned()),
        requested_at: START + 4,
        decided_at: Some(START + 7),
    };
    assert_eq!(find(&log.rows, id(2)), Some(review));
    log.append(&b, ReviewWithdrawn { review: id(1), kind: KIND.to_owned() });
    assert_eq!(ids(&log.rows, None, 9), [2]);
    log.append(&a, requested(3));
    assert_eq!(ids(&log.rows, None, 9), [3], "the next review takes the place of the last");
    assert_eq!(find(&log.rows, id(2)), None);
}

#[test]
fn who_was_erased_leaves_no_row() {
    let (mut log, a) = (Log::default(), stream("a"));
    log.register(&a, 1);
    log.append(&a, requested(1));
    log.append(&a, ReviewRequested { review: id(2), kind: "sep6-deposit".to_owned() });
    log.append(&a, claimed(1));
    log.append(&a, CustomerErased { generation: 0 });
    assert_eq!((log.count(), ids(&log.rows, None, 9)), (0, vec![]));
}

#[test]
fn protocols_share_one_queue_in_the_order_of_asking() {
    let mut rows = Rows::default();
    let one = StreamId::new("one.person", "a").expect("a name");
    let two = StreamId::new("two.person", "a").expect("a name");
    identify(&mut rows, &one, Tag([1; 32]));
    identify(&mut rows, &two, Tag([2; 32]));
    for (stream, kind, number, at) in
        [(&two, "x", 3, 20), (&one, "x", 1, 10), (&two, "y", 4, 40), (&one, "y", 2, 30)]
    {
        request(&mut rows, stream, kind, id(number), at);
    }
    decide(&mut rows, id(1), 50);
    claim(&mut rows, id(4), "desk".to_owned());
    assert_eq!(ids(&rows, None, 9), [1, 3, 2, 4]);
    assert_eq!(ids(&rows, None, 2), [1, 3], "the oldest of all, not of one protocol or state");
    assert_eq!(ids(&rows, Some(State::Open), 9), [3, 2]);
    assert_eq!(ids(&rows, Some(State::Open), 1), [3]);
    // Those who are not wanted take nobody's place.
    let of_one = list(&rows, None, 2, |stream| stream.kind() == "one.person");
    assert_eq!(of_one.iter().map(|review| review.id.as_u128()).collect::<Vec<_>>(), [1, 2]);
    forget(&mut rows, &two);
    assert_eq!(ids(&rows, None, 9), [1, 2]);
    // Several of one kind, if the protocol means it.
    request(&mut rows, &one, "x", id(5), 60);
    assert_eq!(ids(&rows, None, 9), [1, 2, 5]);
    forget(&mut rows, &one);
    assert_eq!(rows.recount().1, 0);
}

#[test]
fn words_of_states_read_back() {
    for state in State::ALL {
        assert_eq!(State::parse(state.word()), Some(state));
    }
    assert_eq!(State::parse("done"), None);
}

#[test]
fn an_application_waits_whenever_something_is_left_open() {
    use kyc_events::neuro::{
        IdentityErased, ReviewClaimed, ReviewDecided, ReviewRequested, ReviewWithdrawn,
    };

    use crate::testing::neuro::{account, identity};

    let mut log = Log::default();
    log.apply(1, &account("a"), 1, 0);
    log.identity(1, ReviewRequested { review: id(10) });
    let found = find(&log.rows, id(10)).expect("a review");
    assert_eq!((found.stream, &*found.kind), (identity(1), "identity"));
    log.identity(1, ReviewClaimed { review: id(10), by: "desk".to_owned() });
    assert_eq!(ids(&log.rows, Some(State::Claimed), 9), [10]);
    let (review, key, verdict) = (id(10), testing::KEY, Verdict::Resubmit);
    let (by, reason) = ("desk".to_owned(), None);
    log.identity(1, ReviewDecided { review, key, verdict, by, reason });
    log.identity(1, ReviewRequested { review: id(11) });
    assert_eq!(ids(&log.rows, Some(State::Open), 9), [11]);
    assert_eq!(ids(&log.rows, Some(State::Decided), 9), [10]);
    log.identity(1, ReviewWithdrawn { review: id(11) });
    assert_eq!(ids(&log.rows, None, 9), [10]);
    log.identity(1, IdentityErased { generation: 0 });
    assert_eq!(log.count(), 0);
}
