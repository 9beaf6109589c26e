//! Whatever is asked in whatever order: the history stays legal, and the rules of statuses and
//! callbacks, written down a second time, hold.

use kyc_events::stellar::{FieldStatus, Protocol, Verdict};
use proptest::prelude::*;

use super::*;

/// A command that depends on what is open.
#[derive(Clone, Debug)]
enum Step {
    Put(usize, Vec<(usize, u8)>),
    Open(usize),
    Photo(u8),
    Code(bool),
    Decide(usize, u8, Option<usize>),
    Review(u8),
    Claim(u8),
    Answer(u8),
    Callback(u8),
    Transaction(u8, usize),
    Erase,
}

const FIELDS: [&str; 4] = ["email_address", "first_name", "city", "tax_id"];

fn kinds() -> [Kind; 4] {
    [basic(), reviewed(), checked(), proved()]
}

fn any_step() -> impl Strategy<Value = Step> {
    let given = prop::collection::vec((0..FIELDS.len(), 0..3u8), 0..3);
    prop_oneof![
        6 => (0..4usize, given).prop_map(|(kind, given)| Step::Put(kind, given)),
        2 => (0..4usize).prop_map(Step::Open),
        3 => (0..3u8).prop_map(Step::Photo),
        3 => any::<bool>().prop_map(Step::Code),
        3 => (0..4usize, 0..3u8, prop::option::of(0..5usize))
            .prop_map(|(kind, verdict, field)| Step::Decide(kind, verdict, field)),
        3 => (0..3u8).prop_map(Step::Review),
        1 => (0..2u8).prop_map(Step::Claim),
        2 => (0..3u8).prop_map(Step::Answer),
        2 => (0..2u8).prop_map(Step::Callback),
        1 => (0..4u8, 0..4usize).prop_map(|(id, kind)| Step::Transaction(id, kind)),
        1 => Just(Step::Erase),
    ]
}

fn verdict(number: u8) -> Verdict {
    [Verdict::Accept, Verdict::Resubmit, Verdict::Reject][usize::from(number)]
}

fn decide(target: Target, number: u8, field: Option<usize>) -> Command {
    let names = [FIELDS[0], FIELDS[1], FIELDS[2], FIELDS[3], "photo_id_front"];
    Command::Decide(Decision {
        target,
        by: "desk".to_owned(),
        verdict: verdict(number),
        reason: Some("expired".to_owned()),
        fields: field.map(|at| (names[at].to_owned(), None)).into_iter().collect(),
    })
}

fn command(step: &Step, state: &State) -> Option<Command> {
    let open = || state.kinds.values().find_map(|kind| kind.review.as_ref());
    Some(match step {
        Step::Put(kind, given) => {
            let given: Vec<(&str, String)> =
                given.iter().map(|(at, n)| (FIELDS[*at], format!("{n}"))).collect();
            let given: Vec<_> = given.iter().map(|(name, n)| (*name, n.as_str())).collect();
            put(kinds()[*kind].clone(), &given)
        }
        Step::Open(kind) => Command::Open { kind: kinds()[*kind].clone() },
        Step::Photo(number) => put_photo(reviewed(), *number),
        Step::Code(right) => {
            let id = state.fields.get("email_address")?.code.as_ref()?.id;
            let code = if *right { code(id) } else { "x".to_owned() };
            Command::Verify { codes: texts(&[("email_address", &code)]) }
        }
        Step::Decide(kind, number, field) => {
            decide(Target::Kind(kinds()[*kind].name.clone()), *number, *field)
        }
        Step::Review(number) => decide(Target::Review(open()?.id), *number, None),
        Step::Claim(by) => Command::Claim { review: open()?.id, by: format!("{by}") },
        Step::Answer(number) => Command::RecordCheck {
            provider: "acme".to_owned(),
            request: state.kinds.get("checked")?.check?,
            verdict: verdict(*number),
            reasons: vec!["first_name".to_owned()],
        },
        Step::Callback(number) => callback(&format!("https://{number}.example/")),
        Step::Transaction(id, kind) => Command::RegisterTransaction {
            transaction: id.to_string(),
            protocol: Protocol::Sep6,
            kind: kinds()[*kind].clone(),
        },
        Step::Erase => Command::Erase { generation: 0 },
    })
}

