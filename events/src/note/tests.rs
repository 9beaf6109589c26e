//! Published notes, and what must not pass for one.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;

use super::*;

/// The example of Go's `golang.org/x/mod/sumdb/note`: key, text, note.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETERS_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const PETERS_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ\
    SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// The example of the specification; its key is not published.
const SATURN: &str = "Ognuno sta solo sul cuor della terra\n\
    trafitto da un raggio di sole:\n\
    \n\
    ed è subito sera.\n\
    \n\
    — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU\
    0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

fn peter() -> Verifier {
    PETER.parse().expect("a published key")
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn verifier(name: &str, seed: u8) -> Verifier {
    Verifier::new(name, key(seed).verifying_key()).expect("a name")
}

fn malformed(note: &str) -> bool {
    matches!(Note::parse(note), Err(Error::Malformed(_)))
}

#[test]
fn a_note_of_another_implementation_is_believed() {
    let note = format!("{PETERS_TEXT}\n{PETERS_LINE}");
    let opened = Note::open(&note, &[verifier("other", 1), peter()]).expect("it is signed");
    assert_eq!((opened.text.as_str(), opened.to_string()), (PETERS_TEXT, note));
}

#[test]
fn the_example_of_the_specification_is_read_and_written() {
    let note = Note::parse(SATURN).expect("a note");
    assert!(note.text.ends_with("\n\ned è subito sera.\n"), "the text has an empty line");
    assert_eq!(note.signatures[0].name, "quasimodo.example/salvatore");
    assert_eq!((note.signatures[0].id, note.signatures[0].bytes.len()), ([54, 123, 160, 75], 64));
    assert_eq!(note.to_string(), SATURN);
    assert_eq!(note.check(&[peter()]), Err(Error::Unknown));
}

#[test]
fn a_key_has_one_text() {
    assert_eq!(peter().to_string(), PETER);
    let ours = verifier("example.org/log", 7);
    assert_eq!(ours.to_string().parse(), Ok(ours));
    for at in 0..PETER.len() {
        let mut other = PETER.as_bytes().to_vec();
        other[at] += 1;
        let other = String::from_utf8(other).expect("still ASCII");
        assert!(other.parse::<Verifier>().is_err(), "{other}");
        assert!(PETER[..at].parse::<Verifier>().is_err());
        assert!(at == 0 || PETER[at..].parse::<Verifier>().is_err());
    }
    assert!(PETER.replace("c74f", "C74F").parse::<Verifier>().is_err());
    for name in ["", "a b", "a+b", "a\u{a0}b", "a\nb", "a\u{2003}"] {
        assert_eq!(Verifier::new(name, key(1).verifying_key()), Err(KeyError::Name), "{name:?}");
    }
}

#[test]
fn signatures_of_unknown_keys_are_ignored_wrong_ones_of_known_keys_are_not() {
    let mut note = Note::sign("text\n", "a", &key(1)).expect("it can be signed");
    let other = Note::sign("text\n", "a", &key(2)).expect("it can be signed").signatures;
    note.signatures.extend(other);
    let read = Note::parse(&note.to_string()).expect("a note");
    assert_eq!(read, note);
    let (known, unknown) = ([verifier("a", 1)], [verifier("a", 3)]);
    assert_eq!(read.check(&unknown), Err(Error::Unknown), "the same name");
    assert_eq!(read.check(&[]), Err(Error::Unknown));
    assert_eq!(read.check(&[unknown, known.clone()].concat()), Ok(()));
    assert_eq!(read.check(&[verifier("b", 1)]), Err(Error::Unknown), "the same key");

    let mut twice = read.clone();
    twice.signatures.push(Signature { bytes: vec![9; 64], ..read.signatures[0].clone() });
    let wrong = Err(Error::Wrong { name: "a".into() });
    assert_eq!(twice.check(&known), wrong, "although the first one is right");
    let mut short = read;
    short.signatures[0].bytes.pop();
    assert_eq!(short.check(&known), wrong);
}

#[test]
fn what_is_not_a_note_is_refused() {
    let note = format!("{PETERS_TEXT}\n{PETERS_LINE}");
    assert!(!malformed(&note));
    for other in [
        String::new(),
        PETERS_TEXT.to_owned(),
        format!("{PETERS_TEXT}\n"),
        format!("{PETERS_TEXT}{PETERS_LINE}"),
        format!("\n{PETERS_LINE}"),
        note.trim_end().to_owned(),
        format!("{note}\n"),
        format!("{note}more\n"),
        note.replace('—', "-"),
        note.replace("— ", "—"),
        note.replace("PeterNeumann ", "Peter Neumann "),
        note.replace("PeterNeumann ", " "),
        note.replace("PeterNeumann", "Peter+Neumann"),
        note.replace("AM=", "AM"),
        note.replace("AM=", "AN="),
        note.replace("problem,", "problem,\r"),
        note.replace("problem,", "\0problem,"),
        format!("{PETERS_TEXT}\n— PeterNeumann x08gow==\n"),
        format!("{}\n{note}", "long\n".repeat(NOTE_BYTES_MAX / 5)),
    ] {
        assert!(malformed(&other), "{:?}", other.get(..200).unwrap_or(&other));
    }
}

#[test]
fn sixteen_signatures_of_five_kilobytes_are_read() {
    let mut note = Note::sign("text\n", "a", &key(1)).expect("it can be signed");
    let large = |n: u8| Signature { name: "pq".into(), id: [n; 4], bytes: vec![n; 5000] };
    note.signatures.extend((0..15).map(large));
    let read = Note::open(&note.to_string(), &[verifier("a", 1)]).expect("it is signed");
    assert_eq!(read, note);
}

#[test]
fn what_could_not_be_read_is_not_signed() {
    let long = "x".repeat(NOTE_BYTES_MAX) + "\n";
    for (text, name) in [("no end", "a"), ("tab\t\n", "a"), (long.as_str(), "a"), ("\n", "a b")] {
        assert!(matches!(Note::sign(text, name, &key(1)), Err(Error::Malformed(_))));
    }
}

proptest! {
    #[test]
    fn a_signed_text_is_believed_and_a_changed_one_is_not(
        text in "([ -~é]{0,20}\n){1,5}", name in "[a-z./]{1,20}", seed in any::<u8>(),
        at in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let signed = Note::sign(&text, &name, &key(seed)).expect("it can be signed").to_string();
        let keys = [verifier(&name, seed)];
        prop_assert_eq!(Note::open(&signed, &keys).expect("it is signed").text, text);
        let mut changed = signed.into_bytes();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(changed) {
            prop_assert!(Note::open(&changed, &keys).is_err(), "{}", changed);
        }
    }

    #[test]
    fn arbitrary_text_never_panics_and_is_written_as_it_was_read(
        text in "(?s:.{0,60})(\n{0,3})((— )?[a-z+ ]{0,5} ?([A-Za-z0-9+/]{4}){0,5}=?=?\n?){0,4}",
    ) {
        let _ = text.parse::<Verifier>();
        if let Ok(note) = Note::parse(&text) {
            prop_assert_eq!(note.to_string(), text);
        }
    }
}
