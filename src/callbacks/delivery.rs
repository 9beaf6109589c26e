//! The aggregate of one callback's delivery: attempts, their outcomes, and what an operator did.

use kyc_events::Millis;
use kyc_events::callback::{
    AttemptFailed, DELIVERY, DeadLetterExported, DeadLetterRemoved, DeadLettered, Delivered,
    DeliveryEvent, RedeliveryRequested,
};
use kyc_events::subject::CondemnedKey;
use serde::Serialize;

use crate::aggregate::{Aggregate, Context, IllegalHistory};

/// See the module.
pub struct Delivery;

/// What a delivery's history amounts to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state")]
pub struct State {
    /// Attempts made.
    pub attempts: u32,
    /// The receiver took it.
    pub delivered: bool,
    /// No attempt follows by itself.
    pub dead: bool,
    /// An operator asked for one more attempt, which has not been made.
    pub redelivering: bool,
    /// An operator took the content out.
    pub exported: bool,
    /// The content was destroyed.
    pub removed: bool,
}

/// What may be asked of it.
#[derive(Clone, Serialize)]
pub enum Command {
    /// An attempt was made.
    Record {
        /// Its number.
        attempt: u32,
        /// Whether the receiver took it.
        success: bool,
        /// HTTP status of the answer.
        status: Option<u16>,
        /// What kind of failure it was.
        kind: String,
        /// How long it took.
        took_ms: u32,
        /// Milliseconds to wait after the first, second, … failure.
        schedule_ms: Vec<i64>,
    },
    /// One more attempt, by hand.
    Redeliver,
    /// The content was taken out.
    Export,
    /// Destroy the content.
    Remove {
        /// Even without an export before.
        force: bool,
        /// The keys of the content.
        keys: Vec<CondemnedKey>,
    },
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It is still being tried.
    #[error("the delivery is still under way")]
    UnderWay,
    /// Its content was destroyed.
    #[error("the content was removed")]
    Removed,
    /// Only dead letters are exported or removed.
    #[error("the delivery is not a dead letter")]
    NotDead,
    /// Remove only after an export.
    #[error("the content was not exported; export it first, or force")]
    NotExported,
}

