//! Bytes as they are written: CBOR byte strings, or lower-case hex where people read.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// For `#[serde(with = "bytes")]`.
pub(super) fn serialize<T, S>(bytes: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: AsRef<[u8]> + serde_bytes::Serialize,
    S: Serializer,
{
    if serializer.is_human_readable() {
        serializer.serialize_str(&to_hex(bytes.as_ref()))
    } else {
        serde_bytes::serialize(bytes, serializer)
    }
}

/// For `#[serde(with = "bytes")]`.
pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<Vec<u8>> + serde_bytes::Deserialize<'de>,
    D: Deserializer<'de>,
{
    if !deserializer.is_human_readable() {
        return serde_bytes::deserialize(deserializer);
    }
    let text = String::deserialize(deserializer)?;
    let bytes = from_hex(&text).ok_or_else(|| D::Error::custom("not lower-case hex"))?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| D::Error::custom(format!("{length} bytes are not the right number")))
}

/// Two lower-case hex digits a byte.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    hex
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |at: u8| match at {
        b'0'..=b'9' => Some(at - b'0'),
        b'a'..=b'f' => Some(at - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
