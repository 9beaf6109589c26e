//! Ed448 as the Core blockchain uses it: pure Ed448 (RFC 8032 section 5.2, no prehash, empty
//! context) over a 32-byte SHA3-256 digest, with the signer's public key attached.
//!
//! ```text
//! 0                                 114             171
//! ├── signature, R(57) ‖ S(57) ──────┼─ public key ──┤
//! ```
//!
//! Nothing is recovered from such a signature, whatever the documentation calls it: anybody can
//! attach a key of his own. **Whoever verifies must compare the returned key** with the one he
//! expects, or derive the Core ID from it.
//!
//! Do not use the `DigestSigner`, `PrehashSigner` and `DigestVerifier` traits of the crate below:
//! they are Ed448ph and make signatures nobody else accepts.
//!
//! Source: RFC 8032; Core improvement proposal CIP-98 for the two kinds of keys; `CorePass`
//! documentation, Authorization (KYC-transfer), version CP v. 1, whose status callback samples
//! verify this way.

use std::fmt;

use ed448_goldilocks::shake::{
    Shake256,
    digest::{ExtendableOutput as _, Update as _, XofReader as _},
};
use ed448_goldilocks::{
    EdwardsPoint, EdwardsScalar, EdwardsScalarBytes, Signature, SigningKey, VerifyingKey,
    WideEdwardsScalarBytes,
};
use zeroize::Zeroizing;

use super::{InvalidPrivateKey, secret_from_hex};

/// Bytes of a private key.
pub const PRIVATE_KEY_BYTES: usize = 57;
/// Bytes of a public key.
pub const PUBLIC_KEY_BYTES: usize = 57;
/// Bytes of a signature without the key.
pub const SIGNATURE_BYTES: usize = 114;
/// Bytes of a signature with the key attached.
pub const ATTACHED_BYTES: usize = SIGNATURE_BYTES + PUBLIC_KEY_BYTES;

/// What RFC 8032 calls dom4: no prehash (0), no context (0 bytes).
const DOM4: [u8; 10] = *b"SigEd448\0\0";
/// Set in the last byte of a Scheme1 key, clear in that of a Scheme0 key.
const SCHEME1_BIT: u8 = 0x80;

/// A private key of either kind; wiped on drop, never printed.
pub struct PrivateKey(Kind);

enum Kind {
    /// An ordinary seed of RFC 8032.
    Scheme0(Box<SigningKey>),
    /// A key of an HD wallet: the bytes are the secret scalar itself.
    Scheme1(Box<HdKey>),
}

struct HdKey {
    scalar: Zeroizing<EdwardsScalar>,
    /// The clamped key once more; it takes the place of RFC 8032's nonce prefix.
    prefix: Zeroizing<[u8; PRIVATE_KEY_BYTES]>,
    public: VerifyingKey,
}

/// A public key: a point of the prime-order group other than the identity, canonically encoded.
///
/// Debug output hides it, since a user's Core ID follows from his key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

/// Why a signature with the key attached does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not 171 bytes.
    #[error("signature is {bytes} bytes long, not 171")]
    Length {
        /// The length found.
        bytes: usize,
    },
    /// The last 57 bytes are not a public key.
    #[error("attached public key is invalid")]
    PublicKey,
    /// The signature is not one of the attached key over the digest.
    #[error("signature does not verify")]
    Mismatch,
}

impl PrivateKey {
    /// Reads 114 hexadecimal characters, with or without `0x`. Bit 7 of the last byte tells the
    /// kind: clear is Scheme0, set is Scheme1.
    pub fn from_hex(text: &str) -> Result<Self, InvalidPrivateKey> {
        Self::from_bytes(&*secret_from_hex(text)?)
    }

    /// A fresh Scheme0 key from 57 random bytes of the caller.
    pub fn generate(entropy: [u8; PRIVATE_KEY_BYTES]) -> Self {
        let mut seed = Zeroizing::new(entropy);
        seed[PRIVATE_KEY_BYTES - 1] &= !SCHEME1_BIT;
        Self::from_seed(&seed)
    }

