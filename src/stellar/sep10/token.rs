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
//! Written here and not taken from a library: there is one algorithm, so there is nothing to
//! negotiate, and the whole of it is two hashes and two base64 texts.
//!
//! A token made elsewhere with the same secret is good too, whoever issued it: an anchor may have a
//! SEP-10 server already. If it says whom it is for (`aud`), that has to be us.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use sha2::Sha256;

use crate::config::limits;
use crate::stellar::caller::Caller;

/// Makes and checks tokens. Debug output hides the key.
#[derive(Clone)]
pub struct Tokens {
    mac: Hmac<Sha256>,
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
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
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

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Tokens {
    /// Keyed with `secret`. `issuer` is our `WEB_AUTH_ENDPOINT`.
    pub fn new(secret: &str, issuer: String, home_domains: Vec<String>) -> Self {
        let mac = Hmac::new_from_slice(secret.as_bytes())
            .expect("invariant: HMAC takes keys of any length");
        Self { mac, issuer, home_domains }
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
        let claims =
            serde_json::to_vec(&claims).expect("invariant: texts and numbers are always JSON");
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let tag = self.mac.clone().chain_update(signed.as_bytes()).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Whom a token speaks of at `now_s`. Nothing of it is believed before its signature is checked.
    pub fn verify(&self, token: &str, now_s: i64) -> Result<Bearer, TokenRefused> {
        if token.len() > limits::STELLAR_TOKEN_BYTES_MAX {
            return Err(TokenRefused::TooLong);
        }
        let (signed, tag) = token.rsplit_once('.').ok_or(TokenRefused::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenRefused::Malformed)?;
        let decode = |text| URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenRefused::Malformed);
        let (header, tag) = (decode(header)?, decode(tag)?);
        // The header chooses nothing: it only has to say what is done anyway.
        let header: Header =
            serde_json::from_slice(&header).map_err(|_| TokenRefused::Malformed)?;
        if header.alg != "HS256" || header.crit.is_some() {
            return Err(TokenRefused::Algorithm);
        }
        let mac = self.mac.clone().chain_update(signed.as_bytes());
        // In constant time, and of full length.
        mac.verify_slice(&tag).map_err(|_| TokenRefused::Signature)?;
        let shown: Shown =
            serde_json::from_slice(&decode(claims)?).map_err(|_| TokenRefused::Malformed)?;
        self.judge(shown, now_s)
    }

    fn judge(&self, shown: Shown, now_s: i64) -> Result<Bearer, TokenRefused> {
        let second = |number: &Number| seconds(number).ok_or(TokenRefused::Malformed);
        if shown.iss.is_empty() {
            return Err(TokenRefused::Malformed);
        }
        if now_s >= second(&shown.exp)? {
            return Err(TokenRefused::Expired);
        }
        let from = shown.nbf.as_ref().map(second).transpose()?;
        if second(&shown.iat)? > now_s || from.is_some_and(|from| from > now_s) {
            return Err(TokenRefused::Early);
        }
        let ours = |audience: &String| self.home_domains.contains(audience);
        let is_for_us = match &shown.aud {
            None => true,
            Some(Audience::One(one)) => ours(one),
            Some(Audience::Many(many)) => many.iter().any(ours),
        };
        if !is_for_us {
            return Err(TokenRefused::Audience);
        }
        let caller = shown.sub.parse().map_err(|_| TokenRefused::Subject)?;
        Ok(Bearer { caller, client_domain: shown.client_domain })
    }
}

/// A `NumericDate`: whole seconds, or a fraction, of which the whole ones count.
fn seconds(number: &Number) -> Option<i64> {
    /// Beyond this a float no longer tells seconds apart.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?.floor();
        (float.abs() <= EXACT_MAX).then_some(float as i64)
    })
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
