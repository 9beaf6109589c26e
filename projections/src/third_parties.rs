//! Who may upload documents to the Taler exchange?

use kyc_events::taler::{THIRD_PARTY, ThirdPartyEvent};
use kyc_events::{Millis, Record};
use serde::{Deserialize, Serialize};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::Text;
use crate::table::Table;

/// One third party that may upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThirdParty {
    /// Its public key, 64 hex digits.
    pub public_key: String,
    /// What the operator calls it.
    pub name: String,
    /// Since when, under this name.
    pub admitted_at: Millis,
}

/// See the module.
pub struct ThirdParties;

impl Projection for ThirdParties {
    const NAME: &'static str = "third_parties";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[Table::of::<ThirdParty>("party", &[Text])];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != THIRD_PARTY {
            return Ok(());
        }
        let public_key = record.stream.key().to_owned();
        let key = Key::table("party").text(&public_key).done();
        match event(record)? {
            ThirdPartyEvent::ThirdPartyAdmitted(e) => {
                let admitted_at = record.recorded_at;
                rows.put(key, &ThirdParty { public_key, name: e.name, admitted_at });
            }
            ThirdPartyEvent::ThirdPartyDismissed(_) => rows.delete(&key),
        }
        Ok(())
    }
}

/// Those who may, in the order of their keys; at most `limit`.
pub fn all(rows: &Rows, limit: usize) -> Vec<ThirdParty> {
    rows.scan(&Key::table("party").done()).map(|(_, party)| party).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use kyc_events::schema::EventSet;
    use kyc_events::taler::{ThirdPartyAdmitted, ThirdPartyDismissed};
    use kyc_events::{Position, StreamId, Version};

    use super::*;

    fn append(rows: &mut Rows, key: &str, event: impl Into<ThirdPartyEvent>) {
        let event = event.into();
        let record = Record {
            position: Position(0),
            stream: StreamId::new(THIRD_PARTY, key).expect("a name"),
            version: Version(1),
            previous: None,
            recorded_at: 5,
            event_id: uuid::Uuid::nil(),
            name: event.schema().name.into(),
            schema_version: 1,
            actor: "test".into(),
            causation: None,
            correlation: uuid::Uuid::nil(),
            payload: event.encode().expect("nothing in it is sealed"),
        };
        ThirdParties::apply(rows, &record).expect("folds");
    }

    #[test]
    fn those_admitted_are_listed_until_they_are_dismissed() {
        let mut rows = Rows::default();
        let admitted =
            |name: &str| ThirdPartyAdmitted { name: name.to_owned(), by: "a".to_owned() };
        append(&mut rows, "bb", admitted("Bank B"));
        append(&mut rows, "aa", admitted("Bank A"));
        append(&mut rows, "aa", admitted("Bank A & Co"));
        let names = |rows: &Rows| all(rows, 9).into_iter().map(|p| p.name).collect::<Vec<_>>();
        assert_eq!(names(&rows), ["Bank A & Co", "Bank B"]);
        append(&mut rows, "aa", ThirdPartyDismissed { by: "a".to_owned() });
        assert_eq!(names(&rows), ["Bank B"]);
    }
}
