//! Types of customers: which fields each needs, in which words, and who decides.
//!
//! | shipped | needs | decided |
//! |---|---|---|
//! | `sep12-basic` | names and e-mail address; the default | automatically |
//! | `sep6` | names and e-mail address; bank account optional | automatically |
//! | `sep31-sender` | names and e-mail address; address optional | automatically |
//! | `sep31-receiver` | names and e-mail address; bank account optional | automatically |
//! | `sep12-review` | names and e-mail address; both sides of an ID optional | by an operator |
//!
//! The configuration adds types, and replaces shipped ones, in `[stellar.types.NAME]`.

use std::collections::{BTreeMap, BTreeSet};

use kyc_events::stellar::{Decider, Requirement};

use super::sep9::{self, Field, Format};

/// Types in one configuration, at most.
pub const TYPES_MAX: usize = 100;
/// The type of whoever names none, unless configured otherwise.
pub const DEFAULT: &str = "sep12-basic";

/// One type of customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// What it needs and who decides.
    pub requirement: Requirement,
    /// By field: the values there are to choose from.
    pub choices: BTreeMap<String, Vec<String>>,
    /// By language and field: what the field is.
    pub descriptions: BTreeMap<String, BTreeMap<String, String>>,
}

/// A type as somebody wrote it down. Names may be the other names of SEP-9.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Fields without which nobody is accepted.
    pub required: Vec<String>,
    /// Fields that may be given.
    pub optional: Vec<String>,
    /// Those of both whose possession is proved by a code.
    pub verify: Vec<String>,
    /// `automatic`, `review` or `provider:NAME`; automatic if not given.
    pub decided_by: Option<String>,
    /// By field: the values there are to choose from.
    pub choices: BTreeMap<String, Vec<String>>,
    /// By language and field: what the field is.
    pub descriptions: BTreeMap<String, BTreeMap<String, String>>,
}

