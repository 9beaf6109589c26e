//! Who failed too often is not listened to for a while: the aggregate of a remote endpoint.
//!
//! ```text
//!   failures in a row   5     10     15     20     25     30     35     40
//!   blocked for         1 h   1 day  1 h    7 days 1 h    1 day  1 h    ever     the vendor's ladder
//! ```
//!
//! Of the ladder's rungs whose `failures` divide the number of failures in a row, the longest
//! counts. What works ends the row. Protocols share endpoints: who guesses in one is not listened
//! to in the other.

use kyc_events::Millis;
use kyc_events::lockout::{
    AttemptFailed, AttemptSucceeded, ENDPOINT, EndpointBlocked, EndpointEvent, EndpointReleased,
};
use serde::Serialize;

use crate::aggregate::{Aggregate, Context, IllegalHistory};
use crate::config::limits;

/// See the module.
pub struct Lockout;

/// One rung of a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// At so many failures in a row, at twice as many, …; at least 1.
    pub failures: u32,
    /// For so long, seconds; `None`: until an operator releases the endpoint.
    pub block_s: Option<u32>,
}

/// What leads to which block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ladder(Vec<Rung>);

/// A ladder that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLadder {
    /// Too long.
    #[error("has more than {} rungs", limits::LOCKOUT_RUNGS_MAX)]
    TooLong,
    /// A rung without failures.
    #[error("has a rung with 0 failures")]
    NoFailures,
    /// Failures do not rise.
    #[error("has a rung with no more failures than the one below it")]
    NotRising,
}

impl Ladder {
    /// Of these rungs, the lowest first; none: nobody is ever blocked. A block of 0 seconds is one
    /// for ever.
    pub fn of(rungs: impl IntoIterator<Item = (u32, Option<u32>)>) -> Result<Self, InvalidLadder> {
        let rung = |(failures, block_s): (u32, Option<u32>)| Rung {
            failures,
            block_s: block_s.filter(|seconds| *seconds > 0),
        };
        let rungs: Vec<Rung> = rungs.into_iter().map(rung).collect();
        if rungs.len() > limits::LOCKOUT_RUNGS_MAX {
            return Err(InvalidLadder::TooLong);
        }
        if rungs.iter().any(|rung| rung.failures == 0) {
            return Err(InvalidLadder::NoFailures);
        }
        if rungs.windows(2).any(|two| two[1].failures <= two[0].failures) {
            return Err(InvalidLadder::NotRising);
        }
        Ok(Self(rungs))
    }

    /// 5 failures → 1 hour, 10 → 1 day, 20 → 7 days, 40 → for ever.
    pub fn vendor() -> Self {
        const HOUR: u32 = 3_600;
        let rungs = [(5, Some(HOUR)), (10, Some(24 * HOUR)), (20, Some(168 * HOUR)), (40, None)];
        Self::of(rungs).expect("invariant: it rises")
    }

    /// Nobody is ever blocked.
    pub fn is_off(&self) -> bool {
        self.0.is_empty()
    }

    /// Its rungs, the lowest first.
    pub fn rungs(&self) -> &[Rung] {
        &self.0
    }

    /// The block that so many failures in a row lead to.
    fn block(&self, failures: u32, now: Millis) -> Option<Block> {
        let rung = self.0.iter().rev().find(|rung| failures.is_multiple_of(rung.failures))?;
        Some(match rung.block_s {
            Some(seconds) => Block::Until(now.saturating_add(i64::from(seconds) * 1000)),
            None => Block::ForEver,
        })
    }
}

/// How an endpoint is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Until then.
    Until(Millis),
    /// Until an operator releases it.
    ForEver,
}

/// One endpoint. Failures are counted, not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// In a row.
    pub failures: u32,
    /// The last block of this row; may be over.
    pub block: Option<Block>,
}

impl State {
    /// How it is blocked now.
    pub fn blocked(&self, now: Millis) -> Option<Block> {
        self.block.filter(|block| match block {
            Block::Until(until) => now < *until,
            Block::ForEver => true,
        })
    }
}

/// What may be asked of it.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// Note that something was tried in vain.
    Fail { protocol: String, ladder: Ladder },
    /// Note that something worked.
    Succeed { protocol: String },
    /// Listen to it again.
    Release { by: String },
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It is not listened to, whatever it brings.
    #[error("the endpoint is blocked")]
    Blocked(Block),
}

impl Aggregate for Lockout {
    const KIND: &'static str = ENDPOINT;
    type State = State;
    type Command = Command;
    type Event = EndpointEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        match command {
            Command::Fail { .. } => "fail",
            Command::Succeed { .. } => "succeed",
            Command::Release { .. } => "release",
        }
    }

    fn decide(
        state: &State,
        command: &Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<EndpointEvent>, Rejection> {
        if let Command::Release { by } = command {
            let is_clean = *state == State::default();
            let released = EndpointReleased { by: by.clone() };
            return Ok(if is_clean { Vec::new() } else { vec![released.into()] });
        }
        if let Some(block) = state.blocked(context.now) {
            return Err(Rejection::Blocked(block));
        }
        match command {
            Command::Fail { ladder, .. } if ladder.is_off() => Ok(Vec::new()),
            Command::Fail { protocol, ladder } => {
                let number = state.failures.saturating_add(1);
                let failed = AttemptFailed { protocol: protocol.clone(), number };
                let until = match ladder.block(number, context.now) {
                    None => return Ok(vec![failed.into()]),
                    Some(Block::Until(until)) => Some(until),
                    Some(Block::ForEver) => None,
                };
                Ok(vec![failed.into(), EndpointBlocked { until }.into()])
            }
            Command::Succeed { .. } if state.failures == 0 => Ok(Vec::new()),
            Command::Succeed { protocol } => {
                Ok(vec![AttemptSucceeded { protocol: protocol.clone() }.into()])
            }
            Command::Release { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(state: &mut State, event: &EndpointEvent, at: Millis) -> Result<(), IllegalHistory> {
        match event {
            EndpointEvent::AttemptFailed(e) => {
                if e.number != state.failures.saturating_add(1) {
                    return Err(IllegalHistory::new("a failure out of turn"));
                }
                if state.blocked(at).is_some() {
                    return Err(IllegalHistory::new("a failure of who was not listened to"));
                }
                state.failures = e.number;
            }
            EndpointEvent::EndpointBlocked(e) => {
                if state.failures == 0 {
                    return Err(IllegalHistory::new("blocked without a failure"));
                }
                state.block = Some(e.until.map_or(Block::ForEver, Block::Until));
            }
            EndpointEvent::AttemptSucceeded(_) if state.blocked(at).is_some() => {
                return Err(IllegalHistory::new("a success of who was not listened to"));
            }
            EndpointEvent::AttemptSucceeded(_) | EndpointEvent::EndpointReleased(_) => {
                *state = State::default();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
