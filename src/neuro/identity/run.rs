//! One run: what the authenticators make of an application.

use std::collections::BTreeMap;

use kyc_events::Millis;
use kyc_events::neuro::{Fault, Finding, Outcome, ReviewErrored, Standing};
use kyc_events::review::Verdict;
use kyc_events::sealed::Sealed;
use serde::Serialize;
use uuid::Uuid;

use super::outcome::{outcome, together};

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// When the application was marked ready.
    pub ready_at: Millis,
    /// The rules that the authenticators go by; `None`: they were not asked yet.
    pub rules: Option<String>,
    /// What they said; `None`: nothing yet.
    pub findings: Option<Findings>,
    /// Requests to providers.
    pub checks: BTreeMap<Uuid, Check>,
    /// What it came to; `None`: it is under way, or the application was decided before.
    pub outcome: Option<Outcome>,
}

/// What the authenticators said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Findings {
    /// Of claims, by the index of the property, in the order in which they were said.
    pub claims: Vec<(u32, Finding)>,
    /// Of attachments, by file.
    pub photos: Vec<(Uuid, Finding)>,
    /// Errors.
    pub errors: Vec<Error>,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Error {
    /// Its number; the first is 1.
    pub number: u32,
    /// Which authenticator.
    pub authenticator: String,
    /// Whose it is.
    pub fault: Fault,
    /// Its machine code.
    pub code: Option<String>,
    /// What it says, sealed in `neuro.ReviewErrored`.
    pub message: Option<Sealed<String>>,
}

/// A request to a provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Which provider.
    pub provider: String,
    /// The attachments that it was asked about: of what came later it knows nothing.
    pub files: Vec<Uuid>,
    /// The run goes on without an answer then.
    pub expires_at: Millis,
    /// It was answered, or given up.
    pub is_over: bool,
    /// What it said.
    pub verdict: Option<Verdict>,
}

impl Run {
    pub(super) fn ready(id: Uuid, ready_at: Millis) -> Self {
        let (rules, findings, checks, outcome) = (None, None, BTreeMap::new(), None);
        Self { id, ready_at, rules, findings, checks, outcome }
    }

    /// Requests that nobody has answered.
    pub fn open_checks(&self) -> impl Iterator<Item = (Uuid, &Check)> {
        self.checks.iter().filter(|(_, check)| !check.is_over).map(|(id, check)| (*id, check))
    }

    /// Whether it can be concluded.
    pub(super) fn is_complete(&self) -> bool {
        self.outcome.is_none() && self.findings.is_some() && self.open_checks().next().is_none()
    }

    /// How a claim stands.
    pub fn claim(&self, property: u32) -> Standing {
        let said = self.findings.iter().flat_map(|findings| &findings.claims);
        let is_vouched = self.accepted().next().is_some();
        settled(said.filter(|(of, _)| *of == property).map(|(_, f)| f.standing), is_vouched)
    }

    /// How an attachment stands.
    pub fn photo(&self, file: Uuid) -> Standing {
        let said = self.findings.iter().flat_map(|findings| &findings.photos);
        let is_vouched = self.accepted().any(|check| check.files.contains(&file));
        settled(said.filter(|(of, _)| *of == file).map(|(_, f)| f.standing), is_vouched)
    }

    /// Requests whose provider vouches.
    pub fn accepted(&self) -> impl Iterator<Item = &Check> {
        self.checks.values().filter(|check| check.verdict == Some(Verdict::Accept))
    }

    /// What it comes to, for an application with so many claims and these attachments.
    pub(super) fn judge(&self, claims: u32, photos: impl Iterator<Item = Uuid>) -> Outcome {
        let claims = (0..claims).map(|property| self.claim(property));
        let standings = claims.chain(photos.map(|file| self.photo(file)));
        let errors = self.findings.iter().flat_map(|findings| &findings.errors);
        outcome(standings, errors.map(|error| error.fault))
    }

    /// Machine codes of what is wrong, each once.
    pub(super) fn codes(&self) -> Vec<String> {
        let Some(findings) = &self.findings else { return Vec::new() };
        let claims = findings.claims.iter().map(|(_, finding)| finding);
        let found = claims.chain(findings.photos.iter().map(|(_, finding)| finding));
        let found = found.filter(|f| f.standing == Standing::Invalid).map(|f| &f.code);
        let errors = findings.errors.iter().filter(|error| error.fault == Fault::Client);
        let mut codes = Vec::new();
        for code in found.chain(errors.map(|error| &error.code)).flatten() {
            if !codes.contains(code) {
                codes.push(code.clone());
            }
        }
        codes
    }
}

fn settled(said: impl Iterator<Item = Standing>, is_vouched: bool) -> Standing {
    match together(said) {
        Standing::Unvalidated if is_vouched => Standing::Valid,
        other => other,
    }
}

impl From<&ReviewErrored> for Error {
    fn from(e: &ReviewErrored) -> Self {
        let (number, fault, authenticator) = (e.number, e.fault, e.authenticator.clone());
        Self { number, authenticator, fault, code: e.code.clone(), message: e.message.clone() }
    }
}
