//! The published inputs and what comes out of them, and everything that is not quite a signature.

use serde_json::Value;

use super::*;
use crate::neuro::testing::vectors;

struct Inputs(Value);

impl Inputs {
    fn get(&self, name: &str) -> &str {
        self.0["inputs"][name].as_str().expect("a text")
    }

    fn properties(&self) -> Vec<(String, String)> {
        serde_json::from_value(self.0["inputs"]["properties"].clone()).expect("pairs")
    }

    fn expected(&self, name: &str) -> &str {
        self.0["signatures"][name].as_str().expect("a text")
    }
}

fn joined(signed: &Signed<'_>) -> String {
    signed.0.join(":")
}

#[test]
fn every_resource_is_signed_as_published() {
    let inputs = Inputs(vectors());
    let user = UserName::parse(inputs.get("userName")).expect("a name");
    let key = KeyId::parse(inputs.get("keyId")).expect("a name");
    let scope = KeyScope {
        user: &user,
        host: inputs.get("host"),
        local_name: inputs.get("localName"),
        namespace: inputs.get("namespace"),
        key: &key,
    };
    assert_eq!(joined(&scope.key_text()), inputs.expected("s1"));
    let key_signature = scope.key_text().sign(inputs.get("keyPassword"));
    assert_eq!(key_signature.as_str(), inputs.expected("key"));

    let (nonce, legal_id) = (inputs.get("nonce"), inputs.get("legalId"));
    let ready = scope.ready_for_approval(&key_signature, nonce, legal_id);
    assert_eq!(joined(&ready), inputs.expected("s2"));
    let attachment = Attachment {
        base64: inputs.get("attachmentBase64"),
        file_name: inputs.get("attachmentFileName"),
        content_type: inputs.get("attachmentContentType"),
    };
    let properties = inputs.properties();
    let petition = ["petitionId", "purpose", "legalId", "remoteId"].map(|name| inputs.get(name));
    for (name, signed) in [
        ("ready_for_approval", ready),
        ("create_key", scope.create_key(&key_signature, nonce)),
        ("apply_id", scope.apply_id(&key_signature, nonce, &properties)),
        (
            "add_id_attachment",
            scope.add_id_attachment(&key_signature, nonce, &attachment, legal_id),
        ),
        ("petition_id", scope.request(&key_signature, &petition)),
        ("login", login(user.as_str(), scope.host, nonce)),
    ] {
        let password = inputs.get("accountPassword");
        assert_eq!(signed.sign(password).as_str(), inputs.expected(name), "{name}");
        let sent = Signature::parse(inputs.expected(name)).expect("a signature");
        assert!(signed.is_signed_by(password, &sent), "{name}");
        assert!(!signed.is_signed_by("another password", &sent), "{name}");
        assert!(!signed.is_signed_by(password, &key_signature), "{name}");
    }
}

#[test]
fn a_registration_without_a_phone_number_leaves_it_out() {
    let inputs = Inputs(vectors());
    let registration = |phone_nr| Registration {
        user: inputs.get("userName"),
        host: inputs.get("host"),
        e_mail: inputs.get("eMail"),
        phone_nr,
        password: inputs.get("accountPassword"),
        api_key: inputs.get("apiKey"),
        nonce: inputs.get("nonce"),
    };
    let secret = inputs.get("apiSecret");
    let with_phone = registration(Some(inputs.get("phoneNr"))).text().sign(secret);
    assert_eq!(with_phone.as_str(), inputs.expected("create_with_phone"));
    for none in [None, Some("")] {
        let without = registration(none).text().sign(secret);
        assert_eq!(without.as_str(), inputs.expected("create"));
    }
}

#[test]
fn the_port_is_part_of_the_host() {
    let inputs = Inputs(vectors());
    let user = UserName::parse(inputs.get("userName")).expect("a name");
    let key = KeyId::parse(inputs.get("keyId")).expect("a name");
    let expected = |name: &str| inputs.0["with_port"][name].as_str().expect("a text");
    let scope = KeyScope {
        user: &user,
        host: expected("host"),
        local_name: inputs.get("localName"),
        namespace: inputs.get("namespace"),
        key: &key,
    };
    assert_eq!(joined(&scope.key_text()), expected("s1"));
    let key_signature = scope.key_text().sign(inputs.get("keyPassword"));
    assert_eq!(key_signature.as_str(), expected("key"));
    let ready =
        scope.ready_for_approval(&key_signature, inputs.get("nonce"), inputs.get("legalId"));
    let password = inputs.get("accountPassword");
    assert_eq!(ready.sign(password).as_str(), expected("ready_for_approval"));
}

#[test]
fn a_changed_order_of_properties_is_another_text() {
    let inputs = Inputs(vectors());
    let user = UserName::parse(inputs.get("userName")).expect("a name");
    let key = KeyId::parse(inputs.get("keyId")).expect("a name");
    let (host, local_name, namespace) = ("h", "ed25519", "urn:nf:iot:e2e:1.0");
    let scope = KeyScope { user: &user, host, local_name, namespace, key: &key };
    let signature = scope.key_text().sign("p");
    let mut properties = inputs.properties();
    let before = scope.apply_id(&signature, inputs.get("nonce"), &properties).sign("a");
    properties.swap(0, 1);
    assert!(
        !scope.apply_id(&signature, inputs.get("nonce"), &properties).is_signed_by("a", &before)
    );
}

#[test]
fn a_signature_has_one_spelling() {
    let good = "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN0=";
    assert_eq!(Signature::parse(good).map(|signature| signature.as_str().len()), Ok(44));
    for wrong in [
        "",
        "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN0",
        "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN1=",
        "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN0==",
        " vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN0=",
        "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN0=\n",
        "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBN-0=",
        "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNA==",
        "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN0A",
        "bf0a6475e45d001ac918a043e14039e3694c8e547dc7ce7275ae6334718134dd",
    ] {
        assert_eq!(Signature::parse(wrong).err(), Some(InvalidSignature), "{wrong}");
    }
}

#[test]
fn debug_output_hides_signatures_and_passwords() {
    let text = login("alice", "host", "nonce");
    assert_eq!(format!("{text:?} {:?}", text.sign("secret")), "Signed(…) Signature(…)");
}
