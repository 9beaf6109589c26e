//! How an authenticator puts together what it says.

use kyc_events::neuro::{Fault, Standing};
use uuid::Uuid;

use super::{Application, Code, Words};
use crate::neuro::identity::{Assessment, Opinion, Problem};

/// An assessment in the making. Texts are in the applicant's language.
pub(super) struct Making<'a> {
    language: &'a str,
    made: Assessment,
}

impl<'a> Making<'a> {
    /// Nothing said yet.
    pub fn new(authenticator: &str, application: &'a Application) -> Self {
        let made = Assessment { authenticator: authenticator.to_owned(), ..Assessment::default() };
        Self { language: &application.language, made }
    }

    /// A claim is right.
    pub fn valid(&mut self, index: u32) {
        self.claim(index, Standing::Valid, None, None);
    }

    /// A claim is wrong.
    pub fn invalid(&mut self, index: u32, code: Code) {
        self.claim(index, Standing::Invalid, Some(code), Some(code.words()));
    }

    /// The same, in other words than the code's.
    pub fn invalid_in_words(&mut self, index: u32, code: Code, words: Words) {
        self.claim(index, Standing::Invalid, Some(code), Some(words));
    }

    /// Nothing can be said of a claim.
    pub fn open(&mut self, index: u32, code: Code) {
        self.claim(index, Standing::Unvalidated, Some(code), Some(code.words()));
    }

    fn claim(&mut self, index: u32, standing: Standing, code: Option<Code>, words: Option<Words>) {
        let said = self.opinion(standing, code, words);
        self.made.claims.push((index, said));
    }

    /// Whether something was said of a claim.
    pub fn is_marked(&self, index: u32) -> bool {
        self.made.claims.iter().any(|(of, _)| *of == index)
    }

    /// A photo is right.
    pub fn valid_photo(&mut self, file: Uuid) {
        let said = self.opinion(Standing::Valid, None, None);
        self.made.photos.push((file, said));
    }

    /// A photo is wrong.
    pub fn invalid_photo(&mut self, file: Uuid, code: Code) {
        let said = self.opinion(Standing::Invalid, Some(code), Some(code.words()));
        self.made.photos.push((file, said));
    }

    fn opinion(&self, standing: Standing, code: Option<Code>, words: Option<Words>) -> Opinion {
        let message = words.map(|words| words.in_language(self.language).to_owned());
        Opinion { standing, code: code.map(|code| code.word().to_owned()), message }
    }

    /// The application as a whole is wrong, or cannot be looked at.
    pub fn problem(&mut self, fault: Fault, code: Code) {
        self.problem_saying(fault, code, code.words().in_language(self.language).to_owned());
    }

    /// Something required is not there.
    pub fn missing(&mut self, code: Code, name: &str) {
        let message = format!("{}: {name}", Words::Missing.in_language(self.language));
        self.problem_saying(Fault::Client, code, message);
    }

    fn problem_saying(&mut self, fault: Fault, code: Code, message: String) {
        let code = Some(code.word().to_owned());
        self.made.problems.push(Problem { fault, code, message: Some(message) });
    }

    /// A provider has to be asked.
    pub fn ask(&mut self, provider: &str) {
        self.made.provider = Some(provider.to_owned());
    }

    /// All that was said.
    pub fn done(self) -> Assessment {
        self.made
    }
}
