//! What every resource of the Agent API uses, and the names it gives.
//!
//! ```text
//!   user name ──HMAC──► subject
//!   user name, how often the person was erased ──HMAC──► stream of the account
//! ```
//!
//! Names that differ only in the case of their letters are the same.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _};
use kyc_events::StreamId;
use kyc_events::neuro::{NonceEvent, NonceUsed, PROFILE, Profile, TokenEvent, TokenRevoked};
use kyc_events::sealed::{KeyId, Tag};
use kyc_projections::subjects::{self, Subjects};
use zeroize::Zeroizing;

use super::account::{self, Account, State as AccountState};
use super::api_key::ApiKey;
use super::error::{Challenge, Error, Refused};
use super::identity::{Identity, State as IdentityState};
use super::jwt::{Bearer, Tokens};
use super::key::PrivateKey;
use super::name::UserName;
use super::names;
use super::nonce::{Nonce, Scope};
use super::reviewer::Reviewer;
use super::settings::Settings;
use crate::clock::Clock;
use crate::engine::handle::{Origin, Reply};
use crate::engine::{self, Handle, Journal, ReadModels};
use crate::lockout::{Block, Command as Try, Lockout};
use crate::subject::name::Name;
use crate::vault::Vault;

/// Which protocol counts failures here.
const PROTOCOL: &str = "neuro";

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// The accounts.
    pub accounts: Handle<Account>,
    /// The identities.
    pub identities: Handle<Identity>,
    /// What accounts are made with.
    pub api_keys: Handle<ApiKey>,
    /// Who failed too often.
    pub lockouts: Handle<Lockout>,
    /// Where nonces are used up.
    pub journal: Journal,
    /// The read models.
    pub models: ReadModels,
    /// Keys, seals, passwords and documents.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// Makes and checks tokens.
    pub tokens: Arc<Tokens>,
    /// Attests identities.
    pub key: Arc<PrivateKey>,
    /// As configured.
    pub settings: Arc<Settings>,
    /// Has applications looked at.
    pub reviewer: Reviewer,
}

/// An account that is there.
pub struct Known {
    /// Its stream.
    pub stream: StreamId,
    /// Its name, as the token has it.
    pub user: UserName,
    /// How often who had this name before was erased.
    pub generation: u32,
    /// How it stands.
    pub state: Arc<AccountState>,
}

impl Service {
    /// The subject behind a user name.
    pub fn subject(&self, user: &UserName) -> Tag {
        Name::neuro(user.as_str()).tag(self.vault.master())
    }

    /// The stream of a user name, and the generation that the person is in.
    pub fn place_of(&self, user: &UserName) -> (StreamId, u32) {
        let generation = self.generation_of(user);
        (names::account(self.vault.master(), user.as_str(), generation), generation)
    }

    /// How often who had this name was erased.
    pub fn generation_of(&self, user: &UserName) -> u32 {
        let subject = self.subject(user);
        let row = self.models.of::<Subjects>().query(|rows| subjects::find(rows, subject));
        row.map_or(0, |row| row.generation)
    }

    /// The key of a new account, and the generation it is in.
    pub fn key_for(&self, user: &UserName) -> Result<KeyId, Error> {
        let subject = self.subject(user);
        self.vault.key_for(subject, self.generation_of(user)).map_err(Error::internal)
    }

    /// The account of a token.
    pub async fn account(&self, bearer: &Bearer) -> Result<Known, Error> {
        let (stream, generation) = self.place_of(&bearer.user);
        let gone = || self.unauthorized(Some(Refused::User));
        if generation != bearer.generation || !self.models.log_has(&stream) {
            return Err(gone());
        }
        let state = self.accounts.state(&stream).await?;
        if state.owner.is_none() {
            return Err(gone());
        }
        Ok(Known { stream, user: bearer.user.clone(), generation, state })
    }

    /// The account of a user name; nothing if there is none.
    pub async fn find(&self, user: &UserName) -> Result<Option<Known>, Error> {
        let (stream, generation) = self.place_of(user);
        if !self.models.log_has(&stream) {
            return Ok(None);
        }
        let state = self.accounts.state(&stream).await?;
        let is_there = state.owner.is_some();
        Ok(is_there.then(|| Known { stream, user: user.clone(), generation, state }))
    }

    /// The year, which bounds dates of birth.
    pub fn this_year(&self) -> i32 {
        DateTime::from_timestamp_millis(self.clock.now()).unwrap_or_default().year()
    }

