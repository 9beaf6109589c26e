//! Whether every key that something is sealed under is there, but for those that were destroyed
//! on record.

use std::collections::{HashMap, HashSet};

use kyc_events::callback::{DELIVERY, DeliveryEvent};
use kyc_events::engine::ENGINE;
use kyc_events::schema::EventSet;
use kyc_events::sealed::KeyId;
use kyc_events::subject::{CondemnedKey, SUBJECT, SubjectEvent};
use kyc_events::{Record, StreamId};

use super::Finding;

/// Keys as the log knows them.
#[derive(Default)]
pub struct KeyBook {
    /// First position at which something was sealed under the key.
    used: HashMap<KeyId, u64>,
    condemned: HashMap<KeyId, u64>,
    /// People whose erasure is not at its end: their keys may be there or not.
    erasing: HashMap<StreamId, Vec<KeyId>>,
    /// Of dead letters removed since the last start: a crash may have come before their end, which
    /// the next start makes good.
    removed: Vec<KeyId>,
    judged: Option<usize>,
}

impl KeyBook {
    /// Takes a record in, and the keys that something in it is sealed under.
    pub fn take(&mut self, record: &Record, keys: &[KeyId]) {
        for key in keys {
            self.used.entry(*key).or_insert(record.position.0);
        }
        match record.stream.kind() {
            SUBJECT => self.take_subject(record),
            DELIVERY if &*record.name == "callback.DeadLetterRemoved" => {
                let event =
                    DeliveryEvent::decode(&record.name, record.schema_version, &record.payload);
                if let Ok(DeliveryEvent::DeadLetterRemoved(event)) = event {
                    self.condemn(record, &event.keys);
                    self.removed.extend(event.keys.iter().map(|condemned| condemned.key));
                }
            }
            ENGINE => self.removed.clear(),
            _ => {}
        }
    }

    fn take_subject(&mut self, record: &Record) {
        match SubjectEvent::decode(&record.name, record.schema_version, &record.payload) {
            Ok(SubjectEvent::KeysCondemned(event)) => {
                self.condemn(record, &event.keys);
                let keys = event.keys.iter().map(|condemned| condemned.key);
                self.erasing.entry(record.stream.clone()).or_default().extend(keys);
            }
            Ok(SubjectEvent::SubjectErased(_)) => {
                self.erasing.remove(&record.stream);
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn condemn(&mut self, record: &Record, keys: &[CondemnedKey]) {
        for condemned in keys {
            self.condemned.entry(condemned.key).or_insert(record.position.0);
        }
    }

    /// Whether a key is gone that nobody has destroyed on record.
    pub fn is_missing_any(&self, stored: &HashSet<KeyId>) -> bool {
        self.used.keys().any(|key| self.is_missing(*key, stored))
    }

    fn is_missing(&self, key: KeyId, stored: &HashSet<KeyId>) -> bool {
        !stored.contains(&key) && !self.condemned.contains_key(&key)
    }

    /// Everything that is wrong with the keys.
    pub fn judge(&mut self, stored: &HashSet<KeyId>) -> Vec<Finding> {
        let pending = self.erasing.values().flatten().chain(&self.removed);
        let pending: HashSet<KeyId> = pending.copied().collect();
        let missing = self.used.iter().filter(|(key, _)| self.is_missing(**key, stored));
        let missing = missing.map(|(key, position)| {
            let what = format!("key {key} is gone, and no erasure says so");
            Finding::damage(Some(*position), None, what)
        });
        let undead = self.condemned.iter();
        let undead = undead.filter(|(key, _)| stored.contains(*key) && !pending.contains(*key));
        let undead = undead.map(|(key, position)| {
            let what = format!("key {key} was destroyed on record, and is there");
            Finding::damage(Some(*position), None, what)
        });
        let mut findings: Vec<Finding> = missing.chain(undead).collect();
        findings.sort_by_key(|finding| finding.position);
        self.judged = Some(self.used.len());
        findings
    }

    /// How many were judged.
    pub fn judged(&self) -> Option<usize> {
        self.judged
    }
}

#[cfg(test)]
mod tests {
    use kyc_events::callback::DeadLetterRemoved;
    use kyc_events::engine::{ConfigurationInForce, EngineEvent, PolicyId};
    use kyc_events::sealed::Tag;
    use kyc_events::{Position, Version};

    use super::*;

    fn record<E: EventSet>(stream: &str, event: &E) -> Record {
        let schema = event.schema();
        Record {
            position: Position(0),
            stream: StreamId::parse(stream).expect("a name"),
            version: Version(1),
            previous: None,
            recorded_at: 0,
            event_id: uuid::Uuid::nil(),
            name: schema.name.into(),
            schema_version: schema.version,
            actor: "test".into(),
            causation: None,
            correlation: uuid::Uuid::nil(),
            payload: event.encode().expect("plain"),
        }
    }

    #[test]
    fn a_removal_may_be_unfinished_until_the_next_start_and_no_longer() {
        let key = KeyId([7; 16]);
        let keys = vec![CondemnedKey { key, commitment: Tag([0; 32]) }];
        let removed = DeliveryEvent::from(DeadLetterRemoved { forced: true, keys });
        let mut book = KeyBook::default();
        book.take(&record("callback.delivery-a", &removed), &[]);
        let there = HashSet::from([key]);
        assert_eq!(book.judge(&there), []);
        let start = EngineEvent::from(ConfigurationInForce {
            digest: PolicyId::default(),
            software: String::new(),
            redacted: Vec::new(),
        });
        book.take(&record("engine-all", &start), &[]);
        assert_eq!(book.judge(&there).len(), 1);
        assert_eq!(book.judge(&HashSet::new()), []);
    }
}
