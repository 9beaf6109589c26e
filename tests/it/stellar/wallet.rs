//! A wallet for tests: signs challenges, keeps its token, sends all three encodings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kycd::stellar::account::Account;
use kycd::stellar::signing_key::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    DecoratedSignature, Limits, ReadXdr, Signature, SignatureHint, TransactionEnvelope, WriteXdr,
};

use crate::harness::{Answer, Server, call};

/// A server that keeps its name over restarts.
pub fn server(more: &str) -> Server {
    Server::start(&format!("{more}\n[server]\npublic_url = \"http://kyc.example\"\n"))
}

/// See the module.
pub struct Wallet {
    key: SigningKey,
    memo: Option<u64>,
    muxed: Option<u64>,
    token: String,
}

impl Wallet {
    /// With a key of its own.
    pub fn new(number: u8) -> Self {
        let key = SigningKey::from_bytes(&[number; 32]);
        Self { key, memo: None, muxed: None, token: String::new() }
    }

    /// One of many behind the account.
    pub fn with_memo(self, memo: u64) -> Self {
        Self { memo: Some(memo), ..self }
    }

    /// The same, in the other notation.
    pub fn muxed(self, id: u64) -> Self {
        Self { muxed: Some(id), ..self }
    }

    /// `G…` or `M…`.
    pub fn account(&self) -> String {
        let key = self.key.account();
        self.muxed.map_or(Account::Key(key), |id| Account::Muxed(key, id)).text()
    }

    /// A challenge, signed.
    pub fn signed_challenge(&self, server: &Server) -> String {
        let memo = self.memo.map(|memo| format!("&memo={memo}")).unwrap_or_default();
        let path = format!("/auth?account={}{memo}", self.account());
        let challenge = call(&server.public, "GET", &path, &[], b"");
        assert_eq!(challenge.status, 200, "{challenge:?}");
        let challenge = challenge.json();
        let text = |name: &str| challenge[name].as_str().expect("a text").to_owned();
        let bytes = STANDARD.decode(text("transaction")).expect("base64");
        let Ok(TransactionEnvelope::Tx(mut envelope)) =
            TransactionEnvelope::from_xdr(bytes, Limits::none())
        else {
            panic!("no transaction: {challenge}");
        };
        let network: [u8; 32] = Sha256::digest(text("network_passphrase").as_bytes()).into();
        let hash = envelope.tx.hash(network).expect("a hash");
        let mut signatures = envelope.signatures.to_vec();
        signatures.push(DecoratedSignature {
            hint: SignatureHint(self.key.account().hint()),
            signature: Signature(self.key.sign(&hash).try_into().expect("64 bytes")),
        });
        envelope.signatures = signatures.try_into().expect("at most 20");
        let signed = TransactionEnvelope::Tx(envelope).to_xdr(Limits::none()).expect("XDR");
        STANDARD.encode(signed)
    }

    /// With a token.
    pub fn signed_in(self, server: &Server) -> Self {
        let body = json!({ "transaction": self.signed_challenge(server) });
        let answer = server.post("/auth", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        let token = answer.json()["token"].as_str().expect("a token").to_owned();
        Self { token, ..self }
    }

    /// Any request.
    pub fn send(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Answer {
        let bearer = format!("Authorization: Bearer {}", self.token);
        let kind = format!("Content-Type: {kind}");
        call(&server.public, method, path, &[&bearer, &kind], body)
    }

    /// Asks.
    pub fn get(&self, server: &Server, path: &str) -> Answer {
        self.send(server, "GET", path, "application/json", b"")
    }

    /// With JSON.
    pub fn json(&self, server: &Server, method: &str, path: &str, body: &Value) -> Answer {
        self.send(server, method, path, "application/json", body.to_string().as_bytes())
    }

    /// `PUT /kyc/customer` with JSON.
    pub fn put(&self, server: &Server, body: &Value) -> Answer {
        self.json(server, "PUT", "/kyc/customer", body)
    }

    /// With a form.
    pub fn form(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(pairs).finish();
        self.send(server, method, path, "application/x-www-form-urlencoded", body.as_bytes())
    }

    /// With multipart.
    pub fn multipart(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        parts: &[(&str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        for (name, bytes) in parts {
            let head = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--XX--\r\n");
        self.send(server, method, path, "multipart/form-data; boundary=XX", &body)
    }
}

/// Everything the default type needs.
pub fn anna() -> Value {
    json!({ "first_name": "Anna", "last_name": "Ruiz", "email_address": "anna@example.com" })
}

/// The id in an answer of 202.
pub fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{answer:?}");
    let answer = answer.json();
    assert_eq!(answer.as_object().map(serde_json::Map::len), Some(1), "{answer}");
    answer["id"].as_str().expect("a text").to_owned()
}

/// A picture of this many bytes.
pub fn picture(bytes: usize, filling: u8) -> Vec<u8> {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.resize(bytes, filling);
    picture
}
