//! What an account's history amounts to. No plain values: tags, ids and flags.

use kyc_events::Millis;
use kyc_events::neuro::{
    AccountCreated, AccountEvent, Channel, KeyCreated, Profile, VerificationRequested,
};
use kyc_events::sealed::{KeyId, Sealed, Tag};
use kyc_events::stream::Position;
use serde::Serialize;
use uuid::Uuid;

use super::{Rejection, key_tag};
use crate::aggregate::{IllegalHistory, Keys};
use crate::config::limits;
use crate::verification_code::{Code, Sent};

/// One account.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// Whose it is; none before the first event, and none after the last.
    pub owner: Option<Owner>,
    /// The person was erased; nothing else is left.
    pub is_erased: bool,
    /// All contacts were verified then.
    pub enabled_at: Option<Millis>,
    /// When something about owner and contacts changed last.
    pub updated_at: Option<Millis>,
    /// How the person is reached.
    pub contacts: Vec<ContactState>,
    /// Pairs of keys, the oldest first.
    pub keys: Vec<Key>,
    /// The messages up to here were taken.
    pub popped: Option<Position>,
}

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Owner {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// Who it is, sealed in `neuro.AccountCreated`.
    pub profile: Sealed<Profile>,
    /// Where the password lies in the vault, under `key`.
    pub password: Uuid,
    /// The API key it was made with.
    pub api_key: String,
    /// When it was made.
    pub created_at: Millis,
}

/// An address or number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContactState {
    /// Which.
    pub channel: Channel,
    /// HMAC of it under the look-up key.
    pub tag: Tag,
    /// When the right code was given.
    pub verified_at: Option<Millis>,
    /// The newest code.
    pub code: Option<Code>,
    /// When the last codes were sent.
    pub codes_sent_at: Sent,
}

/// A pair of keys.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Key {
    /// Its number; the first is 1.
    pub number: u32,
    /// What the client calls it, sealed in `neuro.KeyCreated`.
    pub key_id: Sealed<String>,
    /// HMAC of that under the person's key.
    pub tag: Tag,
    /// Name of the algorithm.
    pub local_name: String,
    /// Namespace of that name.
    pub namespace: String,
    /// The public key in base64, sealed in `neuro.KeyCreated`.
    pub public_key: Sealed<String>,
    /// Where the wrapped private key lies in the vault.
    pub secret: Uuid,
    /// When it was made.
    pub created_at: Millis,
}

impl State {
    /// Whose it is.
    pub fn owner(&self) -> Result<&Owner, Rejection> {
        self.owner.as_ref().ok_or(Rejection::Unknown)
    }

    /// The same, if the account may be used.
    pub fn enabled(&self) -> Result<&Owner, Rejection> {
        let owner = self.owner()?;
        self.enabled_at.map(|_| owner).ok_or(Rejection::Disabled)
    }

    /// One contact.
    pub fn contact(&self, channel: Channel) -> Option<&ContactState> {
        self.contacts.iter().find(|contact| contact.channel == channel)
    }

    /// The key that the client calls so; see [`super::key_tag`].
    pub fn key_by(&self, tag: Tag) -> Option<&Key> {
        self.keys.iter().find(|key| key.tag == tag)
    }

    /// Whether one more key may be made that the client calls so.
    pub fn has_room_for_key(&self, keys: &dyn Keys, key_id: &str) -> Result<(), Rejection> {
        let key = self.enabled()?.key;
        let tag = key_tag(keys, key, key_id).map_err(|_| Rejection::KeysUnavailable)?;
        if self.key_by(tag.ok_or(Rejection::Erased)?).is_some() {
            return Err(Rejection::KeyExists);
        }
        if self.keys.len() >= limits::NEURO_KEYS_MAX {
            return Err(Rejection::TooManyKeys);
        }
        Ok(())
    }

    pub(super) fn next_key(&self) -> u32 {
        self.keys.len() as u32 + 1
    }

