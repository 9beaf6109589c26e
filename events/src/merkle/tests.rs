//! Published vectors, and an independent tree to compare with.

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

/// The leaves of the reference tests of Certificate Transparency
/// (transparency-dev/merkle, `testonly/reference_test.go`), and the roots after each.
const REFERENCE: [(&[u8], &str); 8] = [
    (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (b" !", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (b"01", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    (b"@ABC", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (b"PQRSTUVW", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (b"`abcdefghijklmno", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

const N96: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const N5F: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const N6B: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const NBC: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const NCA: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const N0E: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

fn hex(text: &str) -> Hash {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("two digits");
    std::array::from_fn(|n| byte(2 * n))
}

fn tree_of(leaves: &[Hash]) -> Tree {
    let mut tree = Tree::default();
    tree.extend(leaves.iter().copied());
    tree
}

fn source(leaves: &[Hash]) -> impl Fn(u64, usize) -> Result<Vec<Hash>, Infallible> {
    move |first, count| Ok(leaves[first as usize..first as usize + count].to_vec())
}

fn data(size: usize) -> Vec<Vec<u8>> {
    (0..size).map(|n| n.to_string().into_bytes()).collect()
}

fn hashes(data: &[Vec<u8>]) -> Vec<Hash> {
    data.iter().map(|data| leaf_hash(data)).collect()
}

type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

fn oracle(data: &[Vec<u8>]) -> Oracle {
    let mut tree = MemoryBackedTree::new();
    for data in data {
        tree.push(data.clone());
    }
    tree
}

fn oracle_root(oracle: &Oracle) -> Hash {
    oracle.root().as_bytes()[..].try_into().expect("32 bytes")
}

#[test]
fn the_roots_of_the_reference_tree_are_reached() {
    let mut tree = Tree::default();
    let empty = hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!((tree.size(), tree.root()), (0, empty));
    for (size, (data, root)) in (1..).zip(REFERENCE) {
        tree.push(leaf_hash(data));
        assert_eq!((tree.size(), tree.root()), (size, hex(root)));
    }
}

#[test]
fn the_proofs_of_the_reference_tree_are_made_and_hold() {
    let leaves: Vec<Hash> = REFERENCE.iter().map(|(data, _)| leaf_hash(data)).collect();
    let tree = tree_of(&leaves);
    let root = |size: u64| hex(REFERENCE[size as usize - 1].1);
    let inclusions: [(u64, u64, &[&str]); 7] = [
        (0, 1, &[]),
        (0, 2, &[N96]),
        (1, 2, &[REFERENCE[0].1]),
        (2, 3, &[REFERENCE[1].1]),
        (1, 5, &[REFERENCE[0].1, N5F, NBC]),
        (0, 8, &[N96, N5F, N6B]),
        (5, 8, &[NBC, NCA, REFERENCE[3].1]),
    ];
    for (index, size, expected) in inclusions {
        let expected: Vec<Hash> = expected.iter().map(|text| hex(text)).collect();
        assert_eq!(tree.inclusion(index, size, source(&leaves)), Ok(expected.clone()));
        let leaf = &leaves[index as usize];
        assert_eq!(verify_inclusion(leaf, index, size, &expected, &root(size)), Ok(()));
    }
    let consistencies: [(u64, u64, &[&str]); 4] = [
        (1, 1, &[]),
        (1, 8, &[N96, N5F, N6B]),
        (2, 5, &[N5F, NBC]),
        (6, 8, &[N0E, NCA, REFERENCE[3].1]),
    ];
    for (old, new, expected) in consistencies {
        let expected: Vec<Hash> = expected.iter().map(|text| hex(text)).collect();
        assert_eq!(tree.consistency(old, new, source(&leaves)), Ok(expected.clone()));
        assert_eq!(verify_consistency(old, &root(old), new, &root(new), &expected), Ok(()));
    }
}

#[test]
fn all_proofs_of_all_small_trees_are_those_of_an_independent_tree() {
    let data = data(40);
    let leaves = hashes(&data);
    let tree = tree_of(&leaves);
    for size in 1..=data.len() {
        let other = oracle(&data[..size]);
        let root = tree.root_at(size as u64, source(&leaves)).expect("within the tree");
        assert_eq!(root, oracle_root(&other));
        for n in 0..size {
            let proof = tree.inclusion(n as u64, size as u64, source(&leaves)).expect("within");
            assert_eq!(proof.as_flattened(), other.prove_inclusion(n).as_bytes());
            assert_eq!(verify_inclusion(&leaves[n], n as u64, size as u64, &proof, &root), Ok(()));
            let (old, new) = (n as u64 + 1, size as u64);
            let proof = tree.consistency(old, new, source(&leaves)).expect("within");
            assert_eq!(proof.as_flattened(), other.prove_consistency(size - n - 1).as_bytes());
            let old_root = tree.root_at(old, source(&leaves)).expect("within the tree");
            assert_eq!(verify_consistency(old, &old_root, new, &root, &proof), Ok(()));
        }
    }
}

#[test]
fn what_is_out_of_bounds_has_no_proof() {
    let leaves = hashes(&data(5));
    let tree = tree_of(&leaves);
    let bounds = |asked, bound| ProveError::Bounds { asked, bound };
    assert_eq!(tree.root_at(6, source(&leaves)), Err(bounds(6, 5)));
    assert_eq!(tree.inclusion(0, 6, source(&leaves)), Err(bounds(6, 5)));
    assert_eq!(tree.inclusion(3, 3, source(&leaves)), Err(bounds(3, 3)));
    assert_eq!(tree.consistency(4, 3, source(&leaves)), Err(bounds(4, 3)));
    assert_eq!(tree.consistency(4, 6, source(&leaves)), Err(bounds(6, 5)));
    let root = tree.root();
    assert_eq!(verify_inclusion(&root, 0, 0, &[], &root), Err(VerifyError::Bounds));
    assert_eq!(verify_consistency(2, &root, 1, &root, &[]), Err(VerifyError::Bounds));
    let largest = verify_inclusion(&root, u64::MAX - 1, u64::MAX, &[root; 64], &root);
    assert!(largest.is_err(), "and does not overflow");
}

#[test]
fn every_tree_begins_with_the_empty_one_and_only_with_it() {
    let tree = tree_of(&hashes(&data(5)));
    let none = tree.consistency(0, 5, |_, _| Err("is not asked"));
    assert_eq!(none, Ok(vec![]));
    assert_eq!(verify_consistency(0, &empty_root(), 5, &tree.root(), &[]), Ok(()));
    let wrong = verify_consistency(0, &[0; 32], 5, &tree.root(), &[]);
    assert_eq!(wrong, Err(VerifyError::Root));
    let long = verify_consistency(0, &empty_root(), 5, &tree.root(), &[[0; 32]]);
    assert_eq!(long, Err(VerifyError::Length));
}

#[test]
fn a_changed_leaf_is_noticed_when_it_is_read_again() {
    let mut leaves = hashes(&data(600));
    let tree = tree_of(&leaves);
    leaves[300][0] ^= 1;
    assert!(tree.inclusion(10, 600, source(&leaves)).is_ok(), "another group is read");
    let changed = Err(ProveError::Changed { first: 256 });
    assert_eq!(tree.inclusion(257, 600, source(&leaves)), changed);
    let short = tree.root_at(257, |_, _| Ok::<_, Infallible>(vec![]));
    assert_eq!(short, Err(ProveError::Changed { first: 256 }));
    let unread = tree.root_at(257, |_, _| Err("gone"));
    assert_eq!(unread, Err(ProveError::Source("gone")));
}

#[test]
fn a_quarter_of_a_byte_is_kept_for_each_record() {
    let tree = tree_of(&vec![[7; 32]; 256 * 64 + 255]);
    assert_eq!(tree.kept(), 64 + 32 + 16 + 8 + 4 + 2 + 1 + 255);
}

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![1_usize..2200, (1_usize..9).prop_map(|groups| groups * GROUP_LEAVES)]
}

/// Hands out leaves so many times.
fn at_most(
    reads: usize,
    leaves: &[Hash],
) -> impl FnMut(u64, usize) -> Result<Vec<Hash>, Infallible> {
    let mut left = reads;
    move |first, count| {
        left = left.checked_sub(1).expect("no more groups are read than that");
        source(leaves)(first, count)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn large_trees_begin_with_smaller_ones_as_an_independent_tree_says(
        size in sizes(), earlier in any::<prop::sample::Index>(), flip in 0_usize..256,
    ) {
        let data = data(size);
        let leaves = hashes(&data);
        let (tree, other) = (tree_of(&leaves), oracle(&data));
        let (old, new) = (earlier.index(size) as u64 + 1, size as u64);
        prop_assert_eq!(tree.root(), oracle_root(&other));
        let old_root = tree.root_at(old, at_most(1, &leaves)).expect("within the tree");
        prop_assert_eq!(old_root, oracle_root(&oracle(&data[..old as usize])));
        let mut proof = tree.consistency(old, new, at_most(2, &leaves)).expect("within the tree");
        let independent = other.prove_consistency((new - old) as usize);
        prop_assert_eq!(proof.as_flattened(), independent.as_bytes());
        let holds = |proof: &[Hash]| verify_consistency(old, &old_root, new, &tree.root(), proof);
        prop_assert_eq!(holds(&proof), Ok(()));
        refuses_mutations(&mut proof, flip, holds);
    }

    #[test]
    fn large_trees_have_their_leaves_as_an_independent_tree_says(
        size in sizes(), at in any::<prop::sample::Index>(), flip in 0_usize..256,
    ) {
        let data = data(size);
        let leaves = hashes(&data);
        let (tree, other) = (tree_of(&leaves), oracle(&data));
        let (index, size) = (at.index(size) as u64, size as u64);
        let leaf = &leaves[index as usize];
        let mut proof = tree.inclusion(index, size, at_most(2, &leaves)).expect("within the tree");
        let independent = other.prove_inclusion(index as usize);
        prop_assert_eq!(proof.as_flattened(), independent.as_bytes());
        let holds = |proof: &[Hash]| verify_inclusion(leaf, index, size, proof, &tree.root());
        prop_assert_eq!(holds(&proof), Ok(()));
        refuses_mutations(&mut proof, flip, holds);
    }

    #[test]
    fn arbitrary_proofs_hold_for_nothing_and_never_panic(
        index in any::<u64>(), size in any::<u64>(),
        proof in prop::collection::vec(any::<Hash>(), 0..70),
    ) {
        prop_assert!(verify_inclusion(&[1; 32], index, size, &proof, &[2; 32]).is_err());
        prop_assert!(verify_consistency(index, &[1; 32], size, &[2; 32], &proof).is_err());
    }
}

/// One bit, one hash less, one more, two exchanged: none of them may hold.
fn refuses_mutations(
    proof: &mut Vec<Hash>,
    flip: usize,
    holds: impl Fn(&[Hash]) -> Result<(), VerifyError>,
) {
    for at in 0..proof.len() {
        proof[at][flip / 8] ^= 1 << (flip % 8);
        assert_eq!(holds(proof), Err(VerifyError::Root));
        proof[at][flip / 8] ^= 1 << (flip % 8);
    }
    if proof.len() > 1 {
        proof.swap(0, 1);
        assert_eq!(holds(proof), Err(VerifyError::Root));
        proof.swap(0, 1);
    }
    proof.push([0; 32]);
    assert_eq!(holds(proof), Err(VerifyError::Length));
    proof.pop();
    if proof.pop().is_some() {
        assert_eq!(holds(proof), Err(VerifyError::Length));
    }
}
