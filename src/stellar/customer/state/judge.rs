//! Which status follows from the values and decisions.
//!
//! ```text
//!   REJECTED     the last decision says so, or a value was refused for good
//!   NEEDS_INFO   a value is missing, refused, or not verified
//!   ACCEPTED     the last decision accepts exactly these values
//!   PROCESSING   everything else
//! ```
//!
//! The first line that fits counts.

use kyc_events::stellar::{FieldStatus, Status, Verdict};

use super::{Field, Kind, State};

impl Kind {
    /// Every field the type is about: required, asked for, optional.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let further = |name: &&String| !self.asked.contains(*name);
        let optional = self.requirement.optional.iter().filter(further);
        self.needed().chain(optional.map(String::as_str))
    }

    /// Fields without which nobody is accepted.
    pub fn needed(&self) -> impl Iterator<Item = &str> {
        let required = &self.requirement.required;
        let asked = self.asked.iter().filter(|name| !required.contains(name));
        required.iter().chain(asked).map(String::as_str)
    }

    /// Whether a field's possession has to be proved.
    pub fn verifies(&self, field: &str) -> bool {
        self.requirement.verified.iter().any(|name| name == field)
    }
}

impl State {
    /// The status as this type that follows from everything known; `None`: not opened.
    pub fn status_of(&self, kind: &str) -> Option<Status> {
        self.kinds.get(kind).map(|kind| self.judge(kind))
    }

    pub(in crate::stellar::customer) fn judge(&self, kind: &Kind) -> Status {
        let decided = |verdict| kind.decision.as_ref().is_some_and(|d| d.verdict == verdict);
        let refused = |is_final| {
            let refusals = self.provided(kind).filter_map(|(_, field)| field.refused.as_ref());
            refusals.into_iter().any(|refused| refused.is_final == is_final)
        };
        if decided(Verdict::Reject) || refused(true) {
            return Status::Rejected;
        }
        if !self.is_complete(kind) || refused(false) || self.is_sent_back(kind) {
            return Status::NeedsInfo;
        }
        if decided(Verdict::Accept) && self.is_settled(kind) {
            return Status::Accepted;
        }
        Status::Processing
    }

    /// Nothing is missing and nothing has to be verified.
    pub fn is_complete(&self, kind: &Kind) -> bool {
        kind.needed().all(|name| self.fields.contains_key(name))
            && self.provided(kind).all(|(name, field)| field.is_verified || !kind.verifies(name))
    }

    /// All values were sent back, and no other has come since.
    pub fn is_sent_back(&self, kind: &Kind) -> bool {
        let whole = |d: &super::Decision| d.verdict == Verdict::Resubmit && d.is_whole;
        kind.decision.as_ref().is_some_and(whole) && self.is_settled(kind)
    }

    /// The last decision was made on the values that stand.
    pub fn is_settled(&self, kind: &Kind) -> bool {
        kind.decision.as_ref().is_some_and(|decision| decision.seen == self.revisions(kind))
    }

    /// The values a type is about, with their revisions.
    pub(in crate::stellar::customer) fn revisions(&self, kind: &Kind) -> Vec<(String, u32)> {
        let revisions = self.provided(kind).map(|(name, field)| (name.to_owned(), field.revision));
        let mut revisions: Vec<_> = revisions.collect();
        revisions.sort();
        revisions
    }

    /// The values a type is about.
    pub fn provided<'a>(&'a self, kind: &'a Kind) -> impl Iterator<Item = (&'a str, &'a Field)> {
        kind.names().filter_map(|name| self.fields.get(name).map(|field| (name, field)))
    }

    /// How one value stands as this type.
    pub fn field_status(&self, kind: &Kind, name: &str, field: &Field) -> FieldStatus {
        if field.refused.is_some() || self.is_sent_back(kind) {
            return FieldStatus::Rejected;
        }
        if kind.verifies(name) && !field.is_verified {
            return FieldStatus::VerificationRequired;
        }
        match self.judge(kind) {
            Status::Accepted => FieldStatus::Accepted,
            Status::Rejected | Status::NeedsInfo | Status::Processing => FieldStatus::Processing,
        }
    }
}
