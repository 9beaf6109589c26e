//! Standard Webhooks: HMAC-SHA256 over `<id>.<unix seconds>.<body>` under a secret that both sides
//! share.
//!
//! ```text
//! webhook-id: 0191f0c2-…
//! webhook-timestamp: 1700000000
//! webhook-signature: v1,<base64>             several may stand there, with a space between them
//! ```
//!
//! Source: Standard Webhooks 1.0.0, symmetric signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Name of the header with the message's id.
pub const ID: &str = "webhook-id";
/// Name of the header with the instant of the attempt, unix seconds.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// Name of the header with the signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// How far a timestamp may be from now, either way, seconds.
const TOLERANCE_S: u64 = 300;
/// Signatures looked at in one header.
const SIGNATURES_MAX: usize = 16;
/// What a secret's text may begin with.
const PREFIX: &str = "whsec_";

/// A shared secret. Wiped on drop; Debug output hides it.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// The text is no secret. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not `whsec_` and 24 to 64 bytes in base64")]
pub struct InvalidSecret;

/// Why a message is not taken for the sender's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not unix seconds.
    #[error("the timestamp is not a number of seconds")]
    Timestamp,
    /// Sent too long ago, or from the future.
    #[error("the timestamp is more than {TOLERANCE_S} seconds away from now")]
    TooFar,
    /// None of the signatures is one over this message under this secret.
    #[error("the signature is wrong")]
    Signature,
}

impl Secret {
    /// From `whsec_…`; the prefix may be missing.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text));
        let bytes = Zeroizing::new(bytes.map_err(|_| InvalidSecret)?);
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(InvalidSecret) }
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .expect("invariant: HMAC takes keys of any length");
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }

    /// The signature header of a message sent at `now_s`, unix seconds.
    pub fn sign(&self, id: &str, now_s: i64, body: &[u8]) -> String {
        let mac = self.mac(id, &now_s.to_string(), body).finalize();
        format!("v1,{}", STANDARD.encode(mac.into_bytes()))
    }

    /// Checks a message that arrived at `now_s`, unix seconds, given its three headers.
    pub fn verify(&self, message: &Message<'_>, now_s: i64) -> Result<(), Refused> {
        let Message { id, timestamp, signatures, body } = *message;
        let sent_s: i64 = timestamp.parse().map_err(|_| Refused::Timestamp)?;
        if sent_s.abs_diff(now_s) > TOLERANCE_S {
            return Err(Refused::TooFar);
        }
        let given = signatures.split(' ').take(SIGNATURES_MAX);
        let is_good = given.filter_map(|one| one.strip_prefix("v1,")).any(|one| {
            let Ok(bytes) = STANDARD.decode(one) else { return false };
            // In constant time.
            self.mac(id, timestamp, body).verify_slice(&bytes).is_ok()
        });
        if is_good { Ok(()) } else { Err(Refused::Signature) }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A message that arrived: its three headers, and its body byte for byte.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signatures: &'a str,
    /// What was signed.
    pub body: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector that the reference implementations share.
    const TEXT: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const AT: i64 = 1_614_265_330;
    const GOOD: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const MESSAGE: Message<'static> = Message {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signatures: GOOD,
        body: b"{\"test\": 2432232314}",
    };

    fn secret() -> Secret {
        Secret::parse(TEXT).expect("a secret")
    }

    #[test]
    fn the_vector_of_the_reference_implementations_comes_out_to_the_letter() {
        assert_eq!(secret().sign(MESSAGE.id, AT, MESSAGE.body), GOOD);
        assert_eq!(secret().verify(&MESSAGE, AT), Ok(()));
        let bare = Secret::parse(TEXT.trim_start_matches("whsec_")).expect("the same");
        assert_eq!(bare.verify(&MESSAGE, AT), Ok(()));
    }

    #[test]
    fn one_good_signature_among_others_is_enough() {
        let signatures = format!("v1a,AAAA v1,AAAA nonsense {GOOD} v2,x");
        assert_eq!(secret().verify(&Message { signatures: &signatures, ..MESSAGE }, AT), Ok(()));
    }

    #[test]
    fn nothing_of_a_message_can_be_changed() {
        let others = [
            Message { id: "msg_other", ..MESSAGE },
            Message { timestamp: "1614265331", ..MESSAGE },
            Message { body: b"{\"test\": 2432232315}", ..MESSAGE },
            Message { signatures: "", ..MESSAGE },
            Message { signatures: &GOOD[3..], ..MESSAGE },
            Message { signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=", ..MESSAGE },
        ];
        for other in &others {
            assert_eq!(secret().verify(other, AT), Err(Refused::Signature), "{}", other.id);
        }
        let other = Secret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").expect("a secret");
        assert_eq!(other.verify(&MESSAGE, AT), Err(Refused::Signature));
    }

    #[test]
    fn a_message_is_good_for_five_minutes_either_way() {
        for (now, expected) in [
            (AT + 300, Ok(())),
            (AT - 300, Ok(())),
            (AT + 301, Err(Refused::TooFar)),
            (AT - 301, Err(Refused::TooFar)),
        ] {
            assert_eq!(secret().verify(&MESSAGE, now), expected, "{now}");
        }
        let no_number = Message { timestamp: "now", ..MESSAGE };
        assert_eq!(secret().verify(&no_number, AT), Err(Refused::Timestamp));
    }

    #[test]
    fn short_long_and_other_texts_are_no_secrets() {
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        for text in ["", "whsec_", "whsec_AAAA", "whsec_not base64 at all, not at all!", &long] {
            assert!(Secret::parse(text).is_err(), "{text}");
        }
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
    }
}
