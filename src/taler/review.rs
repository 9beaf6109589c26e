//! Uploaded documents in the operator's queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use kyc_events::StreamId;
use kyc_events::taler::PAYTO;
use kyc_projections::payment_targets::{self, PaymentTargets};
use uuid::Uuid;

use super::payment_target::{Command, Legitimation, PaymentTarget, Rejection, State, Stored};
use crate::engine::ReadModels;
use crate::engine::handle::{Handle, Origin};
use crate::review::{
    Answer, Decided, Decision, Details, Document, Error, Field, Review, Reviews, Value, word,
};
use crate::vault::Vault;

/// Name of the document among the fields of a review.
const DOCUMENT: &str = "document";
/// Name of whose it is.
const PAYTO_URI: &str = "payto_uri";

/// See the module.
pub struct DocumentReviews {
    /// The payment targets.
    pub targets: Handle<PaymentTarget>,
    /// Read models.
    pub models: ReadModels,
    /// Opens values and documents.
    pub vault: Arc<Vault>,
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        let text = rejection.to_string();
        match rejection {
            Rejection::Unknown | Rejection::Erased | Rejection::UnknownReview => Self::Unknown,
            Rejection::Claimed | Rejection::Decided => Self::Conflict(text),
            Rejection::ReasonNeeded => Self::Invalid(text),
            Rejection::ProcessOver | Rejection::AlreadyUploaded | Rejection::TooManyDocuments => {
                Self::Unavailable(text)
            }
        }
    }
}

fn failed(error: &impl std::fmt::Display) -> Error {
    Error::Unavailable(error.to_string())
}

impl DocumentReviews {
    async fn document(&self, review: &Review) -> Result<(Arc<State>, Stored), Error> {
        let state = self.targets.state(&review.stream).await?;
        let file = state.reviews.get(&review.id).ok_or(Error::Unknown)?.file;
        let stored = state.documents.get(&file).cloned().ok_or(Error::Unknown)?;
        Ok((state, stored))
    }

    async fn send(&self, review: &Review, command: Command, origin: Origin) -> Result<(), Error> {
        let reply = self.targets.send(&review.stream, command, origin).await?;
        match reply.last {
            Some(last) if !self.models.wait_for(last).await => {
                Err(Error::Unavailable("the read models lag behind".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

impl Reviews for DocumentReviews {
    fn protocol(&self) -> &'static str {
        "taler"
    }

    fn subject(&self, stream: &StreamId) -> String {
        let number = |rows: &_| payment_targets::number_of(rows, stream);
        let number = self.models.of::<PaymentTargets>().query(number);
        number.map_or_else(|| "taler".to_owned(), |number| format!("taler:{number}"))
    }

    fn details<'a>(&'a self, review: &'a Review) -> Answer<'a, Details> {
        Box::pin(async move {
            let (state, _) = self.document(review).await?;
            details(&state, review.id).ok_or(Error::Unknown)
        })
    }

    fn values<'a>(&'a self, review: &'a Review) -> Answer<'a, BTreeMap<String, Value>> {
        Box::pin(async move {
            let (state, stored) = self.document(review).await?;
            let owner = state.owner()?;
            let registered = self.vault.fields(&review.stream, "taler.PaymentTargetRegistered");
            let payto = owner.payto.read(PAYTO, &registered).map_err(|error| failed(&error))?;
            let document = Value::File {
                media_type: stored.document.media_type,
                bytes: stored.document.bytes,
            };
            Ok(BTreeMap::from([
                (PAYTO_URI.to_owned(), Value::Text(payto.ok_or(Error::Unknown)?)),
                (DOCUMENT.to_owned(), document),
            ]))
        })
    }

    fn document<'a>(&'a self, review: &'a Review, field: &'a str) -> Answer<'a, Document> {
        Box::pin(async move {
            if field != DOCUMENT {
                return Err(Error::Unknown);
            }
            let (state, stored) = self.document(review).await?;
            let (key, vault) = (state.owner()?.key, Arc::clone(&self.vault));
            let file = stored.document.file;
            let open = tokio::task::spawn_blocking(move || vault.open_document(key, file)).await;
            let opened = open.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
            let chunks = opened.ok_or(Error::Unknown)?;
            let pieces = Box::new(chunks.map(|chunk| chunk.map_err(|error| error.to_string())));
            Ok(Document { media_type: stored.document.media_type, pieces })
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
        let Decision { verdict, by, reason, fields, is_revision } = decision;
        Box::pin(async move {
            if let Some(name) = fields.keys().find(|name| *name != DOCUMENT) {
                return Err(Error::Invalid(format!("there is no field {name:?}")));
            }
            let command = Command::Decide { review: review.id, verdict, by, reason, is_revision };
            self.send(review, command, origin).await
        })
    }
}

/// What the operator is shown; `None`: no such review.
fn details(state: &State, id: Uuid) -> Option<Details> {
    let review = state.reviews.get(&id)?;
    let payto = Field {
        name: PAYTO_URI.to_owned(),
        is_required: true,
        state: None,
        reason: None,
        revision: 1,
    };
    let document = Field {
        name: DOCUMENT.to_owned(),
        is_required: true,
        state: Some(review.verdict.map_or("open", word)),
        reason: review.reason.clone(),
        revision: 1,
    };
    let status = match state.legitimation {
        Some(Legitimation::Proof { .. } | Legitimation::Review { .. }) => "legitimized",
        None => "not legitimized",
    };
    let decided = review.verdict.zip(review.decided_by.clone());
    let decided = decided.map(|(verdict, by)| Decided {
        verdict: word(verdict),
        by,
        reason: review.reason.clone(),
    });
    Some(Details { status, fields: vec![payto, document], decided })
}
