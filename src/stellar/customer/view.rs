//! What the client is told about a customer as one type: the answer to `GET /customer`.
//!
//! Pure: the handler reads the reasons' words through the vault and adds descriptions of the
//! [type](crate::stellar::types::Type).

use kyc_events::stellar::{FieldStatus, Reason, Requirement, Status, Verdict};

use super::state::{Kind, State};

pub use super::reason::text_of;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The customer's status.
    pub status: Status,
    /// What is missing; those that are needed come first.
    pub wanted: Vec<Wanted>,
    /// What is there.
    pub provided: Vec<Provided>,
    /// Why the status is what it is.
    pub message: Option<Why>,
}

/// A field that was not provided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its canonical name.
    pub name: String,
    /// The customer is accepted without it.
    pub is_optional: bool,
}

/// A field that was provided.
#[derive(Clone, Debug, PartialEq)]
pub struct Provided {
    /// Its canonical name.
    pub name: String,
    /// The customer is accepted without it.
    pub is_optional: bool,
    /// How the value stands.
    pub status: FieldStatus,
    /// Why it is not good.
    pub error: Option<Why>,
}

/// A reason, and where its words are sealed: event `stellar.CustomerDecided`, field
/// [`Why::field`].
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// Name under which its text is sealed; empty if it has none.
    pub field: String,
}

impl Why {
    fn code(code: &str) -> Self {
        Self { reason: Reason { code: code.to_owned(), text: None }, field: String::new() }
    }
}

/// The customer as a type that was opened; `None`: it was not.
pub fn view(state: &State, kind: &str) -> Option<View> {
    let kind = state.kinds.get(kind)?;
    let status = state.judge(kind);
    let is_optional = |name: &str| !kind.needed().any(|needed| needed == name);
    let missing = kind.names().filter(|name| !state.fields.contains_key(*name));
    let wanted = missing
        .map(|name| Wanted { name: name.to_owned(), is_optional: is_optional(name) })
        .collect();
    let provided = state
        .provided(kind)
        .map(|(name, field)| Provided {
            name: name.to_owned(),
            is_optional: is_optional(name),
            status: state.field_status(kind, name, field),
            error: error_of(state, kind, name),
        })
        .collect();
    Some(View { status, wanted, provided, message: message(kind, status) })
}

/// What a type needs of somebody about whom nothing is known.
pub fn of_nobody(requirement: &Requirement) -> View {
    let wanted = |is_optional| move |name: &String| Wanted { name: name.clone(), is_optional };
    let required = requirement.required.iter().map(wanted(false));
    View {
        status: Status::NeedsInfo,
        wanted: required.chain(requirement.optional.iter().map(wanted(true))).collect(),
        provided: Vec::new(),
        message: None,
    }
}

fn error_of(state: &State, kind: &Kind, name: &str) -> Option<Why> {
    if let Some(refused) = &state.fields.get(name)?.refused {
        let field = kyc_events::stellar::reason_of(name, refused.decision);
        return Some(Why { reason: refused.reason.clone(), field });
    }
    state.is_sent_back(kind).then(|| decision_of(kind).unwrap_or_else(|| Why::code("resubmit")))
}

fn decision_of(kind: &Kind) -> Option<Why> {
    use kyc_events::stellar::{REASON, numbered};
    let decision = kind.decision.as_ref()?;
    let reason = decision.reason.clone()?;
    Some(Why { reason, field: numbered(REASON, decision.number) })
}

fn message(kind: &Kind, status: Status) -> Option<Why> {
    let verdict = kind.decision.as_ref().map(|decision| decision.verdict);
    match status {
        Status::Accepted => None,
        Status::Processing => Some(Why::code("processing")),
        Status::Rejected => {
            let own = decision_of(kind).filter(|_| verdict == Some(Verdict::Reject));
            Some(own.unwrap_or_else(|| Why::code("rejected")))
        }
        Status::NeedsInfo => decision_of(kind).filter(|_| verdict == Some(Verdict::Resubmit)),
    }
}
