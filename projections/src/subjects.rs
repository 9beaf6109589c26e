//! Which key belongs to this person?

use kyc_events::Record;
use kyc_events::corepass::{TRANSFER, TransferEvent};
use kyc_events::sealed::{KeyId, Tag};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};

/// See the module.
pub struct Subjects;

impl Projection for Subjects {
    const NAME: &'static str = "subjects";
    const SCHEMA: u32 = 1;

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != TRANSFER || &*record.name != "corepass.OrderRequested" {
            return Ok(());
        }
        if let TransferEvent::OrderRequested(e) = event(record)? {
            rows.put(key(e.subject), &e.key);
        }
        Ok(())
    }
}

/// The newest key of a subject.
pub fn key_of(rows: &Rows, subject: Tag) -> Option<KeyId> {
    rows.get(&key(subject))
}

fn key(subject: Tag) -> Vec<u8> {
    Key::table("key").text(&subject.to_hex()).done()
}
