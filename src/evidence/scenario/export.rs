//! The way back: a log as a scenario, opened as far as the vault has the keys.

use std::io::Write;

use kyc_events::log::{EventReader, ReadError};
use kyc_events::schema::DecodeError;
use kyc_events::sealed::{Ciphertext, Opener, SealError};
use kyc_events::{Position, Record};
use serde_json::{Value, json};

use crate::config::limits;
use crate::evidence::json::{Shown, render, sealed};
use crate::evidence::kinds;
use crate::evidence::row::instant;
use crate::vault::Vault;

/// Why a log cannot be told as a scenario.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Nobody here knows this kind of stream.
    #[error("no kind of stream is called {0:?}")]
    Kind(String),
    /// An event does not decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Sealed data does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The scenario cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Writes every event as a line of a scenario, with its personal data **in the open**. What was
/// erased stays shut, and is erased again wherever it is loaded.
pub fn export(
    log: &dyn EventReader,
    vault: &Vault,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let mut at = Position::START;
    loop {
        let records = log.read(at, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { return Ok(()) };
        at = last.position.next();
        for record in &records {
            writeln!(out, "{}", line(record, vault)?)?;
        }
    }
}

fn line(record: &Record, vault: &Vault) -> Result<Value, ExportError> {
    let kind = kinds::of(&record.stream)
        .ok_or_else(|| ExportError::Kind(record.stream.kind().to_owned()))?;
    let fields = vault.fields(&record.stream, &record.name);
    let mut shown = Vec::new();
    for field in kind.sealed_fields(record)? {
        let value = match fields.open(&field.name, &field.shut)? {
            Some(plain) => json!({ "open": render(&plain, &mut sealed) }),
            None => json!(field.shut),
        };
        shown.push((field.shut, value));
    }
    let mut resolve = |shut: &Ciphertext| {
        let found = shown.iter().find(|(candidate, _)| candidate == shut);
        Shown::Plain(found.map_or_else(|| json!(shut), |(_, value)| value.clone()))
    };
    Ok(json!({
        "stream": record.stream.as_str(),
        "event": &*record.name,
        "version": record.schema_version,
        "at": instant(record.recorded_at),
        "actor": &*record.actor,
        "payload": render(&record.payload, &mut resolve),
    }))
}
