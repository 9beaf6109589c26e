//! What a run comes to.
//!
//! | there is | outcome |
//! |---|---|
//! | an invalid claim or photo, or an error of the client | reject |
//! | otherwise something nobody validated, or an error of the server or a service | manual |
//! | nothing of that | approve |

use kyc_events::neuro::{Fault, Outcome, Standing};

/// The rule: of how each claim and photo stands, and whose errors there were.
pub fn outcome(
    standings: impl IntoIterator<Item = Standing>,
    faults: impl IntoIterator<Item = Fault>,
) -> Outcome {
    let (mut is_wrong, mut is_open) = (false, false);
    for standing in standings {
        match standing {
            Standing::Valid => {}
            Standing::Invalid => is_wrong = true,
            Standing::Unvalidated => is_open = true,
        }
    }
    for fault in faults {
        match fault {
            Fault::Client => is_wrong = true,
            Fault::Server | Fault::Service => is_open = true,
        }
    }
    match (is_wrong, is_open) {
        (true, _) => Outcome::Reject,
        (false, true) => Outcome::Manual,
        (false, false) => Outcome::Approve,
    }
}

/// How one claim or photo stands, of what all authenticators say: who finds it wrong outweighs who
/// finds it right.
pub fn together(said: impl IntoIterator<Item = Standing>) -> Standing {
    said.into_iter().fold(Standing::Unvalidated, |all, one| match (all, one) {
        (Standing::Invalid, _) | (_, Standing::Invalid) => Standing::Invalid,
        (Standing::Valid, _) | (_, Standing::Valid) => Standing::Valid,
        (Standing::Unvalidated, Standing::Unvalidated) => Standing::Unvalidated,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Fault::{Client, Server, Service};
    use Standing::{Invalid, Unvalidated, Valid};

    #[test]
    fn the_rule_as_published() {
        for (standings, faults, expected) in [
            (&[Valid, Valid][..], &[][..], Outcome::Approve),
            (&[], &[], Outcome::Approve),
            (&[Valid, Unvalidated], &[], Outcome::Manual),
            (&[Valid], &[Server], Outcome::Manual),
            (&[Valid], &[Service], Outcome::Manual),
            (&[Valid], &[Client], Outcome::Reject),
            (&[Invalid, Unvalidated], &[Server], Outcome::Reject),
            (&[Unvalidated], &[Service, Client], Outcome::Reject),
        ] {
            let found = outcome(standings.iter().copied(), faults.iter().copied());
            assert_eq!(found, expected, "{standings:?} {faults:?}");
        }
    }

    #[test]
    fn who_finds_it_wrong_outweighs_the_others() {
        assert_eq!(together([]), Unvalidated);
        assert_eq!(together([Unvalidated, Valid]), Valid);
        assert_eq!(together([Valid, Invalid, Valid]), Invalid);
    }
}
