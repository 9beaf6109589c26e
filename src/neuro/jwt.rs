//! The token that clients show with each request: a JWT, HS256.
//!
//! ```text
//! iss, aud  our domain            sub  name of the account
//! iat, nbf  when it was made      exp  1 to 3600 s later      jti  its own id, to revoke it by
//! ```
//!
//! The Neuron's own claims are not published; these are our choice.

use serde::{Deserialize, Serialize};
use serde_json::Number;
use uuid::Uuid;

use super::name::UserName;
use crate::config::limits;
use crate::signing::jwt::{self, Audience, Untimely};

/// Makes and checks tokens. Debug output hides the key.
#[derive(Clone, Debug)]
pub struct Tokens {
    key: jwt::Key,
    domain: String,
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Whose it is.
    pub user: UserName,
    /// How often the holder of the name had been erased: who has the name now is somebody else.
    pub generation: u32,
    /// Its own id.
    pub id: Uuid,
    /// From then on it is worth nothing, unix seconds.
    pub expires_at_s: i64,
}

/// Why a token is none. Names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No token, or one that lacks something.
    #[error("token cannot be read")]
    Unparsable,
    /// Its time is over.
    #[error("token is expired")]
    Expired,
    /// Its time has not come.
    #[error("token is not valid yet")]
    Early,
    /// Wrong, or of another secret.
    #[error("token signature is wrong")]
    Signature,
    /// Any algorithm but HS256.
    #[error("token is not signed with HS256")]
    Algorithm,
    /// Of somebody else, or for somebody else.
    #[error("token is for another audience")]
    Audience,
}

impl Refused {
    /// What `error_description` says.
    pub fn description(self) -> &'static str {
        match self {
            Self::Unparsable => "The token cannot be parsed",
            Self::Expired => "The token has expired",
            Self::Early => "The token is not yet valid",
            Self::Signature => "The signature of the token is invalid",
            Self::Algorithm => "The algorithm of the token is not supported",
            Self::Audience => "The audience of the token is invalid",
        }
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
    generation: u32,
}

#[derive(Deserialize)]
struct Shown {
    iss: String,
    sub: UserName,
    aud: Audience,
    iat: Number,
    nbf: Number,
    exp: Number,
    jti: Uuid,
    generation: u32,
}

impl Tokens {
    /// Keyed with the bytes of `secret`, for one domain.
    pub fn new(secret: &[u8], domain: String) -> Self {
        Self { key: jwt::Key::new(secret), domain }
    }

    /// A token with this id, good from `now_s` for `seconds`, at most [`limits::NEURO_TOKEN_S_MAX`].
    pub fn issue(
        &self,
        (user, generation): (&UserName, u32),
        id: Uuid,
        now_s: i64,
        seconds: u64,
    ) -> (String, Bearer) {
        let seconds = seconds.min(limits::NEURO_TOKEN_S_MAX);
        let expires_at_s = now_s.saturating_add_unsigned(seconds);
        let token = self.key.sign(&Claims {
            iss: &self.domain,
            sub: user.as_str(),
            aud: &self.domain,
            iat: now_s,
            nbf: now_s,
            exp: expires_at_s,
            jti: id,
            generation,
        });
        (token, Bearer { user: user.clone(), generation, id, expires_at_s })
    }

    /// Whose token it is at `now_s`. Whether it was revoked is another question.
    pub fn verify(&self, token: &str, now_s: i64) -> Result<Bearer, Refused> {
        let claims = self.key.open(token, limits::NEURO_TOKEN_BYTES_MAX)?;
        let shown: Shown = serde_json::from_slice(&claims).map_err(|_| Refused::Unparsable)?;
        jwt::timely(&shown.iat, Some(&shown.nbf), &shown.exp, now_s)?;
        let ours = |name: &str| name == self.domain;
        if !ours(&shown.iss) || !shown.aud.has(ours) {
            return Err(Refused::Audience);
        }
        let expires_at_s = jwt::seconds(&shown.exp).ok_or(Refused::Unparsable)?;
        let (user, generation, id) = (shown.sub, shown.generation, shown.jti);
        Ok(Bearer { user, generation, id, expires_at_s })
    }
}

