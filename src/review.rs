//! The queue of what waits for an operator, whichever protocol asks.
//!
//! ```text
//!   open ──claim──► claimed ──accept, reject, request-info──► decided
//!     └───────────────accept, reject, request-info──────────────┘
//! ```
//!
//! A protocol joins with [`Reviews`]; the operator's listener sees one [`Queue`].

pub mod reason;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use kyc_events::Millis;
use kyc_events::sealed::Tag;
use uuid::Uuid;

use crate::engine;
use crate::engine::handle::Origin;

/// How a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for an operator.
    Open,
    /// An operator works on it.
    Claimed,
    /// It was decided.
    Decided,
}

impl State {
    /// The word in lists and filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Decided => "decided",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Claimed, Self::Decided].into_iter().find(|state| state.word() == word)
    }
}

/// One review, as lists show it. No personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// `stellar`, …
    pub protocol: &'static str,
    /// The person's pseudonym.
    pub person: Tag,
    /// How the protocol names the person: `stellar:<customer id>`, …
    pub subject: String,
    /// What to decide on, in the protocol's words: a type of customer, …
    pub kind: String,
    /// How it stands.
    pub state: State,
    /// Who works on it, or did.
    pub claimed_by: Option<String>,
    /// When it was asked for.
    pub requested_at: Millis,
    /// When it was decided.
    pub decided_at: Option<Millis>,
}

/// One field of the person, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the protocol.
    pub name: String,
    /// The person is not accepted without it.
    pub is_required: bool,
    /// How its value stands, in the protocol's words; `None`: there is none.
    pub state: Option<&'static str>,
    /// Code of the reason why it is not good.
    pub reason: Option<String>,
    /// Recognises the value: another number, another value. 0: there is none.
    pub revision: u32,
}

/// What was decided last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// `accept`, `resubmit` or `reject`.
    pub verdict: &'static str,
    /// By whom.
    pub by: String,
    /// Code of the reason.
    pub reason: Option<String>,
}

/// One review with what it is about. No personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The review.
    pub row: Row,
    /// The person's status, in the protocol's words.
    pub status: &'static str,
    /// Fields that are there or wanted.
    pub fields: Vec<Field>,
    /// The last decision, if there was one.
    pub decided: Option<Decided>,
}

/// A value of the person. Personal data: never logged.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A file; its bytes are a [`Document`].
    File {
        /// For example `image/png`.
        media_type: String,
        /// How many bytes.
        bytes: u64,
    },
}

/// The bytes of a file. Personal data: never logged.
pub struct Document {
    /// For example `image/png`.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What an operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The person is good.
    Accept,
    /// The person is rejected for good.
    Reject,
    /// Something has to be sent, or sent again.
    Resubmit,
}

/// An operator's decision.
#[derive(Clone, PartialEq, Eq)]
pub struct Decision {
    /// What.
    pub verdict: Verdict,
    /// Who, as the operator's side calls itself.
    pub by: String,
    /// Why: a code, or words for the person.
    pub reason: Option<String>,
    /// Fields it is about, each with its own reason or that of the whole.
    pub fields: BTreeMap<String, Option<String>>,
    /// Even if there is another decision by now.
    pub is_revision: bool,
}

/// Why a review cannot be seen or decided so. Texts are for the operator and name nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 404: no such review, or nothing is left of it.
    #[error("no such review; what it was about may have changed")]
    Unknown,
    /// 409.
    #[error("{0}")]
    Conflict(String),
    /// 400.
    #[error("{0}")]
    Invalid(String),
    /// 503. The inner text is for the log.
    #[error("not available")]
    Unavailable(String),
}

impl<R> From<engine::Error<R>> for Error
where
    Self: From<R>,
{
    fn from(error: engine::Error<R>) -> Self {
        match error {
            engine::Error::Rejected(rejection) => rejection.into(),
            engine::Error::TooLarge => Self::Invalid("the reasons are too long".to_owned()),
            busy @ (engine::Error::Busy
            | engine::Error::Unavailable(_)
            | engine::Error::Quarantined) => Self::Unavailable(busy.outcome().to_owned()),
        }
    }
}

/// What is answered later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

/// The reviews of one protocol. Whoever asks has waited for the read models.
pub trait Reviews: Send + Sync {
    /// Those in this state, or all, those asked for first coming first; at most `limit`.
    fn list(&self, state: Option<State>, limit: usize) -> Vec<Row>;
    /// One of them, if it is of this protocol.
    fn find(&self, id: Uuid) -> Option<Row>;
    /// What a review is about.
    fn details<'a>(&'a self, row: &'a Row) -> Answer<'a, Details>;
    /// Values by field name. That they are looked at is recorded by whoever asks.
    fn values<'a>(&'a self, row: &'a Row) -> Answer<'a, BTreeMap<String, Value>>;
    /// The file that a field holds. That it is looked at is recorded by whoever asks.
    fn document<'a>(&'a self, row: &'a Row, field: &'a str) -> Answer<'a, Document>;
    /// Takes a review. On answer the read models know it.
    fn claim<'a>(&'a self, row: &'a Row, by: &'a str, origin: Origin) -> Answer<'a, ()>;
    /// Decides. On answer the read models know it.
    fn decide<'a>(&'a self, row: &'a Row, decision: Decision, origin: Origin) -> Answer<'a, ()>;
}

