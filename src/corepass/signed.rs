//! The signed messages: what the connector sends to callbacks and what the app sends to it.
//!
//! Every body has a `message`, the exact bytes to hash and sign, and callback bodies have a
//! `wire` form, the JSON that is sent:
//!
//! ```text
//! message  {"user":…,"fields":[…],"status":…,"expiration":…,"deadline":…,"tx_hash":…}
//! wire     {"user":…,"fields":[…],"status":…,"expiration":…,"deadline":…,"signature":…,"tx_hash":…}
//! ```
//!
//! The signature is spliced into the signed bytes; nothing is serialised a second time. A
//! `deadline` ends three minutes after it was written, so every delivery attempt builds a new body
//! and signs it again. Hashing and signing are `signing`'s, sending is the caller's.
//!
//! Source: `CorePass` documentation, Authorization (KYC-transfer), version CP v. 1, sections
//! "statusCallback call" and "Callback". Its status callback samples verify over the wire form
//! without `signature` and without newline. Its data and error callback samples verify over no
//! known form; see [`Encoding`]. The app's two messages are undocumented and this project's own.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{core_id::CoreId, field::Field, go_json};

/// What is signed in data and error callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// What the verifying snippet of the documentation hashes: members named as in Go (`User`,
    /// `Infos`, …) and a newline at the end.
    DocGo,
    /// The body that is sent, less `signature`, as proven for status callbacks.
    Wire,
}

/// A status callback. There is no choice of [`Encoding`]: it is always the wire form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusBody {
    /// Whose data is transferred.
    pub user: CoreId,
    /// The items of the request, sent as ids in lower-case hexadecimal.
    #[serde(serialize_with = "ids")]
    pub fields: Vec<Field>,
    /// The status word, such as `ACCEPTED`.
    pub status: String,
    /// When the request expires, unix seconds.
    pub expiration: i64,
    /// Until when the receiver may believe this body, unix seconds.
    pub deadline: i64,
    /// `0x` and 64 hexadecimal characters, or left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_hash: Option<String>,
}

/// A callback with the user's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataBody {
    /// Whose data it is.
    pub user: CoreId,
    /// The data, one entry per item.
    pub infos: Vec<Info>,
    /// Until when the receiver may believe this body, unix seconds.
    pub deadline: i64,
    /// When the request expires, unix seconds.
    pub expiration: i64,
}

/// A callback about a failed transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// Whose data was asked for.
    pub user: CoreId,
    /// The items of the request, by name.
    pub items: Vec<Field>,
    /// The failure status, such as `INITIATED_FAILED`.
    pub error: String,
    /// Until when the receiver may believe this body, unix seconds.
    pub deadline: i64,
    /// When the request expires, unix seconds.
    pub expiration: i64,
}

/// One field of a user, with what is needed to check it against its fingerprint on chain.
///
/// Personal data: debug output shows the name of the field and nothing else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Which field.
    #[serde(rename = "fieldID")]
    pub field: Field,
    /// Its value as text.
    #[serde(rename = "fieldValue")]
    pub value: String,
    /// The pepper of the fingerprint, hexadecimal; as sensitive as the value.
    pub pepper: String,
}

/// The app accepts a request on behalf of its user. Signed with the user's key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AcceptBody {
    /// The id of the request, from its link.
    pub id: String,
    /// Who accepts.
    pub user: CoreId,
    /// Until when the connector may believe this message, unix seconds.
    pub deadline: i64,
    /// The user's cheque for the deposit, passed on to the blockchain.
    #[serde(rename = "providerCheque", skip_serializing_if = "Option::is_none")]
    pub provider_cheque: Option<Value>,
    /// The user's signature of the transfer, passed on to the blockchain.
    #[serde(rename = "providerSignature", skip_serializing_if = "Option::is_none")]
    pub provider_signature: Option<Value>,
}

/// The app hands over the data of a request. Signed with the user's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransmitBody {
    /// The id of the request, from its link.
    pub id: String,
    /// Whose data it is.
    pub user: CoreId,
    /// The data, one entry per item.
    pub infos: Vec<Info>,
    /// Until when the connector may believe this message, unix seconds.
    pub deadline: i64,
}

