//! The bytes of a row: the bincode format, through serde.
//!
//! Short and fast, and not to be read by anything but the program that wrote it: a read model
//! whose [`SCHEMA`](crate::Projection::SCHEMA) is another one is thrown away.

use bincode_next::config::{Configuration, Limit, LittleEndian, Varint, standard};
use bincode_next::serde::{decode_from_slice, encode_to_vec};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most bytes that one row makes when it is read: so much is no row, but damage.
const ROW_BYTES_MAX: usize = 64 * 1024 * 1024;

fn format() -> Configuration<LittleEndian, Varint, Limit<ROW_BYTES_MAX>> {
    standard().with_limit::<ROW_BYTES_MAX>()
}

/// Encodes a row.
pub(crate) fn encode<T: Serialize>(row: &T) -> Vec<u8> {
    encode_to_vec(row, format()).expect("invariant: rows hold no open data")
}

/// Decodes a row, all of its bytes.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match decode_from_slice(bytes, format()) {
        Ok((row, used)) if used == bytes.len() => Ok(row),
        Ok(_) => Err("a row is followed by further bytes".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
