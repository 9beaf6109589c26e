//! The digest of a read model: equal rows, equal digest, in whatever order they came about.
//!
//! ```text
//!   hash(row) = SHA-256( length of key: u32, big-endian ‖ key ‖ value )
//!   digest    = Σ hash(row) over all rows, as 256-bit big-endian integers, modulo 2^256
//! ```
//!
//! Since it is a sum, it is kept up row by row: a row that is written over leaves with its old
//! hash and comes in with its new one. An empty read model has the digest 0. It tells whether two
//! read models are equal; it is no defence against somebody who makes up rows.

use sha2::{Digest as _, Sha256};

/// See the module. The limbs of the sum, least significant first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest([u64; 4]);

impl Digest {
    /// Takes a row in.
    pub fn add(&mut self, key: &[u8], value: &[u8]) {
        let mut carry = false;
        for (sum, term) in self.0.iter_mut().zip(hash(key, value).0) {
            let (half, first) = sum.overflowing_add(term);
            let (whole, second) = half.overflowing_add(carry.into());
            (*sum, carry) = (whole, first || second);
        }
    }

    /// Takes a row out that was taken in.
    pub fn subtract(&mut self, key: &[u8], value: &[u8]) {
        let mut borrow = false;
        for (sum, term) in self.0.iter_mut().zip(hash(key, value).0) {
            let (half, first) = sum.overflowing_sub(term);
            let (whole, second) = half.overflowing_sub(borrow.into());
            (*sum, borrow) = (whole, first || second);
        }
    }

    /// 32 bytes, big-endian.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.rchunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&limb.to_be_bytes());
        }
        bytes
    }

    /// The digest that [`to_bytes`](Self::to_bytes) made these bytes of.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(8)) {
            *limb = chunk.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        }
        Self(limbs)
    }
}

fn hash(key: &[u8], value: &[u8]) -> Digest {
    let mut sha = Sha256::new();
    sha.update((key.len() as u32).to_be_bytes());
    sha.update(key);
    sha.update(value);
    Digest::from_bytes(sha.finalize().into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn of(rows: &BTreeMap<Vec<u8>, Vec<u8>>) -> Digest {
        let mut digest = Digest::default();
        for (key, value) in rows {
            digest.add(key, value);
        }
        digest
    }

    #[test]
    fn one_row_has_the_hash_that_the_module_says() {
        let mut digest = Digest::default();
        digest.add(b"ab", b"c");
        let plain: [u8; 32] = Sha256::digest(b"\0\0\0\x02abc").into();
        assert_eq!(digest.to_bytes(), plain);
    }

    #[test]
    fn where_a_key_ends_makes_a_difference() {
        let (mut one, mut other) = (Digest::default(), Digest::default());
        one.add(b"ab", b"c");
        other.add(b"a", b"bc");
        assert_ne!(one, other);
    }

    #[test]
    fn a_sum_carries_over_all_limbs_and_back() {
        let mut digest = Digest([u64::MAX; 4]);
        digest.add(b"k", b"v");
        let mut plain = Digest::default();
        plain.add(b"k", b"v");
        let less_one = plain.0[0].checked_sub(1).expect("this hash does not end in zeros");
        assert_eq!(digest.0, [less_one, plain.0[1], plain.0[2], plain.0[3]]);
        digest.subtract(b"k", b"v");
        assert_eq!(digest, Digest([u64::MAX; 4]));
    }

    proptest! {
        #[test]
        fn bytes_come_back(limbs: [u64; 4]) {
            prop_assert_eq!(Digest::from_bytes(Digest(limbs).to_bytes()), Digest(limbs));
        }

        #[test]
        fn changes_one_by_one_are_the_same_as_from_scratch(
            changes in prop::collection::vec((0..6_u8, prop::option::of(any::<u16>())), 0..60),
        ) {
            let mut rows = BTreeMap::<Vec<u8>, Vec<u8>>::new();
            let mut digest = Digest::default();
            for (key, value) in changes {
                let key = vec![key];
                if let Some(old) = rows.remove(&key) {
                    digest.subtract(&key, &old);
                }
                if let Some(value) = value {
                    let value = value.to_be_bytes().to_vec();
                    digest.add(&key, &value);
                    rows.insert(key, value);
                }
            }
            prop_assert_eq!(digest, of(&rows));
        }
    }
}