impl StatusBody {
    /// The bytes to sign.
    pub fn message(&self) -> Vec<u8> {
        go_json::to_vec(self)
    }

    /// The body to send, with the signature between `deadline` and `tx_hash`.
    pub fn wire(&self, signature_b64: &str) -> Vec<u8> {
        let tx_hash = self
            .tx_hash
            .as_ref()
            .map_or(0, |hash| br#","tx_hash":"#.len() + go_json::to_vec(hash).len());
        splice_signature(self.message(), tx_hash, signature_b64)
    }
}

impl DataBody {
    /// The bytes to sign.
    pub fn message(&self, encoding: Encoding) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct DocGo<'a> {
            user: &'a CoreId,
            infos: &'a [Info],
            deadline: i64,
            expiration: i64,
        }

        let Self { user, infos, deadline, expiration } = self;
        let (deadline, expiration) = (*deadline, *expiration);
        match encoding {
            Encoding::DocGo => line(&DocGo { user, infos, deadline, expiration }),
            Encoding::Wire => go_json::to_vec(self),
        }
    }

    /// The body to send, with the signature at the end.
    pub fn wire(&self, signature_b64: &str) -> Vec<u8> {
        splice_signature(self.message(Encoding::Wire), 0, signature_b64)
    }
}

impl ErrorBody {
    /// The bytes to sign.
    pub fn message(&self, encoding: Encoding) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct DocGo<'a> {
            user: &'a CoreId,
            items: &'a [Field],
            error: &'a str,
            deadline: i64,
            expiration: i64,
        }

        let Self { user, items, error, deadline, expiration } = self;
        let (deadline, expiration) = (*deadline, *expiration);
        match encoding {
            Encoding::DocGo => line(&DocGo { user, items, error, deadline, expiration }),
            Encoding::Wire => go_json::to_vec(self),
        }
    }

    /// The body to send, with the signature at the end.
    pub fn wire(&self, signature_b64: &str) -> Vec<u8> {
        splice_signature(self.message(Encoding::Wire), 0, signature_b64)
    }
}

impl AcceptBody {
    /// The bytes to sign: compact JSON, members in the order of the struct, absent ones left out.
    pub fn message(&self) -> Vec<u8> {
        go_json::to_vec(self)
    }
}

impl TransmitBody {
    /// The bytes to sign: compact JSON, members in the order of the struct.
    pub fn message(&self) -> Vec<u8> {
        go_json::to_vec(self)
    }
}

/// JSON and a newline, as Go's `json.Encoder` writes it.
fn line(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = go_json::to_vec(value);
    bytes.push(b'\n');
    bytes
}

/// Inserts the member `signature` before the last `tail_bytes` bytes of the object `message`, its
/// closing brace not counted.
fn splice_signature(mut message: Vec<u8>, tail_bytes: usize, signature_b64: &str) -> Vec<u8> {
    let mut member = br#","signature":"#.to_vec();
    member.extend(go_json::to_vec(&signature_b64));
    let at = message.len() - 1 - tail_bytes;
    message.splice(at..at, member);
    message
}