impl From<jwt::Refused> for Refused {
    fn from(refused: jwt::Refused) -> Self {
        match refused {
            jwt::Refused::TooLong | jwt::Refused::Malformed => Self::Unparsable,
            jwt::Refused::Algorithm => Self::Algorithm,
            jwt::Refused::Signature => Self::Signature,
        }
    }
}

impl From<Untimely> for Refused {
    fn from(untimely: Untimely) -> Self {
        match untimely {
            Untimely::Malformed => Self::Unparsable,
            Untimely::Expired => Self::Expired,
            Untimely::Early => Self::Early,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW_S: i64 = 1_790_331_072;
    const ID: Uuid = Uuid::from_u128(7);

    fn tokens() -> Tokens {
        Tokens::new(b"a secret", "neuron.example.org".to_owned())
    }

    fn user() -> UserName {
        UserName::parse("alice.kyc").expect("a name")
    }

    fn claims() -> Value {
        json!({
            "iss": "neuron.example.org", "sub": "alice.kyc", "aud": "neuron.example.org",
            "iat": NOW_S, "nbf": NOW_S, "exp": NOW_S + 60, "jti": ID,
            "generation": 2
        })
    }

    fn with(name: &str, value: Value) -> Result<Bearer, Refused> {
        let mut claims = claims();
        claims[name] = value;
        tokens().verify(&tokens().key.sign(&claims), NOW_S)
    }

    #[test]
    fn an_issued_token_is_good_until_its_second() {
        let (token, bearer) = tokens().issue((&user(), 2), ID, NOW_S, 60);
        assert_eq!(token, tokens().key.sign(&claims()));
        assert_eq!(
            bearer,
            Bearer { user: user(), generation: 2, id: ID, expires_at_s: NOW_S + 60 }
        );
        assert_eq!(tokens().verify(&token, NOW_S), Ok(bearer.clone()));
        assert_eq!(tokens().verify(&token, NOW_S + 59), Ok(bearer));
        assert_eq!(tokens().verify(&token, NOW_S + 60), Err(Refused::Expired));
        assert_eq!(tokens().verify(&token, NOW_S - 1), Err(Refused::Early));
        let (_, bearer) = tokens().issue((&user(), 2), ID, NOW_S, u64::MAX);
        assert_eq!(bearer.expires_at_s, NOW_S + 3_600);
    }

    #[test]
    fn each_fault_has_its_own_name() {
        for other in ["evil.example", ""] {
            assert_eq!(with("iss", json!(other)), Err(Refused::Audience));
            assert_eq!(with("aud", json!(other)), Err(Refused::Audience));
        }
        assert_eq!(with("aud", json!([])), Err(Refused::Audience));
        assert!(with("aud", json!(["x", "neuron.example.org"])).is_ok());
        assert_eq!(with("sub", json!("a:b")), Err(Refused::Unparsable));
        assert_eq!(with("exp", json!("1")), Err(Refused::Unparsable));
        assert_eq!(with("jti", json!("x")), Err(Refused::Unparsable));
        assert_eq!(with("nbf", json!(NOW_S + 1)), Err(Refused::Early));
        for name in ["iss", "sub", "aud", "iat", "nbf", "exp", "jti", "generation"] {
            let mut claims = claims();
            claims.as_object_mut().expect("an object").remove(name);
            let token = tokens().key.sign(&claims);
            assert_eq!(tokens().verify(&token, NOW_S), Err(Refused::Unparsable), "{name}");
        }
        for (header, expected) in [
            (r#"{"alg":"none"}"#, Refused::Algorithm),
            (r#"{"alg":"HS512"}"#, Refused::Algorithm),
            ("x", Refused::Unparsable),
        ] {
            let token = tokens().key.signed(header, &claims().to_string());
            assert_eq!(tokens().verify(&token, NOW_S), Err(expected), "{header}");
        }
        let theirs = Tokens::new(b"another", "neuron.example.org".to_owned());
        let token = theirs.key.sign(&claims());
        assert_eq!(tokens().verify(&token, NOW_S), Err(Refused::Signature));
        let long = format!("{token}{}", "A".repeat(limits::NEURO_TOKEN_BYTES_MAX));
        for wrong in ["", ".", "..", "a.b.c", "jwt", &long] {
            assert_eq!(tokens().verify(wrong, NOW_S), Err(Refused::Unparsable), "{wrong}");
        }
    }
}