    fn from_bytes(bytes: &[u8; PRIVATE_KEY_BYTES]) -> Result<Self, InvalidPrivateKey> {
        if bytes[PRIVATE_KEY_BYTES - 1] & SCHEME1_BIT == 0 {
            return Ok(Self::from_seed(bytes));
        }
        Ok(Self(Kind::Scheme1(Box::new(HdKey::from_bytes(bytes)?))))
    }

    fn from_seed(seed: &[u8; PRIVATE_KEY_BYTES]) -> Self {
        let seed = Zeroizing::new(EdwardsScalarBytes::from(*seed));
        Self(Kind::Scheme0(Box::new(SigningKey::from(&*seed))))
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Kind::Scheme0(key) => key.verifying_key(),
            Kind::Scheme1(key) => key.public,
        })
    }

    /// Signs a SHA3-256 digest: signature ‖ public key. Deterministic.
    pub fn sign_attached(&self, digest: &[u8; 32]) -> [u8; ATTACHED_BYTES] {
        let mut attached = [0; ATTACHED_BYTES];
        let (signature, public) = attached.split_at_mut(SIGNATURE_BYTES);
        signature.copy_from_slice(&self.sign(digest));
        public.copy_from_slice(&self.public().to_bytes());
        attached
    }

    /// Signs a message as it is, without a hash before and without the key behind. Deterministic.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        match &self.0 {
            Kind::Scheme0(key) => key.sign_raw(message).to_bytes(),
            Kind::Scheme1(key) => key.sign(message),
        }
    }
}

impl HdKey {
    fn from_bytes(bytes: &[u8; PRIVATE_KEY_BYTES]) -> Result<Self, InvalidPrivateKey> {
        let mut prefix = Zeroizing::new(*bytes);
        prefix[0] &= 0xfc;
        prefix[PRIVATE_KEY_BYTES - 2] |= 0x80;
        prefix[PRIVATE_KEY_BYTES - 1] = 0;

        let clamped = Zeroizing::new(EdwardsScalarBytes::from(*prefix));
        let scalar = Zeroizing::new(EdwardsScalar::from_bytes_mod_order(&clamped));
        // Fails for the one clamped number that is a multiple of the group order.
        let public = VerifyingKey::from_bytes(&encode(EdwardsPoint::GENERATOR * *scalar))
            .map_err(|_| InvalidPrivateKey::Range)?;
        Ok(Self { scalar, prefix, public })
    }

    /// RFC 8032 section 5.2.6, from step 2 on.
    fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let nonce = Zeroizing::new(scalar_of(&[&DOM4, self.prefix.as_slice(), message]));
        let r = encode(EdwardsPoint::GENERATOR * *nonce);
        let challenge = scalar_of(&[&DOM4, &r, self.public.as_bytes(), message]);
        let s = *nonce + challenge * *self.scalar;

        let mut signature = [0; SIGNATURE_BYTES];
        signature[..PUBLIC_KEY_BYTES].copy_from_slice(&r);
        signature[PUBLIC_KEY_BYTES..].copy_from_slice(&s.to_bytes_rfc_8032());
        signature
    }
}

/// SHAKE256 of the concatenated parts, 114 bytes of it, as a number modulo the group order.
fn scalar_of(parts: &[&[u8]]) -> EdwardsScalar {
    let mut hasher = Shake256::default();
    for part in parts {
        hasher.update(part);
    }
    let mut wide = Zeroizing::new(WideEdwardsScalarBytes::default());
    hasher.finalize_xof().read(&mut wide);
    EdwardsScalar::from_bytes_mod_order_wide(&wide)
}

fn encode(point: EdwardsPoint) -> [u8; PUBLIC_KEY_BYTES] {
    point.to_affine().compress().to_bytes()
}

