//! An event of whatever kind: on its way into the log, or looked at for what is sealed in it.

use std::cell::RefCell;

use kyc_events::Record;
use kyc_events::schema::{DecodeError, EncodeError, EventSet, Schema};
use kyc_events::sealed::{Ciphertext, KeyId, Personal, SealError, Sealer};

/// An event that was not appended yet.
pub trait Fact {
    /// Its name and current version: an older version has become the current one.
    fn schema(&self) -> Schema;
    /// The keys that its open fields will be sealed under.
    fn keys(&self) -> Vec<KeyId>;
    /// Seals its open fields.
    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError>;
    /// The payload; an error while a field is open.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;
}

impl<E: EventSet + Personal> Fact for E {
    fn schema(&self) -> Schema {
        EventSet::schema(self)
    }

    fn keys(&self) -> Vec<KeyId> {
        let look = Look::default();
        let _ = Personal::seal(&mut self.clone(), &look);
        look.keys.into_inner()
    }

    fn seal(&mut self, sealer: &dyn Sealer) -> Result<(), SealError> {
        Personal::seal(self, sealer)
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        EventSet::encode(self)
    }
}

/// A sealed field of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name that is bound into its ciphertext.
    pub name: String,
    /// What lies in the event.
    pub shut: Ciphertext,
}

pub(super) fn sealed_fields<E: EventSet + Personal>(
    record: &Record,
) -> Result<Vec<Field>, DecodeError> {
    let mut event = E::decode(&record.name, record.schema_version, &record.payload)?;
    let look = Look::default();
    let _ = event.seal(&look);
    Ok(look.fields.into_inner())
}

/// The keys that the sealed fields of an event are under, without their content.
pub(super) fn note_keys(event: &mut impl Personal, keys: &mut Vec<KeyId>) {
    let noting = Noting(RefCell::new(keys));
    let _ = event.seal(&noting);
}

/// Seals nothing, notes the keys of what is sealed.
struct Noting<'a>(RefCell<&'a mut Vec<KeyId>>);

impl Sealer for Noting<'_> {
    fn seal(&self, key: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
        Ok(Ciphertext { key, nonce: Vec::new(), bytes: Vec::new() })
    }

    fn met(&self, _: &str, shut: &Ciphertext) {
        self.0.borrow_mut().push(shut.key);
    }
}

/// Seals nothing, notes what it sees.
#[derive(Default)]
struct Look {
    keys: RefCell<Vec<KeyId>>,
    fields: RefCell<Vec<Field>>,
}

impl Sealer for Look {
    fn seal(&self, key: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
        self.keys.borrow_mut().push(key);
        Ok(Ciphertext { key, nonce: Vec::new(), bytes: Vec::new() })
    }

    fn met(&self, field: &str, shut: &Ciphertext) {
        self.fields.borrow_mut().push(Field { name: field.to_owned(), shut: shut.clone() });
    }
}
