//! What every endpoint of SEP-12 uses, and the names it gives.
//!
//! ```text
//!   identity, how often it was erased ──HMAC──► customer id ──HMAC──► subject
//! ```
//!
//! So a customer is found without an index, and an id says nothing about anybody. Who comes back
//! after an erasure gets another id, which is another subject.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyc_events::StreamId;
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::stellar::{CUSTOMER, Identity as Known, Memo as KnownMemo, MemoKind};
use kyc_projections::subjects::{self, Subjects};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::callbacks::egress::Policy;
use crate::clock::Clock;
use crate::config::limits;
use crate::engine::{Handle, ReadModels};
use crate::stellar::account::{Account, Identity};
use crate::stellar::customer::{Customer, Registration, State};
use crate::stellar::error::Error;
use crate::stellar::memo::Memo;
use crate::stellar::sep10;
use crate::stellar::types::{Type, Types};
use crate::subject::eraser::Eraser;
use crate::subject::name::Name;
use crate::vault::Vault;

/// What it is made of.
#[derive(Clone)]
pub struct Parts {
    /// The customers.
    pub customers: Handle<Customer>,
    /// The read models.
    pub models: ReadModels,
    /// Keys, seals and documents.
    pub vault: Arc<Vault>,
    /// Who erases.
    pub eraser: Eraser,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub(super) parts: Parts,
    pub(super) auth: sep10::service::Service,
    pub(super) types: Arc<Types>,
    pub(super) offers_callbacks: bool,
    pub(super) offers_verification: bool,
    pub(super) room: Arc<Semaphore>,
}

impl Service {
    /// With tokens of `auth`, for customers of these types.
    pub fn new(
        parts: Parts,
        auth: sep10::service::Service,
        types: Types,
        (offers_callbacks, offers_verification): (bool, bool),
    ) -> Self {
        let room = Arc::new(Semaphore::new(limits::MULTIPART_BODIES_MAX));
        let types = Arc::new(types);
        Self { parts, auth, types, offers_callbacks, offers_verification, room }
    }

    /// The type of this name, or the default one.
    pub fn kind(&self, name: Option<&str>) -> Result<&Type, Error> {
        self.types.find(name).ok_or_else(|| Error::BadRequest("'type' is unknown".to_owned()))
    }

    /// The id of an identity that was erased this often.
    pub fn id_of(&self, person: &Identity, erased: u32) -> Uuid {
        let name = format!("{}\0{erased}", person.canonical());
        let tag = self.parts.vault.pseudonym(CUSTOMER, name.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&tag.0[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The id that an identity has now, and how often it was erased.
    pub fn current(&self, person: &Identity) -> u32 {
        let is_erased = |n| self.is_erased(self.id_of(person, n));
        if !is_erased(0) {
            return 0;
        }
        // One after the other is erased, so the first that is not lies below a doubled bound.
        let (mut erased, mut free) = (0, 1);
        while is_erased(free) {
            (erased, free) = (free, free * 2);
        }
        while free - erased > 1 {
            let middle = erased + (free - erased) / 2;
            if is_erased(middle) { erased = middle } else { free = middle }
        }
        free
    }

    /// Whether an erasure of this customer was asked for.
    pub fn is_erased(&self, id: Uuid) -> bool {
        let subject = self.subject(id);
        let row = self.parts.models.of::<Subjects>().query(|rows| subjects::find(rows, subject));
        row.is_some_and(|row| row.generation > 0)
    }

    /// The subject behind an id.
    pub fn subject(&self, id: Uuid) -> Tag {
        Name::stellar(id).tag(self.parts.vault.master())
    }

    /// Pseudonym of a whole identity.
    pub fn owner(&self, person: &Identity) -> Tag {
        self.parts.vault.pseudonym("stellar.owner", person.canonical().as_bytes())
    }

    /// Pseudonym of an account without memo.
    pub fn account(&self, account: &Account) -> Tag {
        self.parts.vault.pseudonym("stellar.account", account.text().as_bytes())
    }

    /// What is known of a customer; nothing, if there is none.
    pub async fn state(&self, stream: &StreamId) -> Result<Arc<State>, Error> {
        if !self.parts.models.log_has(stream) {
            return Ok(Arc::default());
        }
        Ok(self.parts.customers.state(stream).await?)
    }

    /// The customer's key: the one it has, or a fresh one.
    pub fn key(&self, id: Uuid, state: &State) -> Result<KeyId, Error> {
        match state.known() {
            Some(owner) => Ok(owner.key),
            None => Ok(self.parts.vault.key_for(self.subject(id), 0)?),
        }
    }

    /// Who a new customer is.
    pub fn registration(&self, person: &Identity, id: Uuid, key: KeyId) -> Registration {
        let memo = person.memo().map(|memo| {
            let (kind, value) = match memo {
                Memo::Id(id) => (MemoKind::Id, id.to_string()),
                Memo::Text(text) => (MemoKind::Text, text.clone()),
                Memo::Hash(hash) => (MemoKind::Hash, STANDARD.encode(hash)),
            };
            KnownMemo { kind, value }
        });
        Registration {
            subject: self.subject(id),
            key: Some(key),
            owner: self.owner(person),
            account: self.account(&person.owner()),
            identity: Known { account: person.owner().text(), memo },
        }
    }
}

/// The stream of a customer.
pub fn stream_of(id: Uuid) -> StreamId {
    StreamId::new(CUSTOMER, &id.to_string()).expect("invariant: a UUID is a good key")
}

/// The customer of a stream.
pub fn id_of_stream(stream: &StreamId) -> Result<Uuid, Error> {
    Uuid::parse_str(stream.key()).map_err(|_| NOT_FOUND)
}

/// Nobody, or somebody else's: one answer for both.
pub const NOT_FOUND: Error = Error::NotFound("customer not found");
