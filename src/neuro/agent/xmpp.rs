//! `/Agent/Xmpp/…`: the messages of an account.
//!
//! That they were taken is recorded before they are told; of two who take at once one looks again.

pub mod clear;
pub mod pop;

use kyc_events::Position;

use super::Call;
use crate::config::limits;
use crate::engine;
use crate::neuro::account::{Command, Rejection};
use crate::neuro::error::Error;
use crate::neuro::service::{Known, Service};

/// Takes the messages up to where `look` has looked, and answers what it saw.
async fn take<T>(
    service: &Service,
    call: &Call,
    look: impl Fn(&Known) -> Result<(T, Option<Position>), Error>,
) -> Result<T, Error> {
    for _ in 0..limits::CONFLICT_RETRIES_MAX {
        let known = service.account(call.bearer()?).await?;
        if !service.models.wait_for_all().await {
            return Err(Error::Unavailable);
        }
        let (seen, through) = look(&known)?;
        let Some(through) = through else { return Ok(seen) };
        let command = Command::PopMessages { from: known.state.popped, through };
        match service.accounts.send(&known.stream, command, call.origin.clone()).await {
            Ok(reply) => {
                // They are taken: whoever asks too early sees them again, but they are told now.
                let _ = service.caught_up(&reply).await;
                return Ok(seen);
            }
            Err(engine::Error::Rejected(Rejection::Popped)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable)
}