impl PublicKey {
    /// Decodes a key; `None` for anything RFC 8032 would not decode, for points outside the
    /// prime-order group and for the identity.
    pub fn from_bytes(bytes: &[u8; PUBLIC_KEY_BYTES]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        // The crate ignores seven bits of the last byte and reduces large coordinates. A second
        // spelling of a key would be a second Core ID.
        (encode(key.to_edwards()) == *bytes).then_some(Self(key))
    }

    /// Whether this is a signature of the message as it is, of 114 bytes.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature)
            .is_ok_and(|signature| self.0.verify_raw(&signature, message).is_ok())
    }

    /// The 57 bytes of RFC 8032.
    pub fn to_bytes(&self) -> [u8; PUBLIC_KEY_BYTES] {
        self.0.to_bytes()
    }
}

/// Verifies a signature with the key attached and returns that key, **which the caller must
/// compare** with the key or Core ID he expects.
pub fn verify_attached(digest: &[u8; 32], attached: &[u8]) -> Result<PublicKey, SignatureError> {
    let length = SignatureError::Length { bytes: attached.len() };
    let (signature, public) = attached.split_first_chunk::<SIGNATURE_BYTES>().ok_or(length)?;
    let public: &[u8; PUBLIC_KEY_BYTES] = public.try_into().map_err(|_| length)?;

    let key = PublicKey::from_bytes(public).ok_or(SignatureError::PublicKey)?;
    if key.verifies(digest, signature) { Ok(key) } else { Err(SignatureError::Mismatch) }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ed448::PrivateKey(…)")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ed448::PublicKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::sha3_256;

    const FOX: &[u8] = b"The quick brown fox jumps over the lazy dog";

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).expect("hex").try_into().expect("length")
    }

    /// The key of go-core's unit tests.
    fn key() -> PrivateKey {
        PrivateKey::from_hex(
            "69bb68c3a00a0cd9cbf2cab316476228c758329bbfe0b1759e8634694a9497af\
             ea05bcbf24e2aa0627eac4240484bb71de646a9296872a3c0e",
        )
        .expect("a key")
    }

    /// A Scheme1 key of `goldilocks_test.go` in the public repository core-coin/ed448.
    fn hd_key() -> PrivateKey {
        PrivateKey::from_hex(
            "59fc82f514f3fc8d02d987e52a03cdcae81a257bed6ec9b668bf6acd8fe9e7d2\
             7cbcc4d8f463d917642d30e7ca44c3521370f78790b3b561dd",
        )
        .expect("a key")
    }

    #[test]
    fn scheme0_public_key_is_that_of_go_core() {
        assert_eq!(
            hex::encode(key().public().to_bytes()),
            "315484db568379ce94f9c894e3e6e4c7ee216676b713ca892d9b26746ae902a7\
             72e217a6a8bb493ce2bb313cf0cb66e76765d4c45ec6b68600"
        );
    }

    #[test]
    fn scheme0_signature_of_the_empty_message_is_that_of_rfc_8032() {
        let key = PrivateKey::from_hex(
            "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3\
             528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
        )
        .expect("a key");
        assert_eq!(
            hex::encode(key.sign(b"")),
            "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f\
             2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a\
             9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4db\
             b61149f05a7363268c71d95808ff2e652600"
        );
    }

    #[test]
    fn scheme1_public_key_is_that_of_core() {
        assert_eq!(
            hex::encode(hd_key().public().to_bytes()),
            "3cba3b2560c2779170ce5947f55bf73b93a1dd51d99b0b483ed0cfb5a9bb8409\
             830c0f96068c799dbc6a28ca6bc1aad95d0387c36a731d7800"
        );
    }

    #[test]
    fn scheme1_signature_is_that_of_core() {
        let key = PrivateKey::from_hex(
            "1edc2069350104b5594c602f7967c4b1580f2a757fc9a2745f621868cd333c24\
             5ec3c775d730d3c01a2e18f3e5d0b5e767ed3ec77e69732781",
        )
        .expect("a key");
        assert_eq!(
            hex::encode(key.sign(FOX)),
            "789dd9e1a4471c30cfef1da68076542e6918676424593936dbeb282f5929dcfa\
             3437aef85fd890999ea7a1b16a2c8c3a8cf330c58768789b006b183034ec43ac\
             ab783039d53fe46f6c39ab29f988a43371d07fe7746a2fd45c660f2a8c441446\
             b8f1cdbfc0787e4cfe69280e5cd7b92d0400"
        );
    }

    #[test]
    fn signatures_of_both_schemes_verify_and_name_the_signer() {
        for key in [key(), hd_key(), PrivateKey::generate([0xff; PRIVATE_KEY_BYTES])] {
            let digest = sha3_256(FOX);
            let attached = key.sign_attached(&digest);
            assert_eq!(verify_attached(&digest, &attached), Ok(key.public()));
            let other = sha3_256(b"another message");
            assert_eq!(verify_attached(&other, &attached), Err(SignatureError::Mismatch));
        }
    }

    #[test]
    fn generated_keys_are_scheme0() {
        let generated = PrivateKey::generate([0xff; PRIVATE_KEY_BYTES]);
        let seed = format!("{}7f", "ff".repeat(56));
        assert_eq!(generated.public(), PrivateKey::from_hex(&seed).expect("a key").public());
    }

    #[test]
    fn scheme1_key_that_is_zero_modulo_the_group_order_is_refused() {
        // Four times the order, bit 7 of the last byte set.
        let key = "cc1361ad4a0ae38d543d1637ca09b38540da58bb266d3b11a78f28f3fdffffff\
                   ffffffffffffffffffffffffffffffffffffffffffffffff80";
        assert_eq!(PrivateKey::from_hex(key).err(), Some(InvalidPrivateKey::Range));
    }

    #[test]
    fn every_flipped_byte_breaks_the_signature() {
        let digest = sha3_256(FOX);
        let attached = key().sign_attached(&digest);
        for at in 0..ATTACHED_BYTES {
            let mut tampered = attached;
            tampered[at] ^= 0x01;
            assert!(verify_attached(&digest, &tampered).is_err(), "byte {at}");
        }
    }

    #[test]
    fn signature_with_the_group_order_added_is_refused() {
        let order: [u8; 57] = bytes(
            "f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7cffffffff\
             ffffffffffffffffffffffffffffffffffffffffffffff3f00",
        );
        let digest = sha3_256(FOX);
        let mut attached = key().sign_attached(&digest);
        let mut carry = 0;
        for (byte, add) in attached[57..SIGNATURE_BYTES].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        assert_eq!(verify_attached(&digest, &attached), Err(SignatureError::Mismatch));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let digest = sha3_256(FOX);
        let attached = key().sign_attached(&digest);
        for bytes in [0, 114, 170] {
            let expected = Err(SignatureError::Length { bytes });
            assert_eq!(verify_attached(&digest, &attached[..bytes]), expected);
        }
        let expected = Err(SignatureError::Length { bytes: 172 });
        assert_eq!(verify_attached(&digest, &[0; 172]), expected);
    }

    #[test]
    fn second_spellings_and_weak_keys_are_refused() {
        let mut spelling = key().public().to_bytes();
        spelling[56] |= 0x01;
        assert_eq!(PublicKey::from_bytes(&spelling), None);

        let mut identity = [0; PUBLIC_KEY_BYTES];
        identity[0] = 1;
        assert_eq!(PublicKey::from_bytes(&identity), None);
        // y = 0 has order four.
        assert_eq!(PublicKey::from_bytes(&[0; PUBLIC_KEY_BYTES]), None);

        let mut attached = key().sign_attached(&[0; 32]);
        attached[SIGNATURE_BYTES..].copy_from_slice(&identity);
        assert_eq!(verify_attached(&[0; 32], &attached), Err(SignatureError::PublicKey));
    }

    #[test]
    fn debug_output_hides_the_keys() {
        let text = format!("{:?} {:?}", key(), key().public());
        assert_eq!(text, "ed448::PrivateKey(…) ed448::PublicKey(…)");
    }
}
