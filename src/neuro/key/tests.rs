//! Keys of both algorithms, and seals that must not open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::*;
use crate::neuro::name::{KeyId, UserName};
use crate::neuro::signature::Signature;
use crate::neuro::testing::vectors;

fn key(algorithm: Algorithm, byte: u8) -> PrivateKey {
    PrivateKey::generate(algorithm, &Zeroizing::new([byte; SEED_BYTES_MAX]))
}

fn signature(byte: u8) -> Signature {
    Signature::parse(&STANDARD.encode([byte; 32])).expect("32 bytes")
}

#[test]
fn the_keys_of_the_vectors_are_those_of_the_seeds() {
    let vectors = vectors();
    for (byte, name) in [(0x11, "client_public"), (0x22, "server_public")] {
        let public = key(Algorithm::Ed25519, byte).public();
        assert_eq!(Some(public.text().as_str()), vectors["identity"][name].as_str());
        assert_eq!(PublicKey::parse(Algorithm::Ed25519, &public.text()), Some(public));
    }
}

#[test]
fn the_ed448_key_and_signature_of_rfc_8032_come_out() {
    // Section 7.4, "blank".
    let mut seed = Zeroizing::new([0; SEED_BYTES_MAX]);
    let text = "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3\
                528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b";
    hex::decode_to_slice(text, seed.as_mut_slice()).expect("hex");
    let key = PrivateKey::generate(Algorithm::Ed448, &seed);
    let public = "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778\
                  edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180";
    let public = STANDARD.encode(hex::decode(public).expect("hex"));
    assert_eq!(key.public().text(), public);
    assert_eq!(
        hex::encode(key.sign(b"")),
        "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f\
         2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a\
         9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4db\
         b61149f05a7363268c71d95808ff2e652600"
    );
}

#[test]
fn signatures_verify_and_nothing_else_does() {
    for algorithm in Algorithm::ALL {
        let (mine, other) = (key(algorithm, 1), key(algorithm, 2));
        let signed = mine.sign(b"message");
        assert!(mine.public().verifies(b"message", &signed));
        assert!(!mine.public().verifies(b"massage", &signed));
        assert!(!other.public().verifies(b"message", &signed));
        for at in [0, signed.len() / 2, signed.len() - 1] {
            let mut altered = signed.clone();
            altered[at] ^= 1;
            assert!(!mine.public().verifies(b"message", &altered), "{algorithm:?} {at}");
        }
        assert!(!mine.public().verifies(b"message", &signed[1..]));
        assert!(!mine.public().verifies(b"message", &[]));
    }
}

#[test]
fn algorithms_are_known_by_both_of_their_names() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::named(algorithm.local_name(), NAMESPACE), Some(algorithm));
        assert_eq!(Algorithm::named(algorithm.local_name(), "urn:ieee:iot:e2e:1.0"), None);
        assert_eq!(algorithm.score(), 4);
    }
    for other in ["ED25519", "x25519", "x448", "p256", "rsa", ""] {
        assert_eq!(Algorithm::named(other, NAMESPACE), None, "{other}");
    }
}

#[test]
fn texts_that_are_no_keys_are_refused() {
    let weak = STANDARD.encode([[1].as_slice(), &[0; 31]].concat());
    let ed448 = key(Algorithm::Ed448, 1).public().text();
    for text in ["", "AAAA", "not base64", weak.as_str(), ed448.as_str()] {
        assert_eq!(PublicKey::parse(Algorithm::Ed25519, text), None, "{text}");
    }
    let ed25519 = key(Algorithm::Ed25519, 1).public().text();
    assert_eq!(PublicKey::parse(Algorithm::Ed448, &ed25519), None);
}

#[test]
fn a_wrapped_key_opens_with_its_signature_and_in_its_place_only() {
    let user = UserName::parse("alice.kyc").expect("a name");
    let other_user = UserName::parse("alice").expect("a name");
    let id = KeyId::parse("KycKey1").expect("a name");
    let other_id = KeyId::parse("KycKey2").expect("a name");
    let owner = Owner { user: &user, key: &id };
    for algorithm in Algorithm::ALL {
        let private = key(algorithm, 7);
        let wrapped = WrappedKey::seal(&private, owner, &signature(1), [2; 16], [3; 24]);
        assert!(!wrapped.sealed.windows(8).any(|bytes| bytes == [7; 8]));
        assert_eq!(wrapped.public(), Some(private.public()));
        let opened = wrapped.open(owner, &signature(1)).expect("it opens");
        assert_eq!(opened.sign(b"message"), private.sign(b"message"));

        let stored = serde_json::to_string(&wrapped).expect("JSON");
        assert_eq!(serde_json::from_str::<WrappedKey>(&stored).expect("JSON"), wrapped);

        let wrong = |wrapped: &WrappedKey, owner, byte| {
            assert_eq!(wrapped.open(owner, &signature(byte)).err(), Some(Wrong));
        };
        wrong(&wrapped, owner, 2);
        wrong(&wrapped, Owner { user: &other_user, ..owner }, 1);
        wrong(&wrapped, Owner { key: &other_id, ..owner }, 1);
        let public = key(algorithm, 8).public().text();
        wrong(&WrappedKey { public, ..wrapped.clone() }, owner, 1);
        wrong(&WrappedKey { salt: [4; 16], ..wrapped.clone() }, owner, 1);
        wrong(&WrappedKey { nonce: [4; 24], ..wrapped.clone() }, owner, 1);
        wrong(&WrappedKey { sealed: Vec::new(), ..wrapped.clone() }, owner, 1);
        let other = match algorithm {
            Algorithm::Ed25519 => Algorithm::Ed448,
            Algorithm::Ed448 => Algorithm::Ed25519,
        };
        wrong(&WrappedKey { algorithm: other, ..wrapped.clone() }, owner, 1);
        for at in 0..wrapped.sealed.len() {
            let mut altered = wrapped.clone();
            altered.sealed[at] ^= 0x80;
            wrong(&altered, owner, 1);
        }
    }
}

#[test]
fn the_wrapping_is_what_the_documentation_says() {
    // Computed with Python's hmac and with libsodium.
    let user = UserName::parse("alice.kyc").expect("a name");
    let id = KeyId::parse("KycKey1").expect("a name");
    let owner = Owner { user: &user, key: &id };
    let private = key(Algorithm::Ed25519, 0x11);
    let wrapped = WrappedKey::seal(&private, owner, &signature(1), [2; 16], [3; 24]);
    let expected = vectors()["wrapped_key"]["sealed_hex"].as_str().map(str::to_owned);
    assert_eq!(Some(hex::encode(&wrapped.sealed)), expected);
}

#[test]
fn debug_output_hides_the_keys() {
    let private = key(Algorithm::Ed448, 1);
    let text = format!("{private:?} {:?}", private.public());
    assert_eq!(text, "key::PrivateKey(…) key::PublicKey(ed448, …)");
}
