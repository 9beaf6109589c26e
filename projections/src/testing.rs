//! A log of Stellar customers in memory, folded as it grows.

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
        let mut event = event.into();
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
