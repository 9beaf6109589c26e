//! Verification codes: six digits out of the customer's key and the code's id.
//!
//! A code is never stored. Whoever sends it and whoever checks it make it anew: HMAC of the id
//! under the customer's key, cut as in RFC 4226. It dies with the key.

use kyc_events::sealed::{KeyId, SealError, Tag};
use uuid::Uuid;

use crate::aggregate::Keys;

/// The code of a verification; `None`: the customer was erased.
pub fn code_of(
    keys: &dyn Keys,
    key: KeyId,
    verification: Uuid,
) -> Result<Option<String>, SealError> {
    let text = [b"stellar verification code\0".as_slice(), verification.as_bytes()].concat();
    Ok(keys.tag(key, &text)?.map(digits))
}

fn digits(tag: Tag) -> String {
    let at = usize::from(tag.0[31] & 0x0f);
    let word = u32::from_be_bytes([tag.0[at], tag.0[at + 1], tag.0[at + 2], tag.0[at + 3]]);
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// Whether two codes are the same, in a time that does not tell where they differ.
pub(super) fn is_same(code: &str, given: &str) -> bool {
    let given = given.trim();
    let differ = code.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    code.len() == given.len() && differ == 0
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
}
