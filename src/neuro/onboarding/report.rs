//! What all authenticators together say of an application: of each claim and photo, and what
//! concerns the whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kyc_events::neuro::{Fault, Finding, Outcome, Standing, error_of};
use kyc_events::sealed::Sealed;
use uuid::Uuid;

use super::{Code, Items};
use crate::neuro::identity::outcome::{outcome, together};
use crate::neuro::identity::{Assessment, Opinion, Problem, Run};

/// One opinion about a claim or photo.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose.
    pub service: String,
    /// What it is.
    pub standing: Standing,
    /// Why, for machines.
    pub code: Option<String>,
    /// Why, in words.
    pub message: Option<String>,
}

/// What concerns the application as a whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Who met it.
    pub service: String,
    /// Whose fault it is.
    pub fault: Fault,
    /// What, for machines.
    pub code: Option<String>,
    /// What, in words.
    pub message: Option<String>,
}

/// What is said, in no order but that of its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By the property's index, the first being 0.
    pub claims: BTreeMap<u32, Vec<Mark>>,
    /// By file.
    pub photos: BTreeMap<Uuid, Vec<Mark>>,
    /// What concerns the whole.
    pub troubles: Vec<Trouble>,
    /// Providers that vouch for whatever nobody else says anything of.
    pub vouched_by: BTreeSet<String>,
    /// Files that came after those had been asked.
    pub unseen: BTreeSet<Uuid>,
}

impl Report {
    /// Of what each authenticator said.
    pub fn of<'a>(assessments: impl IntoIterator<Item = &'a Assessment>) -> Self {
        let single = assessments.into_iter().map(Self::of_one);
        single.fold(Self::default(), Self::merge)
    }

    /// Of a run as its history has it. Words are opened by whoever can: given the event and the
    /// name that they are sealed under.
    pub fn of_run(
        run: &Run,
        mut open: impl FnMut(&str, &str, &Sealed<String>) -> Option<String>,
    ) -> Self {
        let mut report = Self::default();
        let Some(findings) = &run.findings else { return report };
        let mut mark = |event: &str, item: &str, finding: &Finding| {
            let name = finding.message_of(run.id, item);
            Mark {
                service: finding.authenticator.clone(),
                standing: finding.standing,
                code: finding.code.clone(),
                message: finding.message.as_ref().and_then(|words| open(event, &name, words)),
            }
        };
        for (index, finding) in &findings.claims {
            let mark = mark("neuro.ClaimAssessed", &index.to_string(), finding);
            report.claims.entry(*index).or_default().push(mark);
        }
        for (file, finding) in &findings.photos {
            let mark = mark("neuro.PhotoAssessed", &file.to_string(), finding);
            report.photos.entry(*file).or_default().push(mark);
        }
        for error in &findings.errors {
            let name = error_of(run.id, error.number);
            report.troubles.push(Trouble {
                service: error.authenticator.clone(),
                fault: error.fault,
                code: error.code.clone(),
                message: error
                    .message
                    .as_ref()
                    .and_then(|words| open("neuro.ReviewErrored", &name, words)),
            });
        }
        report.vouched_by = run.accepted().map(|one| one.provider.clone()).collect();
        // Puts it in order.
        report.merge(Self::default())
    }

    fn of_one(assessment: &Assessment) -> Self {
        let mut report = Self::default();
        let service = &assessment.authenticator;
        for (index, said) in &assessment.claims {
            report.claims.entry(*index).or_default().push(Mark::of(service, said));
        }
        for (file, said) in &assessment.photos {
            report.photos.entry(*file).or_default().push(Mark::of(service, said));
        }
        report.troubles = assessment.problems.iter().map(|p| Trouble::of(service, p)).collect();
        report
    }

    /// Both together. In which order does not matter, nor how often.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (index, marks) in other.claims {
            self.claims.entry(index).or_default().extend(marks);
        }
        for (file, marks) in other.photos {
            self.photos.entry(file).or_default().extend(marks);
        }
        self.troubles.extend(other.troubles);
        self.vouched_by.extend(other.vouched_by);
        self.unseen.extend(other.unseen);
        for marks in self.claims.values_mut().chain(self.photos.values_mut()) {
            marks.sort_by(|a, b| a.order().cmp(&b.order()));
            marks.dedup();
        }
        self.troubles.sort_by(|a, b| a.order().cmp(&b.order()));
        self.troubles.dedup();
        self
    }

    /// How a claim stands.
    pub fn claim(&self, index: u32) -> Standing {
        settled(self.claims.get(&index), !self.vouched_by.is_empty())
    }

    /// How a photo stands.
    pub fn photo(&self, file: Uuid) -> Standing {
        let is_vouched = !self.vouched_by.is_empty() && !self.unseen.contains(&file);
        settled(self.photos.get(&file), is_vouched)
    }

    /// What it comes to for an application of these parts if nobody else says anything.
    pub fn outcome(&self, items: &Items) -> Outcome {
        let claims = (0..).zip(&items.claims).map(|(index, _)| self.claim(index));
        let photos = items.photos.keys().map(|file| self.photo(*file));
        outcome(claims.chain(photos), self.troubles.iter().map(|trouble| trouble.fault))
    }
}

fn settled(marks: Option<&Vec<Mark>>, is_vouched: bool) -> Standing {
    match together(marks.into_iter().flatten().map(|mark| mark.standing)) {
        Standing::Unvalidated if is_vouched => Standing::Valid,
        other => other,
    }
}

impl Mark {
    fn of(service: &str, said: &Opinion) -> Self {
        let (code, message) = (said.code.clone(), said.message.clone());
        Self { service: service.to_owned(), standing: said.standing, code, message }
    }

    fn order(&self) -> impl Ord + use<'_> {
        let standing = match self.standing {
            Standing::Invalid => 0,
            Standing::Valid => 1,
            Standing::Unvalidated => 2,
        };
        (&self.service, standing, &self.code, &self.message)
    }
}

impl Trouble {
    fn of(service: &str, problem: &Problem) -> Self {
        let (code, message) = (problem.code.clone(), problem.message.clone());
        Self { service: service.to_owned(), fault: problem.fault, code, message }
    }

    fn order(&self) -> impl Ord + use<'_> {
        // What says more comes first.
        let is_vague = self.code.as_deref() == Some(Code::NotValid.word());
        (&self.service, self.fault.word(), is_vague, &self.code, &self.message)
    }
}

// What providers say in words may be about the person.
impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({}: {:?} {:?})", self.service, self.standing, self.code)
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trouble({}: {:?} {:?})", self.service, self.fault, self.code)
    }
}

#[cfg(test)]
mod tests;
