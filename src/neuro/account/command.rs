//! What may be asked of an account, and why the answer may be no.

use kyc_events::neuro::{Channel, Contact, Profile};
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::stream::Position;
use serde::Serialize;
use uuid::Uuid;

/// A new account. Its password lies in the vault by now. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct Registration {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// Who it is.
    pub profile: Profile,
    /// What has to be verified.
    pub contacts: Vec<Contact>,
    /// Where the password lies.
    pub password: Uuid,
    /// The API key it is made with.
    pub api_key: String,
}

/// A new pair of keys. The wrapped private key lies in the vault by now. Holds personal data:
/// never logged.
#[derive(Clone, Serialize)]
pub struct NewKey {
    /// What the client calls it.
    pub key_id: String,
    /// Name of the algorithm.
    pub local_name: String,
    /// Namespace of that name.
    pub namespace: String,
    /// The public key, in base64.
    pub public_key: String,
    /// Where the wrapped private key lies.
    pub secret: Uuid,
}

/// What may be asked.
#[derive(Clone, Serialize)]
pub enum Command {
    /// Make the account.
    Create(Registration),
    /// Send codes to those of these that are not verified.
    SendCodes { channels: Vec<Channel> },
    /// A code was given.
    Verify { channel: Channel, code: String },
    /// Make a pair of keys.
    CreateKey(NewKey),
    /// The messages after `from` are taken, those of `through` included.
    PopMessages { from: Option<Position>, through: Position },
    /// The person is being erased: everything is over.
    Erase { generation: u32 },
}

impl Command {
    /// For metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::SendCodes { .. } => "send_codes",
            Self::Verify { .. } => "verify",
            Self::CreateKey(_) => "create_key",
            Self::PopMessages { .. } => "pop_messages",
            Self::Erase { .. } => "erase",
        }
    }
}

/// Only the name: commands hold personal data.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such account.
    #[error("no such account")]
    Unknown,
    /// The person was erased; who comes back starts on the next generation of the stream.
    #[error("the person was erased")]
    Erased,
    /// There is an account of this name.
    #[error("the user name is taken")]
    NameTaken,
    /// Not all contacts are verified yet.
    #[error("the account is not enabled")]
    Disabled,
    /// No code is due.
    #[error("there is nothing to verify")]
    NothingToVerify,
    /// The code is too old.
    #[error("the code has expired")]
    CodeExpired,
    /// Too many wrong codes were given; another code has to be asked for.
    #[error("too many wrong codes")]
    TooManyWrongCodes,
    /// Too many codes were sent.
    #[error("too many codes were asked for")]
    TooManyCodes,
    /// A key of this account is called so.
    #[error("the key exists")]
    KeyExists,
    /// There are too many keys.
    #[error("the account has too many keys")]
    TooManyKeys,
    /// Somebody else took messages meanwhile.
    #[error("the messages were taken meanwhile")]
    Popped,
    /// The key store failed.
    #[error("keys are not available")]
    KeysUnavailable,
}
