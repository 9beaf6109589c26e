//! `POST /Agent/Crypto/CreateKey` `{localName, namespace, id, nonce, keySignature, requestSignature}`
//!
//! A pair of keys is made here; the private one is sealed with what only the client's password
//! makes, before anything says that it is there.

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::engine;
use crate::neuro::account::{Command, NewKey};
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::key::{Algorithm, NAMESPACE, Owner, PrivateKey, SEED_BYTES_MAX, WrappedKey};
use crate::neuro::service::Service;
use crate::neuro::signature::KeyScope;
use crate::neuro::signing::Presented;
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let form = &call.form;
    let (local_name, namespace) = (form.text("localName")?, form.text("namespace")?);
    let presented = Presented::of(form, "id")?;
    let algorithm = Algorithm::named(local_name, namespace)
        .ok_or_else(|| Error::bad("There is no such algorithm."))?;
    let known = service.account(call.bearer()?).await?;
    let owner_key = known.state.enabled()?.key;
    service.check_endpoint(call.remote).await?;
    let scope = KeyScope {
        user: &known.user,
        host: &call.host,
        local_name,
        namespace,
        key: &presented.key_id,
    };
    let text = scope.create_key(&presented.key_signature, presented.nonce.as_str());
    service.check_request(call, &known, &presented, text).await?;
    service.succeeded(call.remote).await?;
    known.state.has_room_for_key(&*service.vault, presented.key_id.as_str())?;

    let mut entropy = Zeroizing::new([0; SEED_BYTES_MAX]);
    random(entropy.as_mut_slice())?;
    let private = PrivateKey::generate(algorithm, &entropy);
    let (mut salt, mut seal) = ([0; 16], [0; 24]);
    random(&mut salt)?;
    random(&mut seal)?;
    let of = Owner { user: &known.user, key: &presented.key_id };
    let wrapped = WrappedKey::seal(&private, of, &presented.key_signature, salt, seal);
    let wrapped = Zeroizing::new(minicbor_serde::to_vec(&wrapped).map_err(Error::internal)?);
    let secret = Uuid::new_v4();
    service.keep_secret(owner_key, secret, wrapped).await?;
    let new = NewKey {
        key_id: presented.key_id.as_str().to_owned(),
        local_name: algorithm.local_name().to_owned(),
        namespace: NAMESPACE.to_owned(),
        public_key: private.public().text(),
        secret,
    };
    let sent = service.accounts.send(&known.stream, Command::CreateKey(new), call.origin.clone());
    let reply = match sent.await {
        Ok(reply) => reply,
        Err(error) => {
            if matches!(error, engine::Error::Rejected(_)) {
                service.forget_secret(owner_key, secret).await;
            }
            return Err(error.into());
        }
    };
    service.caught_up(&reply).await?;
    let created = reply.state.keys.last().map_or(service.clock.now(), |key| key.created_at);
    Ok(Reply::new("Stored").instant("created", created).instant("updated", created))
}

fn random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(Error::internal)
}
