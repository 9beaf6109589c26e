//! What may be asked of a customer, and why the answer may be no.

use std::collections::BTreeMap;

use kyc_events::Millis;
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::stellar::{Document, Identity, Protocol, Requirement, Verdict};
use serde::Serialize;
use uuid::Uuid;

use crate::stellar::types::Type;

/// Who a new customer is. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct Registration {
    /// The person's pseudonym.
    pub subject: Tag,
    /// The customer's key; needed only for the first event.
    pub key: Option<KeyId>,
    /// Pseudonym of the whole identity.
    pub owner: Tag,
    /// Pseudonym of the account without memo.
    pub account: Tag,
    /// The identity.
    pub identity: Identity,
}

/// A type, as the configuration has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// What it needs.
    pub requirement: Requirement,
}

impl From<&Type> for Kind {
    fn from(one: &Type) -> Self {
        Self { name: one.name.clone(), requirement: one.requirement.clone() }
    }
}

/// Values of a customer, checked and in their normal form. Holds personal data: never logged.
#[derive(Clone, Serialize)]
pub struct Values {
    /// The type asked for, or the default one.
    pub kind: Kind,
    /// Texts by canonical field name.
    pub texts: BTreeMap<String, String>,
    /// Files that came along and lie in the vault by now, by canonical field name.
    pub documents: BTreeMap<String, Document>,
    /// Files uploaded before, by canonical field name.
    pub files: BTreeMap<String, Uuid>,
    /// Verification codes by canonical field name.
    pub codes: BTreeMap<String, String>,
    /// Keys of the request that are nothing of SEP-9.
    pub ignored: Vec<String>,
}

/// What an operator decides on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Target {
    /// A review: the open one of its type, or the last decided one.
    Review(Uuid),
    /// A type, whether or not a review of it was asked for.
    Kind(String),
}

/// An operator's decision.
#[derive(Clone, Serialize)]
pub struct Decision {
    /// On what.
    pub target: Target,
    /// Who, as the operator's side calls itself.
    pub by: String,
    /// What.
    pub verdict: Verdict,
    /// Why: a code, or words for the customer.
    pub reason: Option<String>,
    /// Fields it is about, each with its own reason or that of the whole. A field that was not
    /// provided is asked for.
    pub fields: BTreeMap<String, Option<String>>,
}

/// What may be asked.
#[derive(Clone, Serialize)]
pub enum Command {
    /// `PUT /customer`: register, merge values, verify codes. Addressed by id: no registration.
    Put { registration: Option<Registration>, values: Values },
    /// Codes alone: `PUT /customer/verification`.
    Verify { codes: BTreeMap<String, String> },
    /// Judge the customer as this type too; before an answer about the type.
    Open { kind: Kind },
    /// `POST /customer/files`.
    StoreFile { registration: Registration, document: Document, expires_at: Millis },
    /// Its time has passed.
    ExpireFile { file: Uuid },
    /// `PUT /customer/callback`.
    SetCallback { url: String, lang: String },
    /// An operator takes a review.
    Claim { review: Uuid, by: String },
    /// An operator decides.
    Decide(Decision),
    /// A provider answers. A reason `<field>` or `<field>:<reason>` is about that field.
    RecordCheck { provider: String, request: Uuid, verdict: Verdict, reasons: Vec<String> },
    /// A transaction of the platform waits for the customer.
    RegisterTransaction { transaction: String, protocol: Protocol, kind: Kind },
    /// The person is being erased: everything is over.
    Erase { generation: u32 },
}

impl Command {
    /// For metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Put { .. } => "put",
            Self::Verify { .. } => "verify",
            Self::Open { .. } => "open",
            Self::StoreFile { .. } => "store_file",
            Self::ExpireFile { .. } => "expire_file",
            Self::SetCallback { .. } => "set_callback",
            Self::Claim { .. } => "claim",
            Self::Decide(_) => "decide",
            Self::RecordCheck { .. } => "record_check",
            Self::RegisterTransaction { .. } => "register_transaction",
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing is known about the customer.
    #[error("customer not found")]
    Unknown,
    /// The person was erased; who comes back starts on the next generation of the stream.
    #[error("the person was erased")]
    Erased,
    /// The stream belongs to another identity.
    #[error("another identity owns this customer")]
    Foreign,
    /// A first event needs a key.
    #[error("a key is needed first")]
    KeyNeeded,
    /// The vault failed.
    #[error("the key store is not available")]
    KeysUnavailable,
    /// No code was sent to this field, or its value is verified by now.
    #[error("'{0}' is not waiting for verification")]
    NothingToVerify(String),
    /// The code is too old.
    #[error("the verification code of '{0}' has expired; send the value again for another one")]
    CodeExpired(String),
    /// Too many wrong codes.
    #[error("too many wrong codes for '{0}'; send the value again for another one")]
    TooManyCodes(String),
    /// No such file of this customer, or dropped, or of another field.
    #[error("'{0}_file_id' names no file of this customer")]
    UnknownFile(String),
    /// Too many files that no field refers to.
    #[error("too many files that are not used yet")]
    TooManyFiles,
    /// No such review, or one that another replaced.
    #[error("the review is unknown or out of date")]
    UnknownReview,
    /// The type was never looked at.
    #[error("the customer is not known as this type")]
    UnknownKind,
    /// Somebody else works on it.
    #[error("the review is claimed by somebody else")]
    Claimed,
    /// There is a decision.
    #[error("the review is decided")]
    Decided,
    /// Values are missing, or not verified.
    #[error("the customer has not provided everything that is needed")]
    Incomplete,
    /// A rejection says why.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// Not a SEP-9 field.
    #[error("{0:?} is not a SEP-9 field")]
    UnknownField(String),
    /// A final rejection of a field needs a value.
    #[error("'{0}' was not provided")]
    NotProvided(String),
    /// No such request to this provider.
    #[error("the request is unknown")]
    UnknownCheck,
    /// The same request was answered otherwise.
    #[error("the request was answered otherwise before")]
    AnsweredOtherwise,
    /// The id stands for something else.
    #[error("the transaction is known otherwise")]
    TransactionKnown,
    /// Too many transactions.
    #[error("too many transactions wait for this customer")]
    TooManyTransactions,
}
