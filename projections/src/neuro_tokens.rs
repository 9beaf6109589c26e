//! Which tokens of the Agent API are worth nothing any more?
//!
//! A token that has expired by itself is forgotten when the next one is revoked.

use kyc_events::neuro::{TOKEN, TokenEvent};
use kyc_events::{Millis, Record};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// See the module.
pub struct NeuroTokens;

impl Projection for NeuroTokens {
    const NAME: &'static str = "neuro_tokens";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] =
        &[Table::of::<Millis>("revoked", &[Text]), Table::of::<String>("expiry", &[Number, Text])];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != TOKEN {
            return Ok(());
        }
        let TokenEvent::TokenRevoked(e) = event(record)?;
        forget(rows, record.recorded_at);
        let id = record.stream.key();
        rows.put(revoked_key(id), &e.expires_at);
        rows.put(expiry_key(e.expires_at, id), &id.to_owned());
        Ok(())
    }
}

/// Whether a token that has not expired was revoked.
pub fn is_revoked(rows: &Rows, id: &str) -> bool {
    rows.get::<Millis>(&revoked_key(id)).is_some()
}

fn forget(rows: &mut Rows, now: Millis) {
    let end = Key::table("expiry").instant(now.saturating_add(1)).done();
    let expired: Vec<_> = rows
        .scan::<String>(&Key::table("expiry").done())
        .take_while(|(key, _)| **key < *end)
        .map(|(key, id)| (key.into_owned(), id))
        .collect();
    for (key, id) in expired {
        rows.delete(&key);
        rows.delete(&revoked_key(&id));
    }
}

fn revoked_key(id: &str) -> Vec<u8> {
    Key::table("revoked").text(id).done()
}

fn expiry_key(at: Millis, id: &str) -> Vec<u8> {
    Key::table("expiry").instant(at).text(id).done()
}

#[cfg(test)]
mod tests {
    use kyc_events::StreamId;
    use kyc_events::neuro::TokenRevoked;

    use super::*;
    use crate::testing::Folded;

    #[test]
    fn a_revoked_token_is_known_until_it_has_expired() {
        let mut log = Folded::<NeuroTokens>::default();
        let mut revoke = |id: &str, expires_at| {
            let stream = StreamId::new(TOKEN, id).expect("a name");
            log.append_any(&stream, TokenEvent::from(TokenRevoked { expires_at }));
            ["a", "b", "c"].map(|id| is_revoked(&log.rows, id))
        };
        assert_eq!(revoke("a", 1_001), [true, false, false]);
        assert_eq!(revoke("b", 9_000), [false, true, false], "the first has expired");
        assert_eq!(revoke("c", 9_000), [false, true, true]);
        assert_eq!(log.count(), 4);
    }
}
