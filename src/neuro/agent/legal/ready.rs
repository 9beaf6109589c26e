//! `POST /Agent/Legal/ReadyForApproval` `{keyId, legalId, nonce, keySignature, requestSignature}`
//!
//! Everything was sent: the automatic review begins, and the answer waits for it a while. Source:
//! documentation of the Agent API, signed form. The form before it, `{legalId}` alone, is taken only
//! if `neuro.legacy_ready` says so, and acknowledged only.

use super::Owned;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::identity::Command;
use crate::neuro::service::Service;
use crate::neuro::signing::Presented;
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let form = &call.form;
    let is_legacy =
        form.optional_text("keyId")?.is_none() && form.optional_text("requestSignature")?.is_none();
    if is_legacy && service.settings.legacy_ready {
        let known = service.account(call.bearer()?).await?;
        known.state.enabled()?;
        let owned = Owned::find(service, call, &known).await?;
        begin(service, call, &owned).await?;
        return Ok(Reply::acknowledged());
    }
    let presented = Presented::of(&call.form, "keyId")?;
    let legal_id = form.text("legalId")?;
    let known = service.account(call.bearer()?).await?;
    let signed = service.signed(call, &known, &presented, |scope, shown| {
        scope.ready_for_approval(&shown.key_signature, shown.nonce.as_str(), legal_id)
    });
    let opened = signed.await?;
    let owned = Owned::find(service, call, &known).await?;
    let identification = owned.state.undecided()?;
    if identification.client.key_number != opened.key.number {
        return Err(Error::Forbidden("The identity was applied for with another key.".into()));
    }
    let state = begin(service, call, &owned).await?;
    service.identity_response(&owned.stream, &state)
}

async fn begin(
    service: &Service,
    call: &Call,
    owned: &Owned,
) -> Result<std::sync::Arc<crate::neuro::identity::State>, Error> {
    let sent = service.identities.send(&owned.stream, Command::MarkReady, call.origin.clone());
    let reply = sent.await?;
    service.reviewed(&owned.stream, reply.state).await
}
