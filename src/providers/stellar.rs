//! Answers about Stellar customers.

use kyc_events::StreamId;

use super::{Answer, Decides, Refused, Taken};
use crate::engine::handle::Origin;
use crate::engine::{Error, Handle};
use crate::stellar::customer::{Command, Customer, Rejection};

/// Hands answers to customers. A reason `<field>` or `<field>:<reason>` is about that field.
pub struct StellarDecisions(pub Handle<Customer>);

impl Decides for StellarDecisions {
    fn decide<'a>(
        &'a self,
        stream: &'a StreamId,
        provider: &'a str,
        answer: Answer,
        origin: Origin,
    ) -> Taken<'a> {
        Box::pin(async move {
            let verdict = answer.decision.into();
            let Answer { request_id: request, reasons, .. } = answer;
            let provider = provider.to_owned();
            let command = Command::RecordCheck { provider, request, verdict, reasons };
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
        Rejection::Unknown | Rejection::Erased | Rejection::UnknownCheck => {
            Refused::NotFound("no such request")
        }
        Rejection::KeysUnavailable => Refused::Unavailable(rejection.to_string()),
        other => Refused::Conflict(other.to_string()),
    }
}
