//! The states of an identity, and who may take it from one to which.
//!
//! ```text
//!            ┌── anything that decides nothing
//!            v │
//!  ──────> Created ──> Approved ──> Obsoleted ──> Compromised
//!   apply    │            │ │                         ^
//!            v            │ └─────────────────────────┘
//!         Rejected <──────┘
//! ```
//!
//! | from | to | by |
//! |---|---|---|
//! | Created | Approved, Rejected | automation, peers, the operator |
//! | Created | Rejected | the owner, who asks for Obsoleted or Compromised |
//! | Approved | Rejected | the operator |
//! | Approved | Obsoleted, Compromised | the owner, the operator |
//! | Obsoleted | Compromised | the operator; our choice, nothing is published |
//!
//! That an identity has run out is no state: it is good while `from ≤ now ≤ to`.

use serde::{Deserialize, Serialize};

/// Where an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Applied for, undecided.
    Created,
    /// We vouch for it.
    Approved,
    /// Refused, for good.
    Rejected,
    /// Withdrawn, or there is a newer one.
    Obsoleted,
    /// Its key has become known to others.
    Compromised,
}

/// Who asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum By {
    /// Authenticators, without a person.
    Automation,
    /// Enough people who know the applicant.
    Peers,
    /// Who runs this.
    Operator,
    /// The person themselves.
    Owner,
}

/// Nobody may do that, or not they.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identity that is {} cannot become {} by {}", .from.name(), .to.name(), .by.name())]
pub struct Forbidden {
    /// Where it is.
    pub from: State,
    /// Where it should be.
    pub to: State,
    /// Who asked.
    pub by: By,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Created, Self::Approved, Self::Rejected, Self::Obsoleted, Self::Compromised];

    /// As the wire says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
            Self::Obsoleted => "Obsoleted",
            Self::Compromised => "Compromised",
        }
    }

    /// By its name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Where an identity goes that `by` asks to go to `to`.
    pub fn asked(self, to: Self, by: By) -> Result<Self, Forbidden> {
        let forbidden = Err(Forbidden { from: self, to, by });
        match self {
            Self::Created => match (to, by) {
                // Something was added, or nothing was decided.
                (Self::Created, _)
                | (Self::Approved | Self::Rejected, By::Automation | By::Peers | By::Operator) => {
                    Ok(to)
                }
                // An application has nothing yet that could be obsolete or compromised.
                (Self::Obsoleted | Self::Compromised, By::Owner) => Ok(Self::Rejected),
                (Self::Approved | Self::Rejected, By::Owner)
                | (
                    Self::Obsoleted | Self::Compromised,
                    By::Automation | By::Peers | By::Operator,
                ) => forbidden,
            },
            Self::Approved => match (to, by) {
                (Self::Rejected, By::Operator)
                | (Self::Obsoleted | Self::Compromised, By::Operator | By::Owner) => Ok(to),
                (Self::Created | Self::Approved, _)
                | (Self::Rejected, By::Automation | By::Peers | By::Owner)
                | (Self::Obsoleted | Self::Compromised, By::Automation | By::Peers) => forbidden,
            },
            Self::Obsoleted => match (to, by) {
                (Self::Compromised, By::Operator) => Ok(to),
                (Self::Compromised, By::Automation | By::Peers | By::Owner)
                | (Self::Created | Self::Approved | Self::Rejected | Self::Obsoleted, _) => {
                    forbidden
                }
            },
            Self::Rejected | Self::Compromised => forbidden,
        }
    }
}

impl By {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Automation, Self::Peers, Self::Operator, Self::Owner];

    fn name(self) -> &'static str {
        match self {
            Self::Automation => "automation",
            Self::Peers => "peers",
            Self::Operator => "the operator",
            Self::Owner => "its owner",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each transition that is allowed: from, asked for, by, becomes.
    fn allowed() -> Vec<(State, State, By, State)> {
        use State::{Approved, Compromised, Created, Obsoleted, Rejected};
        let mut allowed = Vec::new();
        for by in By::ALL {
            allowed.push((Created, Created, by, Created));
        }
        for by in [By::Automation, By::Peers, By::Operator] {
            allowed.push((Created, Approved, by, Approved));
            allowed.push((Created, Rejected, by, Rejected));
        }
        allowed.push((Created, Obsoleted, By::Owner, Rejected));
        allowed.push((Created, Compromised, By::Owner, Rejected));
        allowed.push((Approved, Rejected, By::Operator, Rejected));
        for by in [By::Operator, By::Owner] {
            allowed.push((Approved, Obsoleted, by, Obsoleted));
            allowed.push((Approved, Compromised, by, Compromised));
        }
        allowed.push((Obsoleted, Compromised, By::Operator, Compromised));
        allowed
    }

    #[test]
    fn exactly_the_transitions_of_the_table_are_allowed() {
        let allowed = allowed();
        for from in State::ALL {
            for to in State::ALL {
                for by in By::ALL {
                    let found = allowed.iter().find(|(f, t, b, _)| (*f, *t, *b) == (from, to, by));
                    let expected =
                        found.map(|(_, _, _, becomes)| *becomes).ok_or(Forbidden { from, to, by });
                    assert_eq!(from.asked(to, by), expected);
                }
            }
        }
    }

    #[test]
    fn states_have_names() {
        for state in State::ALL {
            assert_eq!(State::named(state.name()), Some(state));
            let stored = serde_json::to_string(&state).expect("JSON");
            assert_eq!(stored, format!("\"{}\"", state.name()));
        }
        assert_eq!(State::named("approved"), None);
        let refused = State::Rejected.asked(State::Approved, By::Operator);
        let text = refused.map_err(|refused| refused.to_string());
        let expected = "an identity that is Rejected cannot become Approved by the operator";
        assert_eq!(text, Err(expected.to_owned()));
    }
}
