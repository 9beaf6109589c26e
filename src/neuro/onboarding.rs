//! What happens to an application before anybody looks at it: authenticators mark its claims and
//! photos, each what it knows something about.
//!
//! ```text
//!                ┌─ contact     verified e-mail address and phone number, country, address
//! Application ───┼─ documents   what the profile requires, dates, personal number, kinds of files
//!                ├─ duplicate   the same person under another account       ──► Assessments
//!                └─ provider:…  somebody else has to be asked
//! ```
//!
//! What they say becomes facts of the identity, and what it comes to is decided there
//! ([`outcome`](super::identity::outcome)). Whoever starts a [`Pipeline`] has the time budget, and
//! starts it again after a restart: it changes nothing itself.

mod application;
mod code;
mod contact;
mod documents;
mod duplicate;
mod external;
mod making;
mod message;
pub mod photo;
pub mod profile;
pub mod property;
mod report;
#[cfg(test)]
mod testing;
mod words;

use std::future::Future;
use std::pin::Pin;

use kyc_events::StreamId;
use kyc_events::neuro::Outcome;
use kyc_events::sealed::Tag;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use application::{Application, Attachment, Claim, Contacts, Items};
pub use code::Code;
pub use contact::Contact;
pub use documents::{Documents, PersonalNumbers};
pub use duplicate::Duplicate;
pub use external::External;
pub use message::client_message;
pub use report::{Mark, Report, Trouble};
pub use words::Words;

use super::identity::Assessment;
use profile::{Asked, Profile};

/// How well an authenticator can judge an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It has nothing to say: it is not asked.
    NotAtAll,
    /// Hardly anything.
    Barely,
    /// Some of it.
    Ok,
    /// Most of it.
    Excellent,
    /// All that it looks at is there.
    Perfect,
}

/// What an authenticator says, later.
pub type Assessing<'a> = Pin<Box<dyn Future<Output = Assessment> + 'a>>;

/// Somebody who judges applications. Says nothing of what it knows nothing about.
pub trait Authenticator: Send + Sync {
    /// Names it in what it says.
    fn name(&self) -> &str;

    /// How well it can judge this application.
    fn grade(&self, application: &Application) -> Grade;

    /// Judges it. What goes wrong meanwhile is part of what it says.
    fn assess<'a>(&'a self, application: &'a Application, world: &'a dyn World) -> Assessing<'a>;
}

/// The world does not answer. The text is for the log and names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// What the world answers, later.
pub type Known<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + 'a>>;

/// What has to be looked up.
pub trait World: Send + Sync {
    /// The first bytes of an attachment: `bytes_max` of them, or all there are.
    fn read(&self, file: Uuid, bytes_max: usize) -> Known<'_, Vec<u8>>;

    /// Whether an account other than `account` has an approved identity of this person.
    fn is_approved_elsewhere<'a>(&'a self, person: Tag, account: &'a StreamId) -> Known<'a, bool>;
}

/// All who are asked about applications of one profile.
pub struct Pipeline {
    rules: String,
    local: Vec<Box<dyn Authenticator>>,
    external: Vec<Box<dyn Authenticator>>,
}

impl Pipeline {
    /// As the profile has it, for accounts of `domain`.
    pub fn new(profile: &Profile, domain: &str, numbers: PersonalNumbers) -> Self {
        let software = env!("CARGO_PKG_VERSION");
        let hash = Sha256::digest(format!("{software} {domain} {profile:?}"));
        let rules = format!("{}/{}", profile.name, hex::encode(&hash[..4]));
        let mut pipeline = Self { rules, local: Vec::new(), external: Vec::new() };
        for asked in &profile.authenticators {
            match asked {
                Asked::Contact => pipeline.local.push(Box::new(Contact::new(domain))),
                Asked::Documents => {
                    pipeline.local.push(Box::new(Documents::new(profile.clone(), numbers)));
                }
                Asked::Duplicate => pipeline.local.push(Box::new(Duplicate)),
                Asked::Provider(name) => pipeline.external.push(Box::new(External::new(name))),
            }
        }
        pipeline
    }

    /// Names the rules they go by: other rules have another name.
    pub fn rules(&self) -> &str {
        &self.rules
    }

    /// Asks everybody. Nobody outside is asked about what is to be rejected anyway.
    pub async fn assess(&self, application: &Application, world: &dyn World) -> Vec<Assessment> {
        let mut said = ask(&self.local, application, world).await;
        if Report::of(&said).outcome(&application.items()) != Outcome::Reject {
            said.extend(ask(&self.external, application, world).await);
        }
        said
    }
}

async fn ask(
    authenticators: &[Box<dyn Authenticator>],
    application: &Application,
    world: &dyn World,
) -> Vec<Assessment> {
    let mut said = Vec::new();
    for one in authenticators.iter().filter(|one| one.grade(application) != Grade::NotAtAll) {
        said.push(one.assess(application, world).await);
    }
    said
}

#[cfg(test)]
mod tests;
