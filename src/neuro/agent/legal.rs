//! `/Agent/Legal/…`

pub mod apply_id;
pub mod attachment;
pub mod attributes;
pub mod identity;
pub mod ready;
pub mod validate_pnr;

use std::sync::Arc;

use kyc_events::StreamId;

use super::Call;
use crate::engine;
use crate::neuro::error::Error;
use crate::neuro::identity::{Rejection, State, stream_of};
use crate::neuro::legal_identity::LegalId;
use crate::neuro::service::{Known, Service};

/// An identity that is there, and the account's own.
pub(in crate::neuro) struct Owned {
    pub stream: StreamId,
    pub state: Arc<State>,
}

impl Owned {
    /// The identity that the request names. What is not there and what is somebody else's is told
    /// apart, as the vendor does.
    pub async fn find(service: &Service, call: &Call, known: &Known) -> Result<Self, Error> {
        let text = call.form.text("legalId")?;
        let id = LegalId::parse(text).map_err(|error| Error::bad(format!("'legalId' {error}.")))?;
        let unknown = || Error::NotFound("There is no such identity.".into());
        let stream = stream_of(id.id());
        if !id.is_of(&service.settings.domain) || !service.models.log_has(&stream) {
            return Err(unknown());
        }
        let state = service.identities.state(&stream).await?;
        let identification = state.identification.as_ref().ok_or_else(unknown)?;
        if identification.account != known.stream {
            return Err(Error::Forbidden("The identity is not yours.".into()));
        }
        Ok(Self { stream, state })
    }
}

impl From<engine::Error<Rejection>> for Error {
    fn from(error: engine::Error<Rejection>) -> Self {
        match error {
            engine::Error::Rejected(rejection) => rejection.into(),
            engine::Error::Busy => Self::Unavailable,
            engine::Error::TooLarge => Self::TooLarge,
            other => Self::Internal(other.outcome().to_owned()),
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        use Rejection as R;
        match rejection {
            R::Unknown | R::Erased => Self::NotFound("There is no such identity.".into()),
            R::WrongStatus(status) => {
                Self::Forbidden(format!("The identity is {}.", status.word()).into())
            }
            R::NoProperties | R::TooManyProperties => {
                Self::bad("'Properties' has too few or too many entries.")
            }
            R::TooManyAttachments => {
                Self::Forbidden("The identity has too many attachments.".into())
            }
            R::TooManyRuns => Self::TooMany { retry_after_s: 3_600 },
            R::Exists
            | R::RunOver
            | R::Senseless(_)
            | R::UnknownRequest
            | R::Answered
            | R::UnknownReview
            | R::Claimed
            | R::Decided
            | R::ReasonNeeded => Self::Internal(rejection.to_string()),
        }
    }
}
