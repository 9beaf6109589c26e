//! What is sealed, and that bytes give the same facts back.

use std::collections::BTreeMap;

use super::*;
use crate::schema::EventSet;
use crate::sealed::Ciphertext;

const KEY: KeyId = KeyId([1; 16]);

/// Notes the names of the fields it seals.
#[derive(Default)]
struct Noting(std::cell::RefCell<Vec<String>>);

impl Sealer for Noting {
    fn seal(&self, key: KeyId, field: &str, plain: &[u8]) -> Result<Ciphertext, SealError> {
        self.0.borrow_mut().push(field.to_owned());
        let bytes = plain.iter().map(|byte| byte ^ 0xff).collect();
        Ok(Ciphertext { key, nonce: vec![0; 24], bytes })
    }
}

fn personal_events() -> Vec<(PaymentTargetEvent, Vec<&'static str>)> {
    let (tag, text) = (Tag([2; 32]), |plain: &str| Sealed::open_value(&plain.to_owned()));
    let registered = PaymentTargetRegistered {
        number: 7,
        subject: tag,
        key: KEY,
        full: tag,
        short: tag,
        payto: text("anna"),
    };
    let refusal = Refusal { error: "anna".to_owned(), description: "anna".to_owned() };
    let process = Uuid::from_u128(1);
    let refused = ProofRefused { process, key: KEY, refusal: Sealed::open_value(&refusal) };
    let attributes = BTreeMap::from([("full_name".to_owned(), "anna".to_owned())]);
    let attributes = Sealed::open_value(&attributes);
    let accepted = ProofAccepted { process, key: KEY, user: text("anna"), attributes };
    let file = Uuid::from_u128(2);
    let binding = Binding {
        sha512: "anna".to_owned(),
        payto: "anna".to_owned(),
        signature: "anna".to_owned(),
        layout: "full64".to_owned(),
        purpose: 1370,
    };
    let uploaded = DocumentUploaded {
        key: KEY,
        document: Document { file, tag, media_type: "application/pdf".to_owned(), bytes: 9 },
        third_party: "ab".to_owned(),
        binding: Sealed::open_value(&binding),
    };
    let decided = ReviewDecided {
        review: Uuid::from_u128(3),
        key: KEY,
        verdict: Verdict::Reject,
        by: "desk".to_owned(),
        reason: Some(Reason { code: "other".to_owned(), text: Some(text("anna")) }),
    };
    vec![
        (registered.into(), vec!["payto"]),
        (refused.into(), vec!["refusal#00000000-0000-0000-0000-000000000001"]),
        (
            accepted.into(),
            vec![
                "user#00000000-0000-0000-0000-000000000001",
                "attributes#00000000-0000-0000-0000-000000000001",
            ],
        ),
        (uploaded.into(), vec!["binding#00000000-0000-0000-0000-000000000002"]),
        (decided.into(), vec!["reason#00000000-0000-0000-0000-000000000003"]),
    ]
}

#[test]
fn what_names_a_person_is_sealed_under_a_name_of_its_own() {
    for (mut event, names) in personal_events() {
        let sealer = Noting::default();
        event.seal(&sealer).expect("seals");
        assert_eq!(*sealer.0.borrow(), names);
        let bytes = event.encode().expect("nothing is open any more");
        assert!(!bytes.windows(4).any(|four| four == b"anna"), "{event:?}");
        let schema = event.schema();
        assert_eq!(PaymentTargetEvent::decode(schema.name, schema.version, &bytes), Ok(event));
    }
}

#[test]
fn an_open_value_is_never_written_nor_shown() {
    for (event, _) in personal_events() {
        assert!(event.encode().is_err());
        assert!(!format!("{event:?}").contains("anna"), "{event:?}");
    }
}
