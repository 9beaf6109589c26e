//! Facts of a Stellar customer (SEP-12): stream `stellar.customer-<customer id>`.
//!
//! Every value a customer gives is sealed under the one key of that customer, each in a revision of
//! its own; a tag (HMAC under the same key) recognises a value that is given again. Documents are
//! named by id, tag, media type and size; their bytes lie in the vault. What a type of customer
//! needs is recorded when the type is opened, so the log alone says why a status was what it was.
//!
//! Source: SEP-12 1.15.0 (2024-07-23), SEP-9 1.18.0.

mod challenge;
mod decision;
mod field;
mod status;

pub use crate::channel::Channel;
pub use crate::document::Document;
pub use challenge::*;
pub use decision::*;
pub use field::*;
pub use status::*;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::record::Millis;
use crate::sealed::{KeyId, Personal, SealError, Sealed, Sealer, Tag};

/// Kind of a customer's stream.
pub const CUSTOMER: &str = "stellar.customer";

/// What kind of memo tells the customers of one account apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoKind {
    /// A decimal number of 64 bits; also the number inside a muxed account.
    Id,
    /// At most 28 bytes.
    Text,
    /// 32 bytes in base64.
    Hash,
}

/// A memo. Personal data: lives only inside [`Sealed`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memo {
    /// Which kind.
    pub kind: MemoKind,
    /// Its text, as [`MemoKind`] says.
    pub value: String,
}

/// Who a customer is to the network. Personal data: lives only inside [`Sealed`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `G…` or `C…`; never muxed: the number of a muxed account is a memo.
    pub account: String,
    /// Which of the account's customers.
    pub memo: Option<Memo>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Somebody proved to be this identity and gave something; always the first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnerIdentified {
    /// The person's pseudonym, HMAC under the look-up key.
    pub subject: Tag,
    /// The one key of this customer.
    pub key: KeyId,
    /// Pseudonym of the whole identity.
    pub owner: Tag,
    /// Pseudonym of the account without memo.
    pub account: Tag,
    /// The identity.
    pub identity: Sealed<Identity>,
}

/// The first `PUT /customer`: from here on there is an id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerRegistered {}

/// Values arrived, or replaced earlier ones. Values that were known are not repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldsProvided {
    /// How many times values arrived, this one included; the first is 1.
    pub number: u32,
    /// The customer's key.
    pub key: KeyId,
    /// The values, in the order of their names.
    pub fields: Vec<ProvidedField>,
    /// Names that were sent and are no SEP-9 fields; their values were not kept.
    pub ignored: Option<Sealed<Vec<String>>>,
}

/// A file was uploaded; it is dropped at `expires_at` unless a field refers to it by then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileStored {
    /// The file.
    pub document: Document,
    /// When it is dropped.
    pub expires_at: Millis,
}

/// An uploaded file was dropped: no field referred to it in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileExpired {
    /// Which.
    pub file: Uuid,
}

/// A type of customer is being looked at, by these rules; once more when the rules change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeOpened {
    /// The type, for example `sep31-sender`.
    pub kind: String,
    /// What it needs.
    pub requirement: Requirement,
}

/// A code has to be sent. The code is not recorded: it is made of the customer's key and
/// `verification`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerificationRequested {
    /// The field whose value is to be verified.
    pub field: String,
    /// Revision of that value.
    pub revision: u32,
    /// Id of this code; also the delivery's.
    pub verification: Uuid,
    /// How it travels.
    pub channel: Channel,
    /// The code is good until then.
    pub expires_at: Millis,
}

/// A wrong code was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerificationFailed {
    /// The field.
    pub field: String,
    /// Which code was due.
    pub verification: Uuid,
}

/// The right code was given: the customer holds this address or number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldVerified {
    /// The field.
    pub field: String,
    /// Which code.
    pub verification: Uuid,
}

/// The status of a type is another one, or stands for the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusChanged {
    /// The type.
    pub kind: String,
    /// The status from here on.
    pub status: Status,
}

/// Status changes are to be told to this URL; it replaces the one before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackSet {
    /// How many times one was set, this one included; the first is 1.
    pub number: u32,
    /// The customer's key.
    pub key: KeyId,
    /// Where to.
    pub url: Sealed<String>,
    /// HMAC of the URL: recognises a repetition.
    pub tag: Tag,
    /// ISO 639-1, the language of what is told.
    pub lang: String,
}

/// A callback has to be made: the answer to `GET /customer` for this type as of this event. What
/// became of it is in stream `callback.delivery-<delivery>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackRequested {
    /// Stable id, sent as `Kycd-Delivery-Id` with every attempt.
    pub delivery: Uuid,
    /// Number of the [`CallbackSet`] that said where to. What was not delivered when another
    /// replaces it goes there.
    pub callback: u32,
    /// The type whose status changed.
    pub kind: String,
    /// The status it changed to.
    pub status: Status,
}

