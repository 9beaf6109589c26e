//! A log in memory, folded as it grows; Stellar customers are made quickly.

use std::marker::PhantomData;
use std::sync::Arc;

use kyc_events::schema::EventSet;
use kyc_events::sealed::{Ciphertext, KeyId, Personal, SealError, Sealed, Sealer, Tag};
use kyc_events::stellar::{CUSTOMER, CustomerEvent, CustomerRegistered, Identity, OwnerIdentified};
use kyc_events::{Millis, Position, Record, StreamId, Version};
use uuid::Uuid;

use crate::projection::Projection;
use crate::rows::Rows;

pub const KEY: KeyId = KeyId([1; 16]);
/// When the first event of a [`Folded`] happens; each of the next ones a millisecond later.
pub const START: Millis = 1_000;

/// Seals everything as nothing.
struct Dull;

impl Sealer for Dull {
    fn seal(&self, key: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
        Ok(Ciphertext { key, nonce: vec![0; 24], bytes: vec![] })
    }
}

/// See the module.
pub struct Folded<P> {
    pub rows: Rows,
    size: u64,
    by: PhantomData<P>,
}

impl<P> Default for Folded<P> {
    fn default() -> Self {
        Self { rows: Rows::default(), size: 0, by: PhantomData }
    }
}

impl<P: Projection> Folded<P> {
    pub fn append(&mut self, stream: &StreamId, event: impl Into<CustomerEvent>) {
        self.append_any(stream, event.into());
    }

    /// An event of whatever kind.
    pub fn append_any<E: EventSet + Personal>(&mut self, stream: &StreamId, mut event: E) {
        event.seal(&Dull).expect("seals");
        let schema = event.schema();
        let record = Record {
            position: Position(self.size),
            stream: stream.clone(),
            version: Version(1),
            previous: None,
            recorded_at: START + Millis::try_from(self.size).expect("small"),
            event_id: Uuid::from_u128(self.size.into()),
            name: Arc::from(schema.name),
            schema_version: schema.version,
            actor: "test".into(),
            causation: None,
            correlation: Uuid::nil(),
            payload: event.encode().expect("sealed"),
        };
        self.size += 1;
        P::apply(&mut self.rows, &record).expect("folds");
    }

    /// The first two events of a customer.
    pub fn register(&mut self, stream: &StreamId, owner: u8) {
        let identity = Identity { account: "G".to_owned(), memo: None };
        let (subject, account) = (Tag([owner; 32]), Tag([0; 32]));
        let (key, owner) = (KEY, Tag([owner; 32]));
        let identity = Sealed::open_value(&identity);
        self.append(stream, OwnerIdentified { subject, key, owner, account, identity });
        self.append(stream, CustomerRegistered {});
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.rows.recount().1
    }
}

/// The stream of a customer.
pub fn stream(key: &str) -> StreamId {
    StreamId::new(CUSTOMER, key).expect("a name")
}

/// Accounts and identities of the Agent API.
pub mod neuro {
    use kyc_events::neuro::{
        ACCOUNT, AccountCreated, AccountEvent, AttachmentAdded, Channel, Contact, Document,
        IDENTITY, IdentityApplied, IdentityEvent, Profile,
    };

    use super::{Folded, KEY, Projection, Sealed, StreamId, Tag, Uuid};

    pub fn account(key: &str) -> StreamId {
        StreamId::new(ACCOUNT, key).expect("a name")
    }

    pub fn identity(number: u128) -> StreamId {
        let id = Uuid::from_u128(number).to_string();
        StreamId::new(IDENTITY, &id).expect("a name")
    }

    impl<P: Projection> Folded<P> {
        /// An account of this person, with an e-mail address.
        pub fn create(&mut self, stream: &StreamId, person: u8) {
            let text = String::new;
            let profile =
                Profile { user_name: text(), e_mail: text(), phone_nr: None, language: None };
            let created = AccountCreated {
                subject: Tag([person; 32]),
                key: KEY,
                profile: Sealed::open_value(&profile),
                contacts: vec![Contact { channel: Channel::Email, tag: Tag([person; 32]) }],
                password: Uuid::from_u128(person.into()),
                api_key: "k1".to_owned(),
            };
            self.account(stream, created);
        }

        /// An application of this person, good until `valid_to`.
        pub fn apply(&mut self, number: u128, account: &StreamId, person: u8, valid_to: i64) {
            let text = || Sealed::open_value(&String::new());
            let applied = IdentityApplied {
                subject: Tag([person; 32]),
                key: KEY,
                account: account.clone(),
                key_number: 1,
                domain: String::new(),
                properties: Sealed::open_value(&Vec::new()),
                claims: 1,
                person: Some(Tag([7; 32])),
                local_name: String::new(),
                namespace: String::new(),
                public_key: text(),
                client_signature: text(),
                valid_from: 0,
                valid_to,
            };
            self.identity(number, applied);
        }

        pub fn attach(&mut self, number: u128, file: u128) {
            let text = || Sealed::open_value(&String::new());
            let (file, media_type) = (Uuid::from_u128(file), "image/png".to_owned());
            let document = Document { file, tag: Tag([0; 32]), media_type, bytes: 1 };
            let attached =
                AttachmentAdded { key: KEY, document, file_name: text(), signature: text() };
            self.identity(number, attached);
        }

        pub fn account(&mut self, stream: &StreamId, event: impl Into<AccountEvent>) {
            self.append_any(stream, event.into());
        }

        pub fn identity(&mut self, number: u128, event: impl Into<IdentityEvent>) {
            self.append_any(&identity(number), event.into());
        }
    }
}
