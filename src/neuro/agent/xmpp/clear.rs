//! `POST /Agent/Xmpp/ClearMessages` `{}`: nothing waits any longer.

use kyc_projections::neuro_inbox::{self, NeuroInbox};

use super::take;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::service::{Known, Service};
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let look = |known: &Known| {
        let newest = |rows: &_| neuro_inbox::newest(rows, &known.stream);
        Ok(((), service.models.of::<NeuroInbox>().query(newest)))
    };
    take(service, call, look).await?;
    Ok(Reply::acknowledged())
}
