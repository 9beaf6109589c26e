//! `[stellar]`: types of customers. `[stellar.types.NAME]` describes one, or replaces a shipped one:
//!
//! ```toml
//! [stellar.types.sep31-sender]
//! required = ["first_name", "last_name", "mobile_number"]
//! optional = ["id_type", "organization.name"]
//! verify = ["mobile_number"]                     # a code has to come back
//! decided_by = "review"                          # automatic, review or provider:NAME
//! choices.id_type = ["passport", "id_card"]
//! descriptions.es.first_name = "Nombre"
//! descriptions.es."organization.name" = "Nombre de la empresa"
//! ```

use std::collections::BTreeMap;

use super::super::error::Problem;
use super::super::key::{Fallback, Key};
use super::super::reader::Reader;
use super::super::value::{List, Raw, Setting, Wrong, quoted};
use crate::stellar::types::{Draft, TYPES_MAX, Types};

const DEFAULT_TYPE: Key = Key::new(
    "stellar.default_type",
    Fallback::Toml("\"sep12-basic\""),
    "type of a customer when a request names none",
);
const REQUIRED: Key = Key::new(
    "stellar.types.NAME.required",
    Fallback::Words("needed for each type"),
    "SEP-9 fields without which a customer of this type is not accepted",
);
const OPTIONAL: Key = Key::new(
    "stellar.types.NAME.optional",
    Fallback::Words("none"),
    "SEP-9 fields that a customer of this type may give",
);
const VERIFY: Key = Key::new(
    "stellar.types.NAME.verify",
    Fallback::Words("none"),
    "those of its e-mail addresses and phone numbers to which a code is sent",
);
const DECIDED_BY: Key = Key::new(
    "stellar.types.NAME.decided_by",
    Fallback::Words("automatic"),
    "who decides once nothing is missing: `automatic`, `review` or `provider:NAME`",
);
const CHOICES: Key = Key::new(
    "stellar.types.NAME.choices.FIELD",
    Fallback::Words("any value"),
    "the values of this field to choose from",
);
const DESCRIPTIONS: Key = Key::new(
    "stellar.types.NAME.descriptions.LANG.FIELD",
    Fallback::Words("in English"),
    "what the field is, in this language (ISO 639-1)",
);

pub(in crate::config) const KEYS: &[&Key] =
    &[&DEFAULT_TYPE, &REQUIRED, &OPTIONAL, &VERIFY, &DECIDED_BY, &CHOICES, &DESCRIPTIONS];

/// Fields of one list, at most: more than SEP-9 has.
const FIELDS_MAX: usize = 100;

/// Any text but none.
#[derive(Debug, Clone)]
struct Text(String);

