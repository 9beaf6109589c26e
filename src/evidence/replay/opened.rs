//! What sealed data shows as.

use std::collections::{HashMap, HashSet};

use kyc_events::Record;
use kyc_events::sealed::{Ciphertext, KeyId, Opener};

use crate::evidence::json::{Shown, render, sealed};
use crate::evidence::kinds::Field;
use crate::vault::Vault;

/// What the reader looks through.
pub enum Glass<'a> {
    /// Keeps sealed data sealed; with the ids of the keys there are, tells it from erased data.
    Frosted(Option<HashSet<KeyId>>),
    /// Opens what can be opened.
    Clear(&'a Vault),
}

/// Sealed data met so far, by its nonce, and what it shows as.
pub struct Opened<'a> {
    glass: &'a Glass<'a>,
    shown: HashMap<Vec<u8>, Shown>,
}

impl<'a> Opened<'a> {
    /// Nothing yet.
    pub fn through(glass: &'a Glass<'a>) -> Self {
        Self { glass, shown: HashMap::new() }
    }

    /// Takes the sealed fields of a record in: only there do they open.
    pub fn look_at(&mut self, record: &Record, fields: Vec<Field>) {
        for Field { name, shut } in fields {
            let shown = match self.glass {
                Glass::Frosted(Some(keys)) if !keys.contains(&shut.key) => Shown::Erased,
                Glass::Frosted(_) => Shown::Sealed,
                Glass::Clear(vault) => {
                    match vault.fields(&record.stream, &record.name).open(&name, &shut) {
                        Ok(Some(plain)) => Shown::Plain(render(&plain, &mut sealed)),
                        Ok(None) => Shown::Erased,
                        Err(error) => {
                            tracing::error!(position = record.position.0, %error, "not opened");
                            Shown::Sealed
                        }
                    }
                }
            };
            self.shown.insert(shut.nonce, shown);
        }
    }

    /// What a ciphertext shows as.
    pub fn shown(&self, shut: &Ciphertext) -> Shown {
        self.shown.get(&shut.nonce).cloned().unwrap_or(Shown::Sealed)
    }
}
