//! What the two endpoints of `/auth` use, and what SEP-12's ask of a token.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use kyc_events::Millis;

use super::Unavailable;
use super::challenge::{Authority, Party};
use super::client_domain::ClientDomains;
use super::horizon::Horizon;
use super::token::{Bearer, Tokens};
use crate::clock::Clock;
use crate::stellar::account::AccountKey;
use crate::stellar::error::Error;

/// Whether a challenge is used for the first time.
pub type FirstUse<'a> = Pin<Box<dyn Future<Output = Result<bool, Unavailable>> + 'a>>;

/// The challenges that gave a token.
pub trait UsedChallenges: Send + Sync {
    /// Notes that this challenge gives its token; `false` if it did already. Two that ask at the
    /// same time are not both told `true`, and what was told is told again after a restart. May be
    /// forgotten after `expires_at`.
    fn consume(&self, challenge: [u8; 32], expires_at: Millis) -> FirstUse<'_>;
}

/// Who is asked about an account's signers.
#[derive(Clone, Debug)]
pub enum Ledger {
    /// Nobody: only the account's own key gets in, even where its owner took its power away.
    MasterKeyOnly,
    /// A Horizon server.
    Horizon(Horizon),
}

impl Ledger {
    /// Who may sign for `account`.
    pub async fn authority(&self, account: &AccountKey) -> Result<Authority, Unavailable> {
        match self {
            Self::MasterKeyOnly => Ok(Authority::MasterKey),
            Self::Horizon(horizon) => horizon.authority(account).await,
        }
    }
}

/// Web authentication. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// Who makes the challenges.
    pub party: Arc<Party>,
    /// Who makes the tokens.
    pub tokens: Arc<Tokens>,
    /// Who knows signers.
    pub ledger: Ledger,
    /// Who knows wallets' keys.
    pub client_domains: ClientDomains,
    /// Who knows what was used.
    pub used: Arc<dyn UsedChallenges>,
    /// What time it is.
    pub clock: Clock,
}

impl Service {
    /// The bearer of a request: what every endpoint of SEP-12 asks first, before it looks at a body.
    pub fn bearer(&self, headers: &HeaderMap) -> Result<Bearer, Error> {
        let missing = || Error::Unauthorized("a bearer token is needed".to_owned());
        let mut shown = headers.get_all(AUTHORIZATION);
        let (Some(one), None) = (shown.next(), shown.next()) else { return Err(missing()) };
        let (scheme, token) =
            one.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        Ok(self.tokens.verify(token.trim(), self.clock.now_s())?)
    }
}
