//! Published checkpoints, and what must not pass for one.

use proptest::prelude::*;

use super::*;

/// Of the specification. Its signature line was taken from another note: it can only be read.
const SOFA: &str = "example.com/behind-the-sofa\n\
    20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
    \n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q\
    1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

/// Of another implementation (C2SP issue 99): the key is `66e0…24a7`.
const SIGSUM: &str = "sigsum.org/v1/tree/e796172b92befd62d9dc67e41c2f5bc9d3100a3023b20b1ca40288dd1c679e69\n\
    10\n\
    HA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\
    \n\
    — sigsum.org/v1/tree/e796172b92befd62d9dc67e41c2f5bc9d3100a3023b20b1ca40288dd1c679e69 \
    gJ2ho0n8F8olcerUF1FFdv235A/5as/coWrpLrtE7ovMeP5whgwouYExowG/lTznxu6OUGjjt5yJQ6bXtTcf718MqAQ=\n";
const SIGSUM_KEY: &str = "66e0b858e462a609e66fe71370c816d8846ff103d5499a22a7fec37fdbc424a7";

fn sigsum_key() -> VerifyingKey {
    let byte = |at: usize| u8::from_str_radix(&SIGSUM_KEY[at..at + 2], 16).expect("two digits");
    VerifyingKey::from_bytes(&std::array::from_fn(|n| byte(2 * n))).expect("a published key")
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn verifier(name: &str, seed: u8) -> Verifier {
    Verifier::new(name, key(seed).verifying_key()).expect("a name")
}

fn checkpoint(origin: &str) -> Checkpoint {
    Checkpoint { origin: origin.into(), size: 5, root: [9; 32] }
}

#[test]
fn a_checkpoint_of_another_implementation_is_believed() {
    let opened = Checkpoint::open_with_key(SIGSUM, &sigsum_key()).expect("it is signed");
    assert_eq!((opened.size, &opened.root[..4]), (10, &[0x1c, 0x0e, 0x47, 0][..]));
    let known = Verifier::new(&opened.origin, sigsum_key()).expect("a name");
    assert_eq!(Checkpoint::open(SIGSUM, &[known]), Ok(opened));
    let unknown = Err(Error::Note(note::Error::Unknown));
    assert_eq!(Checkpoint::open_with_key(SIGSUM, &key(1).verifying_key()), unknown);
}

#[test]
fn the_example_of_the_specification_is_read() {
    let note = Note::parse(SOFA).expect("a note");
    let read = Checkpoint::parse(&note.text).expect("a checkpoint");
    assert_eq!((read.origin.as_str(), read.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(read.text(), note.text);
}

#[test]
fn a_log_that_goes_on_under_a_new_origin_is_known_by_its_key() {
    let key = key(7);
    for origin in ["example.org/log", "example.org/log/2"] {
        let note = checkpoint(origin).sign(&key).expect("it can be signed");
        let opened = Checkpoint::open_with_key(&note, &key.verifying_key());
        assert_eq!(opened, Ok(checkpoint(origin)));
    }
    let second = checkpoint("example.org/log/2").sign(&key).expect("it can be signed");
    let first_only = Checkpoint::open(&second, &[verifier("example.org/log", 7)]);
    assert_eq!(first_only, Err(Error::Note(note::Error::Unknown)));
}

#[test]
fn a_key_of_one_log_does_not_speak_for_another() {
    let text = checkpoint("victim.example").text();
    let note = Note::sign(&text, "other.example", &key(7)).expect("it can be signed").to_string();
    let keys = [verifier("other.example", 7), verifier("victim.example", 8)];
    let unknown = Err(Error::Note(note::Error::Unknown));
    assert_eq!(Checkpoint::open(&note, &keys), unknown);
    assert_eq!(Checkpoint::open_with_key(&note, &key(7).verifying_key()), unknown);
}

#[test]
fn what_is_not_a_checkpoint_is_refused() {
    let text = checkpoint("log").text();
    assert_eq!(Checkpoint::parse(&text), Ok(checkpoint("log")));
    assert_eq!(Checkpoint::parse(&format!("{text}extension\n")), Ok(checkpoint("log")));
    for other in [
        String::new(),
        "\n".to_owned(),
        "log\n5\n".to_owned(),
        text.trim_end().to_owned(),
        format!("\n{text}"),
        format!("{text}\n"),
        format!("{text}extension\n\n"),
        text.replace("\n5\n", "\n05\n"),
        text.replace("\n5\n", "\n+5\n"),
        text.replace("\n5\n", "\n18446744073709551616\n"),
        text.replace("\n5\n", "\n5 \n"),
        text.replace("=\n", "\n"),
        text.replace("CQkJ", ""),
    ] {
        assert!(matches!(Checkpoint::parse(&other), Err(Error::Malformed(_))), "{other:?}");
    }
}

#[test]
fn an_origin_that_is_no_key_name_is_not_signed() {
    for origin in ["", "two words", "a+b", "log\n5", "tab\t"] {
        assert!(checkpoint(origin).sign(&key(1)).is_err(), "{origin:?}");
    }
}

proptest! {
    #[test]
    fn every_checkpoint_comes_back_and_every_flipped_bit_is_noticed(
        origin in "[a-z./é-]{1,30}", size in any::<u64>(), root in any::<Hash>(),
        at in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let checkpoint = Checkpoint { origin, size, root };
        let signed = checkpoint.sign(&key(7)).expect("it can be signed");
        let public = key(7).verifying_key();
        prop_assert_eq!(Checkpoint::open_with_key(&signed, &public), Ok(checkpoint));
        let mut changed = signed.into_bytes();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(changed) {
            prop_assert!(Checkpoint::open_with_key(&changed, &public).is_err(), "{}", changed);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(
        text in prop_oneof!["(?s:.{0,200})", "([a-z]{0,3}\n){0,3}[0-9]{0,22}\n[A-Za-z0-9+/]{40,46}=?\n{0,2}"],
    ) {
        let _ = Checkpoint::parse(&text);
        let _ = Checkpoint::open_with_key(&text, &key(7).verifying_key());
    }
}