impl Setting for Text {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let text = raw.text().filter(|text| !text.trim().is_empty());
        text.map(|text| Self(text.to_owned())).ok_or_else(|| raw.wrong("a text"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

type Texts = List<Text, 0, FIELDS_MAX>;

fn plain(list: Texts) -> Vec<String> {
    list.0.into_iter().map(|text| text.0).collect()
}

/// Types of customers: the shipped ones and those of `[stellar.types.NAME]`.
pub(in crate::config) fn read(reader: &mut Reader) -> Types {
    let default = reader.setting::<Text>(&DEFAULT_TYPE).0;
    let mut types = Vec::new();
    for (name, draft) in drafts(reader) {
        let given = format!("stellar.types.{name}");
        match draft.check(&name) {
            Ok(checked) if types.len() < TYPES_MAX => types.push(checked),
            Ok(_) => reader.reject_below(&given, Problem::TooManyTypes { max: TYPES_MAX }),
            Err(unfit) => reader.reject_below(&given, Problem::Type(unfit)),
        }
    }
    let found = Types::new(types.clone(), &default);
    found.unwrap_or_else(|| {
        reader.reject(&DEFAULT_TYPE, Problem::UnknownType { name: default });
        Types::new(types, crate::stellar::types::DEFAULT)
            .expect("invariant: the usual default is shipped")
    })
}

fn drafts(reader: &mut Reader) -> BTreeMap<String, Draft> {
    let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
    for ([name], list) in reader.named::<Texts, 1>(&REQUIRED) {
        drafts.entry(name).or_default().required = plain(list);
    }
    for ([name], list) in reader.named::<Texts, 1>(&OPTIONAL) {
        drafts.entry(name).or_default().optional = plain(list);
    }
    for ([name], list) in reader.named::<Texts, 1>(&VERIFY) {
        drafts.entry(name).or_default().verify = plain(list);
    }
    for ([name], word) in reader.named::<Text, 1>(&DECIDED_BY) {
        drafts.entry(name).or_default().decided_by = Some(word.0);
    }
    for ([name, field], list) in reader.named::<Texts, 2>(&CHOICES) {
        drafts.entry(name).or_default().choices.insert(field, plain(list));
    }
    for ([name, lang, field], text) in reader.named::<Text, 3>(&DESCRIPTIONS) {
        let texts = drafts.entry(name).or_default().descriptions.entry(lang).or_default();
        texts.insert(field, text.0);
    }
    drafts
}

#[cfg(test)]
mod tests {
    use kyc_events::stellar::Decider;

    use crate::config::{Config, Sources};

    const FILE: &str = r#"
[stellar.types.mine]
required = ["given_name", "mobile_number"]
optional = ["id_type", "organization.name"]
verify = ["mobile_number"]
decided_by = "provider:acme"
choices.id_type = ["passport", "id_card"]
descriptions.es.first_name = "Nombre"
descriptions.es."organization.name" = "Empresa"
[stellar]
default_type = "mine"
"#;

    fn errors(file: &str, env: &[(&str, &str)]) -> String {
        Config::load(Sources::of(file, env, &[])).expect_err("wrong").to_string()
    }

    #[test]
    fn a_type_is_read_whole_and_dots_in_names_stay() {
        let config = Config::load(Sources::of(FILE, &[], &[])).expect("valid");
        let mine = config.stellar.as_ref().expect("served").types.find(None).expect("the default");
        assert_eq!(mine.requirement.required, ["first_name", "mobile_number"]);
        assert_eq!(mine.requirement.optional, ["id_type", "organization.name"]);
        assert_eq!(mine.requirement.verified, ["mobile_number"]);
        assert_eq!(mine.requirement.decider, Decider::Provider("acme".to_owned()));
        assert_eq!(mine.choices("id_type"), ["passport", "id_card"]);
        assert_eq!(mine.description("organization.name", "es"), "Empresa");
        assert!(config.stellar.as_ref().expect("served").types.find(Some("sep6")).is_some());
    }

    #[test]
    fn what_is_given_is_printed_with_its_place_and_loads_again() {
        let config = Config::load(Sources::of(FILE, &[], &[])).expect("valid");
        let lines: Vec<String> = config
            .redacted()
            .into_iter()
            .filter(|(key, ..)| key == "stellar.default_type" || key.starts_with("stellar.types."))
            .map(|(key, value, _)| format!("{key} = {value}"))
            .collect();
        assert_eq!(lines.len(), 8, "{lines:?}");
        let again = Config::load(Sources::of(&lines.join("\n"), &[], &[])).expect("valid");
        assert_eq!(
            again.stellar.as_ref().expect("served").types,
            config.stellar.as_ref().expect("served").types
        );
    }

    #[test]
    fn the_environment_gives_types_too() {
        let env = [("KYCD_STELLAR__TYPES__MINE__REQUIRED", "last_name, city")];
        let config = Config::load(Sources::of("", &env, &[])).expect("valid");
        let mine =
            config.stellar.as_ref().expect("served").types.find(Some("mine")).expect("a type");
        assert_eq!(mine.requirement.required, ["city", "last_name"]);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let cases = [
            (
                "[stellar.types.mine]\nrequired = [\"colour\"]",
                "kycd.toml:2: stellar.types.mine: \"colour\" is not a SEP-9 field",
            ),
            (
                "[stellar.types.mine]\nrequierd = [\"city\"]",
                "kycd.toml:2: stellar.types.mine.requierd: unknown key; did you mean \
                 stellar.types.mine.required?",
            ),
            (
                "stellar.types.mine = 1",
                "kycd.toml:1: stellar.types.mine: is a section, not a value",
            ),
            (
                "[stellar.types.mine]\nrequired = 5",
                "kycd.toml:2: stellar.types.mine.required: expected a list, found 5",
            ),
            (
                "stellar.default_type = \"x\"",
                "kycd.toml:1: stellar.default_type: there is no type \"x\"",
            ),
            (
                "[stellar.types.mine]\noptional = [\"city\"]",
                "kycd.toml:2: stellar.types.mine: expected at least one required field",
            ),
        ];
        for (file, expected) in cases {
            assert!(errors(file, &[]).contains(expected), "{}", errors(file, &[]));
        }
    }
}
