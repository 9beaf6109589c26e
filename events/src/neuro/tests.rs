//! What is sealed, and that bytes give the same facts back.

use super::*;
use crate::review::{Reason, Verdict};
use crate::schema::EventSet;
use crate::sealed::{Ciphertext, KeyId, Personal, SealError, Sealed, Sealer, Tag};
use crate::stream::StreamId;

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

fn anna() -> Sealed<String> {
    Sealed::open_value(&"anna".to_owned())
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn reason() -> Reason {
    Reason { code: "other".to_owned(), text: Some(anna()) }
}

fn finding() -> Finding {
    let authenticator = "contact".to_owned();
    Finding { authenticator, standing: Standing::Invalid, code: None, message: Some(anna()) }
}

/// Seals it, and tells under which names; nothing that names anybody may be left, and bytes give
/// the same back.
fn check<E: EventSet + Personal + PartialEq>(event: impl Into<E>, names: &[&str]) {
    let mut event = event.into();
    assert!(event.encode().is_err(), "an open value is never written");
    assert!(!format!("{event:?}").contains("anna"), "{event:?}");
    let sealer = Noting::default();
    event.seal(&sealer).expect("seals");
    assert_eq!(*sealer.0.borrow(), names);
    let bytes = event.encode().expect("nothing is open any more");
    assert!(!bytes.windows(4).any(|four| four == b"anna"), "{event:?}");
    let schema = event.schema();
    assert_eq!(E::decode(schema.name, schema.version, &bytes), Ok(event));
}

#[test]
fn who_an_account_is_of_is_sealed() {
    let profile = Profile {
        user_name: "anna".to_owned(),
        e_mail: "anna".to_owned(),
        phone_nr: Some("anna".to_owned()),
        language: None,
    };
    let created = AccountCreated {
        subject: Tag([2; 32]),
        key: KEY,
        profile: Sealed::open_value(&profile),
        contacts: vec![Contact { channel: Channel::Email, tag: Tag([3; 32]) }],
        password: id(1),
        api_key: "k1".to_owned(),
    };
    check::<AccountEvent>(created, &["profile"]);
    let key = KeyCreated {
        number: 7,
        key: KEY,
        key_id: anna(),
        tag: Tag([4; 32]),
        local_name: "ed448".to_owned(),
        namespace: "urn:nf:iot:e2e:1.0".to_owned(),
        public_key: anna(),
        secret: id(2),
    };
    check::<AccountEvent>(key, &["key_id#7", "public_key#7"]);
}

#[test]
fn what_an_identity_says_is_sealed() {
    let properties = vec![("FIRST".to_owned(), "anna".to_owned())];
    let applied = IdentityApplied {
        subject: Tag([2; 32]),
        key: KEY,
        account: StreamId::new(ACCOUNT, "5f").expect("a name"),
        key_number: 7,
        domain: "neuron.example.org".to_owned(),
        properties: Sealed::open_value(&properties),
        claims: 1,
        person: None,
        local_name: "ed25519".to_owned(),
        namespace: "urn:nf:iot:e2e:1.0".to_owned(),
        public_key: anna(),
        client_signature: anna(),
        valid_from: 0,
        valid_to: 1,
    };
    check::<IdentityEvent>(applied, &["properties", "public_key", "client_signature"]);
    let media_type = "image/png".to_owned();
    let document = Document { file: id(1), tag: Tag([5; 32]), media_type, bytes: 9 };
    let attached = AttachmentAdded { key: KEY, document, file_name: anna(), signature: anna() };
    let one = "00000000-0000-0000-0000-000000000001";
    let names = [format!("file_name#{one}"), format!("signature#{one}")];
    check::<IdentityEvent>(attached, &names.each_ref().map(String::as_str));
}

#[test]
fn what_is_said_of_an_identity_in_words_is_sealed() {
    let (run, one) = (id(1), "00000000-0000-0000-0000-000000000001");
    let claim = ClaimAssessed { run, key: KEY, property: 3, finding: finding() };
    check::<IdentityEvent>(claim, &[&format!("message#{one}/3/contact")]);
    let photo = PhotoAssessed { run, key: KEY, file: id(1), finding: finding() };
    check::<IdentityEvent>(photo, &[&format!("message#{one}/{one}/contact")]);
    let error = ReviewErrored {
        run,
        key: KEY,
        number: 2,
        authenticator: "contact".to_owned(),
        fault: Fault::Client,
        code: Some("MissingCountry".to_owned()),
        message: Some(anna()),
    };
    check::<IdentityEvent>(error, &[&format!("error#{one}/2")]);
    let (verdict, by) = (Verdict::Reject, "desk".to_owned());
    let decided = ReviewDecided { review: id(1), key: KEY, verdict, by, reason: Some(reason()) };
    check::<IdentityEvent>(decided, &[&format!("reason#{one}")]);
    let by = || By::Operator("desk".to_owned());
    let codes = vec!["NotValid".to_owned()];
    let rejected = IdentityRejected { key: KEY, by: by(), codes, reason: Some(reason()) };
    check::<IdentityEvent>(rejected, &["reason"]);
    check::<IdentityEvent>(
        IdentityObsoleted { key: KEY, by: by(), reason: Some(reason()) },
        &["reason"],
    );
    check::<IdentityEvent>(
        IdentityCompromised { key: KEY, by: by(), reason: Some(reason()) },
        &["reason"],
    );
}

#[test]
fn what_an_operator_calls_an_api_key_is_sealed() {
    let made = ApiKeyMade { key: KEY, secret: id(1), quota: 9, name: anna(), by: String::new() };
    check::<ApiKeyEvent>(made, &["name"]);
}

#[test]
fn a_claim_is_an_empty_map() {
    let used = NonceEvent::from(NonceUsed {});
    let bytes = used.encode().expect("encodes");
    assert_eq!(bytes, [0xa0]);
    assert_eq!(NonceEvent::decode("neuro.NonceUsed", 1, &bytes), Ok(used));
}
