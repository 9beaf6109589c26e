//! The server's own key: `SIGNING_KEY` in `stellar.toml`. It signs challenges and callbacks.

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use stellar_strkey::ed25519;

use super::account::AccountKey;

/// An ed25519 key that signs. Wiped on drop; Debug output hides it.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// The text is no seed. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stellar seed (S…, 56 characters)")]
pub struct InvalidSeed;

impl SigningKey {
    /// From `S…`.
    pub fn from_seed(text: &str) -> Result<Self, InvalidSeed> {
        let seed = ed25519::PrivateKey::from_string(text).map_err(|_| InvalidSeed)?;
        Ok(Self::from_bytes(&seed.0))
    }

    /// From the seed's 32 bytes.
    pub fn from_bytes(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The account it signs for.
    pub fn account(&self) -> AccountKey {
        AccountKey(self.0.verifying_key().to_bytes())
    }

    /// Plain ed25519 over `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// Whether `signature` is `account`'s over `message`. Refuses keys of small order, with which a
/// signature would prove nothing.
pub fn verify(account: &AccountKey, message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) =
        (VerifyingKey::from_bytes(&account.0), Signature::from_slice(signature))
    else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::Value;

    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../fixtures/stellar/vectors.json")).expect("JSON")
    }

    #[test]
    fn seeds_of_the_vectors_give_their_accounts() {
        let all = vectors();
        for name in ["server", "client", "client_domain"] {
            let keys = &all["keys"][name];
            let text = |field: &str| keys[field].as_str().expect("text");
            let key = SigningKey::from_seed(text("secret")).expect("a seed");
            assert_eq!(key.account().text(), text("public"), "{name}");
            let mut seed = [0; 32];
            hex::decode_to_slice(text("seed_hex"), &mut seed).expect("hex");
            assert_eq!(SigningKey::from_bytes(&seed).account(), key.account(), "{name}");
        }
    }

    #[test]
    fn callback_signatures_of_the_vectors_come_out_to_the_letter() {
        let all = vectors();
        let secret = all["keys"]["server"]["secret"].as_str().expect("text");
        let key = SigningKey::from_seed(secret).expect("a seed");
        let callback = &all["callback_signature"];
        let body = callback["body"].as_str().expect("text");
        for host in ["wallet.example.com", "wallet.example.com:8443"] {
            let message = format!("1700000000.{host}.{body}");
            let signature = key.sign(message.as_bytes());
            let header = format!("t=1700000000, s={}", STANDARD.encode(signature));
            assert_eq!(callback[format!("host {host}")], header, "{host}");
            assert!(verify(&key.account(), message.as_bytes(), &signature));
            assert!(!verify(&key.account(), b"other", &signature));
        }
    }

    #[test]
    fn other_texts_are_no_seeds() {
        let all = vectors();
        let public = all["keys"]["server"]["public"].as_str().expect("text");
        for text in ["", "S", public] {
            assert_eq!(SigningKey::from_seed(text).expect_err("no seed"), InvalidSeed, "{text}");
        }
    }

    #[test]
    fn a_key_of_small_order_signs_nothing() {
        // The neutral element with R = neutral and s = 0 satisfies the plain equation for any message.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!verify(&AccountKey(neutral), b"anything", &signature));
        assert!(!verify(&AccountKey([9; 32]), b"anything", &[0; 63]));
    }
}
