//! Whose is an uploaded file or a document, and which code was sent last to which field?
//!
//! Ids only: neither a name of a file nor a code. An erased customer leaves no row.

use kyc_events::stellar::{CUSTOMER, Channel, Content, CustomerEvent};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::Text;
use crate::table::Table;

/// The code that was sent last to a field of a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentCode {
    /// The customer.
    pub stream: StreamId,
    /// The field.
    pub field: String,
    /// Revision of its value.
    pub revision: u32,
    /// Id of the code.
    pub verification: Uuid,
    /// How it travels.
    pub channel: Channel,
    /// When it was asked for.
    pub at: Millis,
}

/// See the module.
pub struct StellarIndex;

impl Projection for StellarIndex {
    const NAME: &'static str = "stellar_index";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<StreamId>("file", &[Text]),
        Table::of::<Uuid>("of", &[Text, Text]),
        Table::of::<SentCode>("code", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != CUSTOMER {
            return Ok(());
        }
        let stream = &record.stream;
        match event(record)? {
            CustomerEvent::FileStored(e) => put(rows, stream, e.document.file),
            CustomerEvent::FieldsProvided(e) => {
                for given in &e.fields {
                    if let Content::Document(document) = &given.content {
                        put(rows, stream, document.file);
                    }
                }
            }
            CustomerEvent::FileExpired(e) => {
                rows.delete(&file_key(e.file));
                rows.delete(&of_key(stream).text(&e.file.to_string()).done());
            }
            CustomerEvent::VerificationRequested(e) => {
                let key = code_key(stream).text(&e.field).done();
                let sent = SentCode {
                    stream: stream.clone(),
                    field: e.field,
                    revision: e.revision,
                    verification: e.verification,
                    channel: e.channel,
                    at: record.recorded_at,
                };
                rows.put(key, &sent);
            }
            CustomerEvent::CustomerErased(_) => {
                let files: Vec<Uuid> =
                    rows.scan(&of_key(stream).done()).map(|(_, file)| file).collect();
                for file in files {
                    rows.delete(&file_key(file));
                }
                rows.delete_all(&of_key(stream).done());
                rows.delete_all(&code_key(stream).done());
            }
            _ => {}
        }
        Ok(())
    }
}

/// The customer who gave a file.
pub fn of_file(rows: &Rows, file: Uuid) -> Option<StreamId> {
    rows.get(&file_key(file))
}

/// Codes that were sent, the newest first; at most `limit`.
pub fn codes(rows: &Rows, limit: usize) -> Vec<SentCode> {
    let mut all: Vec<SentCode> =
        rows.scan(&Key::table("code").done()).map(|(_, code)| code).collect();
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.verification.cmp(&b.verification)));
    all.truncate(limit);
    all
}

fn put(rows: &mut Rows, stream: &StreamId, file: Uuid) {
    rows.put(file_key(file), stream);
    rows.put(of_key(stream).text(&file.to_string()).done(), &file);
}

fn file_key(file: Uuid) -> Vec<u8> {
    Key::table("file").text(&file.to_string()).done()
}

fn of_key(stream: &StreamId) -> Key {
    Key::table("of").text(stream.as_str())
}

fn code_key(stream: &StreamId) -> Key {
    Key::table("code").text(stream.as_str())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kyc_events::schema::EventSet;
    use kyc_events::sealed::Tag;
    use kyc_events::stellar::{
        CustomerErased, Document, FileExpired, FileStored, VerificationRequested,
    };
    use kyc_events::{Position, Version};

    use super::*;

    fn append(rows: &mut Rows, stream: &StreamId, at: Millis, event: impl Into<CustomerEvent>) {
        let event = event.into();
        let schema = event.schema();
        let record = Record {
            position: Position(0),
            stream: stream.clone(),
            version: Version(1),
            previous: None,
            recorded_at: at,
            event_id: Uuid::nil(),
            name: Arc::from(schema.name),
            schema_version: schema.version,
            actor: "test".into(),
            causation: None,
            correlation: Uuid::nil(),
            payload: event.encode().expect("nothing in it is sealed"),
        };
        StellarIndex::apply(rows, &record).expect("folds");
    }

    fn stored(file: u128) -> FileStored {
        let (file, tag) = (Uuid::from_u128(file), Tag([1; 32]));
        let document = Document { file, tag, media_type: "image/png".to_owned(), bytes: 1 };
        FileStored { document, expires_at: 9 }
    }

    fn requested(verification: u128) -> VerificationRequested {
        VerificationRequested {
            field: "email_address".to_owned(),
            revision: 1,
            verification: Uuid::from_u128(verification),
            channel: Channel::Email,
            expires_at: 9,
        }
    }

    #[test]
    fn a_file_leads_to_its_customer_until_it_is_dropped() {
        let mut rows = Rows::default();
        let stream = StreamId::new(CUSTOMER, "a").expect("a name");
        append(&mut rows, &stream, 1, stored(7));
        append(&mut rows, &stream, 1, stored(8));
        assert_eq!(of_file(&rows, Uuid::from_u128(7)), Some(stream.clone()));
        append(&mut rows, &stream, 2, FileExpired { file: Uuid::from_u128(7) });
        assert_eq!(of_file(&rows, Uuid::from_u128(7)), None);
        assert_eq!(of_file(&rows, Uuid::from_u128(8)), Some(stream));
    }

    #[test]
    fn the_last_code_of_a_field_is_known_the_newest_first() {
        let mut rows = Rows::default();
        let [a, b] = ["a", "b"].map(|key| StreamId::new(CUSTOMER, key).expect("a name"));
        append(&mut rows, &a, 1, requested(1));
        append(&mut rows, &b, 2, requested(2));
        append(&mut rows, &a, 3, requested(3));
        let ids = |limit| {
            let codes = codes(&rows, limit).into_iter();
            codes.map(|code| code.verification.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!((ids(9), ids(1)), (vec![3, 2], vec![3]));
    }

    #[test]
    fn an_erased_customer_leaves_no_row() {
        let mut rows = Rows::default();
        let stream = StreamId::new(CUSTOMER, "a").expect("a name");
        append(&mut rows, &stream, 1, stored(7));
        append(&mut rows, &stream, 1, requested(1));
        append(&mut rows, &stream, 2, CustomerErased { generation: 0 });
        assert_eq!(of_file(&rows, Uuid::from_u128(7)), None);
        assert!(codes(&rows, 9).is_empty());
        assert!(StellarIndex::TABLES.iter().all(|table| {
            rows.scan::<serde::de::IgnoredAny>(&Key::table(table.name).done()).next().is_none()
        }));
    }
}
