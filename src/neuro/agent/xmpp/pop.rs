//! `POST /Agent/Xmpp/PopMessages` `{maxCount?}`: the oldest that wait, which wait no longer.

use kyc_projections::neuro_inbox::{self, NeuroInbox};

use super::take;
use crate::config::limits;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::service::{Known, Service};
use crate::neuro::wire::{Item, Reply};

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let most = limits::NEURO_MESSAGES_MAX as u64;
    let count = call.form.optional_whole("maxCount", 1..=u64::MAX)?.unwrap_or(most).min(most);
    let look = |known: &Known| {
        let waiting = |rows: &_| neuro_inbox::waiting(rows, &known.stream, count as usize);
        let messages = service.models.of::<NeuroInbox>().query(waiting);
        let through = messages.last().map(|message| message.position);
        let mut told = Vec::new();
        for message in &messages {
            told.extend(service.told(known, message)?.map(Item::Record));
        }
        Ok((told, through))
    };
    let told = take(service, call, look).await?;
    Ok(Reply::new("MessagesResult").many_bare("Messages", told))
}
