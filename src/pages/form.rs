//! What a person filled in: `multipart/form-data`, read within bounds.

use std::collections::BTreeMap;

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::StreamExt as _;

use crate::config::limits;

/// One value. Personal data: never logged.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Of a text field.
    Text(String),
    /// Of a file field.
    File(Vec<u8>),
}

/// The values by name; empty ones are left out, as a form that was not filled in sends them too.
pub type Parts = BTreeMap<String, Part>;

/// Why a form is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Too many bytes or parts.
    #[error("the form is too large")]
    TooLarge,
    /// Not such a form.
    #[error("the form is malformed")]
    Malformed,
}

impl From<MultipartError> for Unreadable {
    fn from(_: MultipartError) -> Self {
        Self::Malformed
    }
}

/// Reads all of it.
pub async fn read(mut form: Multipart) -> Result<Parts, Unreadable> {
    let mut room = limits::PAGE_FORM_BYTES_MAX;
    let mut count = 0;
    let mut parts = Parts::new();
    while let Some(part) = form.next().await {
        let mut part = part?;
        count += 1;
        if count > limits::PAGE_FORM_PARTS_MAX {
            return Err(Unreadable::TooLarge);
        }
        let name = part.name().ok_or(Unreadable::Malformed)?.to_owned();
        let is_file =
            part.content_disposition().is_some_and(|given| given.get_filename().is_some());
        let bytes = bytes_of(&mut part, &mut room).await?;
        if bytes.is_empty() {
            continue;
        }
        let value = if is_file {
            Part::File(bytes)
        } else {
            Part::Text(String::from_utf8(bytes).map_err(|_| Unreadable::Malformed)?)
        };
        if parts.insert(name, value).is_some() {
            return Err(Unreadable::Malformed);
        }
    }
    Ok(parts)
}

async fn bytes_of(part: &mut Field, room: &mut usize) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk?;
        *room = room.checked_sub(chunk.len()).ok_or(Unreadable::TooLarge)?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