/// The reviews of all protocols. Cheap to clone.
#[derive(Clone, Default)]
pub struct Queue(Arc<[Arc<dyn Reviews>]>);

impl Queue {
    /// Of these protocols.
    pub fn of(protocols: impl IntoIterator<Item = Arc<dyn Reviews>>) -> Self {
        Self(protocols.into_iter().collect())
    }

    /// Those in this state, or all, those asked for first coming first; at most `limit`.
    pub fn list(&self, state: Option<State>, limit: usize) -> Vec<Row> {
        let mut rows: Vec<Row> = self.0.iter().flat_map(|of| of.list(state, limit)).collect();
        rows.sort_by_key(|row| (row.requested_at, row.id));
        rows.truncate(limit);
        rows
    }

    /// One of them, and who knows more about it.
    pub fn find(&self, id: Uuid) -> Result<(Row, &dyn Reviews), Error> {
        let found = self.0.iter().find_map(|of| of.find(id).map(|row| (row, &**of)));
        found.ok_or(Error::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A protocol that knows rows and nothing else.
    struct Rows(Vec<Row>);

    impl Reviews for Rows {
        fn list(&self, state: Option<State>, limit: usize) -> Vec<Row> {
            let fits = |row: &&Row| state.is_none_or(|state| row.state == state);
            self.0.iter().filter(fits).take(limit).cloned().collect()
        }

        fn find(&self, id: Uuid) -> Option<Row> {
            self.0.iter().find(|row| row.id == id).cloned()
        }

        fn details<'a>(&'a self, _: &'a Row) -> Answer<'a, Details> {
            Box::pin(async { Err(Error::Unknown) })
        }

        fn values<'a>(&'a self, _: &'a Row) -> Answer<'a, BTreeMap<String, Value>> {
            Box::pin(async { Err(Error::Unknown) })
        }

        fn document<'a>(&'a self, _: &'a Row, _: &'a str) -> Answer<'a, Document> {
            Box::pin(async { Err(Error::Unknown) })
        }

        fn claim<'a>(&'a self, _: &'a Row, _: &'a str, _: Origin) -> Answer<'a, ()> {
            Box::pin(async { Err(Error::Unknown) })
        }

        fn decide<'a>(&'a self, _: &'a Row, _: Decision, _: Origin) -> Answer<'a, ()> {
            Box::pin(async { Err(Error::Unknown) })
        }
    }

    fn row(protocol: &'static str, number: u128, requested_at: Millis, state: State) -> Row {
        Row {
            id: Uuid::from_u128(number),
            protocol,
            person: Tag([1; 32]),
            subject: format!("{protocol}:{number}"),
            kind: "any".to_owned(),
            state,
            claimed_by: None,
            requested_at,
            decided_at: None,
        }
    }

    fn two_protocols() -> Queue {
        let one = vec![row("one", 1, 10, State::Open), row("one", 2, 30, State::Decided)];
        let two = vec![row("two", 3, 20, State::Open), row("two", 4, 40, State::Claimed)];
        Queue::of([Arc::new(Rows(one)) as Arc<dyn Reviews>, Arc::new(Rows(two))])
    }

    #[test]
    fn protocols_share_one_queue_in_the_order_of_asking() {
        let queue = two_protocols();
        let ids = |state, limit| -> Vec<u128> {
            queue.list(state, limit).iter().map(|row| row.id.as_u128()).collect()
        };
        assert_eq!(ids(None, 10), [1, 3, 2, 4]);
        assert_eq!(ids(None, 2), [1, 3], "the oldest of all, not of one protocol");
        assert_eq!(ids(Some(State::Open), 10), [1, 3]);
    }

    #[test]
    fn a_review_is_found_whichever_protocol_asked_for_it() {
        let queue = two_protocols();
        let protocol = |id| queue.find(Uuid::from_u128(id)).map(|(row, _)| row.protocol);
        assert_eq!(protocol(2), Ok("one"));
        assert_eq!(protocol(4), Ok("two"));
        assert_eq!(protocol(5), Err(Error::Unknown));
    }

    #[test]
    fn words_of_states_read_back() {
        for state in [State::Open, State::Claimed, State::Decided] {
            assert_eq!(State::parse(state.word()), Some(state));
        }
        assert_eq!(State::parse("done"), None);
    }
}
