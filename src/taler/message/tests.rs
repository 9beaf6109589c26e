//! Messages and signatures, against the vectors.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::taler::crockford;
use crate::taler::payto::Payto;
use crate::taler::testing::{self, text};

fn key() -> SigningKey {
    SigningKey::parse(text(&testing::all()["key"], "private")).expect("a key")
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_633_504_247).expect("in range")
}

/// The message that a vector is about.
fn message(vector: &Value) -> Message {
    let hash = |name: &str| HPayto::parse(text(vector, name)).expect("a hash");
    match text(vector, "name") {
        "account_setup_success_80" | "account_setup_success_48" => {
            Message::account_setup_success(&hash("h_payto"), now())
        }
        "aml_query" => Message::aml_query(),
        "kyc_auth" => Message::kyc_auth(),
        "wallet_account_setup" => {
            let amount = vector["amount"].as_str();
            let amount = amount.map(|amount| Amount::parse(amount).expect("an amount"));
            Message::wallet_account_setup(amount.as_ref())
        }
        "master_aml_key" => Message::master_aml_key(&AmlOfficer {
            change_date: now(),
            key: key().public_key(),
            name: text(vector, "officer_name"),
            is_active: true,
            is_read_only: false,
        }),
        "aml_decision" => Message::aml_decision(&AmlDecision {
            decision_time: now(),
            h_payto: crockford::decode(text(vector, "h_payto")).expect("a hash"),
            h_justification: Sha512::digest(text(vector, "justification")).into(),
            h_properties: sha512_with_nul(text(vector, "properties").as_bytes()),
            h_new_rules: sha512_with_nul(text(vector, "new_rules").as_bytes()),
            h_new_measures: [0; 64],
            keep_investigating: true,
        }),
        "kyc_bulk" => {
            let layout = BulkLayout::of_name(text(vector, "layout")).expect("a layout");
            let payto = Payto::parse(text(vector, "payto")).expect("a URI");
            let h_body: [u8; 64] = Sha512::digest(text(vector, "body")).into();
            assert_eq!(crockford::encode(&h_body), text(vector, "h_body"));
            BulkBinding { layout, ..BulkBinding::default() }.message(&h_body, &payto)
        }
        other => panic!("a vector of an unknown message: {other}"),
    }
}

#[test]
fn the_key_of_the_vectors_has_its_public_key() {
    let vector = &testing::all()["key"];
    assert_eq!(key().public_key().to_string(), text(vector, "public"));
    assert_eq!(hex::encode(key().public_key().as_bytes()), text(vector, "public_hex"));
    assert_eq!(text(vector, "public"), testing::PUBLIC_KEY);
    assert!(key().public_key().is_usable());
}

#[test]
fn hashes_are_those_of_the_vectors() {
    for vector in testing::list("sha512") {
        let input = text(&vector, "input");
        let hash = if vector["with_nul"] == true {
            sha512_with_nul(input.as_bytes())
        } else {
            Sha512::digest(input).into()
        };
        assert_eq!(crockford::encode(&hash), text(&vector, "hash"), "{input}");
    }
}

#[test]
fn signatures_are_those_of_the_vectors_and_verify() {
    let vectors = testing::list("signatures");
    assert_eq!(vectors.len(), 12);
    for vector in vectors {
        let message = message(&vector);
        assert_eq!(message.as_bytes().len() as u64, vector["bytes"], "{vector}");
        if let Some(expected) = vector["message"].as_str() {
            assert_eq!(hex::encode(message.as_bytes()), expected);
        }
        let signature = key().sign(&message);
        assert_eq!(signature.to_string(), text(&vector, "signature"), "{vector}");
        let read = Signature::parse(text(&vector, "signature")).expect("a signature");
        assert!(key().public_key().verifies(&message, &read));
    }
}

#[test]
fn one_bit_of_anything_breaks_a_signature() {
    let public = key().public_key();
    for vector in testing::list("signatures") {
        let message = message(&vector);
        let signature = key().sign(&message);
        for bit in 0..message.0.len() * 8 {
            let mut other = message.clone();
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!public.verifies(&other, &signature));
        }
        for bit in 0..512 {
            let mut other = signature.as_bytes().to_owned();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!public.verifies(&message, &Signature::from_bytes(other)));
        }
        for bit in 0..256 {
            let mut other = public.as_bytes().to_owned();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!PublicKey::from_bytes(other).verifies(&message, &signature));
        }
    }
}

#[test]
fn a_key_of_small_order_verifies_nothing() {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let key = PublicKey::from_bytes(neutral);
    assert!(!key.is_usable());
    let mut forged = [0; 64];
    forged[0] = 1;
    assert!(!key.verifies(&Message::kyc_auth(), &Signature::from_bytes(forged)));
}

#[test]
fn layouts_are_found_by_their_names() {
    for layout in BulkLayout::ALL {
        assert_eq!(BulkLayout::of_name(layout.name()), Some(layout));
    }
    assert_eq!(BulkLayout::of_name("full16"), None);
    assert_eq!(BulkBinding::default().purpose, 1370);
}

#[test]
fn debug_output_hides_the_key() {
    assert_eq!(format!("{:?}", key()), "SigningKey(…)");
}

proptest! {
    #[test]
    fn a_signature_is_good_for_one_message(a in any::<(u32, Vec<u8>)>(), b in any::<(u32, Vec<u8>)>()) {
        let of = |(purpose, body): &(u32, Vec<u8>)| Message::new(*purpose, &[body]);
        let signature = key().sign(&of(&a));
        prop_assert_eq!(key().public_key().verifies(&of(&b), &signature), a == b);
    }

    #[test]
    fn keys_and_signatures_read_back(seed in any::<[u8; 32]>()) {
        let key = SigningKey::from_seed(&seed);
        let (public, signature) = (key.public_key(), key.sign(&Message::kyc_auth()));
        prop_assert_eq!(PublicKey::parse(public.to_string()), Ok(public));
        prop_assert_eq!(Signature::parse(signature.to_string()), Ok(signature));
        let json = serde_json::to_value((public, signature)).expect("JSON");
        let read: (PublicKey, Signature) = serde_json::from_value(json).expect("the same");
        prop_assert_eq!(read, (public, signature));
    }
}
