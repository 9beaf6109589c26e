//! The vectors, and transactions made and signed by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use stellar_xdr::{
    DecoratedSignature, Limits, ReadXdr, Signature, SignatureHint, Transaction,
    TransactionEnvelope, TransactionV1Envelope, WriteXdr,
};

use super::Party;
use crate::stellar::signing_key::SigningKey;

/// When the vectors' challenges begin.
pub const NOW_S: u64 = 1_700_000_000;

/// The vectors.
pub fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../fixtures/stellar/vectors.json")).expect("JSON")
}

/// A key of the vectors: `server`, `client` or `client_domain`.
pub fn key(name: &str) -> SigningKey {
    let all = vectors();
    let secret = all["keys"][name]["secret"].as_str().expect("text");
    SigningKey::from_seed(secret).expect("a seed")
}

/// Somebody else's key.
pub fn stranger(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

/// The server of the vectors.
pub fn party() -> Party {
    Party {
        key: key("server"),
        network_passphrase: "Test SDF Network ; September 2015".to_owned(),
        home_domains: vec!["localhost:8080".to_owned(), "second.example".to_owned()],
        web_auth_domain: "localhost:8080".to_owned(),
    }
}

/// The transaction and the signatures in a text.
pub fn open(text: &str) -> TransactionV1Envelope {
    let bytes = STANDARD.decode(text).expect("base64");
    match TransactionEnvelope::from_xdr(bytes, Limits::none()).expect("XDR") {
        TransactionEnvelope::Tx(envelope) => envelope,
        TransactionEnvelope::TxV0(_) | TransactionEnvelope::TxFeeBump(_) => panic!("not version 1"),
    }
}

/// The text of any envelope.
pub fn text(envelope: &TransactionEnvelope) -> String {
    STANDARD.encode(envelope.to_xdr(Limits::none()).expect("XDR"))
}

/// What `key` signs `tx` with.
pub fn signature(tx: &Transaction, key: &SigningKey) -> DecoratedSignature {
    let hash = tx.hash(party().network_id()).expect("a hash");
    DecoratedSignature {
        hint: SignatureHint(key.account().hint()),
        signature: Signature(key.sign(&hash).try_into().expect("64 bytes")),
    }
}

/// `tx` signed by these and nobody else.
pub fn sealed(tx: Transaction, keys: &[&SigningKey]) -> String {
    let signatures: Vec<_> = keys.iter().map(|key| signature(&tx, key)).collect();
    let signatures = signatures.try_into().expect("at most 20");
    text(&TransactionEnvelope::Tx(TransactionV1Envelope { tx, signatures }))
}

/// A challenge with these signatures besides those it has.
pub fn cosigned(challenge: &str, keys: &[&SigningKey]) -> String {
    let TransactionV1Envelope { tx, signatures } = open(challenge);
    let mut signatures = signatures.to_vec();
    signatures.extend(keys.iter().map(|key| signature(&tx, key)));
    let signatures = signatures.try_into().expect("at most 20");
    text(&TransactionEnvelope::Tx(TransactionV1Envelope { tx, signatures }))
}