/// A transaction of the anchor's platform waits until the customer is accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransactionRegistered {
    /// The platform's id of it.
    pub transaction: String,
    /// `sep6`, `sep24` or `sep31`.
    pub protocol: Protocol,
    /// The type the customer has to be accepted as.
    pub kind: String,
}

/// The wait of a transaction is over; the platform has to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransactionReleased {
    /// The platform's id of it.
    pub transaction: String,
    /// Stable id, sent as `Kycd-Delivery-Id` with every attempt.
    pub delivery: Uuid,
    /// Whether the customer was accepted; otherwise rejected for good.
    pub accepted: bool,
}

/// The customer was erased: nothing of this stream is known any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerErased {
    /// Which generation of the person ended.
    pub generation: u32,
}

crate::event_set! {
    /// Facts of a customer's stream.
    pub enum CustomerEvent {
        OwnerIdentified: "stellar.OwnerIdentified" @ 1,
        CustomerRegistered: "stellar.CustomerRegistered" @ 1,
        FieldsProvided: "stellar.FieldsProvided" @ 1,
        FileStored: "stellar.FileStored" @ 1,
        FileExpired: "stellar.FileExpired" @ 1,
        TypeOpened: "stellar.TypeOpened" @ 1,
        VerificationRequested: "stellar.VerificationRequested" @ 1,
        VerificationFailed: "stellar.VerificationFailed" @ 1,
        FieldVerified: "stellar.FieldVerified" @ 1,
        ReviewRequested: "stellar.ReviewRequested" @ 1,
        ReviewWithdrawn: "stellar.ReviewWithdrawn" @ 1,
        ReviewClaimed: "stellar.ReviewClaimed" @ 1,
        CheckRequested: "stellar.CheckRequested" @ 1,
        CustomerDecided: "stellar.CustomerDecided" @ 1,
        StatusChanged: "stellar.StatusChanged" @ 1,
        CallbackSet: "stellar.CallbackSet" @ 1,
        CallbackRequested: "stellar.CallbackRequested" @ 1,
        TransactionRegistered: "stellar.TransactionRegistered" @ 1,
        TransactionReleased: "stellar.TransactionReleased" @ 1,
        CustomerErased: "stellar.CustomerErased" @ 1,
    }
}

impl Personal for CustomerEvent {
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        match self {
            Self::OwnerIdentified(e) => e.identity.shut(e.key, IDENTITY, sealer),
            Self::FieldsProvided(e) => {
                for given in &mut e.fields {
                    if let Content::Text(text) = &mut given.content {
                        text.shut(e.key, &numbered(&given.name, given.revision), sealer)?;
                    }
                }
                match &mut e.ignored {
                    Some(names) => names.shut(e.key, &numbered(IGNORED, e.number), sealer),
                    None => Ok(()),
                }
            }
            Self::CallbackSet(e) => e.url.shut(e.key, &numbered(URL, e.number), sealer),
            Self::CustomerDecided(e) => {
                if let Some(reason) = &mut e.reason {
                    reason.shut(e.key, &numbered(REASON, e.number), sealer)?;
                }
                for refused in &mut e.refused {
                    let field = reason_of(&refused.field, e.number);
                    refused.reason.shut(e.key, &field, sealer)?;
                }
                Ok(())
            }
            Self::CustomerRegistered(_)
            | Self::FileStored(_)
            | Self::FileExpired(_)
            | Self::TypeOpened(_)
            | Self::VerificationRequested(_)
            | Self::VerificationFailed(_)
            | Self::FieldVerified(_)
            | Self::ReviewRequested(_)
            | Self::ReviewWithdrawn(_)
            | Self::ReviewClaimed(_)
            | Self::CheckRequested(_)
            | Self::StatusChanged(_)
            | Self::CallbackRequested(_)
            | Self::TransactionRegistered(_)
            | Self::TransactionReleased(_)
            | Self::CustomerErased(_) => Ok(()),
        }
    }
}

/// Name under which the identity is sealed.
pub const IDENTITY: &str = "identity";
/// Name, before `#` and a number, under which a callback's URL is sealed.
pub const URL: &str = "url";
/// Name, before `#` and a number, under which a decision's reason is sealed.
pub const REASON: &str = "reason";
const IGNORED: &str = "ignored";

/// Name under which the `number`th of its kind is sealed; a value's name is its field and revision.
pub fn numbered(name: &str, number: u32) -> String {
    format!("{name}#{number}")
}

/// Name under which the reason for refusing `field` is sealed in decision `number`.
pub fn reason_of(field: &str, number: u32) -> String {
    format!("{REASON}/{field}#{number}")
}

#[cfg(test)]
mod tests;
