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

use kyc_events::StreamId;
pub use kyc_events::review::Verdict;
use kyc_projections::reviews::{self, Reviews as Model};
pub use kyc_projections::reviews::{Review, State};
use uuid::Uuid;

use crate::engine::handle::Origin;
use crate::engine::{self, ReadModels};

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

/// What a review is about. No personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
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

/// The pieces of a file, in order; errors are for the log, and after one there is nothing more.
pub type Pieces = Box<dyn Iterator<Item = Result<Vec<u8>, String>> + Send>;

/// A file. Personal data: never logged.
pub struct Document {
    /// For example `image/png`.
    pub media_type: String,
    /// Its bytes: reading them blocks.
    pub pieces: Pieces,
}

/// The word that operators are shown.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accept => "accept",
        Verdict::Resubmit => "resubmit",
        Verdict::Reject => "reject",
    }
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
    /// `stellar`, …
    fn protocol(&self) -> &'static str;
    /// How the protocol names the person of a stream: `stellar:<customer id>`, …
    fn subject(&self, stream: &StreamId) -> String;
    /// What a review is about.
    fn details<'a>(&'a self, review: &'a Review) -> Answer<'a, Details>;
    /// Values by field name. That they are looked at is recorded by whoever asks.
    fn values<'a>(&'a self, review: &'a Review) -> Answer<'a, BTreeMap<String, Value>>;
    /// The file that a field holds. That it is looked at is recorded by whoever asks.
    fn document<'a>(&'a self, review: &'a Review, field: &'a str) -> Answer<'a, Document>;
    /// Takes a review. On answer the read models know it.
    fn claim<'a>(&'a self, review: &'a Review, by: &'a str, origin: Origin) -> Answer<'a, ()>;
    /// Decides. On answer the read models know it.
    fn decide<'a>(
        &'a self,
        review: &'a Review,
        decision: Decision,
        origin: Origin,
    ) -> Answer<'a, ()>;
}

/// The reviews of all protocols. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    models: ReadModels,
    /// By the kind of stream that asks.
    protocols: Arc<BTreeMap<&'static str, Arc<dyn Reviews>>>,
}

impl Queue {
    /// Of these protocols, each with the kind of its streams. What others asked for is not seen.
    pub fn of(
        models: ReadModels,
        protocols: impl IntoIterator<Item = (&'static str, Arc<dyn Reviews>)>,
    ) -> Self {
        Self { models, protocols: Arc::new(protocols.into_iter().collect()) }
    }

    /// Those in this state, or all, those asked for first coming first; at most `limit`. Each
    /// with who knows more about it.
    pub fn list(&self, state: Option<State>, limit: usize) -> Vec<(Review, &dyn Reviews)> {
        let is_ours = |stream: &StreamId| self.protocol(stream).is_some();
        let query = |rows: &_| reviews::list(rows, state, limit, is_ours);
        let found = self.models.of::<Model>().query(query).into_iter();
        found.filter_map(|review| self.with_protocol(review)).collect()
    }

    /// One of them, and who knows more about it.
    pub fn find(&self, id: Uuid) -> Result<(Review, &dyn Reviews), Error> {
        let found = self.models.of::<Model>().query(|rows| reviews::find(rows, id));
        found.and_then(|review| self.with_protocol(review)).ok_or(Error::Unknown)
    }

    fn with_protocol(&self, review: Review) -> Option<(Review, &dyn Reviews)> {
        self.protocol(&review.stream).map(|protocol| (review, protocol))
    }

    fn protocol(&self, stream: &StreamId) -> Option<&dyn Reviews> {
        self.protocols.get(stream.kind()).map(|protocol| &**protocol)
    }
}
