//! The token that a signed challenge gives: a JWT (RFC 7519), HS256, keyed with the secret's UTF-8
//! bytes.
//!
//! ```text
//! iss  our WEB_AUTH_ENDPOINT      sub  G… | G…:memo | M… | C…
//! iat  now                        exp  a day later
//! jti  hash of the challenge      aud, home_domain  whom it is for
//! client_domain                   the wallet's domain, if it proved one
//! ```
//!
//! A token made elsewhere with the same secret is good too, whoever issued it: an anchor may have a
//! SEP-10 server already. If it says whom it is for (`aud`), that has to be us.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::config::limits;
use crate::signing::jwt::{self, Audience, Untimely};
use crate::stellar::caller::Caller;

/// Makes and checks tokens. Debug output hides the key.
#[derive(Clone)]
pub struct Tokens {
    key: jwt::Key,
    /// Our `WEB_AUTH_ENDPOINT`.
    issuer: String,
    home_domains: Vec<String>,
}

/// What a token is made for.
#[derive(Debug, Clone)]
pub struct Grant<'a> {
    /// Whom it speaks of.
    pub caller: Caller,
    /// The hash of the challenge it was given for.
    pub challenge: [u8; 32],
    /// The home domain of the challenge.
    pub home_domain: &'a str,
    /// The wallet's domain, if it signed.
    pub client_domain: Option<&'a str>,
}

/// What a good token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Whom it speaks of.
    pub caller: Caller,
    /// The wallet's domain, if it proved one.
    pub client_domain: Option<String>,
}

/// Why a token is none. Names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Longer than any of ours.
    #[error("token is too long")]
    TooLong,
    /// Not three base64url texts of what they should be.
    #[error("token is malformed")]
    Malformed,
    /// Any algorithm but HS256, or an extension we do not know.
    #[error("token is not signed with HS256")]
    Algorithm,
    /// Wrong, or of another secret.
    #[error("token signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("token is expired")]
    Expired,
    /// Its time has not come, or it was issued in the future.
    #[error("token is not valid yet")]
    Early,
    /// For somebody else.
    #[error("token is for another audience")]
    Audience,
    /// Of nobody.
    #[error("token subject is not a stellar account")]
    Subject,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: &'a str,
    home_domain: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_domain: Option<&'a str>,
}

#[derive(Deserialize)]
struct Shown {
    iss: String,
    sub: String,
    iat: Number,
    exp: Number,
    nbf: Option<Number>,
    aud: Option<Audience>,
    client_domain: Option<String>,
}

impl Tokens {
    /// Keyed with `secret`. `issuer` is our `WEB_AUTH_ENDPOINT`.
    pub fn new(secret: &str, issuer: String, home_domains: Vec<String>) -> Self {
        Self { key: jwt::Key::new(secret.as_bytes()), issuer, home_domains }
    }

    /// A token, good from `now_s` for a day.
    pub fn issue(&self, grant: &Grant<'_>, now_s: i64) -> String {
        let claims = Claims {
            iss: &self.issuer,
            sub: &grant.caller.text(),
            aud: grant.home_domain,
            iat: now_s,
            exp: now_s.saturating_add(limits::STELLAR_TOKEN_S),
            jti: &hex::encode(grant.challenge),
            home_domain: grant.home_domain,
            client_domain: grant.client_domain,
        };
        self.key.sign(&claims)
    }

    /// Whom a token speaks of at `now_s`. Nothing of it is believed before its signature is checked.
    pub fn verify(&self, token: &str, now_s: i64) -> Result<Bearer, TokenRefused> {
        let claims = self.key.open(token, limits::STELLAR_TOKEN_BYTES_MAX)?;
        let shown: Shown = serde_json::from_slice(&claims).map_err(|_| TokenRefused::Malformed)?;
        self.judge(shown, now_s)
    }

    fn judge(&self, shown: Shown, now_s: i64) -> Result<Bearer, TokenRefused> {
        if shown.iss.is_empty() {
            return Err(TokenRefused::Malformed);
        }
        jwt::timely(&shown.iat, shown.nbf.as_ref(), &shown.exp, now_s)?;
        let ours = |audience: &str| self.home_domains.iter().any(|domain| domain == audience);
        let is_for_us = shown.aud.is_none_or(|audience| audience.has(ours));
        if !is_for_us {
            return Err(TokenRefused::Audience);
        }
        let caller = shown.sub.parse().map_err(|_| TokenRefused::Subject)?;
        Ok(Bearer { caller, client_domain: shown.client_domain })
    }
}

impl From<jwt::Refused> for TokenRefused {
    fn from(refused: jwt::Refused) -> Self {
        match refused {
            jwt::Refused::TooLong => Self::TooLong,
            jwt::Refused::Malformed => Self::Malformed,
            jwt::Refused::Algorithm => Self::Algorithm,
            jwt::Refused::Signature => Self::Signature,
        }
    }
}

impl From<Untimely> for TokenRefused {
    fn from(untimely: Untimely) -> Self {
        match untimely {
            Untimely::Malformed => Self::Malformed,
            Untimely::Expired => Self::Expired,
            Untimely::Early => Self::Early,
        }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
