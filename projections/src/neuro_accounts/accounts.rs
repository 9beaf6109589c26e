//! Accounts, their secrets and codes, and API keys.

use kyc_events::neuro::{AccountCreated, AccountEvent, ApiKeyEvent, Channel, Contact};
use kyc_events::sealed::{KeyId, Sealed, Tag};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, event};
use crate::rows::{Key, Rows};

/// One account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The stream.
    pub stream: StreamId,
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// The API key it was made with.
    pub api_key: String,
    /// What has to be verified.
    pub contacts: Vec<Contact>,
    /// Those that are.
    pub verified: Vec<Channel>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was enabled.
    pub enabled_at: Option<Millis>,
}

/// The code that was sent last to a contact that is not verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentCode {
    /// The account.
    pub stream: StreamId,
    /// How it travels.
    pub channel: Channel,
    /// Id of the code.
    pub verification: Uuid,
    /// When it was asked for.
    pub at: Millis,
}

/// One API key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The stream; its key is the API key.
    pub stream: StreamId,
    /// Its own key.
    pub key: KeyId,
    /// What the operator calls it, sealed in `neuro.ApiKeyMade`.
    pub name: Sealed<String>,
    /// Where its secret lies in the vault.
    pub secret: Uuid,
    /// How many accounts may be made with it.
    pub quota: u32,
    /// How many were.
    pub accounts: u32,
    /// When it was made.
    pub made_at: Millis,
}

pub(super) fn account_event(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let (stream, at) = (&record.stream, record.recorded_at);
    match event(record)? {
        AccountEvent::AccountCreated(e) => create(rows, stream, e, at),
        AccountEvent::VerificationRequested(e) => {
            let (channel, verification) = (e.channel, e.verification);
            let sent = SentCode { stream: stream.clone(), channel, verification, at };
            rows.put(code_key(stream, channel), &sent);
        }
        AccountEvent::ContactVerified(e) => {
            rows.delete(&code_key(stream, e.channel));
            change(rows, stream, |account| account.verified.push(e.channel));
        }
        AccountEvent::AccountEnabled(_) => {
            change(rows, stream, |account| account.enabled_at = Some(at));
        }
        AccountEvent::KeyCreated(e) => keep(rows, stream, e.secret, e.key),
        AccountEvent::AccountErased(_) => erase(rows, stream),
        AccountEvent::VerificationFailed(_) | AccountEvent::MessagesPopped(_) => {}
    }
    Ok(())
}

pub(super) fn api_key_event(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let stream = &record.stream;
    match event(record)? {
        ApiKeyEvent::ApiKeyMade(e) => {
            keep(rows, stream, e.secret, e.key);
            let made = ApiKey {
                stream: stream.clone(),
                key: e.key,
                name: e.name,
                secret: e.secret,
                quota: e.quota,
                accounts: 0,
                made_at: record.recorded_at,
            };
            rows.put(api_key_key(stream), &made);
        }
        ApiKeyEvent::AccountAdmitted(_) => change_key(rows, stream, |key| key.accounts += 1),
        ApiKeyEvent::QuotaChanged(e) => change_key(rows, stream, |key| key.quota = e.quota),
    }
    Ok(())
}

/// The account of a stream.
pub fn account(rows: &Rows, stream: &StreamId) -> Option<Account> {
    rows.get(&account_key(stream))
}

/// Accounts that have this address or number, verified or not; at most `limit`.
pub fn by_contact(rows: &Rows, contact: Tag, limit: usize) -> Vec<StreamId> {
    rows.scan(&contact_key(contact).done()).map(|(_, stream)| stream).take(limit).collect()
}

/// Codes for what is not verified yet, the newest first; at most `limit`.
pub fn codes(rows: &Rows, limit: usize) -> Vec<SentCode> {
    let mut all: Vec<SentCode> =
        rows.scan(&Key::table("code").done()).map(|(_, code)| code).collect();
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.verification.cmp(&b.verification)));
    all.truncate(limit);
    all
}

/// Whether some event names a secret in the vault.
pub fn has_secret(rows: &Rows, secret: Uuid) -> bool {
    rows.get::<KeyId>(&secret_key(secret)).is_some()
}

/// The API key of a stream.
pub fn api_key(rows: &Rows, stream: &StreamId) -> Option<ApiKey> {
    rows.get(&api_key_key(stream))
}

/// All of them, in the order of their names; at most `limit`.
pub fn api_keys(rows: &Rows, limit: usize) -> Vec<ApiKey> {
    rows.scan(&Key::table("api_key").done()).map(|(_, key)| key).take(limit).collect()
}

fn create(rows: &mut Rows, stream: &StreamId, e: AccountCreated, at: Millis) {
    for contact in &e.contacts {
        rows.put(contact_key(contact.tag).text(stream.as_str()).done(), stream);
    }
    keep(rows, stream, e.password, e.key);
    let account = Account {
        stream: stream.clone(),
        subject: e.subject,
        key: e.key,
        api_key: e.api_key,
        contacts: e.contacts,
        verified: Vec::new(),
        created_at: at,
        enabled_at: None,
    };
    rows.put(account_key(stream), &account);
}

fn keep(rows: &mut Rows, stream: &StreamId, secret: Uuid, key: KeyId) {
    rows.put(secret_key(secret), &key);
    rows.put(secret_of_key(stream).text(&secret.to_string()).done(), &secret);
}

fn change(rows: &mut Rows, stream: &StreamId, change: impl FnOnce(&mut Account)) {
    if let Some(mut account) = account(rows, stream) {
        change(&mut account);
        rows.put(account_key(stream), &account);
    }
}

fn change_key(rows: &mut Rows, stream: &StreamId, change: impl FnOnce(&mut ApiKey)) {
    if let Some(mut key) = api_key(rows, stream) {
        change(&mut key);
        rows.put(api_key_key(stream), &key);
    }
}

fn erase(rows: &mut Rows, stream: &StreamId) {
    let contacts = account(rows, stream).map(|account| account.contacts).unwrap_or_default();
    for contact in contacts {
        rows.delete(&contact_key(contact.tag).text(stream.as_str()).done());
    }
    let secrets: Vec<Uuid> =
        rows.scan(&secret_of_key(stream).done()).map(|(_, secret)| secret).collect();
    for secret in secrets {
        rows.delete(&secret_key(secret));
    }
    rows.delete_all(&secret_of_key(stream).done());
    rows.delete_all(&Key::table("code").text(stream.as_str()).done());
    rows.delete(&account_key(stream));
}

fn account_key(stream: &StreamId) -> Vec<u8> {
    Key::table("account").text(stream.as_str()).done()
}

fn contact_key(contact: Tag) -> Key {
    Key::table("contact").text(&contact.to_hex())
}

fn code_key(stream: &StreamId, channel: Channel) -> Vec<u8> {
    let channel = match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    };
    Key::table("code").text(stream.as_str()).text(channel).done()
}

fn secret_key(secret: Uuid) -> Vec<u8> {
    Key::table("secret").text(&secret.to_string()).done()
}

fn secret_of_key(stream: &StreamId) -> Key {
    Key::table("secret_of").text(stream.as_str())
}

fn api_key_key(stream: &StreamId) -> Vec<u8> {
    Key::table("api_key").text(stream.key()).done()
}