    /// 401.
    pub fn unauthorized(&self, refused: Option<Refused>) -> Error {
        Error::Unauthorized(Challenge { realm: self.settings.domain.clone(), refused })
    }

    /// Whose token this is, unless it was revoked.
    pub fn bearer(&self, token: Option<&str>) -> Result<Bearer, Error> {
        let token = token.ok_or_else(|| self.unauthorized(None))?;
        let verified = self.tokens.verify(token, self.clock.now_s());
        let bearer =
            verified.map_err(|refused| self.unauthorized(Some(Refused::Token(refused))))?;
        if self.models.log_has(&names::token(bearer.id)) {
            return Err(self.unauthorized(Some(Refused::Revoked)));
        }
        Ok(bearer)
    }

    /// Nobody gets in with this token any more.
    pub async fn revoke(&self, bearer: &Bearer) -> Result<(), Error> {
        let revoked = TokenRevoked { expires_at: bearer.expires_at_s.saturating_mul(1000) };
        let event = TokenEvent::from(revoked);
        let now = self.clock.now();
        let noted = self.journal.note_once(names::token(bearer.id), &event, "public", now).await;
        noted.map(drop).map_err(Error::internal)
    }

    /// Who an account is of.
    pub fn profile(&self, known: &Known) -> Result<Profile, Error> {
        self.profile_of(&known.stream, &known.state)
    }

    /// Who the account of a stream is of.
    pub fn profile_of(&self, stream: &StreamId, state: &AccountState) -> Result<Profile, Error> {
        let owner = state.owner()?;
        let created = self.vault.fields(stream, "neuro.AccountCreated");
        let read = owner.profile.read(PROFILE, &created).map_err(Error::internal)?;
        read.ok_or_else(|| self.unauthorized(Some(Refused::User)))
    }

    /// The password of an account: clients sign with it.
    pub async fn password(&self, known: &Known) -> Result<Zeroizing<String>, Error> {
        let owner = known.state.owner()?;
        let secret = self.secret(owner.key, owner.password).await?;
        String::from_utf8(secret.to_vec()).map(Zeroizing::new).map_err(Error::internal)
    }

    /// A secret in the vault, which must be there.
    pub async fn secret(&self, key: KeyId, id: uuid::Uuid) -> Result<Zeroizing<Vec<u8>>, Error> {
        let vault = Arc::clone(&self.vault);
        let read = tokio::task::spawn_blocking(move || vault.secret(key, id)).await;
        let read = read.map_err(Error::internal)?.map_err(Error::internal)?;
        read.ok_or_else(|| Error::Internal("a secret is not in the vault".to_owned()))
    }

    /// Keeps a secret; it is durable when this returns.
    pub async fn keep_secret(
        &self,
        key: KeyId,
        id: uuid::Uuid,
        secret: Zeroizing<Vec<u8>>,
    ) -> Result<(), Error> {
        let vault = Arc::clone(&self.vault);
        let kept = tokio::task::spawn_blocking(move || vault.put_secret(key, id, &secret)).await;
        kept.map_err(Error::internal)?.map_err(Error::internal)
    }

    /// Removes a secret that nothing refers to.
    pub async fn forget_secret(&self, key: KeyId, id: uuid::Uuid) {
        let vault = Arc::clone(&self.vault);
        let gone = tokio::task::spawn_blocking(move || vault.remove_secret(key, id)).await;
        if let Ok(Err(error)) = gone {
            tracing::warn!(%error, "a secret that nobody needs is still there");
        }
    }

    /// Uses a nonce up: of two at once, one gets through. It stays used whatever follows.
    pub async fn use_up(&self, nonce: Nonce<'_>, scope: Scope<'_>) -> Result<(), Error> {
        let stream = names::nonce(self.vault.master(), &nonce.claim(scope));
        let event = NonceEvent::from(NonceUsed {});
        let now = self.clock.now();
        match self.journal.note_once(stream, &event, "public", now).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::bad("The nonce has been used before.")),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Refuses whoever failed too often.
    pub async fn check_endpoint(&self, remote: IpAddr) -> Result<(), Error> {
        let stream = self.endpoint(remote);
        if !self.models.log_has(&stream) {
            return Ok(());
        }
        let state = self.lockouts.state(&stream).await.map_err(unavailable)?;
        let now = self.clock.now();
        match state.blocked(now) {
            None => Ok(()),
            Some(block) => Err(blocked(block, now)),
        }
    }

