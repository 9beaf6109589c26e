//! JSON Web Tokens (RFC 7519) signed with HMAC-SHA256, which several protocols give their callers.
//!
//! ```text
//! base64url(header) . base64url(claims) . base64url(HMAC-SHA256(key, everything before))
//! ```
//!
//! Written here and not taken from a library: there is one algorithm, so there is nothing to
//! negotiate, and the whole of it is two hashes and two base64 texts. What the claims say is for
//! the protocols.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use sha2::Sha256;

/// The header of every token that is made.
const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// Signs and opens tokens. Debug output hides the key.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// Why a token cannot be opened. Names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Longer than any that is made.
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
}

/// Why the times of a token are not those of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untimely {
    /// No number of seconds.
    Malformed,
    /// Over.
    Expired,
    /// Not come yet, or issued in the future.
    Early,
}

/// For whom a token is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Any of these.
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl Key {
    /// Keyed with the bytes of a secret.
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("invariant: HMAC takes keys of any length"))
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &impl Serialize) -> String {
        let claims =
            serde_json::to_string(claims).expect("invariant: texts and numbers are always JSON");
        self.signed(HEADER, &claims)
    }

    /// The claims of a token of at most `bytes_max` bytes. Nothing of it is believed before its
    /// signature is checked.
    pub fn open(&self, token: &str, bytes_max: usize) -> Result<Vec<u8>, Refused> {
        if token.len() > bytes_max {
            return Err(Refused::TooLong);
        }
        let (signed, tag) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refused::Malformed)?;
        let decode = |text| URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::Malformed);
        let (header, tag) = (decode(header)?, decode(tag)?);
        // The header chooses nothing: it only has to say what is done anyway.
        let header: Header = serde_json::from_slice(&header).map_err(|_| Refused::Malformed)?;
        if header.alg != "HS256" || header.crit.is_some() {
            return Err(Refused::Algorithm);
        }
        let mac = self.0.clone().chain_update(signed.as_bytes());
        // In constant time, and of full length.
        mac.verify_slice(&tag).map_err(|_| Refused::Signature)?;
        decode(claims)
    }

    /// A token with this header and these claims, whatever they are.
    pub(crate) fn signed(&self, header: &str, claims: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encode(header), encode(claims));
        let tag = self.0.clone().chain_update(signed.as_bytes()).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

impl Audience {
    /// Whether one of them is this.
    pub fn has(&self, is_ours: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::One(one) => is_ours(one),
            Self::Many(many) => many.iter().any(|one| is_ours(one)),
        }
    }
}

/// Whether a token with these times is good at `now_s`: before `exp`, not before the others.
pub fn timely(
    issued_at: &Number,
    not_before: Option<&Number>,
    expires_at: &Number,
    now_s: i64,
) -> Result<(), Untimely> {
    let second = |number: &Number| seconds(number).ok_or(Untimely::Malformed);
    if now_s >= second(expires_at)? {
        return Err(Untimely::Expired);
    }
    let from = not_before.map(second).transpose()?;
    if second(issued_at)? > now_s || from.is_some_and(|from| from > now_s) {
        return Err(Untimely::Early);
    }
    Ok(())
}

/// A `NumericDate`: whole seconds, or a fraction, of which the whole ones count.
pub fn seconds(number: &Number) -> Option<i64> {
    /// Beyond this a float no longer tells seconds apart.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?.floor();
        (float.abs() <= EXACT_MAX).then_some(float as i64)
    })
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("jwt::Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_rfc_7515_opens() {
        // Appendix A.1.
        let secret = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .expect("base64");
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let key = Key::new(&secret);
        let token = format!("{signed}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let claims =
            b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
        assert_eq!(key.open(&token, token.len()).as_deref(), Ok(claims.as_slice()));
        assert_eq!(key.open(&token, token.len() - 1), Err(Refused::TooLong));
        let token = format!("{signed}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXg");
        assert_eq!(key.open(&token, 1_000), Err(Refused::Signature));
    }

    #[test]
    fn debug_output_hides_the_key() {
        assert_eq!(format!("{:?}", Key::new(b"secret")), "jwt::Key(…)");
    }
}
