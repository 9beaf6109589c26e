//! What follows content whose length was not known before.
//!
//! ```text
//! [signature PK\x07\x08] │ CRC-32 │ packed │ unpacked     u32 each; in ZIP64 the lengths are u64
//! ```
//!
//! The signature may be missing. Both are tried against what the content came to, so there is no
//! doubt, but for a content whose checksum looks like the signature: that one is refused.

use super::Refusal;

const SIGNATURE: [u8; 4] = *b"PK\x07\x08";

/// What is expected.
#[derive(Clone, Debug)]
pub(super) struct Descriptor {
    /// Without the signature.
    expected: Vec<u8>,
}

impl Descriptor {
    /// Of content that came to this.
    pub(super) fn new(crc: u32, packed: u64, unpacked: u64, is_64: bool) -> Result<Self, Refusal> {
        if crc.to_le_bytes() == SIGNATURE {
            return Err(Refusal::Checksum);
        }
        let mut expected = crc.to_le_bytes().to_vec();
        for length in [packed, unpacked] {
            if is_64 {
                expected.extend(length.to_le_bytes());
            } else {
                let length = u32::try_from(length).map_err(|_| Refusal::Checksum)?;
                expected.extend(length.to_le_bytes());
            }
        }
        Ok(Self { expected })
    }

    /// Bytes there will be, as far as can be told from those already read.
    pub(super) fn needed(&self, read: &[u8]) -> usize {
        match read.get(..4) {
            None => 4,
            Some(first) => self.expected.len() + if first == SIGNATURE { 4 } else { 0 },
        }
    }

    pub(super) fn check(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let said = bytes.strip_prefix(&SIGNATURE).unwrap_or(bytes);
        if said == self.expected { Ok(()) } else { Err(Refusal::Checksum) }
    }
}
