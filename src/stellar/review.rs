//! Stellar customers in the operator's queue.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use kyc_events::StreamId;
use kyc_events::stellar::{Content, DecidedBy, numbered};

use super::customer::{Command, Customer, Rejection, State, Target, view};
use crate::engine::handle::{Handle, Origin, Reply};
use crate::engine::{self, ReadModels};
use crate::review::{
    Answer, Decided, Decision, Details, Document, Error, Field, Pieces, Review, Reviews, Value,
    word,
};
use crate::vault::Vault;

/// A document, or `None` if it is gone.
pub type Opened<'a> = Pin<Box<dyn Future<Output = Result<Option<Pieces>, String>> + 'a>>;

/// Who reads the documents in the vault.
pub trait Documents: Send + Sync {
    /// This customer's document; errors are for the log.
    fn open<'a>(
        &'a self,
        customer: &'a StreamId,
        document: &'a kyc_events::stellar::Document,
    ) -> Opened<'a>;
}

/// See the module.
pub struct CustomerReviews {
    /// The customers.
    pub customers: Handle<Customer>,
    /// Read models.
    pub models: ReadModels,
    /// Opens values.
    pub vault: Arc<Vault>,
    /// Opens documents.
    pub documents: Arc<dyn Documents>,
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        let text = rejection.to_string();
        match rejection {
            Rejection::Unknown
            | Rejection::Erased
            | Rejection::UnknownReview
            | Rejection::UnknownKind => Self::Unknown,
            Rejection::Claimed
            | Rejection::Decided
            | Rejection::Incomplete
            | Rejection::AnsweredOtherwise
            | Rejection::TransactionKnown
            | Rejection::TooManyTransactions => Self::Conflict(text),
            Rejection::ReasonNeeded | Rejection::UnknownField(_) | Rejection::NotProvided(_) => {
                Self::Invalid(text)
            }
            Rejection::Foreign
            | Rejection::KeyNeeded
            | Rejection::KeysUnavailable
            | Rejection::NothingToVerify(_)
            | Rejection::CodeExpired(_)
            | Rejection::TooManyCodes(_)
            | Rejection::UnknownFile(_)
            | Rejection::TooManyFiles
            | Rejection::UnknownCheck => Self::Unavailable(text),
        }
    }
}

fn failed(error: &impl std::fmt::Display) -> Error {
    Error::Unavailable(error.to_string())
}

impl CustomerReviews {
    /// The customer of a review, in a state in which the review still means something.
    async fn customer(&self, review: &Review) -> Result<Arc<State>, Error> {
        let state = self.customers.state(&review.stream).await?;
        if state.kind_of_review(review.id) != Some(&review.kind) {
            return Err(Error::Unknown);
        }
        Ok(state)
    }

    async fn send(&self, review: &Review, command: Command, origin: Origin) -> Result<(), Error> {
        let sent: Result<Reply<Customer>, engine::Error<Rejection>> =
            self.customers.send(&review.stream, command, origin).await;
        match sent?.last {
            Some(last) if !self.models.wait_for(last).await => {
                Err(Error::Unavailable("the read models lag behind".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

impl Reviews for CustomerReviews {
    fn protocol(&self) -> &'static str {
        "stellar"
    }

    fn subject(&self, stream: &StreamId) -> String {
        format!("stellar:{}", stream.key())
    }

    fn details<'a>(&'a self, review: &'a Review) -> Answer<'a, Details> {
        Box::pin(async move {
            let state = self.customer(review).await?;
            details(&review.kind, &state).ok_or(Error::Unknown)
        })
    }

    fn values<'a>(&'a self, review: &'a Review) -> Answer<'a, BTreeMap<String, Value>> {
        Box::pin(async move {
            let state = self.customer(review).await?;
            let kind = state.kinds.get(&review.kind).ok_or(Error::Unknown)?;
            let given = self.vault.fields(&review.stream, "stellar.FieldsProvided");
            let mut values = BTreeMap::new();
            for (name, field) in state.provided(kind) {
                let value = match &field.content {
                    Content::Text(text) => {
                        let sealed_as = numbered(name, field.revision);
                        let text = text.read(&sealed_as, &given).map_err(|error| failed(&error))?;
                        Value::Text(text.ok_or(Error::Unknown)?)
                    }
                    Content::Document(document) => Value::File {
                        media_type: document.media_type.clone(),
                        bytes: document.bytes,
                    },
                };
                values.insert(name.to_owned(), value);
            }
            Ok(values)
        })
    }

    fn document<'a>(&'a self, review: &'a Review, field: &'a str) -> Answer<'a, Document> {
        Box::pin(async move {
            let state = self.customer(review).await?;
            let kind = state.kinds.get(&review.kind).ok_or(Error::Unknown)?;
            let named = state.provided(kind).find(|(name, _)| *name == field);
            let Some(Content::Document(document)) = named.map(|(_, field)| &field.content) else {
                return Err(Error::Unknown);
            };
            let pieces =
                self.documents.open(&review.stream, document).await.map_err(Error::Unavailable)?;
            let media_type = document.media_type.clone();
            Ok(Document { media_type, pieces: pieces.ok_or(Error::Unknown)? })
        })
    }

    fn claim<'a>(&'a self, review: &'a Review, by: &'a str, origin: Origin) -> Answer<'a, ()> {
        let command = Command::Claim { review: review.id, by: by.to_owned() };
        Box::pin(self.send(review, command, origin))
    }

    fn decide<'a>(
        &'a self,
        review: &'a Review,
        decision: Decision,
        origin: Origin,
    ) -> Answer<'a, ()> {
        let target = if decision.is_revision {
            Target::Kind(review.kind.clone())
        } else {
            Target::Review(review.id)
        };
        let Decision { verdict, by, reason, fields, .. } = decision;
        let wish = super::customer::Decision { target, by, verdict, reason, fields };
        Box::pin(self.send(review, Command::Decide(wish), origin))
    }
}

/// What the operator is shown of a customer; `None`: it was never judged as this type.
fn details(kind: &str, state: &State) -> Option<Details> {
    let shown = view::view(state, kind)?;
    let revision = |name: &str| state.fields.get(name).map_or(0, |field| field.revision);
    let provided = shown.provided.into_iter().map(|one| Field {
        revision: revision(&one.name),
        name: one.name,
        is_required: !one.is_optional,
        state: Some(one.status.word()),
        reason: one.error.map(|why| why.reason.code),
    });
    let wanted = shown.wanted.into_iter().map(|one| Field {
        name: one.name,
        is_required: !one.is_optional,
        state: None,
        reason: None,
        revision: 0,
    });
    let decision = state.kinds.get(kind)?.decision.as_ref();
    let decided = decision.map(|decision| Decided {
        verdict: word(decision.verdict),
        by: match &decision.by {
            DecidedBy::Rules => "rules".to_owned(),
            DecidedBy::Operator(by) => by.clone(),
            DecidedBy::Provider { name, .. } => format!("provider:{name}"),
        },
        reason: decision.reason.as_ref().map(|reason| reason.code.clone()),
    });
    let fields = provided.chain(wanted).collect();
    Some(Details { status: shown.status.word(), fields, decided })
}