impl Aggregate for Delivery {
    const KIND: &'static str = DELIVERY;
    type State = State;
    type Command = Command;
    type Event = DeliveryEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        match command {
            Command::Record { .. } => "record",
            Command::Redeliver => "redeliver",
            Command::Export => "export",
            Command::Remove { .. } => "remove",
        }
    }

    fn decide(
        state: &State,
        command: &Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<DeliveryEvent>, Rejection> {
        match command {
            Command::Record { attempt, .. } if *attempt != state.attempts + 1 => Ok(vec![]),
            Command::Record { attempt, success: true, status, took_ms, .. } => {
                let status = status.unwrap_or(200);
                Ok(vec![Delivered { attempt: *attempt, status, took_ms: *took_ms }.into()])
            }
            Command::Record { attempt, status, kind, took_ms, schedule_ms, .. } => {
                let over = state.delivered || state.dead;
                let wait = schedule_ms.get(state.attempts as usize).filter(|_| !over);
                let retry_at = wait.map(|ms| context.now.saturating_add(*ms));
                let (attempt, took_ms) = (*attempt, *took_ms);
                let kind = kind.clone();
                let failed = AttemptFailed { attempt, status: *status, kind, took_ms, retry_at };
                let mut events = vec![failed.into()];
                if retry_at.is_none() && !over {
                    events.push(DeadLettered { attempts: attempt }.into());
                }
                Ok(events)
            }
            Command::Redeliver | Command::Export if state.removed => Err(Rejection::Removed),
            Command::Redeliver if !state.delivered && !state.dead => Err(Rejection::UnderWay),
            Command::Redeliver if state.redelivering => Ok(vec![]),
            Command::Redeliver => Ok(vec![RedeliveryRequested {}.into()]),
            Command::Export | Command::Remove { .. } if !state.dead => Err(Rejection::NotDead),
            Command::Export => Ok(vec![DeadLetterExported {}.into()]),
            Command::Remove { .. } if state.removed => Ok(vec![]),
            Command::Remove { force: false, .. } if !state.exported => Err(Rejection::NotExported),
            Command::Remove { keys, .. } => {
                let (forced, keys) = (!state.exported, keys.clone());
                Ok(vec![DeadLetterRemoved { forced, keys }.into()])
            }
        }
    }

    fn evolve(state: &mut State, event: &DeliveryEvent, _: Millis) -> Result<(), IllegalHistory> {
        let next = |attempt: u32| {
            if attempt == state.attempts + 1 {
                Ok(attempt)
            } else {
                Err(IllegalHistory::new(format!("attempt {attempt} after {}", state.attempts)))
            }
        };
        match event {
            DeliveryEvent::Delivered(e) => {
                state.attempts = next(e.attempt)?;
                state.delivered = true;
                state.redelivering = false;
            }
            DeliveryEvent::AttemptFailed(e) => {
                state.attempts = next(e.attempt)?;
                state.redelivering = false;
            }
            DeliveryEvent::DeadLettered(_) => state.dead = true,
            DeliveryEvent::RedeliveryRequested(_) => state.redelivering = true,
            DeliveryEvent::DeadLetterExported(_) => state.exported = true,
            DeliveryEvent::DeadLetterRemoved(_) => state.removed = true,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::testing::given;

    fn failure(attempt: u32) -> Command {
        Command::Record {
            attempt,
            success: false,
            status: Some(503),
            kind: "status".to_owned(),
            took_ms: 5,
            schedule_ms: vec![60_000, 300_000],
        }
    }

    fn success(attempt: u32) -> Command {
        Command::Record {
            attempt,
            success: true,
            status: Some(200),
            kind: String::new(),
            took_ms: 5,
            schedule_ms: vec![],
        }
    }

    fn remove(force: bool) -> Command {
        Command::Remove { force, keys: vec![] }
    }

    fn retries(events: &[DeliveryEvent]) -> Vec<Option<Millis>> {
        events
            .iter()
            .filter_map(|event| match event {
                DeliveryEvent::AttemptFailed(e) => Some(e.retry_at),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn each_failure_waits_its_own_interval_and_the_last_is_a_dead_letter() {
        let mut delivery = given::<Delivery>(0, []);
        assert_eq!(retries(&delivery.when(1_000, &failure(1)).unwrap()), [Some(61_000)]);
        assert_eq!(retries(&delivery.when(70_000, &failure(2)).unwrap()), [Some(370_000)]);
        let last = delivery.when(400_000, &failure(3)).unwrap();
        assert_eq!(retries(&last), [None]);
        assert!(matches!(last[1], DeliveryEvent::DeadLettered(DeadLettered { attempts: 3 })));
    }

    #[test]
    fn an_attempt_is_recorded_once() {
        let mut delivery = given::<Delivery>(0, []);
        delivery.when(0, &failure(1)).unwrap();
        assert_eq!(delivery.when(0, &failure(1)), Ok(vec![]));
    }

    #[test]
    fn redelivery_is_one_attempt_that_leaves_no_trace_in_the_outcome() {
        let mut delivery = given::<Delivery>(0, [DeadLettered { attempts: 0 }.into()]);
        assert_eq!(delivery.when(0, &Command::Redeliver).unwrap().len(), 1);
        assert_eq!(delivery.when(0, &Command::Redeliver), Ok(vec![]));
        assert_eq!(retries(&delivery.when(0, &failure(1)).unwrap()), [None]);
        assert!(!delivery.state().redelivering);
    }

    #[test]
    fn what_is_under_way_is_not_redelivered_exported_or_removed() {
        let mut delivery = given::<Delivery>(0, []);
        assert_eq!(delivery.when(0, &Command::Redeliver), Err(Rejection::UnderWay));
        assert_eq!(delivery.when(0, &Command::Export), Err(Rejection::NotDead));
        assert_eq!(delivery.when(0, &remove(true)), Err(Rejection::NotDead));
        delivery.when(0, &success(1)).unwrap();
        assert_eq!(delivery.when(0, &Command::Export), Err(Rejection::NotDead));
    }

    #[test]
    fn content_goes_only_after_an_export_or_by_force() {
        let dead = || given::<Delivery>(0, [DeadLettered { attempts: 0 }.into()]);
        assert_eq!(dead().when(0, &remove(false)), Err(Rejection::NotExported));
        assert_eq!(dead().when(0, &remove(true)).unwrap().len(), 1);
        let mut exported = dead();
        exported.when(0, &Command::Export).unwrap();
        exported.when(0, &remove(false)).unwrap();
        assert_eq!(exported.when(0, &Command::Redeliver), Err(Rejection::Removed));
    }
}
