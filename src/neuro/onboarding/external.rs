//! `provider:NAME`: a verification provider has to be asked. Until it answers everything stays as
//! unvalidated as it is; asking it and taking its answer is done elsewhere.

use super::making::Making;
use super::{Application, Assessing, Authenticator, Grade, World};

/// See the module.
pub struct External {
    name: String,
    provider: String,
}

impl External {
    /// Asks this provider.
    pub fn new(provider: &str) -> Self {
        Self { name: format!("provider:{provider}"), provider: provider.to_owned() }
    }
}

impl Authenticator for External {
    fn name(&self) -> &str {
        &self.name
    }

    /// What it can do is its own affair.
    fn grade(&self, _: &Application) -> Grade {
        Grade::Ok
    }

    fn assess<'a>(&'a self, application: &'a Application, _: &'a dyn World) -> Assessing<'a> {
        Box::pin(async move {
            let mut making = Making::new(&self.name, application);
            making.ask(&self.provider);
            making.done()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeWorld, application, assessed};
    use super::*;

    #[test]
    fn it_says_whom_to_ask_and_nothing_else() {
        let one = application(&[("FIRST", "Alice")]);
        let said = assessed(&External::new("acme"), &one, &FakeWorld::default());
        assert_eq!(said.provider.as_deref(), Some("acme"));
        assert_eq!(said.authenticator, "provider:acme");
        assert!(said.claims.is_empty() && said.photos.is_empty() && said.problems.is_empty());
    }
}
