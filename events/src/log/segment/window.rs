//! A file read from front to back in big pieces.

use std::io;
use std::sync::Arc;

use super::disk::{DiskFile, read_full};
use crate::codec::RECORD_BYTES_MAX;

/// One piece: holds at least the largest frame.
const PIECE_BYTES: usize = RECORD_BYTES_MAX;

/// See the module.
pub(super) struct Window {
    file: Arc<dyn DiskFile>,
    piece: Vec<u8>,
    /// Offset of the piece in the file.
    start: u64,
    filled: usize,
}

impl Window {
    pub(super) fn new(file: Arc<dyn DiskFile>) -> Self {
        Self { file, piece: vec![0; PIECE_BYTES], start: 0, filled: 0 }
    }

    /// The bytes from `offset` on, at least `wanted` of them unless the file ends before.
    pub(super) fn at(&mut self, offset: u64, wanted: usize) -> io::Result<&[u8]> {
        debug_assert!(wanted <= PIECE_BYTES);
        let inside = offset.checked_sub(self.start).filter(|skip| *skip <= self.filled as u64);
        let skip = match inside.map(|skip| skip as usize) {
            Some(skip) if skip + wanted <= self.filled => skip,
            Some(_) | None => {
                self.filled = read_full(&*self.file, &mut self.piece, offset)?;
                self.start = offset;
                0
            }
        };
        Ok(&self.piece[skip..self.filled])
    }

    /// Offset after the last byte from `offset` on that is not zero; `None` if there is none.
    pub(super) fn last_byte(&mut self, offset: u64) -> io::Result<Option<u64>> {
        let (mut at, mut last) = (offset, None);
        loop {
            let piece = self.at(at, 1)?;
            if piece.is_empty() {
                return Ok(last);
            }
            if let Some(found) = piece.iter().rposition(|byte| *byte != 0) {
                last = Some(at + found as u64 + 1);
            }
            at += piece.len() as u64;
        }
    }
}
