//! One key of the configuration: its name, what it means, its default, its environment name.
//!
//! Keys are constants beside the section that reads them. This is the one description: the reader, the error texts and
//! the documentation all take it from here.

/// A key, described once. A part of its name in capitals stands for names that the operator chooses.
#[derive(Debug)]
pub(super) struct Key {
    /// Dotted name, as in TOML: `corepass.sandbox.block_time_ms`.
    pub name: &'static str,
    /// One line for the reference.
    pub meaning: &'static str,
    /// What holds when nobody gives it.
    pub default: Fallback,
    /// Its flag where that is not `--` + name.
    pub flag: Option<&'static str>,
    /// Whether the value must never be shown.
    pub secret: bool,
}

/// What holds when a key is not given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fallback {
    /// This value, in TOML; parsed like a given one.
    Toml(&'static str),
    /// It depends; said in words, decided by the section.
    Words(&'static str),
}

/// One row of the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Dotted name.
    pub key: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
    /// Its default: a TOML value, or words where it depends.
    pub default: &'static str,
    /// The environment variable that overrides the file.
    pub environment: String,
}

impl Key {
    /// A key that may be shown and has no flag of its own.
    pub const fn new(name: &'static str, default: Fallback, meaning: &'static str) -> Self {
        Self { name, meaning, default, flag: None, secret: false }
    }

    /// The same key, with a flag of its own.
    pub const fn flag(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    /// The same key, its value never shown.
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Whether parts of its name are chosen by the operator.
    pub fn is_wild(&self) -> bool {
        self.name.split('.').any(is_placeholder)
    }

    /// The names that stand for its placeholders in `name`; `None`: it is another key's name.
    pub fn names_in(&self, name: &str) -> Option<Vec<String>> {
        let parts = parts(name);
        (self.name.split('.').count() == parts.len()).then(|| self.chosen(&parts))?
    }

    /// Whether `name` is a section that this key is in.
    pub fn is_below(&self, name: &str) -> bool {
        let parts = parts(name);
        self.name.split('.').count() > parts.len() && self.chosen(&parts).is_some()
    }

    fn chosen(&self, parts: &[String]) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for (own, part) in self.name.split('.').zip(parts) {
            if is_placeholder(own) {
                names.push(part.clone());
            } else if own != part {
                return None;
            }
        }
        Some(names)
    }

    /// Its name with the parts of `name` for its placeholders, as far as there are any.
    fn like(&self, name: &str) -> String {
        let parts = parts(name);
        let filled = self.name.split('.').enumerate().map(|(at, own)| {
            parts.get(at).filter(|_| is_placeholder(own)).map_or(own, String::as_str)
        });
        filled.collect::<Vec<_>>().join(".")
    }

    /// `KYCD_COREPASS__SANDBOX__BLOCK_TIME_MS` for `corepass.sandbox.block_time_ms`.
    pub fn environment(&self) -> String {
        format!("KYCD_{}", self.name.to_ascii_uppercase().replace('.', "__"))
    }

    /// The flag as typed.
    pub fn flag_name(&self) -> String {
        self.flag.map_or_else(|| format!("--{}", self.name), str::to_owned)
    }

    /// Its row of the reference.
    pub fn reference(&self) -> Reference {
        let default = match self.default {
            Fallback::Toml(text) | Fallback::Words(text) => text,
        };
        Reference {
            key: self.name,
            meaning: self.meaning,
            default,
            environment: self.environment(),
        }
    }
}

fn is_placeholder(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The parts of a dotted name; a dot inside quotes belongs to its part.
fn parts(name: &str) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for c in name.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c => parts.last_mut().expect("invariant: starts with one").push(c),
        }
    }
    parts
}

/// The known name nearest to `name`, as it would be written there.
pub(super) fn nearest_like(name: &str, known: &[&'static Key]) -> Option<String> {
    nearest(name, known).map(|key| key.like(name))
}

/// The known name nearest to `name`: few edits away, or the same last part in another section.
pub(super) fn nearest(name: &str, known: &[&'static Key]) -> Option<&'static Key> {
    let edits_max = (name.len() / 4).max(2);
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    known
        .iter()
        .map(|key| (edits(name, &key.like(name)), *key))
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, key)| key)
        .or_else(|| known.iter().copied().find(|key| last(key.name) == last(name)))
}

/// Levenshtein distance in bytes, with two swapped neighbours counted as one edit.
fn edits(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let differs = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + differs);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest_name(name: &str) -> Option<&'static str> {
        nearest(name, &crate::config::keys()).map(|key| key.name)
    }

    #[test]
    fn nearest_key_forgives_typos_and_the_wrong_section() {
        assert_eq!(nearest_name("corepass.netwrok"), Some("corepass.network"));
        assert_eq!(nearest_name("server.trusted_proxy"), Some("server.trusted_proxies"));
        assert_eq!(nearest_name("listen"), Some("server.listen"));
        assert_eq!(nearest_name("sandbox.block_time_ms"), Some("corepass.sandbox.block_time_ms"));
        assert_eq!(nearest_name("something.else"), None);
    }

    #[test]
    fn capitals_stand_for_names_that_are_chosen() {
        let key = Key::new("a.NAME.texts.FIELD", Fallback::Words(""), "");
        assert!(key.is_wild() && !Key::new("a.b", Fallback::Words(""), "").is_wild());
        let names = key.names_in("a.mine.texts.\"x.y\"").expect("fits");
        assert_eq!(names, ["mine", "x.y"]);
        for other in ["a.mine.texts", "a.mine.text.x", "b.mine.texts.x", "a.mine.texts.x.y"] {
            assert_eq!(key.names_in(other), None, "{other}");
        }
        assert!(key.is_below("a") && key.is_below("a.mine") && !key.is_below("a.mine.text"));
    }

    #[test]
    fn edits_count_a_swap_once() {
        assert_eq!(edits("network", "netwrok"), 1);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
    }

    #[test]
    fn environment_names_double_the_underscore_between_sections() {
        let key = Key::new("corepass.sandbox.block_time_ms", Fallback::Toml("7000"), "");
        assert_eq!(key.environment(), "KYCD_COREPASS__SANDBOX__BLOCK_TIME_MS");
    }
}