    pub(super) fn apply(&mut self, event: &AccountEvent, at: Millis) -> Result<(), IllegalHistory> {
        use AccountEvent as E;
        let is_first = matches!(event, E::AccountCreated(_));
        unless(!self.is_erased, "something of an erased account")?;
        unless(self.owner.is_none() == is_first, "not created once, and first")?;
        match event {
            E::AccountCreated(e) => self.create(e, at)?,
            E::VerificationRequested(e) => self.send_code(e, at)?,
            E::VerificationFailed(e) => self.coded(e.channel, e.verification, at)?.1.wrong += 1,
            E::ContactVerified(e) => {
                *self.coded(e.channel, e.verification, at)?.0 = Some(at);
                self.updated_at = Some(at);
            }
            E::AccountEnabled(_) => {
                let are_verified = self.contacts.iter().all(|c| c.verified_at.is_some());
                unless(are_verified && self.enabled_at.is_none(), "enabled too early, or twice")?;
                self.enabled_at = Some(at);
            }
            E::KeyCreated(e) => self.create_key(e, at)?,
            E::MessagesPopped(e) => {
                unless(self.popped < Some(e.through), "messages taken twice")?;
                self.popped = Some(e.through);
            }
            E::AccountErased(_) => *self = Self { is_erased: true, ..Self::default() },
        }
        Ok(())
    }

    fn create(&mut self, e: &AccountCreated, at: Millis) -> Result<(), IllegalHistory> {
        self.owner = Some(Owner {
            subject: e.subject,
            key: e.key,
            profile: e.profile.clone(),
            password: e.password,
            api_key: e.api_key.clone(),
            created_at: at,
        });
        for contact in &e.contacts {
            unless(self.contact(contact.channel).is_none(), "two contacts of one channel")?;
            self.contacts.push(ContactState {
                channel: contact.channel,
                tag: contact.tag,
                verified_at: None,
                code: None,
                codes_sent_at: Sent::default(),
            });
        }
        Ok(())
    }

    fn send_code(&mut self, e: &VerificationRequested, at: Millis) -> Result<(), IllegalHistory> {
        let contact = self.contacts.iter_mut().find(|contact| contact.channel == e.channel);
        let contact = contact.filter(|contact| contact.verified_at.is_none());
        let contact = contact.ok_or_else(|| IllegalHistory::new("a code for no contact"))?;
        contact.code = Some(Code::sent(e.verification, e.expires_at));
        contact.codes_sent_at.note(at);
        Ok(())
    }

    /// The code that is due: when it led to something, and itself.
    fn coded(
        &mut self,
        channel: Channel,
        verification: Uuid,
        at: Millis,
    ) -> Result<(&mut Option<Millis>, &mut Code), IllegalHistory> {
        let contact = self.contacts.iter_mut().find(|contact| contact.channel == channel);
        contact
            .filter(|contact| contact.verified_at.is_none())
            .and_then(|contact| Some((&mut contact.verified_at, contact.code.as_mut()?)))
            .filter(|(_, code)| code.id == verification && code.spent(at).is_none())
            .ok_or_else(|| IllegalHistory::new("no such code is due"))
    }

    fn create_key(&mut self, e: &KeyCreated, at: Millis) -> Result<(), IllegalHistory> {
        unless(self.enabled_at.is_some(), "a key of an account that is not enabled")?;
        unless(e.number == self.next_key(), "a key out of turn")?;
        unless(self.key_by(e.tag).is_none(), "two keys of one name")?;
        self.keys.push(Key {
            number: e.number,
            key_id: e.key_id.clone(),
            tag: e.tag,
            local_name: e.local_name.clone(),
            namespace: e.namespace.clone(),
            public_key: e.public_key.clone(),
            secret: e.secret,
            created_at: at,
        });
        Ok(())
    }
}

fn unless(legal: bool, what: &str) -> Result<(), IllegalHistory> {
    if legal { Ok(()) } else { Err(IllegalHistory::new(what)) }
}