fn ids<S: Serializer>(fields: &[Field], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(fields.iter().map(|field| field.id_hex()))
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Info({:?}, …)", self.field)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::core_id::Network;
    use super::*;
    use crate::signing::{ed448, scheme::CallbackSigner, sha3_256};

    const USER: &str = "ab148af5f9cdad10beddb05fbec4a3bef02577130e56";
    const TX_HASH: &str = "0x1332a0079b54bace370e216f32bb4284adb7a4852c47a71908ec2c6152145114";

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../fixtures/corepass/vectors.json")).expect("JSON")
    }

    fn user() -> CoreId {
        CoreId::parse(USER, Network::Devin).expect("valid")
    }

    fn email() -> Field {
        Field::from_name("SH_EMAIL").expect("a field")
    }

    fn status(status: &str, tx_hash: Option<&str>) -> StatusBody {
        StatusBody {
            user: user(),
            fields: vec![email()],
            status: status.to_owned(),
            expiration: 1_700_000_600,
            deadline: 1_700_000_180,
            tx_hash: tx_hash.map(str::to_owned),
        }
    }

    fn data(value: &str, pepper: &str) -> DataBody {
        let info = Info { field: email(), value: value.to_owned(), pepper: pepper.to_owned() };
        DataBody {
            user: user(),
            infos: vec![info],
            deadline: 1_700_000_180,
            expiration: 1_700_000_600,
        }
    }

    fn error(error: &str) -> ErrorBody {
        ErrorBody {
            user: user(),
            items: vec![email()],
            error: error.to_owned(),
            deadline: 1_700_000_180,
            expiration: 1_700_000_600,
        }
    }

    /// The key in hexadecimal, if `signature` holds over the SHA3-256 of `message`.
    fn signer(message: &[u8], signature: &Value) -> Option<String> {
        let signature = STANDARD.decode(signature.as_str()?).ok()?;
        let key = ed448::verify_attached(&sha3_256(message), &signature).ok()?;
        Some(hex::encode(key.to_bytes()))
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("UTF-8")
    }

    fn without_signature(wire: &[u8]) -> Vec<u8> {
        let mut body: Value = serde_json::from_slice(wire).expect("JSON");
        body.as_object_mut().expect("an object").shift_remove("signature").expect("a signature");
        go_json::to_vec(&body)
    }

    #[test]
    fn samples_of_the_documentation_are_rebuilt_and_verify() {
        for case in vectors()["published"].as_array().expect("a list") {
            let sent = &case["wire_body"];
            let body = StatusBody {
                expiration: sent["expiration"].as_i64().expect("seconds"),
                deadline: sent["deadline"].as_i64().expect("seconds"),
                ..status(sent["status"].as_str().expect("text"), sent["tx_hash"].as_str())
            };
            let message = body.message();
            assert_eq!(hex::encode(sha3_256(&message)), case["sha3_256"]);
            assert_eq!(
                signer(&message, &sent["signature"]).as_deref(),
                case["public_key"].as_str()
            );
            let wire = body.wire(sent["signature"].as_str().expect("text"));
            assert_eq!(text(wire), sent.to_string());
            assert_eq!(text(message), case["message"]);
        }
    }

    #[test]
    fn other_forms_of_the_samples_do_not_verify() {
        for case in vectors()["published"].as_array().expect("a list") {
            let signature = &case["wire_body"]["signature"];
            let message = case["message"].as_str().expect("text");
            assert!(signer(message.as_bytes(), signature).is_some());

            let reordered = {
                let mut body: Value = serde_json::from_str(message).expect("JSON");
                let body = body.as_object_mut().expect("an object");
                let user = body.shift_remove("user").expect("a user");
                body.insert("user".to_owned(), user);
                go_json::to_vec(body)
            };
            let others = [
                format!("{message}\n").into_bytes(),
                message.replace(':', ": ").into_bytes(),
                message.replace("\"user\"", "\"User\"").into_bytes(),
                case["wire_body"].to_string().into_bytes(),
                reordered,
            ];
            for other in others {
                assert_eq!(signer(&other, signature), None, "{}", text(other));
            }
        }
    }

    #[test]
    fn signature_is_over_sha3_256_and_not_over_sha_256_or_the_message() {
        let case = &vectors()["published"][0];
        let signature = case["wire_body"]["signature"].as_str().expect("text");
        let signature = STANDARD.decode(signature).expect("base64");
        // SHA-256 of the message of the first sample.
        let digest =
            hex::decode("808b451c6592fee1ef8ecec259b8469f417b0738ea91d7fba8314345846e419b")
                .expect("hex");
        let digest: [u8; 32] = digest.try_into().expect("32 bytes");
        let error = Err(ed448::SignatureError::Mismatch);
        assert_eq!(ed448::verify_attached(&digest, &signature), error);
    }

    #[test]
    fn messages_and_signatures_are_those_of_the_vectors() {
        let vectors = vectors();
        let key = vectors["signer"]["private_key_rfc8032_seed"].as_str().expect("text");
        let key = ed448::PrivateKey::from_hex(key).expect("a key");
        let signer = CallbackSigner::Ed448(key);
        let data = data("a&b@example.com", "00ff");
        let error = error("INITIATED_FAILED");
        let messages = [
            ("status_callback", status("ACCEPTED", None).message()),
            ("status_callback_with_tx_hash", status("CONFIRM_SUBMITTED", Some(TX_HASH)).message()),
            ("data_callback_doc_go", data.message(Encoding::DocGo)),
            ("data_callback_wire", data.message(Encoding::Wire)),
            ("error_callback_doc_go", error.message(Encoding::DocGo)),
            ("error_callback_wire", error.message(Encoding::Wire)),
        ];
        let made = vectors["made"].as_array().expect("a list");
        assert_eq!(made.len(), messages.len());
        for (case, (kind, message)) in made.iter().zip(messages) {
            assert_eq!(case["kind"], kind);
            assert_eq!(case["sha3_256"], hex::encode(sha3_256(&message)));
            assert_eq!(case["signature"], signer.sign(&message));
            assert_eq!(case["message"], text(message));
        }
        assert_eq!(signer.public_key_hex(), vectors["signer"]["public_key"]);
    }

    #[test]
    fn messages_of_the_app_have_a_fixed_order() {
        let accept = AcceptBody {
            id: "r<1>".to_owned(),
            user: user(),
            deadline: 1_700_000_180,
            provider_cheque: Some(json!({"spender": "s", "amount": "1", "nonce": 7})),
            provider_signature: Some(json!("00ff")),
        };
        assert_eq!(
            text(accept.message()),
            format!(
                r#"{{"id":"r\u003c1\u003e","user":"{USER}","deadline":1700000180,"providerCheque":{{"spender":"s","amount":"1","nonce":7}},"providerSignature":"00ff"}}"#
            )
        );
        let bare = AcceptBody { provider_cheque: None, provider_signature: None, ..accept };
        assert_eq!(
            text(bare.message()),
            format!(r#"{{"id":"r\u003c1\u003e","user":"{USER}","deadline":1700000180}}"#)
        );
        let transmit = TransmitBody {
            id: "r1".to_owned(),
            user: user(),
            infos: data("v", "00").infos,
            deadline: 1_700_000_180,
        };
        assert_eq!(
            text(transmit.message()),
            format!(
                r#"{{"id":"r1","user":"{USER}","infos":[{{"fieldID":"SH_EMAIL","fieldValue":"v","pepper":"00"}}],"deadline":1700000180}}"#
            )
        );
    }

    #[test]
    fn encodings_are_named_as_in_the_configuration() {
        let named: [Encoding; 2] = serde_json::from_str(r#"["doc-go","wire"]"#).expect("names");
        assert_eq!(named, [Encoding::DocGo, Encoding::Wire]);
    }

    #[test]
    fn debug_output_hides_personal_data() {
        let text = format!("{:?}", data("secret value", "5ec7e7"));
        assert!(text.contains("CoreId(…)") && text.contains("Info(SH_EMAIL, …)"), "{text}");
        assert!(!text.contains("secret") && !text.contains("5ec7e7") && !text.contains(USER));
    }

    proptest! {
        #[test]
        fn signed_bytes_are_the_sent_ones_without_the_signature(
            value in any::<String>(),
            pepper in any::<String>(),
            tx_hash in any::<Option<String>>(),
        ) {
            let data = data(&value, &pepper);
            prop_assert_eq!(without_signature(&data.wire("AA+/")), data.message(Encoding::Wire));
            let error = error(&value);
            prop_assert_eq!(without_signature(&error.wire("AA==")), error.message(Encoding::Wire));
            let status = status(&value, tx_hash.as_deref());
            prop_assert_eq!(without_signature(&status.wire("AA==")), status.message());
        }
    }
}