/// The status as the specification's words have it, from what the client is shown.
fn shown_status_is_allowed(view: &view::View) -> Result<(), TestCaseError> {
    let needed = view.wanted.iter().any(|wanted| !wanted.is_optional);
    let any = |status| view.provided.iter().any(|provided| provided.status == status);
    match view.status {
        Status::Accepted => {
            prop_assert!(!needed && !any(FieldStatus::Rejected));
            prop_assert!(view.provided.iter().all(|p| p.status == FieldStatus::Accepted));
        }
        Status::Processing => {
            prop_assert!(!needed && !any(FieldStatus::Rejected));
            prop_assert!(!any(FieldStatus::VerificationRequired));
        }
        Status::NeedsInfo => prop_assert!(
            needed || any(FieldStatus::VerificationRequired) || any(FieldStatus::Rejected)
        ),
        Status::Rejected => prop_assert!(view.message.is_some()),
    }
    Ok(())
}

/// Whoever stands as a type need not be opened as it, now or later.
fn looking_writes_nothing(
    customer: &mut Given<Customer>,
    now: Millis,
) -> Result<(), TestCaseError> {
    let state = customer.state();
    let standing =
        state.kinds.iter().filter(|(name, kind)| state.stands_as(name, &kind.requirement));
    let kinds: Vec<Kind> = standing
        .map(|(name, kind)| Kind { name: name.clone(), requirement: kind.requirement.clone() })
        .collect();
    for kind in kinds {
        for now in [now, now + 60 * MINUTE] {
            prop_assert_eq!(customer.when(now, &Command::Open { kind: kind.clone() }), Ok(vec![]));
        }
    }
    Ok(())
}

/// Checks what one command wrote against what was told before.
fn check_telling(
    events: &[Event],
    told_last: &mut BTreeMap<String, Status>,
    ended: &mut std::collections::BTreeSet<String>,
) -> Result<(), TestCaseError> {
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::StatusChanged(change) => {
                let before = told_last.insert(change.kind.clone(), change.status);
                prop_assert_ne!(before, Some(change.status), "no change");
            }
            Event::CallbackSet(_) => ended.clear(),
            Event::CallbackRequested(call) => {
                prop_assert!(!ended.contains(&call.kind), "after the end");
                let change = StatusChanged { kind: call.kind.clone(), status: call.status };
                prop_assert_eq!(&events[at - 1], &Event::from(change), "beside its change");
                if call.status.is_final() {
                    ended.insert(call.kind.clone());
                }
            }
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_history_is_legal_and_every_status_follows_from_what_is_shown(
        steps in prop::collection::vec((any_step(), 0..2 * MINUTE), 0..50)
    ) {
        let (mut customer, mut now) = (nobody(), NOW);
        let mut history: Vec<(Event, Millis)> = Vec::new();
        let mut told_last = BTreeMap::new();
        let mut ended = std::collections::BTreeSet::new();
        for (step, wait) in steps {
            now += wait;
            let Some(command) = command(&step, customer.state()) else { continue };
            let Ok(events) = customer.when(now, &command) else { continue };
            check_telling(&events, &mut told_last, &mut ended)?;
            history.extend(events.into_iter().map(|event| (event, now)));
            let state = customer.state();
            for (name, kind) in &state.kinds {
                prop_assert_eq!(kind.status, state.status_of(name), "recorded and derived");
                let view = view::view(state, name).expect("open");
                shown_status_is_allowed(&view)?;
                prop_assert_eq!(kind.review.is_some() || kind.check.is_some(),
                    view.status == Status::Processing || kind.check.is_some());
            }
            let over = |one: &Transaction| {
                state.status_of(&one.kind).is_some_and(Status::is_final)
            };
            prop_assert!(state.transactions.values().all(|t| t.accepted.is_some() || !over(t)));
            looking_writes_nothing(&mut customer, now)?;
            if !matches!(command, Command::RecordCheck { .. }) {
                let again = customer.when(now, &command);
                prop_assert!(again.is_err() || again == Ok(vec![])
                    || matches!(command, Command::Verify { .. }), "{:?} {:?}", command, again);
                history.extend(again.unwrap_or_default().into_iter().map(|event| (event, now)));
            }
        }
        let mut folded = State::default();
        for (event, at) in &history {
            Customer::evolve(&mut folded, event, *at).expect("legal");
        }
        prop_assert_eq!(&folded, customer.state());
    }
}
