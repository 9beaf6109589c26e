//! What was filled in, checked against what the page asks for.

use std::collections::BTreeMap;

use super::shown::{Control, Shown};
use crate::config::limits;
use crate::pages::form::{Part, Parts};
use crate::pages::words;
use crate::stellar::sep9;
use crate::stellar::types::Type;

/// See the module.
pub struct Filled {
    /// Good ones, and those that only the customer's own rules can judge.
    pub parts: Parts,
    /// Names of those that are not good.
    bad: Vec<String>,
    /// Texts to show again.
    texts: BTreeMap<String, String>,
}

impl Filled {
    /// Keeps what the page asks for; a type's `rules` may have fewer choices than SEP-9.
    pub fn of(shown: &Shown, mut parts: Parts, rules: Option<&Type>) -> Self {
        let mut filled = Self { parts: Parts::new(), bad: Vec::new(), texts: BTreeMap::new() };
        for input in &shown.inputs {
            let Some(part) = parts.remove(&input.name) else { continue };
            let is_good = match &part {
                Part::Text(text) if text.trim().is_empty() => continue,
                Part::Text(text) => {
                    filled.texts.insert(input.name.clone(), text.clone());
                    input.control == Control::Code || is_good_text(&input.name, text, rules)
                }
                Part::File(bytes) => sep9::find(&input.name)
                    .is_some_and(|f| f.read_file(bytes, limits::DOCUMENT_BYTES_MAX).is_ok()),
            };
            if is_good {
                filled.parts.insert(input.name.clone(), part);
            } else {
                filled.bad.push(input.name.clone());
            }
        }
        filled
    }

    /// What was filled in is there again, and what is not good says so; what was wrong with the
    /// value before is over.
    pub fn keep_in(&self, shown: &mut Shown) {
        shown.is_refused = !self.bad.is_empty();
        for input in &mut shown.inputs {
            if let Some(text) = self.texts.get(&input.name) {
                input.filled.clone_from(text);
            }
            if self.parts.contains_key(&input.name) {
                input.error = None;
            }
            if self.bad.contains(&input.name) {
                input.error = Some(words::INVALID.pick(shown.lang).to_owned());
            }
        }
    }
}

fn is_good_text(name: &str, text: &str, rules: Option<&Type>) -> bool {
    let Some(field) = sep9::find(name) else { return false };
    field.read(text).is_ok_and(|normal| rules.is_none_or(|rules| rules.offers(name, &normal)))
}
