//! How does the payment target of this row number stand, and whose is a document?
//!
//! Pseudonyms and ids only. Of a target that was erased the number is still known to be taken.

use kyc_events::review::Verdict;
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::taler::{
    PAYMENT_TARGET, PaymentTargetEvent, PaymentTargetRegistered, ReviewDecided,
};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// One payment target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The stream.
    pub stream: StreamId,
    /// Its row number.
    pub number: u64,
    /// The person's pseudonym.
    pub subject: Tag,
    /// The payment target's key.
    pub key: KeyId,
    /// HMAC of the 64 bytes of `h_payto`.
    pub full: Tag,
    /// HMAC of their first 32 bytes.
    pub short: Tag,
    /// The process that was started last, if it is not over.
    pub process: Option<Process>,
    /// Why the account is good; `None`: it is not yet.
    pub legitimation: Option<Legitimation>,
    /// The holder was erased.
    pub is_erased: bool,
}

/// A process of a payment target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub id: Uuid,
    /// Nobody can come back to it later.
    pub expires_at: Millis,
}

/// Why an account is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Legitimation {
    /// A provider knows its holder; the process.
    Proof(Uuid),
    /// An operator accepted a document; the review.
    Review(Uuid),
}

/// See the module.
pub struct PaymentTargets;

impl Projection for PaymentTargets {
    const NAME: &'static str = "payment_targets";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Target>("target", &[Number]),
        Table::of::<u64>("number", &[Text]),
        Table::of::<StreamId>("file", &[Text]),
        Table::of::<Uuid>("of", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        if record.stream.kind() != PAYMENT_TARGET {
            return Ok(());
        }
        let stream = &record.stream;
        match event(record)? {
            PaymentTargetEvent::PaymentTargetRegistered(e) => register(rows, stream, &e),
            PaymentTargetEvent::ProcessStarted(e) => change(rows, stream, |target| {
                target.process = Some(Process { id: e.process, expires_at: e.expires_at });
            }),
            PaymentTargetEvent::ProofRefused(_) => {
                change(rows, stream, |target| target.process = None);
            }
            PaymentTargetEvent::ProofAccepted(e) => change(rows, stream, |target| {
                target.process = None;
                target.legitimation = Some(Legitimation::Proof(e.process));
            }),
            PaymentTargetEvent::ReviewDecided(e) => {
                change(rows, stream, |target| decide(target, &e));
            }
            PaymentTargetEvent::DocumentUploaded(e) => {
                rows.put(file_key(e.document.file), stream);
                rows.put(
                    of_key(stream).text(&e.document.file.to_string()).done(),
                    &e.document.file,
                );
            }
            PaymentTargetEvent::PaymentTargetErased(_) => erase(rows, stream),
            PaymentTargetEvent::ProofUnanswered(_)
            | PaymentTargetEvent::ReviewRequested(_)
            | PaymentTargetEvent::ReviewClaimed(_) => {}
        }
        Ok(())
    }
}

/// The payment target of a row number.
pub fn find(rows: &Rows, number: u64) -> Option<Target> {
    rows.get(&target_key(number))
}

/// The row number of a stream.
pub fn number_of(rows: &Rows, stream: &StreamId) -> Option<u64> {
    rows.get(&number_key(stream))
}

/// The payment target that a document is about.
pub fn of_file(rows: &Rows, file: Uuid) -> Option<StreamId> {
    rows.get(&file_key(file))
}

fn register(rows: &mut Rows, stream: &StreamId, e: &PaymentTargetRegistered) {
    let target = Target {
        stream: stream.clone(),
        number: e.number,
        subject: e.subject,
        key: e.key,
        full: e.full,
        short: e.short,
        process: None,
        legitimation: None,
        is_erased: false,
    };
    rows.put(target_key(e.number), &target);
    rows.put(number_key(stream), &e.number);
}

fn change(rows: &mut Rows, stream: &StreamId, change: impl FnOnce(&mut Target)) {
    if let Some(mut target) = number_of(rows, stream).and_then(|number| find(rows, number)) {
        change(&mut target);
        rows.put(target_key(target.number), &target);
    }
}

fn decide(target: &mut Target, e: &ReviewDecided) {
    let by_this = Legitimation::Review(e.review);
    match e.verdict {
        Verdict::Accept if target.legitimation.is_none() => {
            target.legitimation = Some(by_this);
            target.process = None;
        }
        Verdict::Resubmit | Verdict::Reject if target.legitimation == Some(by_this) => {
            target.legitimation = None;
        }
        Verdict::Accept | Verdict::Resubmit | Verdict::Reject => {}
    }
}

fn erase(rows: &mut Rows, stream: &StreamId) {
    change(rows, stream, |target| {
        (target.process, target.legitimation, target.is_erased) = (None, None, true);
    });
    let files: Vec<Uuid> = rows.scan(&of_key(stream).done()).map(|(_, file)| file).collect();
    for file in files {
        rows.delete(&file_key(file));
    }
    rows.delete_all(&of_key(stream).done());
}

fn target_key(number: u64) -> Vec<u8> {
    Key::table("target").number(number).done()
}

fn number_key(stream: &StreamId) -> Vec<u8> {
    Key::table("number").text(stream.as_str()).done()
}

fn file_key(file: Uuid) -> Vec<u8> {
    Key::table("file").text(&file.to_string()).done()
}

