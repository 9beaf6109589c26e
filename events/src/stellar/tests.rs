//! What is sealed, and that bytes give the same facts back.

use super::*;
use crate::engine::PolicyId;
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

fn text(plain: &str) -> Sealed<String> {
    Sealed::open_value(&plain.to_owned())
}

fn reason(plain: &str) -> Reason {
    Reason { code: "other".to_owned(), text: Some(text(plain)) }
}

fn personal_events() -> Vec<CustomerEvent> {
    let identity = Identity {
        account: "GANNA".to_owned(),
        memo: Some(Memo { kind: MemoKind::Id, value: "anna".to_owned() }),
    };
    let tag = Tag([2; 32]);
    let given =
        |name: &str, content| ProvidedField { name: name.to_owned(), revision: 3, tag, content };
    let document = Document { file: Uuid::nil(), tag, media_type: "image/png".into(), bytes: 9 };
    vec![
        OwnerIdentified {
            subject: tag,
            key: KEY,
            owner: tag,
            account: tag,
            identity: Sealed::open_value(&identity),
        }
        .into(),
        FieldsProvided {
            number: 2,
            key: KEY,
            fields: vec![
                given("organization.name", Content::Text(text("anna"))),
                given("photo_id_front", Content::Document(document)),
            ],
            ignored: Some(Sealed::open_value(&vec!["anna".to_owned()])),
        }
        .into(),
        CallbackSet { number: 4, key: KEY, url: text("anna"), tag, lang: "en".into() }.into(),
        CustomerDecided {
            number: 5,
            key: KEY,
            kind: "sep12-basic".to_owned(),
            verdict: Verdict::Resubmit,
            by: DecidedBy::Operator("desk".to_owned()),
            reason: Some(reason("anna")),
            refused: vec![RefusedField {
                field: "photo_id_front".to_owned(),
                is_final: false,
                reason: reason("anna"),
            }],
            asked: vec![],
            tag,
            policy: PolicyId::default(),
        }
        .into(),
    ]
}

#[test]
fn every_personal_value_is_sealed_under_a_name_of_its_own() {
    let sealer = Noting::default();
    for mut event in personal_events() {
        assert!(event.encode().is_err(), "open data is not written: {event:?}");
        event.seal(&sealer).expect("seals");
        let bytes = event.encode().expect("encodes");
        assert!(!bytes.windows(4).any(|window| window == b"anna"), "{event:?}");
        let schema = event.schema();
        let back = CustomerEvent::decode(schema.name, schema.version, &bytes).expect("decodes");
        assert_eq!(back, event);
    }
    let expected = [
        "identity",
        "organization.name#3",
        "ignored#2",
        "url#4",
        "reason#5",
        "reason/photo_id_front#5",
    ];
    assert_eq!(sealer.0.into_inner(), expected);
}

#[test]
fn statuses_are_in_order_of_precedence() {
    assert!(Status::Rejected > Status::NeedsInfo);
    assert!(Status::NeedsInfo > Status::Processing);
    assert!(Status::Processing > Status::Accepted);
}
