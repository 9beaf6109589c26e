//! Crockford base32 as `GNUnet` does it: what every hash, key and signature of Taler looks like on
//! the wire.
//!
//! ```text
//! alphabet   0123456789ABCDEFGHJKMNPQRSTVWXYZ, the highest bits first
//! length     ceil(8n / 5) characters for n bytes: 32 → 52, 64 → 103
//! end        the last character's surplus bits are zero when written, ignored when read
//! reading    any case; O is 0, I and L are 1, U is V; everything else is an error
//! ```
//!
//! One value has many spellings (16 of 32 bytes, 8 of 64): compare what was decoded, never texts.
//!
//! Source: `GNUNET_STRINGS_data_to_string` and `_string_to_data`, libgnunetutil 0.19.3.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not that many bytes. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Too short, too long or empty; how many characters it would have.
    #[error("not {expected} characters")]
    Length {
        /// Characters.
        expected: usize,
    },
    /// A character that stands for nothing.
    #[error("a character that is not base32")]
    Character,
}

/// Characters of so many bytes.
pub const fn chars(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// Upper case, without padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(chars(bytes.len()));
    let (mut held, mut bits) = (0_u32, 0);
    let mut put = |value: u32| text.push(char::from(ALPHABET[(value & 31) as usize]));
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            put(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        put(held << (5 - bits));
    }
    text
}

/// `N` bytes: the length must be exactly theirs.
pub fn decode<const N: usize>(text: impl AsRef<[u8]>) -> Result<[u8; N], Invalid> {
    let mut bytes = [0; N];
    decode_into(text.as_ref(), &mut bytes)?;
    Ok(bytes)
}

/// As many bytes as `bytes` has; on an error it holds anything.
pub fn decode_into(text: &[u8], bytes: &mut [u8]) -> Result<(), Invalid> {
    let expected = chars(bytes.len());
    if text.len() != expected {
        return Err(Invalid::Length { expected });
    }
    let mut rest = bytes.iter_mut();
    let (mut held, mut bits) = (0_u32, 0);
    for character in text {
        held = held << 5 | value(*character).ok_or(Invalid::Character)?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            if let Some(byte) = rest.next() {
                *byte = (held >> bits) as u8;
            }
        }
        held &= (1 << bits) - 1;
    }
    Ok(())
}

fn value(character: u8) -> Option<u32> {
    let upper = match character.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        b'U' => b'V',
        other => other,
    };
    let at = ALPHABET.iter().position(|letter| *letter == upper)?;
    Some(at as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::taler::testing::{self, text};

    fn bytes_of(vector: &Value) -> Vec<u8> {
        hex::decode(text(vector, "hex")).expect("hex")
    }

    #[test]
    fn the_vectors_come_out_both_ways() {
        for vector in testing::list("crockford") {
            let bytes = bytes_of(&vector);
            assert_eq!(encode(&bytes), text(&vector, "text"));
            let mut read = vec![0; bytes.len()];
            decode_into(text(&vector, "text").as_bytes(), &mut read).expect("a vector");
            assert_eq!(read, bytes);
        }
    }

    #[test]
    fn other_spellings_are_the_same_bytes() {
        for vector in testing::list("crockford_spellings") {
            let bytes = bytes_of(&vector);
            let mut read = vec![0; bytes.len()];
            assert_eq!(decode_into(text(&vector, "text").as_bytes(), &mut read), Ok(()));
            assert_eq!(read, bytes, "{vector}");
        }
    }

    #[test]
    fn what_is_no_base32_is_refused() {
        for vector in testing::list("crockford_refused") {
            let bytes = vector["bytes"].as_u64().expect("a number");
            let mut read = vec![0; bytes as usize];
            assert!(decode_into(text(&vector, "text").as_bytes(), &mut read).is_err(), "{vector}");
        }
    }

    #[test]
    fn every_spelling_of_the_surplus_bits_is_taken() {
        for (bytes, spellings) in [(32, 16), (64, 8)] {
            let canonical = encode(&vec![0x5a; bytes]);
            let (head, _) = canonical.split_at(canonical.len() - 1);
            let mut same = 0;
            for letter in ALPHABET {
                let mut read = vec![0; bytes];
                let other = format!("{head}{}", char::from(*letter));
                decode_into(other.as_bytes(), &mut read).expect("base32");
                same += usize::from(read == vec![0x5a; bytes]);
            }
            assert_eq!(same, spellings);
        }
    }

    #[test]
    fn only_the_alphabet_and_its_other_spellings_are_taken() {
        let taken = (0..=255_u8).filter(|letter| value(*letter).is_some()).count();
        assert_eq!(taken, 10 + 2 * 26);
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let text = encode(&bytes);
            prop_assert_eq!(text.len(), chars(bytes.len()));
            let mut read = vec![0; bytes.len()];
            prop_assert_eq!(decode_into(text.as_bytes(), &mut read), Ok(()));
            prop_assert_eq!(&read, &bytes);
            let lower = text.to_ascii_lowercase();
            prop_assert_eq!(decode_into(lower.as_bytes(), &mut read), Ok(()));
            prop_assert_eq!(read, bytes);
        }

        #[test]
        fn a_wrong_length_is_refused(text in "[0-9A-HJKMNP-TV-Z]{0,120}") {
            prop_assert_eq!(decode::<32>(&text).is_ok(), text.len() == 52);
            prop_assert_eq!(decode::<64>(&text).is_ok(), text.len() == 103);
        }
    }
}