fn of_key(stream: &StreamId) -> Key {
    Key::table("of").text(stream.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kyc_events::schema::EventSet;
    use kyc_events::sealed::Sealed;
    use kyc_events::taler::{
        Binding, Document, DocumentUploaded, PaymentTargetErased, ProcessStarted, ProofAccepted,
        ProofRefused, Refusal,
    };
    use kyc_events::{Position, Version};

    use super::*;

    fn append(rows: &mut Rows, stream: &StreamId, name: &str, payload: Vec<u8>) {
        let record = Record {
            position: Position(0),
            stream: stream.clone(),
            version: Version(1),
            previous: None,
            recorded_at: 1,
            event_id: Uuid::nil(),
            name: name.into(),
            schema_version: 1,
            actor: "test".into(),
            causation: None,
            correlation: Uuid::nil(),
            payload,
        };
        PaymentTargets::apply(rows, &record).expect("folds");
    }

    /// An event whose sealed parts are shut by hand.
    fn shut(event: impl Into<PaymentTargetEvent>) -> (&'static str, Vec<u8>) {
        use kyc_events::sealed::{Ciphertext, Personal, SealError, Sealer};
        struct Shut;
        impl Sealer for Shut {
            fn seal(&self, key: KeyId, _: &str, _: &[u8]) -> Result<Ciphertext, SealError> {
                Ok(Ciphertext { key, nonce: vec![0; 24], bytes: vec![0; 16] })
            }
        }
        let mut event = event.into();
        event.seal(&Shut).expect("seals");
        (event.schema().name, event.encode().expect("encodes"))
    }

    fn known(rows: &mut Rows, stream: &StreamId, number: u64, file: u128) {
        let (tag, key) = (Tag([1; 32]), KeyId([1; 16]));
        let payto = Sealed::open_value(&String::new());
        let registered =
            PaymentTargetRegistered { number, subject: tag, key, full: tag, short: tag, payto };
        let (name, payload) = shut(registered);
        append(rows, stream, name, payload);
        let media_type = "image/png".to_owned();
        let document = Document { file: Uuid::from_u128(file), tag, media_type, bytes: 1 };
        let binding = Binding {
            sha512: String::new(),
            payto: String::new(),
            signature: String::new(),
            layout: String::new(),
            purpose: 0,
        };
        let binding = Sealed::open_value(&binding);
        let third_party = String::new();
        let (name, payload) = shut(DocumentUploaded { key, document, third_party, binding });
        append(rows, stream, name, payload);
    }

    #[test]
    fn numbers_and_documents_lead_to_their_payment_target() {
        let mut rows = Rows::default();
        let [a, b] = ["a", "b"].map(|key| StreamId::new(PAYMENT_TARGET, key).expect("a name"));
        known(&mut rows, &a, 7, 70);
        known(&mut rows, &b, 9, 90);
        assert_eq!(find(&rows, 7).map(|target| target.stream), Some(a.clone()));
        assert_eq!(find(&rows, 8), None);
        assert_eq!(number_of(&rows, &b), Some(9));
        assert_eq!(of_file(&rows, Uuid::from_u128(90)), Some(b));
    }

    #[test]
    fn of_an_erased_one_only_the_number_is_left() {
        let mut rows = Rows::default();
        let stream = StreamId::new(PAYMENT_TARGET, "a").expect("a name");
        known(&mut rows, &stream, 7, 70);
        let (name, payload) = shut(PaymentTargetErased { generation: 0 });
        append(&mut rows, &stream, name, payload);
        assert!(find(&rows, 7).is_some_and(|target| target.is_erased));
        assert_eq!(of_file(&rows, Uuid::from_u128(70)), None);
        let left = rows.scan::<serde::de::IgnoredAny>(&Key::table("of").done()).next();
        assert!(left.is_none());
    }

    #[test]
    fn a_process_is_open_until_its_proof_and_a_review_counts_like_one() {
        let mut rows = Rows::default();
        let stream = StreamId::new(PAYMENT_TARGET, "a").expect("a name");
        known(&mut rows, &stream, 7, 70);
        let (process, review) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut then = |event: PaymentTargetEvent| {
            let (name, payload) = shut(event);
            append(&mut rows, &stream, name, payload);
            let target = find(&rows, 7).expect("known");
            (target.process.map(|process| process.id), target.legitimation)
        };
        let key = KeyId([1; 16]);
        let decided = |verdict| {
            let by = "desk".to_owned();
            ReviewDecided { review, key, verdict, by, reason: None }.into()
        };
        let started = |process| ProcessStarted { process, expires_at: 9 }.into();
        assert_eq!(then(started(process)), (Some(process), None));
        let reviewed = Some(Legitimation::Review(review));
        assert_eq!(then(decided(Verdict::Accept)), (None, reviewed));
        assert_eq!(then(decided(Verdict::Reject)), (None, None));
        assert_eq!(then(started(process)), (Some(process), None));
        let refusal = Refusal { error: String::new(), description: String::new() };
        let refusal = Sealed::open_value(&refusal);
        assert_eq!(then(ProofRefused { process, key, refusal }.into()), (None, None));
        then(started(process));
        let user = Sealed::open_value(&String::new());
        let attributes = Sealed::open_value(&BTreeMap::new());
        let accepted = ProofAccepted { process, key, user, attributes };
        assert_eq!(then(accepted.into()), (None, Some(Legitimation::Proof(process))));
        assert_eq!(then(decided(Verdict::Reject)).1, Some(Legitimation::Proof(process)));
    }
}
