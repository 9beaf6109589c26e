//! `POST /Agent/Crypto/GetPublicKey` `{keyId?}`: one of the account's keys, or the server's own.

use kyc_events::neuro::{PUBLIC_KEY, numbered};

use super::described;
use crate::neuro::account::key_tag;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::key::Algorithm;
use crate::neuro::service::Service;
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let Some(key_id) = call.form.optional_text("keyId")? else {
        let public = service.key.public();
        return Ok(reply(public.text(), public.algorithm()));
    };
    let bearer = call.bearer.as_ref().ok_or_else(|| service.unauthorized(None))?;
    let known = service.account(bearer).await?;
    let owner = known.state.owner()?;
    let tag = key_tag(&*service.vault, owner.key, key_id).map_err(Error::internal)?;
    let key = tag.and_then(|tag| known.state.key_by(tag));
    let key = key.ok_or_else(|| Error::NotFound("There is no such key.".into()))?;
    let created = service.vault.fields(&known.stream, "neuro.KeyCreated");
    let public = key.public_key.read(&numbered(PUBLIC_KEY, key.number), &created);
    let public = public.map_err(Error::internal)?;
    let public = public.ok_or_else(|| Error::NotFound("There is no such key.".into()))?;
    let algorithm = Algorithm::named(&key.local_name, &key.namespace)
        .ok_or_else(|| Error::Internal("an unknown algorithm".to_owned()))?;
    Ok(reply(public, algorithm))
}

fn reply(key: String, algorithm: Algorithm) -> Reply {
    Reply::new("PublicKey").text("key", key).one("Algorithm", described(algorithm))
}
