//! The identity of the published vectors, byte for byte, and what becomes of it when it is changed.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::*;
use crate::neuro::key::{Algorithm, SEED_BYTES_MAX};
use crate::neuro::testing::vectors;

fn key(algorithm: Algorithm, byte: u8) -> PrivateKey {
    PrivateKey::generate(algorithm, &Zeroizing::new([byte; SEED_BYTES_MAX]))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

fn properties(vector: &Value) -> Properties {
    let mut pairs: Vec<(String, String)> =
        serde_json::from_value(vector["properties"].clone()).expect("pairs");
    let agent = pairs.pop().expect("six").1;
    let jid = pairs.pop().expect("five").1;
    Properties::parse(&pairs).and_then(|said| said.attested(&jid, &agent)).expect("good")
}

fn instant_of(value: &Value, name: &str) -> i64 {
    instant::parse(text(value, name)).expect("an instant")
}

/// The identity of the vectors, with the person's key of this algorithm.
fn identity(algorithm: Algorithm) -> Identity {
    let vector = &vectors()["identity"];
    let (attachment, status) = (&vector["attachment"], &vector["status"]);
    let person = key(algorithm, 0x11);
    let properties = properties(vector);
    Identity {
        id: LegalId::parse(text(vector, "legalId")).expect("an id"),
        key: person.public(),
        client_signature: Identity::client_signature(&person, &properties),
        properties,
        attachments: vec![Attachment {
            id: LegalId::parse(text(attachment, "id")).expect("an id"),
            file_name: text(attachment, "fileName").to_owned(),
            content_type: text(attachment, "contentType").to_owned(),
            signature: STANDARD.encode(person.sign(text(attachment, "content").as_bytes())),
            at_ms: instant_of(attachment, "timestamp"),
        }],
        status: Status {
            provider: super::super::legal_id::provider(text(vector, "domain")),
            state: Standing::Created,
            created_at_ms: instant_of(status, "created"),
            updated_at_ms: Some(instant_of(status, "updated")),
            from_ms: instant_of(status, "from"),
            to_ms: instant_of(status, "to"),
        },
    }
}

#[test]
fn the_worked_identity_comes_out_byte_for_byte() {
    let vector = &vectors()["identity"];
    let identity = identity(Algorithm::Ed25519);
    let client = canonical::client(&identity.key, &identity.properties);
    assert_eq!(client, text(vector, "client_canonical"));
    assert_eq!(Some(client.len() as u64), vector["client_canonical_bytes"].as_u64());
    assert_eq!(hex::encode(Sha256::digest(&client)), text(vector, "client_canonical_sha256"));
    assert_eq!(identity.client_signature, text(vector, "client_signature"));
    assert_eq!(identity.attachments[0].signature, text(&vector["attachment"], "signature"));

    let server = canonical::server(&identity);
    assert_eq!(server, text(vector, "server_canonical"));
    assert_eq!(Some(server.len() as u64), vector["server_canonical_bytes"].as_u64());
    assert_eq!(hex::encode(Sha256::digest(&server)), text(vector, "server_canonical_sha256"));
    let ours = key(Algorithm::Ed25519, 0x22);
    assert_eq!(identity.server_signature(&ours), text(vector, "server_signature"));
}

#[test]
fn an_ed448_key_signs_the_same_text_with_its_own_name() {
    let vector = &vectors()["identity_ed448"];
    let identity = identity(Algorithm::Ed448);
    let client = canonical::client(&identity.key, &identity.properties);
    assert_eq!(client, text(vector, "client_canonical"));
    assert_eq!(identity.client_signature, text(vector, "client_signature"));
}

#[test]
fn no_part_of_what_is_signed_can_be_changed() {
    let server = key(Algorithm::Ed448, 0x22);
    let public = server.public();
    for algorithm in Algorithm::ALL {
        let good = identity(algorithm);
        let signature = good.server_signature(&server);
        assert!(good.is_genuine(&public, &signature));
        assert!(!good.is_genuine(&good.key, &signature));
        assert!(!good.is_genuine(&public, &good.client_signature));
        assert!(!good.is_genuine(&public, "not base64"));
        let changes: [fn(&mut Identity); 11] = [
            |one| one.id = LegalId::new(Uuid::nil(), "neuron.example.org"),
            |one| one.key = key(Algorithm::Ed25519, 0x33).public(),
            |one| one.properties = properties_of("Mallory"),
            |one| one.client_signature = STANDARD.encode([0; 64]),
            |one| one.attachments.clear(),
            |one| one.attachments[0].file_name.push('x'),
            |one| one.attachments[0].signature.clear(),
            |one| one.status.state = Standing::Approved,
            |one| one.status.updated_at_ms = None,
            |one| one.status.to_ms += 1,
            |one| one.status.provider.push('x'),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut other = good.clone();
            change(&mut other);
            assert!(!other.is_genuine(&public, &signature), "{at}");
        }
    }
}

fn properties_of(name: &str) -> Properties {
    Properties::parse(&[("FIRST".to_owned(), name.to_owned())]).expect("good")
}

#[test]
fn the_whole_of_it_is_what_is_signed_and_what_is_not() {
    let identity = identity(Algorithm::Ed25519);
    let element = identity.element("c2lnbmVk", |id| format!("https://d/Attachments/{id}"));
    let written = element.write();
    assert!(written.starts_with(
        "<identity id=\"2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.neuron.example.org\" \
         xmlns=\"urn:nf:iot:leg:id:1.0\"><clientPublicKey><ed25519 pub="
    ));
    assert!(written.ends_with(
        "<serverSignature>c2lnbmVk</serverSignature><attachmentRef attachmentId=\
         \"9f2c1a00-0000-4000-8000-000000000001@legal.neuron.example.org\" url=\"https://d/\
         Attachments/9f2c1a00-0000-4000-8000-000000000001@legal.neuron.example.org\"/></identity>"
    ));
    // Without its namespace and what comes behind the status it is what was signed.
    let (signed, _) = written.split_once("<serverSignature>").expect("a signature");
    let signed = signed.replacen(" xmlns=\"urn:nf:iot:leg:id:1.0\"", "", 1);
    assert_eq!(format!("{signed}</identity>"), canonical::server(&identity));
    assert_eq!(Element::read(written.as_bytes()), Ok(element));
}

#[test]
fn in_json_attachments_are_an_object_or_an_array_by_their_number() {
    let mut identity = identity(Algorithm::Ed25519);
    let shown = |identity: &Identity| identity.element("c2lnbmVk", ToString::to_string).to_json();
    let ns = NAMESPACE;
    let one = shown(&identity);
    assert_eq!(one["__name"], "identity");
    assert_eq!(one["__ns"], ns);
    assert_eq!(one["xmlns"], ns);
    assert_eq!(one["id"], identity.id.to_string());
    let public = json!({
        "__name": "ed25519", "__ns": "urn:nf:iot:e2e:1.0",
        "pub": "0EqyMnQrtKs6E2i9RhXk5tAiSrcaAWuvhSCjMsl3hzc=", "xmlns": "urn:nf:iot:e2e:1.0"
    });
    let holder = json!({"__name": "clientPublicKey", "__ns": ns, "ed25519": public});
    assert_eq!(one["clientPublicKey"], holder);
    assert_eq!(
        one["property"][1],
        json!({"__name": "property", "__ns": ns, "name": "LAST", "value": "Ångström & Co"})
    );
    assert_eq!(
        one["status"],
        json!({
            "__name": "status", "__ns": ns, "created": "2026-09-25T10:11:12.345Z",
            "from": "2026-09-25T00:00:00.000Z", "provider": "legal.neuron.example.org",
            "state": "Created", "to": "2028-09-25T00:00:00.000Z",
            "updated": "2026-09-25T10:12:00.001Z"
        })
    );
    assert_eq!(
        one["serverSignature"],
        json!({"__name": "serverSignature", "__ns": ns, "value": "c2lnbmVk"})
    );
    assert_eq!(one["attachment"]["fileName"], "ProfilePhoto.jpg");
    assert_eq!(one["attachmentRef"]["url"], identity.attachments[0].id.to_string());

    identity.attachments.push(identity.attachments[0].clone());
    let two = shown(&identity);
    assert_eq!(two["attachment"].as_array().map(Vec::len), Some(2));
    assert_eq!(two["attachmentRef"].as_array().map(Vec::len), Some(2));
    identity.attachments.clear();
    assert!(shown(&identity).get("attachment").is_none());
    let members: Vec<&String> = one.as_object().expect("an object").keys().collect();
    let expected = [
        "__name",
        "__ns",
        "id",
        "xmlns",
        "clientPublicKey",
        "property",
        "clientSignature",
        "attachment",
        "status",
        "serverSignature",
        "attachmentRef",
    ];
    assert_eq!(members, expected);
}

#[test]
fn debug_output_names_nobody() {
    let shown = format!("{:?}", identity(Algorithm::Ed25519));
    let expected =
        "Identity(2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.neuron.example.org, Created …)";
    assert_eq!(shown, expected);
}
