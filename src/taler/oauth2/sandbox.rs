//! The simulated OAuth 2.0 provider: what it says, not how it is reached.
//!
//! It behaves like the one in the exchange's own tests: one client, one user, and the code `pass` is
//! good for everybody. Besides, its page hands out codes that are bound to a redirect URI and to
//! PKCE's challenge, as a real provider's are. Only in the sandbox, and forgotten with the process.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::challenge;
use crate::config::limits;
use crate::config::taler::{SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET};

/// The code that is good for everybody.
const PASS: &str = "pass";

/// How the provider behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As it should.
    Ok,
    /// It refuses every code.
    Reject,
    /// It takes the request and says nothing.
    Hang,
    /// It answers something that is no JSON.
    Garbage,
    /// It sends whoever asks back to where they asked.
    RedirectLoop,
    /// The connection breaks.
    Down,
}

/// What becomes of the next questions for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// How it behaves.
    pub kind: Kind,
    /// How often; 1 if it is not said.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// The provider. See the module.
#[derive(Default)]
pub struct SandboxProvider(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    wishes: VecDeque<Wish>,
    codes: VecDeque<Issued>,
}

/// A code that the page handed out.
struct Issued {
    code: String,
    redirect_uri: String,
    challenge: Option<String>,
}

/// A question for a token.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The code.
    pub code: Option<String>,
    /// Who asks.
    pub client_id: Option<String>,
    /// Their secret.
    pub client_secret: Option<String>,
    /// Where the user was sent back to.
    pub redirect_uri: Option<String>,
    /// PKCE.
    pub code_verifier: Option<String>,
}

/// An answer: status and JSON, or nothing because a field is missing.
pub type Said = Option<(u16, Value)>;

impl SandboxProvider {
    /// From here on, the next questions for a token are dealt with like this. `Ok` takes earlier
    /// wishes back.
    pub fn wish(&self, wish: Wish) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wish.kind == Kind::Ok {
            inner.wishes.clear();
        } else if wish.times > 0 {
            let times = wish.times.min(limits::SANDBOX_FAULTS_MAX);
            inner.wishes.truncate(limits::SANDBOX_CODES_MAX);
            inner.wishes.push_back(Wish { times, ..wish });
        }
    }

    /// How to behave now; one wish is used up.
    pub fn behaviour(&self) -> Kind {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = inner.wishes.front_mut() else { return Kind::Ok };
        first.times -= 1;
        let (kind, is_over) = (first.kind, first.times == 0);
        if is_over {
            inner.wishes.pop_front();
        }
        kind
    }

    /// The user agrees: the code they take back.
    pub fn authorize(&self, code: String, redirect_uri: &str, challenge: Option<&str>) -> String {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while inner.codes.len() >= limits::SANDBOX_CODES_MAX {
            inner.codes.pop_front();
        }
        let redirect_uri = redirect_uri.to_owned();
        let challenge = challenge.map(str::to_owned);
        inner.codes.push_back(Issued { code: code.clone(), redirect_uri, challenge });
        code
    }

    /// A question for a token. A code of the page is good once.
    pub fn token(&self, request: &TokenRequest) -> Said {
        let (code, client) = (request.code.as_ref()?, request.client_id.as_ref()?);
        let (uri, secret) = (request.redirect_uri.as_ref()?, request.client_secret.as_ref()?);
        let refuse = |status, error: &str, why: &str| {
            Some((status, json!({ "error": error, "error_description": why })))
        };
        if client != SANDBOX_CLIENT_ID {
            return refuse(404, "unknown_client", "there is no such client");
        }
        if secret != SANDBOX_CLIENT_SECRET {
            return refuse(403, "invalid_client_secret", "the secret is another one");
        }
        let verifier = request.code_verifier.as_deref();
        if code != PASS && !self.redeem(code, uri, verifier) {
            return refuse(403, "invalid_grant", "the code is unknown or was used");
        }
        let token = json!({
            "access_token": "good", "token_type": "bearer", "expires_in": 3600, "refresh_token": "better"
        });
        Some((200, token))
    }

    /// Who the user is; whoever asks.
    pub fn info() -> Value {
        let user = json!({
            "id": "XXXID12345678", "first_name": "Bob", "last_name": "Builder", "birthdate": "2005-00-00"
        });
        json!({ "status": "success", "data": user })
    }

    fn redeem(&self, code: &str, redirect_uri: &str, verifier: Option<&str>) -> bool {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = inner.codes.iter().position(|issued| issued.code == code) else {
            return false;
        };
        let issued = inner.codes.remove(at);
        issued.is_some_and(|issued| {
            issued.redirect_uri == redirect_uri && issued.challenge == verifier.map(challenge)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(code: &str) -> TokenRequest {
        TokenRequest {
            code: Some(code.to_owned()),
            client_id: Some("taler-exchange".to_owned()),
            client_secret: Some("exchange-secret".to_owned()),
            redirect_uri: Some("http://x/".to_owned()),
            code_verifier: None,
        }
    }

    fn status(provider: &SandboxProvider, request: &TokenRequest) -> Option<u16> {
        provider.token(request).map(|(status, _)| status)
    }

    #[test]
    fn it_answers_like_the_one_in_the_exchanges_own_tests() {
        let provider = SandboxProvider::default();
        assert_eq!(status(&provider, &request("pass")), Some(200));
        assert_eq!(status(&provider, &request("bad")), Some(403));
        let other = Some("other".to_owned());
        let client = TokenRequest { client_id: other.clone(), ..request("pass") };
        let secret = TokenRequest { client_secret: other, ..request("pass") };
        assert_eq!(
            (status(&provider, &client), status(&provider, &secret)),
            (Some(404), Some(403))
        );
        let half = TokenRequest { redirect_uri: None, ..request("pass") };
        assert_eq!(status(&provider, &half), None);
    }

    #[test]
    fn a_code_of_its_page_is_good_once_and_for_whom_it_was_made() {
        let provider = SandboxProvider::default();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = challenge(verifier);
        assert_eq!(
            challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "RFC 7636, appendix B"
        );
        let issue = || provider.authorize("c1".to_owned(), "http://x/", Some(&challenge));
        let code = issue();
        assert_eq!(status(&provider, &request(&code)), Some(403), "no verifier");
        let code = issue();
        let right = TokenRequest { code_verifier: Some(verifier.to_owned()), ..request(&code) };
        let elsewhere =
            TokenRequest { redirect_uri: Some("http://y/".to_owned()), ..right.clone() };
        assert_eq!(status(&provider, &elsewhere), Some(403));
        issue();
        assert_eq!(status(&provider, &right), Some(200));
        assert_eq!(status(&provider, &right), Some(403));
    }

    #[test]
    fn wishes_are_used_up_in_order() {
        let provider = SandboxProvider::default();
        provider.wish(Wish { kind: Kind::Reject, times: 2 });
        provider.wish(Wish { kind: Kind::Garbage, times: 1 });
        let seen: Vec<_> = (0..4).map(|_| provider.behaviour()).collect();
        assert_eq!(seen, [Kind::Reject, Kind::Reject, Kind::Garbage, Kind::Ok]);
        provider.wish(Wish { kind: Kind::Hang, times: 9 });
        provider.wish(Wish { kind: Kind::Ok, times: 1 });
        assert_eq!(provider.behaviour(), Kind::Ok);
    }
}
