//! Verification codes, of all protocols: six digits out of a person's key and the code's id.
//!
//! A code is never stored. Whoever sends it and whoever checks it make it anew: HMAC of the id
//! under the person's key, cut as in RFC 4226. It dies with the key.

use chrono::{DateTime, SecondsFormat};
use kyc_events::Millis;
use kyc_events::channel::Channel;
use kyc_events::sealed::{KeyId, SealError, Tag};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::aggregate::Keys;
use crate::callbacks::renderer::Boxed;
use crate::config::limits;

/// How many there are in a code.
pub const DIGITS: usize = 6;

/// The code of a verification; `None`: the person was erased.
pub fn code_of(
    keys: &dyn Keys,
    key: KeyId,
    verification: Uuid,
) -> Result<Option<String>, SealError> {
    // The name is older than the second protocol: another would spoil codes on their way.
    let text = [b"stellar verification code\0".as_slice(), verification.as_bytes()].concat();
    Ok(keys.tag(key, &text)?.map(digits))
}

fn digits(tag: Tag) -> String {
    let at = usize::from(tag.0[31] & 0x0f);
    let word = u32::from_be_bytes([tag.0[at], tag.0[at + 1], tag.0[at + 2], tag.0[at + 3]]);
    format!("{:01$}", (word & 0x7fff_ffff) % 10_u32.pow(DIGITS as u32), DIGITS)
}

/// Whether two codes are the same, in a time that does not tell where they differ.
pub fn is_same(code: &str, given: &str) -> bool {
    let given = given.trim();
    let differ = code.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    code.len() == given.len() && differ == 0
}

/// Codes of one protocol that are on their way. Nothing of ours sends mail or short messages: the sandbox
/// shows codes to the operator, and outside of it the operator's own gateway asks for them. A code is made anew whenever it is asked for; it is stored nowhere.
pub trait Outgoing: Send + Sync {
    /// The last code of each contact that is not verified, the newest first. The text of an error
    /// is for the log.
    fn codes(&self) -> Boxed<'_, Result<Vec<ShownCode>, String>>;
}

/// One code, as it would have been sent. Holds personal data: never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownCode {
    /// Address or number.
    pub to: String,
    /// How it travels.
    pub channel: Channel,
    /// The digits.
    pub code: String,
    /// When it was asked for.
    pub at: Millis,
}

impl ShownCode {
    /// As the operator is shown it.
    pub fn json(&self) -> Value {
        let at = DateTime::from_timestamp_millis(self.at).unwrap_or_default();
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({ "to": self.to, "channel": self.channel, "code": self.code, "at": at })
    }
}

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Code {
    /// Its id.
    pub id: Uuid,
    /// It is good until then.
    pub expires_at: Millis,
    /// Wrong ones given since.
    pub wrong: u32,
}

/// Why a code is not even looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Too many wrong ones were given.
    TooManyWrong,
    /// It is too old.
    Expired,
}

impl Code {
    /// A code that is sent from here on.
    pub fn sent(id: Uuid, expires_at: Millis) -> Self {
        Self { id, expires_at, wrong: 0 }
    }

    /// Whether it is worth anything yet.
    pub fn spent(&self, now: Millis) -> Option<Spent> {
        if self.wrong >= limits::CODE_ATTEMPTS_MAX {
            return Some(Spent::TooManyWrong);
        }
        (self.expires_at <= now).then_some(Spent::Expired)
    }
}

/// When codes were sent to one address or number; the last few of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Sent(Vec<Millis>);

impl Sent {
    /// One more was sent.
    pub fn note(&mut self, at: Millis) {
        self.0.push(at);
        let surplus = self.0.len().saturating_sub(limits::CODES_MAX);
        self.0.drain(..surplus);
    }

    /// Whether another may follow at all.
    pub fn has_room(&self, now: Millis) -> bool {
        let lately = self.0.iter().filter(|at| now - **at < limits::CODES_WITHIN_MS).count();
        lately < limits::CODES_MAX
    }

    /// Whether the last was sent so long ago that who asks again wants another.
    pub fn is_rested(&self, now: Millis) -> bool {
        self.0.last().is_none_or(|at| now - at >= limits::CODE_AGAIN_AFTER_MS)
    }
}

/// Until when a code is good that is sent now.
pub fn expiry(now: Millis) -> Millis {
    now.saturating_add(limits::CODE_TTL_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::testing::CountingKeys;

    #[test]
    fn a_code_has_six_digits_and_belongs_to_key_and_id() {
        let keys = CountingKeys(std::cell::Cell::new(0));
        let code = |key, id| {
            let code = code_of(&keys, KeyId([key; 16]), Uuid::from_u128(id)).expect("keys");
            code.expect("not erased")
        };
        assert!(code(1, 1).len() == 6 && code(1, 1).bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(code(1, 1), code(1, 1));
        assert_ne!(code(1, 1), code(1, 2));
        assert_ne!(code(1, 1), code(2, 1));
    }

    #[test]
    fn codes_are_compared_whole() {
        assert!(is_same("012345", " 012345 "));
        for other in ["", "01234", "012346", "0123456", "12345"] {
            assert!(!is_same("012345", other), "{other}");
        }
    }

    #[test]
    fn a_code_is_spent_by_time_or_by_wrong_ones() {
        let mut code = Code::sent(Uuid::nil(), expiry(0));
        assert_eq!(code.spent(limits::CODE_TTL_MS - 1), None);
        assert_eq!(code.spent(limits::CODE_TTL_MS), Some(Spent::Expired));
        code.wrong = limits::CODE_ATTEMPTS_MAX;
        assert_eq!(code.spent(0), Some(Spent::TooManyWrong));
    }

    #[test]
    fn only_so_many_are_sent_within_a_time() {
        let mut sent = Sent::default();
        assert!(sent.is_rested(0) && sent.has_room(0));
        for at in 0..limits::CODES_MAX {
            assert!(sent.has_room(at as Millis));
            sent.note(at as Millis);
        }
        assert!(!sent.is_rested(limits::CODE_AGAIN_AFTER_MS) && !sent.has_room(9));
        assert!(sent.has_room(limits::CODES_WITHIN_MS), "the first is long ago");
        sent.note(limits::CODES_WITHIN_MS);
        assert_eq!(sent.0.len(), limits::CODES_MAX);
    }
}
