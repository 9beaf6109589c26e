//! URIs and their hashes, against the vectors.

use proptest::prelude::*;

use super::*;
use crate::taler::crockford;
use crate::taler::h_payto::HPayto;
use crate::taler::testing::{self, text};

#[test]
fn hashes_and_normal_forms_are_those_of_the_vectors() {
    for vector in testing::list("payto") {
        let payto = Payto::parse_2021(text(&vector, "uri")).expect("a vector");
        assert_eq!(payto.as_str(), text(&vector, "uri"));
        let full = payto.full_hash();
        let check = |name: &str, bytes: &[u8]| {
            if let Some(expected) = vector[name].as_str() {
                assert_eq!(crockford::encode(bytes), expected, "{name} of {vector}");
            }
        };
        check("full_64", &full);
        check("full_64_without_nul", &payto.full_hash_without_nul());
        check("full_32", &first_half(&full));
        check("normalized_32", &payto.normalized_hash());
        assert_eq!(payto.normalized(), text(&vector, "normalized"));
        for name in ["full_64", "full_32"] {
            let Some(hash) = vector[name].as_str() else { continue };
            assert!(HPayto::parse(hash).expect("a hash").is_of(&full), "{vector}");
        }
    }
}

#[test]
fn the_rules_of_2024_want_the_receivers_name() {
    let bank = "payto://x-taler-bank/localhost/42";
    assert!(Payto::parse_2021(bank).is_ok());
    assert_eq!(Payto::parse(bank), Err(Invalid::ReceiverName));
    for named in ["?receiver-name=X", "?receiver-name=", "?amount=EUR:5&receiver-name=X"] {
        assert!(Payto::parse(&format!("{bank}{named}")).is_ok(), "{named}");
    }
    let iban = "payto://iban/DE75512108001245126199";
    for unnamed in ["", "?", "?xreceiver-name=X", "?receiver-name", "?amount=receiver-name=X"] {
        for rules in [Payto::parse, Payto::parse_2021] {
            let uri = format!("{iban}{unnamed}");
            assert_eq!(rules(&uri), Err(Invalid::ReceiverName), "{uri}");
        }
    }
}

#[test]
fn other_texts_are_refused() {
    for vector in testing::list("payto_refused") {
        let uri = text(&vector, "uri");
        assert!(Payto::parse(uri).is_err(), "{uri}");
        assert!(Payto::parse_2021(uri).is_err(), "{uri}");
    }
    let long = format!("payto://other/{}", "a".repeat(limits::PAYTO_BYTES_MAX));
    assert_eq!(Payto::parse(&long), Err(Invalid::TooLong));
    assert!(Payto::parse(&long[..limits::PAYTO_BYTES_MAX]).is_ok());
}

#[test]
fn wallets_are_named_by_exchange_and_key() {
    let key = PublicKey::parse(testing::PUBLIC_KEY).expect("a key");
    let today = |exchange: &str| Payto::wallet(exchange, &key).expect("a wallet");
    let then = |exchange: &str| Payto::wallet_2021(exchange, &key).expect("a wallet");
    let of = |start: &str| format!("{start}{key}");
    for slash in ["", "/"] {
        let plain = format!("http://localhost:8081{slash}");
        assert_eq!(today(&plain).as_str(), of("payto://taler-reserve-http/localhost:8081/"));
        assert_eq!(then(&plain).as_str(), of("taler+http://reserve/localhost:8081/"));
        let with_path = format!("https://bank.example/exchange{slash}");
        assert_eq!(today(&with_path).as_str(), of("payto://taler-reserve/bank.example/exchange/"));
        assert_eq!(then(&with_path).as_str(), of("taler://reserve/bank.example/exchange/"));
    }
    let old = then("https://bank.example");
    assert_eq!(Payto::parse_2021(old.as_str()), Ok(old.clone()));
    assert_eq!(Payto::parse(old.as_str()), Err(Invalid::Scheme));
    assert_eq!(old.normalized(), old.as_str());
    for wrong in ["", "ftp://x", "https://", "https:///x", "https://a b", "https://x?y", "x"] {
        assert!(Payto::wallet(wrong, &key).is_err(), "{wrong}");
        assert!(Payto::wallet_2021(wrong, &key).is_err(), "{wrong}");
    }
}

#[test]
fn debug_output_says_nothing() {
    let payto = Payto::parse("payto://bitcoin/1BoatSLRHtKNngkdXEeobR76b53LETtpyT").expect("valid");
    assert_eq!(format!("{payto:?}"), "Payto(…)");
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own_normal_form(
        rest in "(iban|IBAN|x-taler-bank|bitcoin|upi|ILP|other)/[A-Za-z0-9/:.%-]{0,30}(\\?receiver-name=x)?",
        scheme in "(payto|PAYTO|Payto)://",
    ) {
        let Ok(payto) = Payto::parse_2021(&format!("{scheme}{rest}")) else { return Ok(()) };
        let normal = payto.normalized();
        prop_assert!(!normal.contains('?'));
        // The rules of an account's own method want a name that normal forms do not have.
        let again = Payto::parse_2021(&format!("{normal}?receiver-name=x")).expect("still valid");
        prop_assert_eq!(again.normalized(), normal);
        prop_assert_eq!(again.normalized_hash(), payto.normalized_hash());
    }

    #[test]
    fn a_hash_is_known_by_either_length(account in "[a-z0-9]{1,20}", other in "[a-z0-9]{1,20}") {
        let hash = |account: &str| {
            Payto::parse(&format!("payto://other/{account}")).expect("valid").full_hash()
        };
        let (mine, others) = (hash(&account), hash(&other));
        let forms = [crockford::encode(&mine), crockford::encode(&first_half(&mine))];
        for form in forms {
            let read = HPayto::parse(&form).expect("a hash");
            prop_assert!(read.is_of(&mine));
            prop_assert_eq!(read.is_of(&others), account == other);
            prop_assert_eq!(read.to_string(), form);
        }
    }
}