/// What is wrong with a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The name is not 1 to 64 of `a`–`z`, `A`–`Z`, `0`–`9`, `_`, `-`.
    #[error("expected a name of 1 to 64 letters, digits, - and _")]
    Name,
    /// Nothing is required.
    #[error("expected at least one required field")]
    NothingRequired,
    /// A name that is no SEP-9 field.
    #[error("{0:?} is not a SEP-9 field")]
    UnknownField(String),
    /// Required and optional, or twice in a list.
    #[error("{0} is listed twice")]
    Twice(&'static str),
    /// A field that is never kept cannot be asked for.
    #[error("{0} is never kept, so it cannot be asked for")]
    NeverKept(&'static str),
    /// Verification, choices or a description of a field the type does not have.
    #[error("{0} is neither required nor optional here")]
    NotAsked(&'static str),
    /// Codes go to e-mail addresses and phone numbers only.
    #[error("{0} cannot be verified by a code; email_address and mobile_number can")]
    NotVerifiable(&'static str),
    /// Choices of a field that is no text, or a choice that is no good value.
    #[error("{0} has choices that are no values of it")]
    BadChoice(&'static str),
    /// Not `automatic`, `review` or `provider:NAME`.
    #[error("decided_by: expected automatic, review or provider:NAME")]
    Decider,
    /// Not an ISO 639-1 code.
    #[error("{0:?} is not an ISO 639-1 language code")]
    Language(String),
}

impl Draft {
    /// Checks it.
    pub fn check(self, name: &str) -> Result<Type, Unfit> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=64).contains(&name.len()) || !name.bytes().all(good) {
            return Err(Unfit::Name);
        }
        let mut seen = BTreeSet::new();
        let required = asked(&self.required, &mut seen)?;
        let optional = asked(&self.optional, &mut seen)?;
        if required.is_empty() {
            return Err(Unfit::NothingRequired);
        }
        let mut verified = Vec::new();
        for name in &self.verify {
            let field = of_these(name, &seen)?;
            if channel_of(field.name).is_none() {
                return Err(Unfit::NotVerifiable(field.name));
            }
            verified.push(field.name.to_owned());
        }
        verified.sort();
        verified.dedup();
        let decider = decider(self.decided_by.as_deref().unwrap_or("automatic"))?;
        Ok(Type {
            name: name.to_owned(),
            requirement: Requirement { required, optional, verified, decider },
            choices: choices(self.choices, &seen)?,
            descriptions: descriptions(self.descriptions, &seen)?,
        })
    }
}

fn known(name: &str) -> Result<&'static Field, Unfit> {
    sep9::find(name).ok_or_else(|| Unfit::UnknownField(name.to_owned()))
}

fn asked(names: &[String], seen: &mut BTreeSet<&'static str>) -> Result<Vec<String>, Unfit> {
    let mut list = Vec::with_capacity(names.len());
    for name in names {
        let field = known(name)?;
        if !field.is_kept() {
            return Err(Unfit::NeverKept(field.name));
        }
        if !seen.insert(field.name) {
            return Err(Unfit::Twice(field.name));
        }
        list.push(field.name.to_owned());
    }
    list.sort();
    Ok(list)
}

fn of_these(name: &str, seen: &BTreeSet<&'static str>) -> Result<&'static Field, Unfit> {
    let field = known(name)?;
    if seen.contains(field.name) { Ok(field) } else { Err(Unfit::NotAsked(field.name)) }
}

fn decider(word: &str) -> Result<Decider, Unfit> {
    match word {
        "automatic" => Ok(Decider::Automatic),
        "review" => Ok(Decider::Review),
        other => match other.strip_prefix("provider:") {
            Some(name) if !name.is_empty() => Ok(Decider::Provider(name.to_owned())),
            _ => Err(Unfit::Decider),
        },
    }
}

fn choices(
    drafted: BTreeMap<String, Vec<String>>,
    seen: &BTreeSet<&'static str>,
) -> Result<BTreeMap<String, Vec<String>>, Unfit> {
    let mut checked = BTreeMap::new();
    for (name, words) in drafted {
        let field = of_these(&name, seen)?;
        let normal: Result<Vec<String>, _> = words.iter().map(|word| field.read(word)).collect();
        match normal {
            Ok(words) if !words.is_empty() => checked.insert(field.name.to_owned(), words),
            _ => return Err(Unfit::BadChoice(field.name)),
        };
    }
    Ok(checked)
}

fn descriptions(
    drafted: BTreeMap<String, BTreeMap<String, String>>,
    seen: &BTreeSet<&'static str>,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Unfit> {
    let mut checked = BTreeMap::new();
    for (lang, texts) in drafted {
        if !sep9::is_language(&lang) {
            return Err(Unfit::Language(lang));
        }
        let mut named = BTreeMap::new();
        for (name, text) in texts {
            named.insert(of_these(&name, seen)?.name.to_owned(), text);
        }
        checked.insert(lang, named);
    }
    Ok(checked)
}

/// How a code reaches whoever holds the value of this field.
pub fn channel_of(field: &str) -> Option<kyc_events::stellar::Channel> {
    use kyc_events::stellar::Channel;
    match sep9::find(field)?.format {
        Format::Email => Some(Channel::Email),
        Format::Phone => Some(Channel::Sms),
        _ => None,
    }
}

impl Type {
    /// What a field is, in this language, else in English; never empty. Configured texts come
    /// before ours.
    pub fn description(&self, field: &str, lang: &str) -> &str {
        let in_lang = |lang: &str| self.descriptions.get(lang).and_then(|texts| texts.get(field));
        let ours = |lang: &str| sep9::words::description(field, lang);
        let built_in = || ours(lang).or_else(|| ours("en")).unwrap_or("Field of SEP-9");
        in_lang(lang).or_else(|| in_lang("en")).map_or_else(built_in, String::as_str)
    }

    /// The values of a field to choose from; empty: any.
    pub fn choices(&self, field: &str) -> Vec<&str> {
        match self.choices.get(field) {
            Some(words) => words.iter().map(String::as_str).collect(),
            None => sep9::find(field).map_or(Vec::new(), |field| field.choices().to_vec()),
        }
    }

    /// Whether a value in its normal form is among the choices of its field, if it has any.
    pub fn offers(&self, field: &str, value: &str) -> bool {
        let choices = self.choices(field);
        choices.is_empty() || choices.contains(&value)
    }

    /// The same without verification by codes, for deployments that offer none.
    #[must_use]
    pub fn without_verification(mut self) -> Self {
        self.requirement.verified.clear();
        self
    }
}

/// All types of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Types {
    types: BTreeMap<String, Type>,
    default: String,
}

impl Types {
    /// The shipped ones, with these added or in their place; `None` if there is no type `default`.
    pub fn new(configured: impl IntoIterator<Item = Type>, default: &str) -> Option<Self> {
        let mut types: BTreeMap<String, Type> =
            shipped().into_iter().map(|one| (one.name.clone(), one)).collect();
        types.extend(configured.into_iter().map(|one| (one.name.clone(), one)));
        types.contains_key(default).then(|| Self { types, default: default.to_owned() })
    }

    /// The type of this name, or the default one; `None`: there is no such type.
    pub fn find(&self, name: Option<&str>) -> Option<&Type> {
        self.types.get(name.unwrap_or(&self.default))
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Type> {
        self.types.values()
    }
}

/// The types that are there without any configuration.
pub fn shipped() -> Vec<Type> {
    const BASIC: [&str; 3] = ["first_name", "last_name", "email_address"];
    const BANK: [&str; 3] = ["bank_account_number", "bank_number", "bank_account_type"];
    const ADDRESS: [&str; 4] = ["address", "city", "address_country_code", "postal_code"];
    const ID: [&str; 2] = ["photo_id_front", "photo_id_back"];
    let table: [(&str, &[&str], &[&str], &str); 5] = [
        ("sep12-basic", &[], &[], "automatic"),
        ("sep6", &[], &BANK, "automatic"),
        ("sep31-sender", &[], &ADDRESS, "automatic"),
        ("sep31-receiver", &[], &BANK, "automatic"),
        ("sep12-review", &[], &ID, "review"),
    ];
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let types = table.into_iter().map(|(name, further, optional, decided_by)| {
        let draft = Draft {
            required: owned(&[&BASIC, further].concat()),
            optional: owned(optional),
            decided_by: Some(decided_by.to_owned()),
            ..Draft::default()
        };
        draft.check(name).expect("invariant: the shipped types are fit, and a test makes them")
    });
    types.collect()
}

#[cfg(test)]
mod tests;
