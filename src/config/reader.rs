//! The layers merged: what was given for each key, by whom, and what came of it.
//!
//! Sections ask for their keys one by one; every error is kept and none stops the reading, so the operator sees all of
//! them at once. A key whose value is wrong reads as its default from there on.

use std::collections::BTreeMap;

use super::corepass;
use super::error::{ConfigError, ConfigErrors, Place, Problem};
use super::file;
use super::key::{Fallback, Key, nearest, nearest_like};
use super::sources::Sources;
use super::value::{Raw, Setting};

/// What was given for a key, by the strongest source.
#[derive(Debug)]
struct Given {
    raw: Raw,
    place: Place,
}

/// What a key came to, fit to be shown.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    /// Dotted name.
    pub key: String,
    /// TOML text; empty when there is no value.
    pub value: String,
    /// A place, `default` or `unset`.
    pub source: String,
}

/// Reads keys and collects errors.
#[derive(Debug)]
pub(super) struct Reader {
    given: BTreeMap<String, Given>,
    settled: BTreeMap<String, Settled>,
    errors: Vec<ConfigError>,
    /// The file could not be parsed: what seems to be missing may stand in it.
    file_unread: bool,
}

impl Reader {
    /// Merges the layers, weakest first. Names that are no keys become errors.
    pub fn new(sources: Sources, keys: &[&'static Key]) -> Self {
        let (given, settled) = (BTreeMap::new(), BTreeMap::new());
        let mut reader = Self { given, settled, errors: Vec::new(), file_unread: false };
        if let Some((name, text)) = &sources.file {
            reader.add_file(name, text, keys);
        }
        reader.add_nats(&sources.env);
        reader.add_environment(sources.env, keys);
        reader.add_flags(sources.flags, keys);
        reader
    }

    fn add_file(&mut self, name: &str, text: &str, keys: &[&'static Key]) {
        let place = |line| Place::File { name: name.to_owned(), line };
        let entries = match file::entries(text) {
            Ok(entries) => entries,
            Err((line, problem)) => {
                self.file_unread = true;
                self.errors.push(ConfigError { place: Some(place(line)), key: None, problem });
                return;
            }
        };
        for entry in entries {
            let place = place(entry.line);
            if keys.iter().any(|key| key.names_in(&entry.key).is_some()) {
                self.given.insert(entry.key, Given { raw: entry.raw, place });
                continue;
            }
            let is_section = keys.iter().any(|key| key.is_below(&entry.key));
            let problem = match &entry.raw {
                Raw::Toml(toml_edit::Value::InlineTable(_)) if is_section => continue,
                _ if is_section => Problem::Section,
                _ => Problem::Unknown { nearest: nearest_like(&entry.key, keys) },
            };
            self.errors.push(ConfigError { place: Some(place), key: Some(entry.key), problem });
        }
    }

    /// The reference connector's two variables.
    fn add_nats(&mut self, env: &[(String, String)]) {
        for (name, value) in env {
            let (key, raw) = match name.as_str() {
                "NATS_CALLBACK_TOPICS" => (&corepass::CALLBACK_INTERVALS, value.clone()),
                "NATS_CALLBACK_DURATION" => {
                    (&corepass::CALLBACK_INTERVAL_UNIT, value.to_ascii_lowercase())
                }
                _ => continue,
            };
            self.given.insert(
                key.name.to_owned(),
                Given { raw: Raw::Text(raw), place: Place::Environment(name.clone()) },
            );
        }
    }

    fn add_environment(&mut self, env: Vec<(String, String)>, keys: &[&'static Key]) {
        for (name, value) in env {
            let Some(bare) = name.strip_prefix("KYCD_") else { continue };
            let place = Place::Environment(name.clone());
            let dotted = bare.to_ascii_lowercase().replace("__", ".");
            let is_upper = !name.bytes().any(|byte| byte.is_ascii_lowercase());
            let chosen = |key: &&Key| is_upper && key.is_wild() && key.names_in(&dotted).is_some();
            if let Some(key) = keys.iter().find(|key| key.environment() == name) {
                self.given.insert(key.name.to_owned(), Given { raw: Raw::Text(value), place });
            } else if keys.iter().copied().any(|key| chosen(&key)) {
                self.given.insert(dotted, Given { raw: Raw::Text(value), place });
            } else {
                let problem =
                    Problem::Unknown { nearest: nearest(&dotted, keys).map(Key::environment) };
                self.errors.push(ConfigError { place: Some(place), key: None, problem });
            }
        }
    }

    fn add_flags(&mut self, flags: Vec<(String, String)>, keys: &[&'static Key]) {
        for (name, value) in flags {
            if let Some(key) = keys.iter().find(|key| key.name == name) {
                let place = Place::Flag(key.flag_name());
                self.given.insert(key.name.to_owned(), Given { raw: Raw::Text(value), place });
            } else {
                let problem =
                    Problem::Unknown { nearest: nearest(&name, keys).map(Key::flag_name) };
                self.errors.push(ConfigError {
                    place: Some(Place::Flag(format!("--{name}"))),
                    key: None,
                    problem,
                });
            }
        }
    }

    /// Whether any source gives this key, rightly or wrongly.
    pub fn is_given(&self, key: &Key) -> bool {
        self.given.contains_key(key.name)
    }

    /// Whether any of these keys is given, under whatever name where that is chosen.
    pub fn is_any_given(&self, keys: &[&Key]) -> bool {
        self.given.keys().any(|name| keys.iter().any(|key| key.names_in(name).is_some()))
    }

    /// The value of a key that may have none.
    pub fn optional<T: Setting>(&mut self, key: &Key) -> Option<T> {
        self.read(key, key.name)
    }

    /// Every value of a key with `N` names inside, with these names.
    pub fn named<T: Setting, const N: usize>(&mut self, key: &Key) -> Vec<([String; N], T)> {
        let fitting = |name: &String| Some((name.clone(), key.names_in(name)?.try_into().ok()?));
        let given: Vec<(String, [String; N])> = self.given.keys().filter_map(fitting).collect();
        let values = given.into_iter().map(|(name, names)| (names, self.read(key, &name)));
        values.filter_map(|(names, value)| Some((names, value?))).collect()
    }

    fn read<T: Setting>(&mut self, key: &Key, name: &str) -> Option<T> {
        let Some(given) = self.given.get(name) else {
            self.settle(name, String::new(), "unset".to_owned());
            return None;
        };
        let place = given.place.clone();
        match T::read(&given.raw) {
            Ok(value) => {
                self.settle(name, value.show(), place.to_string());
                Some(value)
            }
            Err(wrong) => {
                let problem = wrong.into_problem(key.secret);
                let key = Some(name.to_owned());
                self.errors.push(ConfigError { place: Some(place), key, problem });
                None
            }
        }
    }

    /// The value of a key whose default is decided by the section.
    pub fn setting_or<T: Setting>(&mut self, key: &Key, default: T) -> T {
        let value = self.optional(key);
        value.unwrap_or_else(|| {
            self.note_default(key, default.show());
            default
        })
    }

    /// The value of a key with a default of its own.
    pub fn setting<T: Setting>(&mut self, key: &Key) -> T {
        let Fallback::Toml(text) = key.default else {
            unreachable!("invariant: {} has a default in TOML", key.name)
        };
        let value =
            text.parse().expect("invariant: a key's default is TOML, and a test loads them all");
        let default = T::read(&Raw::Toml(value)).ok();
        self.setting_or(
            key,
            default.expect("invariant: a key's default fits its type, and a test loads them all"),
        )
    }

    /// Shows this as what holds for a key that was not given.
    pub fn note_default(&mut self, key: &Key, shown: String) {
        if !self.is_given(key) {
            self.settle(key.name, shown, "default".to_owned());
        }
    }

    fn settle(&mut self, name: &str, value: String, source: String) {
        let key = name.to_owned();
        self.settled.insert(name.to_owned(), Settled { key, value, source });
    }

    /// A rule between keys is broken; reported where `key` is given. Nothing when the file could not be parsed.
    pub fn reject(&mut self, key: &Key, problem: Problem) {
        if !self.file_unread {
            let place = self.given.get(key.name).map(|given| given.place.clone());
            self.errors.push(ConfigError { place, key: Some(key.name.to_owned()), problem });
        }
    }

    /// The same for a rule about a whole section; reported where its first key is given.
    pub fn reject_below(&mut self, section: &str, problem: Problem) {
        let below = format!("{section}.");
        let given = self.given.iter().filter(|(name, _)| name.starts_with(&below));
        let place = given.map(|(_, given)| given.place.clone()).min();
        self.errors.push(ConfigError { place, key: Some(section.to_owned()), problem });
    }

    /// What every key came to, in the order of `keys`; or all errors.
    pub fn finish(mut self, keys: &[&'static Key]) -> Result<Vec<Settled>, ConfigErrors> {
        if self.errors.is_empty() {
            let mut settled = Vec::new();
            for key in keys {
                if key.is_wild() {
                    let chosen =
                        self.settled.iter().filter(|(name, _)| key.names_in(name).is_some());
                    settled.extend(chosen.map(|(_, one)| one.clone()));
                } else {
                    settled.extend(self.settled.remove(key.name));
                }
            }
            Ok(settled)
        } else {
            Err(ConfigErrors::new(self.errors))
        }
    }
}
