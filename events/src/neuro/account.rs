//! Accounts: who logs in, how they are reached, and the keys they sign with.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::channel::Channel;
use crate::record::Millis;
use crate::sealed::{KeyId, Personal, SealError, Sealed, Sealer, Tag};
use crate::stream::Position;

use super::numbered;

/// Kind of an account's stream.
pub const ACCOUNT: &str = "neuro.account";

/// Who an account is of. Personal data: lives only inside [`Sealed`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The user name, as it was given.
    pub user_name: String,
    /// The e-mail address.
    pub e_mail: String,
    /// The phone number, if one was given.
    pub phone_nr: Option<String>,
    /// ISO 639-1, the language of what is sent.
    pub language: Option<String>,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(…)")
    }
}

/// An address or number that has to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Which of them.
    pub channel: Channel,
    /// HMAC of the address or number under the look-up key.
    pub tag: Tag,
}

/// Somebody made an account; always the first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountCreated {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// Who it is.
    pub profile: Sealed<Profile>,
    /// What has to be verified before the account may be used, each channel once.
    pub contacts: Vec<Contact>,
    /// Where the password lies in the vault, under `key`.
    pub password: Uuid,
    /// The API key it was made with.
    pub api_key: String,
}

/// A code has to be sent. The code is not recorded: it is made of the key and `verification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationRequested {
    /// How it travels.
    pub channel: Channel,
    /// Id of this code.
    pub verification: Uuid,
    /// The code is good until then.
    pub expires_at: Millis,
}

/// A wrong code was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationFailed {
    /// How the code travelled.
    pub channel: Channel,
    /// Which code was due.
    pub verification: Uuid,
}

/// The right code was given: the person holds this address or number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactVerified {
    /// How the code travelled.
    pub channel: Channel,
    /// Which code.
    pub verification: Uuid,
}

/// All contacts are verified: the account may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEnabled {}

/// A pair of keys was made. The private key lies in the vault, wrapped under something only the
/// client knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyCreated {
    /// How many the account has, this one included; the first is 1.
    pub number: u32,
    /// The person's key.
    pub key: KeyId,
    /// What the client calls it.
    pub key_id: Sealed<String>,
    /// HMAC of that under the person's key.
    pub tag: Tag,
    /// Name of the algorithm: `ed25519`, …
    pub local_name: String,
    /// Namespace of that name.
    pub namespace: String,
    /// The public key, in base64.
    pub public_key: Sealed<String>,
    /// Where the wrapped private key lies in the vault, under `key`.
    pub secret: Uuid,
}

/// The client has taken the messages up to here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesPopped {
    /// Position of the event that the last of them tells of.
    pub through: Position,
}

/// The person was erased: nothing of this stream is known any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountErased {
    /// Which generation of the person ended.
    pub generation: u32,
}

crate::event_set! {
    /// Facts of an account's stream.
    pub enum AccountEvent {
        AccountCreated: "neuro.AccountCreated" @ 1,
        VerificationRequested: "neuro.VerificationRequested" @ 1,
        VerificationFailed: "neuro.VerificationFailed" @ 1,
        ContactVerified: "neuro.ContactVerified" @ 1,
        AccountEnabled: "neuro.AccountEnabled" @ 1,
        KeyCreated: "neuro.KeyCreated" @ 1,
        MessagesPopped: "neuro.MessagesPopped" @ 1,
        AccountErased: "neuro.AccountErased" @ 1,
    }
}

impl Personal for AccountEvent {
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        match self {
            Self::AccountCreated(e) => e.profile.shut(e.key, PROFILE, sealer),
            Self::KeyCreated(e) => {
                e.key_id.shut(e.key, &numbered(KEY_ID, e.number), sealer)?;
                e.public_key.shut(e.key, &numbered(PUBLIC_KEY, e.number), sealer)
            }
            Self::VerificationRequested(_)
            | Self::VerificationFailed(_)
            | Self::ContactVerified(_)
            | Self::AccountEnabled(_)
            | Self::MessagesPopped(_)
            | Self::AccountErased(_) => Ok(()),
        }
    }
}

/// Name under which the profile is sealed.
pub const PROFILE: &str = "profile";
/// Name, before `#` and a number, under which what a client calls a key is sealed.
pub const KEY_ID: &str = "key_id";
/// Name under which a public key is sealed: in `KeyCreated` before `#` and a number, in
/// `IdentityApplied` alone.
pub const PUBLIC_KEY: &str = "public_key";
