//! Answers about applications of the Agent API.

use kyc_events::StreamId;

use super::{Answer, Decides, Refused, Taken};
use crate::engine::handle::Origin;
use crate::engine::{Error, Handle};
use crate::neuro::identity::{Command, Identity, Judgement, Rejection};

/// Hands answers to identities. Reasons are machine codes of the API, or words for the person.
pub struct NeuroDecisions(pub Handle<Identity>);

impl Decides for NeuroDecisions {
    fn decide<'a>(
        &'a self,
        stream: &'a StreamId,
        _: &'a str,
        answer: Answer,
        origin: Origin,
    ) -> Taken<'a> {
        Box::pin(async move {
            let verdict = answer.decision.into();
            let judgement = Judgement { verdict, reasons: answer.reasons };
            let command = Command::Answer { request: answer.request_id, judgement };
            match self.0.send(stream, command, origin).await {
                Ok(_) => Ok(()),
                Err(Error::Rejected(rejection)) => Err(refused(&rejection)),
                Err(error) => Err(Refused::Unavailable(error.to_string())),
            }
        })
    }
}

fn refused(rejection: &Rejection) -> Refused {
    match rejection {
        Rejection::Unknown | Rejection::Erased | Rejection::UnknownRequest => {
            Refused::NotFound("no such request")
        }
        other => Refused::Conflict(other.to_string()),
    }
}
