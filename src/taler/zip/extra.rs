//! Extra fields of a header: lengths in ZIP64, and the name once more in UTF-8.
//!
//! ```text
//! id u16 │ length u16 │ data
//! 0x0001   ZIP64: a u64 for each number of the header that is all ones: unpacked, packed, offset
//! 0x7075   version 1 │ CRC-32 of the header's name │ the name in UTF-8
//! ```

use super::Refusal;
use super::header::{IN_ZIP64, Numbers};

const ZIP64: u16 = 0x0001;
const UNICODE_NAME: u16 = 0x7075;

/// What is looked for in the extra fields.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extra<'a> {
    /// The ZIP64 field's data.
    zip64: Option<&'a [u8]>,
    /// The name that some programs use in place of the header's.
    pub unicode_name: Option<&'a [u8]>,
}

impl<'a> Extra<'a> {
    /// Fields of which there are two are refused: which one counts?
    pub(super) fn read(mut bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut extra = Self::default();
        while !bytes.is_empty() {
            // Some programs pad with less than a field.
            if bytes.len() < 4 && bytes.iter().all(|byte| *byte == 0) {
                break;
            }
            let mut numbers = Numbers(bytes);
            let broken = |_| Refusal::Mismatch;
            let id = numbers.u16().map_err(broken)?;
            let length = usize::from(numbers.u16().map_err(broken)?);
            let (data, rest) = numbers.0.split_at_checked(length).ok_or(Refusal::Mismatch)?;
            bytes = rest;
            let before = match id {
                ZIP64 => extra.zip64.replace(data),
                UNICODE_NAME => {
                    let name = data.strip_prefix(&[1]).and_then(|data| data.get(4..));
                    extra.unicode_name.replace(name.ok_or(Refusal::Name)?)
                }
                _ => None,
            };
            if before.is_some() {
                return Err(Refusal::Mismatch);
            }
        }
        Ok(extra)
    }

    /// Whether there is a ZIP64 field.
    pub(super) fn has_zip64(&self) -> bool {
        self.zip64.is_some()
    }

    /// The header's numbers, each in its 64 bits if it has all ones and there is a ZIP64 field.
    pub(super) fn widen<const N: usize>(&self, numbers: [u32; N]) -> Result<[u64; N], Refusal> {
        let mut wide = Numbers(self.zip64.unwrap_or_default());
        let mut widened = [0; N];
        for (number, place) in numbers.into_iter().zip(&mut widened) {
            *place = if number == IN_ZIP64 {
                wide.u64().map_err(|_| Refusal::Mismatch)?
            } else {
                u64::from(number)
            };
        }
        Ok(widened)
    }
}