    /// Counts a signature that is not good; answers what the client is told.
    pub async fn failed(&self, remote: IpAddr, sentence: &'static str) -> Error {
        let ladder = self.settings.lockout.clone();
        let command = Try::Fail { protocol: PROTOCOL.to_owned(), ladder };
        let sent = self.lockouts.send(&self.endpoint(remote), command, Origin::of(PROTOCOL)).await;
        match sent {
            Ok(_) => Error::Forbidden(sentence.into()),
            Err(engine::Error::Rejected(crate::lockout::Rejection::Blocked(block))) => {
                blocked(block, self.clock.now())
            }
            Err(error) => unavailable(error),
        }
    }

    /// A row of failures is over.
    pub async fn succeeded(&self, remote: IpAddr) -> Result<(), Error> {
        let stream = self.endpoint(remote);
        if !self.models.log_has(&stream) {
            return Ok(());
        }
        let command = Try::Succeed { protocol: PROTOCOL.to_owned() };
        match self.lockouts.send(&stream, command, Origin::of(PROTOCOL)).await {
            Ok(_) => Ok(()),
            // Somebody else at this address has failed meanwhile.
            Err(engine::Error::Rejected(crate::lockout::Rejection::Blocked(block))) => {
                Err(blocked(block, self.clock.now()))
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// The stream of a remote endpoint.
    pub fn endpoint(&self, remote: IpAddr) -> StreamId {
        names::endpoint(self.vault.master(), remote)
    }

    /// Has an application looked at that is marked ready; answers how it stands when that is done,
    /// or when the time for it is over. What is not done then goes on by itself.
    pub async fn reviewed(
        &self,
        stream: &StreamId,
        state: Arc<IdentityState>,
    ) -> Result<Arc<IdentityState>, Error> {
        if state.open_run().is_none() {
            return Ok(state);
        }
        let (reviewer, of) = (self.reviewer.clone(), stream.clone());
        let review = actix_rt::spawn(async move {
            if let Err(cause) = reviewer.review(&of).await {
                tracing::error!(cause, "a review was interrupted and is tried again");
            }
        });
        let _ = tokio::time::timeout(self.settings.review_budget, review).await;
        Ok(self.identities.state(stream).await?)
    }

    /// Waits until the read models know what a command led to.
    pub async fn caught_up<A: crate::aggregate::Aggregate>(
        &self,
        reply: &Reply<A>,
    ) -> Result<(), Error> {
        match reply.last {
            Some(last) if !self.models.wait_for(last).await => Err(Error::Unavailable),
            _ => Ok(()),
        }
    }
}

fn blocked(block: Block, now: i64) -> Error {
    match block {
        Block::Until(until_ms) => {
            let retry_after_s = until_ms.saturating_sub(now).max(0) as u64;
            Error::Blocked { until_ms, retry_after_s: retry_after_s.div_ceil(1000) }
        }
        Block::ForEver => {
            Error::Forbidden("The endpoint is blocked. Ask the operator of the server.".into())
        }
    }
}

fn unavailable<R>(error: engine::Error<R>) -> Error {
    match error {
        engine::Error::Busy => Error::Unavailable,
        other => Error::Internal(other.outcome().to_owned()),
    }
}

impl From<engine::Error<account::Rejection>> for Error {
    fn from(error: engine::Error<account::Rejection>) -> Self {
        match error {
            engine::Error::Rejected(rejection) => rejection.into(),
            engine::Error::TooLarge => Self::TooLarge,
            other => unavailable(other),
        }
    }
}

impl From<account::Rejection> for Error {
    fn from(rejection: account::Rejection) -> Self {
        use account::Rejection as R;
        match rejection {
            R::Unknown | R::Erased => Self::NotFound("There is no such account.".into()),
            R::NameTaken => Self::NameTaken { alternatives: Vec::new() },
            R::Disabled => Self::Forbidden("The account is not enabled.".into()),
            R::NothingToVerify => Self::bad("There is nothing to verify."),
            R::CodeExpired => Self::bad("The code has expired. Ask for another one."),
            R::TooManyWrongCodes => {
                Self::Forbidden("Too many wrong codes. Ask for another one.".into())
            }
            R::TooManyCodes => Self::TooMany { retry_after_s: 3_600 },
            R::KeyExists => Self::bad("A key with this id exists."),
            R::TooManyKeys => Self::Forbidden("The account has too many keys.".into()),
            R::Popped => Self::Unavailable,
            R::KeysUnavailable => Self::Internal("the key store failed".to_owned()),
        }
    }
}
