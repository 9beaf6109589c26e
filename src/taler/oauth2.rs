//! The OAuth 2.0 provider at which holders of accounts prove who they are.
//!
//! ```text
//! code ──POST token_url──► token ──GET info_url──► user, attributes        one deadline for both
//! ```
//!
//! Source: RFC 6749, RFC 7636; exchange of November 2021. Its rules on what an answer may look like
//! are stricter in some places and laxer in others than those of OAuth libraries, and requests leave
//! through the one door for outgoing HTTP: so the exchange is written out here.

mod answer;
pub mod sandbox;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{Method, StatusCode};
use kyc_events::taler::Fault;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use url::Url;

use super::payment_target::Outcome;
use crate::callbacks::egress::{
    AllowEntry, BuildError, Client, Policy, Request, Response, SendError, Target, UrlRefused,
};
use crate::config::Secret;
use crate::config::limits;
use crate::config::taler::OAuth2;

/// Where the provider is and who we are there.
pub struct Provider {
    client: Client,
    authorize: Url,
    token: Target,
    info: Target,
    settings: OAuth2,
}

/// The provider's URLs.
pub struct Urls<'a> {
    /// Page for users.
    pub authorize: &'a str,
    /// Codes for tokens.
    pub token: &'a str,
    /// Tokens for users.
    pub info: &'a str,
}

/// Why this provider cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The page for users.
    #[error("taler.oauth2.authorize_url: {0}")]
    Authorize(url::ParseError),
    /// One of the others.
    #[error("{key}: {error}")]
    Url {
        /// Which.
        key: &'static str,
        /// Why.
        error: UrlRefused,
    },
    /// The extra roots.
    #[error(transparent)]
    Roots(#[from] BuildError),
}

/// A question came to nothing.
enum Failed {
    Fault(Fault),
    Outcome(Outcome),
}

impl From<SendError> for Failed {
    fn from(error: SendError) -> Self {
        tracing::warn!(%error, "the legitimization provider could not be asked");
        Self::Fault(match error {
            SendError::Timeout(_) => Fault::Timeout,
            SendError::Refused(_) | SendError::Dns | SendError::Connect(_) | SendError::Tls(_) => {
                Fault::Unreachable
            }
            SendError::Protocol(_) | SendError::Io(_) => Fault::InvalidAnswer,
        })
    }
}

impl Provider {
    /// The operator chose these URLs, so unlike one from outside they may be plain http and in a
    /// private network.
    pub fn new(settings: OAuth2, urls: &Urls<'_>, policy: &Policy) -> Result<Self, Unusable> {
        let mut policy =
            Policy { response_bytes_max: limits::PROVIDER_ANSWER_BYTES_MAX, ..policy.clone() };
        for url in [urls.token, urls.info].iter().filter_map(|url| Url::parse(url).ok()) {
            policy.allow_http |= url.scheme() == "http";
            let entry = url.host_str().and_then(|host| host.parse::<AllowEntry>().ok());
            policy.allow_addresses.extend(entry);
        }
        let target = |key, url| {
            Target::parse(url, &policy, true).map_err(|error| Unusable::Url { key, error })
        };
        Ok(Self {
            authorize: Url::parse(urls.authorize).map_err(Unusable::Authorize)?,
            token: target("taler.oauth2.token_url", urls.token)?,
            info: target("taler.oauth2.info_url", urls.info)?,
            client: Client::new(policy)?,
            settings,
        })
    }

    /// Where users go when they are done.
    pub fn post_url(&self) -> &str {
        &self.settings.post_url
    }

    /// The page that a user is sent to; with `state` and PKCE's verifier, if there are any.
    pub fn authorize_url(&self, redirect_uri: &str, secrets: Option<(&str, &str)>) -> String {
        let mut url = self.authorize.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code");
        query.append_pair("client_id", &self.settings.client_id);
        query.append_pair("redirect_uri", redirect_uri);
        if let Some((state, verifier)) = secrets {
            query.append_pair("state", state);
            query.append_pair("code_challenge", &challenge(verifier));
            query.append_pair("code_challenge_method", "S256");
        }
        drop(query);
        url.into()
    }

    /// Who the user with this code is.
    pub async fn ask(&self, code: &str, redirect_uri: &str, verifier: Option<&str>) -> Outcome {
        let until = Instant::now() + Duration::from_millis(self.settings.timeout_ms);
        match self.token_of(code, redirect_uri, verifier, until).await {
            Ok(token) => match self.info_of(&token, until).await {
                Ok((user, attributes)) => Outcome::Accepted { user, attributes },
                Err(failed) => failed.into(),
            },
            Err(failed) => failed.into(),
        }
    }

    async fn token_of(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        until: Instant,
    ) -> Result<Secret, Failed> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("client_id", &self.settings.client_id);
        form.append_pair("redirect_uri", redirect_uri);
        form.append_pair("client_secret", self.settings.client_secret.expose());
        form.append_pair("code", code);
        form.append_pair("grant_type", "authorization_code");
        if let Some(verifier) = verifier {
            form.append_pair("code_verifier", verifier);
        }
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut request = Request::post(self.token.clone(), form_type, form.finish());
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = self.send(request, until).await?;
        answer::token(response.status, &whole(&response)?)
    }

    async fn info_of(
        &self,
        token: &Secret,
        until: Instant,
    ) -> Result<(String, BTreeMap<String, String>), Failed> {
        let mut request = Request::get(self.info.clone());
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
        let mut bearer = bearer.map_err(|_| Failed::Fault(Fault::InvalidAnswer))?;
        bearer.set_sensitive(true);
        request.headers.insert(AUTHORIZATION, bearer);
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = self.send(request, until).await?;
        answer::info(response.status, &whole(&response)?, &self.settings)
    }

    /// Follows a few redirects, but never to another server: secrets are in the request.
    async fn send(&self, mut request: Request, until: Instant) -> Result<Response, Failed> {
        let invalid = || Failed::Fault(Fault::InvalidAnswer);
        for _ in 0..=limits::PROVIDER_REDIRECTS_MAX {
            let left = until.saturating_duration_since(Instant::now());
            let response = self.client.send(&request, Some(left)).await?;
            if !response.status.is_redirection() {
                return Ok(response);
            }
            let location = response.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let from = Url::parse(request.target.as_str()).map_err(|_| invalid())?;
            let to = location.and_then(|to| from.join(to).ok()).ok_or_else(invalid)?;
            if to.origin() != from.origin() {
                return Err(invalid());
            }
            let target = Target::parse(to.as_str(), self.client.policy(), true);
            request.target = target.map_err(|_| invalid())?;
            let keeps = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT];
            if request.method == Method::POST && !keeps.contains(&response.status) {
                request.method = Method::GET;
                request.body = hyper::body::Bytes::new();
                request.headers.remove(CONTENT_TYPE);
            }
        }
        Err(invalid())
    }
}

impl From<Failed> for Outcome {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Fault(fault) => Self::Unanswered(fault),
            Failed::Outcome(outcome) => outcome,
        }
    }
}

fn whole(response: &Response) -> Result<hyper::body::Bytes, Failed> {
    if response.truncated {
        return Err(Failed::Fault(Fault::InvalidAnswer));
    }
    Ok(response.body.clone())
}

/// RFC 7636 §4.2, `S256`.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests;
