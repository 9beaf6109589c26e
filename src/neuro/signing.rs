//! What every signed request goes through.
//!
//! ```text
//! account enabled: 403 ─► endpoint blocked: 429, 403 ─► key: 404 ─► request signature: 403
//!   ─► nonce: 400 ─► key signature opens the private key: 403
//! ```
//!
//! A nonce is used up only by who knows the password, and then it is used whatever follows.

use zeroize::Zeroizing;

use super::account::{Key, key_tag};
use super::agent::Call;
use super::error::Error;
use super::key::{Algorithm, Owner, PrivateKey, WrappedKey};
use super::name::KeyId;
use super::nonce::{Nonce, Scope};
use super::service::{Known, Service};
use super::signature::{KeyScope, Signature, Signed};
use super::wire::Form;

/// What is said of a signature that is not good, whichever of the two it is.
const NOT_VALID: &str = "The key signature or the request signature is not valid.";

/// What a request with a key brings along.
pub struct Presented<'a> {
    /// The key's name in its account.
    pub key_id: KeyId,
    /// Shown to be used once.
    pub nonce: Nonce<'a>,
    /// Opens the private key.
    pub key_signature: Signature,
    /// Shows who knows the account's password.
    pub request_signature: Signature,
}

impl<'a> Presented<'a> {
    /// Out of a request that names its key as `key`.
    pub fn of(form: &'a Form, key: &str) -> Result<Self, Error> {
        let key_id = KeyId::parse(form.text(key)?)
            .map_err(|error| Error::bad(format!("'{key}' {error}.")))?;
        Ok(Self {
            key_id,
            nonce: nonce(form)?,
            key_signature: signature(form, "keySignature")?,
            request_signature: signature(form, "requestSignature")?,
        })
    }
}

/// The nonce that was sent.
pub fn nonce(form: &Form) -> Result<Nonce<'_>, Error> {
    Nonce::parse(form.text("nonce")?).map_err(|error| Error::bad(format!("'nonce' {error}.")))
}

/// A signature that was sent as `name`.
pub fn signature(form: &Form, name: &str) -> Result<Signature, Error> {
    let invalid = |_| Error::bad(format!("'{name}' has to be 32 bytes in base64."));
    Signature::parse(form.text(name)?).map_err(invalid)
}

/// A key of the account, opened.
pub struct Opened {
    /// What is recorded of it.
    pub key: Key,
    /// What it signs with.
    pub private: PrivateKey,
}

impl Service {
    /// Checks a request with a key that the account has; `text` is what the request signature is
    /// over.
    pub async fn signed<'a>(
        &self,
        call: &'a Call,
        known: &'a Known,
        presented: &'a Presented<'a>,
        text: impl FnOnce(KeyScope<'a>, &'a Presented<'a>) -> Signed<'a>,
    ) -> Result<Opened, Error> {
        let owner = known.state.enabled()?;
        self.check_endpoint(call.remote).await?;
        let tag = key_tag(&*self.vault, owner.key, presented.key_id.as_str());
        let tag = tag.map_err(Error::internal)?;
        let key = tag.and_then(|tag| known.state.key_by(tag).cloned());
        let key = key.ok_or_else(|| Error::NotFound("There is no such key.".into()))?;
        let algorithm = Algorithm::named(&key.local_name, &key.namespace);
        let algorithm = algorithm.ok_or_else(|| Error::Internal("unknown algorithm".to_owned()))?;
        let scope = KeyScope {
            user: &known.user,
            host: &call.host,
            local_name: algorithm.local_name(),
            namespace: super::key::NAMESPACE,
            key: &presented.key_id,
        };
        self.check_request(call, known, presented, text(scope, presented)).await?;
        let wrapped = self.secret(owner.key, key.secret).await?;
        let wrapped: WrappedKey = minicbor_serde::from_slice(&wrapped).map_err(Error::internal)?;
        let of = Owner { user: &known.user, key: &presented.key_id };
        match wrapped.open(of, &presented.key_signature) {
            Ok(private) => {
                self.succeeded(call.remote).await?;
                Ok(Opened { key, private })
            }
            Err(_) => Err(self.failed(call.remote, NOT_VALID).await),
        }
    }

    /// Checks the request signature and uses the nonce up.
    pub async fn check_request(
        &self,
        call: &Call,
        known: &Known,
        presented: &Presented<'_>,
        text: Signed<'_>,
    ) -> Result<(), Error> {
        let password: Zeroizing<String> = self.password(known).await?;
        if !text.is_signed_by(&password, &presented.request_signature) {
            return Err(self.failed(call.remote, NOT_VALID).await);
        }
        self.use_up(presented.nonce, Scope::Account(&known.user)).await
    }
}
