//! `duplicate`: whether the same person has an approved identity under another account.

use kyc_events::neuro::Fault;

use super::making::Making;
use super::{Application, Assessing, Authenticator, Code, Grade, World};

const NAME: &str = "duplicate";

/// See the module.
pub struct Duplicate;

impl Authenticator for Duplicate {
    fn name(&self) -> &str {
        NAME
    }

    /// Only a personal number tells people apart.
    fn grade(&self, application: &Application) -> Grade {
        if application.person.is_some() { Grade::Perfect } else { Grade::NotAtAll }
    }

    fn assess<'a>(&'a self, application: &'a Application, world: &'a dyn World) -> Assessing<'a> {
        Box::pin(async move {
            let mut making = Making::new(NAME, application);
            let Some(person) = application.person else { return making.done() };
            match world.is_approved_elsewhere(person, &application.account).await {
                Ok(false) => {}
                Ok(true) => making.problem(Fault::Client, Code::DuplicateApplication),
                Err(error) => {
                    tracing::error!(%error, "duplicates cannot be looked up");
                    making.problem(Fault::Server, Code::ServiceFailed);
                }
            }
            making.done()
        })
    }
}

#[cfg(test)]
mod tests {
    use kyc_events::sealed::Tag;

    use super::super::testing::{FakeWorld, application, assessed, problems};
    use super::*;

    #[test]
    fn the_same_person_under_another_account_is_refused() {
        let mut one = application(&[("PNR", "1")]);
        assert_eq!(Duplicate.grade(&one), Grade::NotAtAll);
        assert!(problems(&assessed(&Duplicate, &one, &FakeWorld::default())).is_empty());
        one.person = Some(Tag([7; 32]));
        assert_eq!(Duplicate.grade(&one), Grade::Perfect);
        assert!(problems(&assessed(&Duplicate, &one, &FakeWorld::default())).is_empty());
        let elsewhere = FakeWorld { is_elsewhere: true, ..FakeWorld::default() };
        let said = assessed(&Duplicate, &one, &elsewhere);
        assert_eq!(problems(&said), [(Fault::Client, "DuplicateApplication")]);
        assert!(said.claims.is_empty(), "it proves nothing");
    }

    #[test]
    fn a_look_up_that_fails_is_ours() {
        let mut one = application(&[]);
        one.person = Some(Tag([7; 32]));
        let broken = FakeWorld { is_broken: true, ..FakeWorld::default() };
        let said = assessed(&Duplicate, &one, &broken);
        assert_eq!(problems(&said), [(Fault::Server, "ServiceFailed")]);
    }
}
