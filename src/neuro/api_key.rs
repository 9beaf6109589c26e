//! The aggregate of an API key: how many accounts may be made with it.

use std::collections::BTreeSet;

use kyc_events::Millis;
use kyc_events::neuro::{API_KEY, AccountAdmitted, ApiKeyEvent, ApiKeyMade, QuotaChanged};
use kyc_events::sealed::{KeyId, Sealed, Tag};
use serde::Serialize;
use uuid::Uuid;

use crate::aggregate::{Aggregate, Context, IllegalHistory};
use crate::config::limits;

/// See the module.
pub struct ApiKey;

/// One API key.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// Where its secret lies; `None`: nobody made such a key.
    pub made: Option<Made>,
    /// How many accounts may be made with it.
    pub quota: u32,
    /// Accounts that were, by the keys of their streams.
    pub accounts: BTreeSet<Tag>,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Made {
    /// Its own key.
    pub key: KeyId,
    /// Where its secret lies in the vault, under `key`.
    pub secret: Uuid,
    /// What the operator calls it, sealed in `neuro.ApiKeyMade`.
    pub name: Sealed<String>,
    /// When it was made.
    pub at: Millis,
}

/// What may be asked of it.
#[derive(Clone, Serialize)]
pub enum Command {
    /// Note that it was made; the secret lies in the vault by now.
    Make { key: KeyId, secret: Uuid, quota: u32, name: String, by: String },
    /// Let this account be made; the same one may come again.
    Admit { account: Tag },
    /// Let so many be made in all.
    SetQuota { quota: u32, by: String },
}

/// Only the name: commands hold personal data.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(ApiKey::command_name(self))
    }
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nobody made such a key.
    #[error("no such API key")]
    Unknown,
    /// There is one of this name.
    #[error("the API key exists")]
    Exists,
    /// As many accounts were made as may be.
    #[error("the quota of the API key is used up")]
    QuotaUsedUp,
    /// Too many.
    #[error("a quota is at most {}", limits::NEURO_QUOTA_MAX)]
    QuotaTooLarge,
}

impl Aggregate for ApiKey {
    const KIND: &'static str = API_KEY;
    type State = State;
    type Command = Command;
    type Event = ApiKeyEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        match command {
            Command::Make { .. } => "make",
            Command::Admit { .. } => "admit",
            Command::SetQuota { .. } => "set_quota",
        }
    }

    fn decide(
        state: &State,
        command: &Command,
        _: &mut Context<'_>,
    ) -> Result<Vec<ApiKeyEvent>, Rejection> {
        match command {
            Command::Make { .. } if state.made.is_some() => Err(Rejection::Exists),
            Command::Make { key, secret, quota, name, by } => {
                let (key, secret, quota) = (*key, *secret, checked(*quota)?);
                let (name, by) = (Sealed::open_value(name), by.clone());
                Ok(vec![ApiKeyMade { key, secret, quota, name, by }.into()])
            }
            Command::Admit { .. } | Command::SetQuota { .. } if state.made.is_none() => {
                Err(Rejection::Unknown)
            }
            Command::Admit { account } if state.accounts.contains(account) => Ok(Vec::new()),
            Command::Admit { .. } if state.is_used_up() => Err(Rejection::QuotaUsedUp),
            Command::Admit { account } => Ok(vec![AccountAdmitted { account: *account }.into()]),
            Command::SetQuota { quota, .. } if *quota == state.quota => Ok(Vec::new()),
            Command::SetQuota { quota, by } => {
                Ok(vec![QuotaChanged { quota: checked(*quota)?, by: by.clone() }.into()])
            }
        }
    }

    fn evolve(state: &mut State, event: &ApiKeyEvent, at: Millis) -> Result<(), IllegalHistory> {
        let is_first = matches!(event, ApiKeyEvent::ApiKeyMade(_));
        if state.made.is_none() != is_first {
            return Err(IllegalHistory::new("not made once, and first"));
        }
        match event {
            ApiKeyEvent::ApiKeyMade(e) => {
                let name = e.name.clone();
                state.made = Some(Made { key: e.key, secret: e.secret, name, at });
                state.quota = e.quota;
            }
            ApiKeyEvent::AccountAdmitted(_) if state.is_used_up() => {
                return Err(IllegalHistory::new("more accounts than the quota"));
            }
            ApiKeyEvent::AccountAdmitted(e) => {
                if !state.accounts.insert(e.account) {
                    return Err(IllegalHistory::new("an account admitted twice"));
                }
            }
            ApiKeyEvent::QuotaChanged(e) => state.quota = e.quota,
        }
        Ok(())
    }
}

impl State {
    fn is_used_up(&self) -> bool {
        self.accounts.len() >= self.quota as usize
    }
}

fn checked(quota: u32) -> Result<u32, Rejection> {
    if quota > limits::NEURO_QUOTA_MAX { Err(Rejection::QuotaTooLarge) } else { Ok(quota) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::testing::{Given, given};

    fn make(quota: u32) -> Command {
        let (name, by) = ("Anna's app".to_owned(), "desk".to_owned());
        Command::Make { key: KeyId([1; 16]), secret: Uuid::from_u128(1), quota, name, by }
    }

    fn admit(account: u8) -> Command {
        Command::Admit { account: Tag([account; 32]) }
    }

    fn quota(quota: u32) -> Command {
        Command::SetQuota { quota, by: "desk".to_owned() }
    }

    fn made(quota: u32) -> Given<ApiKey> {
        let mut key = given::<ApiKey>(0, []);
        key.when(0, &make(quota)).unwrap();
        key
    }

    #[test]
    fn as_many_accounts_as_the_quota_allows_and_each_counts_once() {
        let mut key = made(2);
        for account in [1, 2] {
            assert_eq!(key.when(0, &admit(account)).unwrap().len(), 1);
            assert_eq!(key.when(0, &admit(account)), Ok(vec![]), "asked again");
        }
        assert_eq!(key.when(0, &admit(3)), Err(Rejection::QuotaUsedUp));
        assert_eq!(key.when(0, &admit(1)), Ok(vec![]), "it is in");
        assert_eq!(key.when(0, &quota(3)).unwrap().len(), 1);
        assert_eq!(key.when(0, &admit(3)).unwrap().len(), 1);
    }

    #[test]
    fn a_lower_quota_keeps_those_who_are_in() {
        let mut key = made(2);
        key.when(0, &admit(1)).unwrap();
        key.when(0, &quota(0)).unwrap();
        assert_eq!(key.when(0, &quota(0)), Ok(vec![]));
        assert_eq!(key.when(0, &admit(1)), Ok(vec![]));
        assert_eq!(key.when(0, &admit(2)), Err(Rejection::QuotaUsedUp));
    }

    #[test]
    fn a_key_is_made_once_and_first() {
        let mut key = given::<ApiKey>(0, []);
        assert_eq!(key.when(0, &admit(1)), Err(Rejection::Unknown));
        assert_eq!(key.when(0, &quota(1)), Err(Rejection::Unknown));
        assert_eq!(key.when(0, &make(1_000_000)), Err(Rejection::QuotaTooLarge));
        assert_eq!(key.when(0, &make(1)).unwrap().len(), 1);
        assert_eq!(key.when(0, &make(1)), Err(Rejection::Exists));
        let admitted = ApiKeyEvent::from(AccountAdmitted { account: Tag([1; 32]) });
        assert!(ApiKey::evolve(&mut State::default(), &admitted, 0).is_err());
    }
}
