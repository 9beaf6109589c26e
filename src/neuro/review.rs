//! Applications in the operator's queue: what the automatic review left open.

use std::collections::BTreeMap;
use std::sync::Arc;

use kyc_events::StreamId;
use kyc_events::neuro::{FILE_NAME, Standing, Status, of};
use kyc_events::sealed::SealError;

use super::error::Error as Failed;
use super::identity::{Attached, Command, Rejection, State, id_of};
use super::service::Service;
use crate::engine::handle::Origin;
use crate::review::{
    Answer, Decided, Decision, Details, Document, Error, Field, Review, Reviews, Value, Verdict,
};

/// See the module.
pub struct IdentityReviews(pub Service);

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        let text = rejection.to_string();
        match rejection {
            Rejection::Unknown | Rejection::Erased | Rejection::UnknownReview => Self::Unknown,
            Rejection::Claimed | Rejection::Decided | Rejection::WrongStatus(_) => {
                Self::Conflict(text)
            }
            Rejection::ReasonNeeded => Self::Invalid(text),
            _ => Self::Unavailable(text),
        }
    }
}

impl From<Failed> for Error {
    fn from(error: Failed) -> Self {
        match error {
            Failed::NotFound(_) => Self::Unknown,
            Failed::Internal(cause) => Self::Unavailable(cause),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

fn failed(error: &impl std::fmt::Display) -> Error {
    Error::Unavailable(error.to_string())
}

impl IdentityReviews {
    async fn state(&self, review: &Review) -> Result<Arc<State>, Error> {
        let state = self.0.identities.state(&review.stream).await?;
        let is_there = state.identification.is_some() && state.reviews.contains_key(&review.id);
        if is_there { Ok(state) } else { Err(Error::Unknown) }
    }

    async fn send(&self, review: &Review, command: Command, origin: Origin) -> Result<(), Error> {
        let reply = self.0.identities.send(&review.stream, command, origin).await?;
        Ok(self.0.caught_up(&reply).await?)
    }

    /// The file's name, which names the field.
    fn field_of(
        &self,
        stream: &StreamId,
        attached: &Attached,
    ) -> Result<Option<String>, SealError> {
        let added = self.0.vault.fields(stream, "neuro.AttachmentAdded");
        attached.file_name.read(&of(FILE_NAME, attached.document.file), &added)
    }

    /// Attachments by the names of their fields; those called like another or like a property are told
    /// apart by their ids.
    fn files<'s>(
        &self,
        stream: &StreamId,
        state: &'s State,
    ) -> Result<Vec<(String, &'s Attached)>, Error> {
        let properties = self.0.properties(stream, state.identification()?)?;
        let mut files: Vec<(String, &Attached)> = Vec::new();
        for attached in &state.attachments {
            let name = self.field_of(stream, attached).map_err(|error| failed(&error))?;
            let mut name = name.ok_or(Error::Unknown)?;
            let is_claim = properties.iter().any(|(claim, _)| *claim == name);
            if is_claim || files.iter().any(|(known, _)| *known == name) {
                name = format!("{}-{name}", attached.document.file);
            }
            files.push((name, attached));
        }
        Ok(files)
    }
}

/// What is wanted goes with the reason: properties and documents have no words of their own.
fn asked_for(reason: Option<String>, fields: &BTreeMap<String, Option<String>>) -> Option<String> {
    if fields.is_empty() {
        return reason;
    }
    let one = |(name, why): (&String, &Option<String>)| match why {
        Some(why) => format!("{name}: {why}"),
        None => name.clone(),
    };
    let wanted: Vec<String> = fields.iter().map(one).collect();
    let wanted = wanted.join("; ");
    Some(reason.map_or(wanted.clone(), |reason| format!("{reason} ({wanted})")))
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Valid => "valid",
        Standing::Invalid => "invalid",
        Standing::Unvalidated => "unvalidated",
    }
}

impl Reviews for IdentityReviews {
    fn protocol(&self) -> &'static str {
        "neuro"
    }

    /// By pseudonym: what the account is called is not looked up for a list.
    fn subject(&self, stream: &StreamId) -> String {
        id_of(stream).map_or_else(|| "neuro".to_owned(), |id| format!("neuro identity {id}"))
    }

    fn details<'a>(&'a self, review: &'a Review) -> Answer<'a, Details> {
        Box::pin(async move {
            let state = self.state(review).await?;
            let report = self.0.report(&review.stream, &state)?;
            let known = state.identification()?;
            let properties = self.0.properties(&review.stream, known)?;
            let claims = properties.into_iter().take(known.claims as usize).zip(0..);
            let mut fields: Vec<Field> = claims
                .map(|((name, _), index)| Field {
                    name,
                    is_required: false,
                    state: Some(word(report.claim(index))),
                    reason: report
                        .claims
                        .get(&index)
                        .and_then(|marks| marks.iter().find_map(|mark| mark.code.clone())),
                    revision: 1,
                })
                .collect();
            for (name, attached) in self.files(&review.stream, &state)? {
                let file = attached.document.file;
                fields.push(Field {
                    name,
                    is_required: false,
                    state: Some(word(report.photo(file))),
                    reason: report
                        .photos
                        .get(&file)
                        .and_then(|marks| marks.iter().find_map(|mark| mark.code.clone())),
                    revision: 1,
                });
            }
            let one = state.reviews.get(&review.id).ok_or(Error::Unknown)?;
            let decided = one.verdict.zip(one.decided_by.clone());
            let decided = decided.map(|(verdict, by)| Decided {
                verdict: crate::review::word(verdict),
                by,
                reason: one.reason.clone(),
            });
            let status = state.status.unwrap_or(Status::Created).word();
            Ok(Details { status, fields, decided })
        })
    }

    fn values<'a>(&'a self, review: &'a Review) -> Answer<'a, BTreeMap<String, Value>> {
        Box::pin(async move {
            let state = self.state(review).await?;
            let properties = self.0.properties(&review.stream, state.identification()?)?;
            let texts = properties.into_iter().map(|(name, value)| (name, Value::Text(value)));
            let mut values: BTreeMap<String, Value> = texts.collect();
            for (name, attached) in self.files(&review.stream, &state)? {
                let document = &attached.document;
                let (media_type, bytes) = (document.media_type.clone(), document.bytes);
                values.insert(name, Value::File { media_type, bytes });
            }
            Ok(values)
        })
    }

    fn document<'a>(&'a self, review: &'a Review, field: &'a str) -> Answer<'a, Document> {
        Box::pin(async move {
            let state = self.state(review).await?;
            let files = self.files(&review.stream, &state)?;
            let found = files.iter().find(|(name, _)| name == field);
            let document = found.map(|(_, attached)| attached.document.clone());
            let document = document.ok_or(Error::Unknown)?;
            let (key, file) = (state.identification()?.key, document.file);
            let vault = Arc::clone(&self.0.vault);
            let open = tokio::task::spawn_blocking(move || vault.open_document(key, file)).await;
            let opened = open.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
            let chunks = opened.ok_or(Error::Unknown)?;
            let pieces = Box::new(chunks.map(|chunk| chunk.map_err(|error| error.to_string())));
            Ok(Document { media_type: document.media_type, pieces })
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
            if verdict != Verdict::Resubmit && !fields.is_empty() {
                let what = "an identity is accepted or rejected as a whole, without fields";
                return Err(Error::Invalid(what.to_owned()));
            }
            let reason = asked_for(reason, &fields);
            let command = Command::Decide { review: review.id, verdict, by, reason, is_revision };
            self.send(review, command, origin).await
        })
    }
}
