//! Proofs over small logs, the example of the witness specification, and what must not pass.

use std::convert::Infallible;

use ed25519_dalek::{SigningKey, VerifyingKey};
use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::merkle::{Tree, empty_root, leaf_hash};
use crate::note::Verifier;

/// Of C2SP `tlog-witness`; its signatures were taken from other notes: it can only be read.
const WITNESS: &str = "old 20852014\n\
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
    jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
    5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
    /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
    \n\
    example.com/behind-the-sofa\n\
    20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
    \n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q\
    1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267\
    UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn public() -> VerifyingKey {
    key().verifying_key()
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

struct Log {
    leaves: Vec<Hash>,
    tree: Tree,
}

impl Log {
    fn new(size: u64) -> Self {
        let (leaves, mut tree) = (leaves(size), Tree::default());
        tree.extend(leaves.iter().copied());
        Self { leaves, tree }
    }

    fn source(&self) -> impl Fn(u64, usize) -> Result<Vec<Hash>, Infallible> {
        |first, count| Ok(self.leaves[first as usize..first as usize + count].to_vec())
    }

    fn root(&self, size: u64) -> Hash {
        self.tree.root_at(size, self.source()).expect("within the tree")
    }

    fn checkpoint(&self, size: u64) -> String {
        let checkpoint =
            Checkpoint { origin: "example.org/log".into(), size, root: self.root(size) };
        checkpoint.sign(&key()).expect("it can be signed")
    }

    fn inclusion(&self, index: u64, size: u64) -> Inclusion {
        let hashes = self.tree.inclusion(index, size, self.source()).expect("within the tree");
        Inclusion { extra: None, index, hashes, checkpoint: self.checkpoint(size) }
    }

    fn consistency(&self, old_size: u64, size: u64) -> Consistency {
        let hashes = self.tree.consistency(old_size, size, self.source()).expect("within the tree");
        Consistency { old_size, hashes, checkpoint: self.checkpoint(size) }
    }
}

#[test]
fn the_example_of_the_witness_specification_is_read_and_written() {
    let read: Consistency = WITNESS.parse().expect("a proof");
    assert_eq!((read.old_size, read.hashes.len()), (20_852_014, 4));
    assert!(read.checkpoint.starts_with("example.com/behind-the-sofa\n20852163\n"));
    assert_eq!(read.to_string(), WITNESS);
}

#[test]
fn a_proof_of_inclusion_has_the_lines_of_the_specification() {
    let log = Log::new(3);
    let proof = Inclusion { extra: Some(b"anything".to_vec()), ..log.inclusion(2, 3) };
    let left = base64(&log.root(2));
    let expected = format!(
        "c2sp.org/tlog-proof@v1\nextra YW55dGhpbmc=\nindex 2\n{left}\n\n{}",
        log.checkpoint(3)
    );
    assert_eq!(proof.to_string(), expected);
    assert_eq!(expected.parse(), Ok(proof.clone()));
    let without = expected.replace("extra YW55dGhpbmc=\n", "");
    assert_eq!(without.parse(), Ok(Inclusion { extra: None, ..proof }));
}

#[test]
fn a_proof_holds_for_its_leaf_its_key_and_its_origin_only() {
    let log = Log::new(9);
    let proof = log.inclusion(4, 9);
    let opened = proof.verify_with_key(&log.leaves[4], &public()).expect("it holds");
    assert_eq!((opened.size, opened.root), (9, log.root(9)));
    let known = |name| [Verifier::new(name, public()).expect("a name")];
    assert_eq!(proof.verify(&log.leaves[4], &known("example.org/log")), Ok(opened));
    assert!(matches!(
        proof.verify(&log.leaves[4], &known("example.org/other")),
        Err(Error::Checkpoint(_))
    ));
    let other = proof.verify_with_key(&log.leaves[5], &public());
    assert_eq!(other, Err(Error::Verify(VerifyError::Root)));
    let moved = Inclusion { index: 5, ..proof };
    assert!(moved.verify_with_key(&log.leaves[4], &public()).is_err());
}

#[test]
fn a_log_that_was_rewritten_has_no_proof_that_it_grew() {
    let log = Log::new(9);
    let proof = log.consistency(6, 9);
    let opened = proof.verify_with_key(&log.root(6), &public()).expect("it holds");
    assert_eq!(opened.size, 9);
    let known = [Verifier::new("example.org/log", public()).expect("a name")];
    assert_eq!(proof.verify(&log.root(6), &known), Ok(opened));
    let other = proof.verify_with_key(&log.root(5), &public());
    assert_eq!(other, Err(Error::Verify(VerifyError::Root)));
    let first = log.consistency(0, 9);
    assert_eq!(first.to_string(), format!("old 0\n\n{}", log.checkpoint(9)));
    assert!(first.verify_with_key(&empty_root(), &public()).is_ok());
}

#[test]
fn what_is_not_a_proof_is_refused() {
    let log = Log::new(9);
    let text = Inclusion { extra: Some(vec![1]), ..log.inclusion(4, 9) }.to_string();
    for other in [
        text.replace("proof@v1", "proof@v2"),
        text.replace("index 4", "index 04"),
        text.replace("index 4", "index  4"),
        text.replace("index 4", "Index 4"),
        text.replace("index 4\n", ""),
        text.replace("extra AQ==", "extra AQ"),
        text.replace("extra AQ==", "extra AQ==\nextra AQ=="),
        text.replace("index 4\n", "index 4\nAQ==\n"),
        text.replace("index 4\n", &format!("index 4\n{}", WITNESS_HASH.repeat(63))),
        text.replace("\nindex", "\n\nindex"),
        text.replace('\n', "\r\n"),
        text.split_once("\n\n").expect("an empty line").0.to_owned(),
        format!("{text}{}", "x".repeat(PROOF_BYTES_MAX)),
    ] {
        assert!(matches!(other.parse::<Inclusion>(), Err(Error::Malformed(_))), "{other:.300}");
    }
    for other in ["", "old 1", "old 01\n\nx", "old 1\nAQ==\n\nx", "new 1\n\nx", "\n\nold 1"] {
        assert!(matches!(other.parse::<Consistency>(), Err(Error::Malformed(_))), "{other:?}");
    }
}

const WITNESS_HASH: &str = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_proof_comes_back_and_every_flipped_bit_is_noticed(
        size in 1_u64..700, n in any::<prop::sample::Index>(), m in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let log = Log::new(size);
        let (index, old) = (n.index(size as usize) as u64, m.index(size as usize) as u64 + 1);
        let flip = |text: String| {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            String::from_utf8(bytes).ok()
        };

        let leaf = &log.leaves[index as usize];
        let text = log.inclusion(index, size).to_string();
        let read: Inclusion = text.parse().expect("a proof");
        prop_assert_eq!(read.to_string(), &text[..]);
        prop_assert!(read.verify_with_key(leaf, &public()).is_ok());
        let changed = flip(text).and_then(|text| text.parse::<Inclusion>().ok());
        prop_assert!(changed.is_none_or(|proof| proof.verify_with_key(leaf, &public()).is_err()));

        let old_root = log.root(old);
        let text = log.consistency(old, size).to_string();
        let read: Consistency = text.parse().expect("a proof");
        prop_assert_eq!(read.to_string(), &text[..]);
        prop_assert!(read.verify_with_key(&old_root, &public()).is_ok());
        let changed = flip(text).and_then(|text| text.parse::<Consistency>().ok());
        prop_assert!(changed.is_none_or(|p| p.verify_with_key(&old_root, &public()).is_err()));
    }

    #[test]
    fn arbitrary_text_never_panics_and_is_written_as_it_was_read(
        text in prop_oneof![
            "(?s:.{0,200})",
            "(c2sp.org/tlog-proof@v1\n)?(extra [A-Za-z0-9+/]{0,8}=?=?\n)?(index|old) [0-9]{0,22}\n\
             ([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n){0,3}\n(?s:.{0,50})",
        ],
    ) {
        if let Ok(proof) = text.parse::<Inclusion>() {
            prop_assert_eq!(proof.to_string(), &text[..]);
        }
        if let Ok(proof) = text.parse::<Consistency>() {
            prop_assert_eq!(proof.to_string(), text);
        }
    }
}
