//! The fields of SEP-9: their names, their types, and what a good value is.
//!
//! Dots in names are plain characters. A few fields have two names; the first is the one that is
//! kept and shown. Source: SEP-9 1.18.0 (2024).

mod codes;
pub mod media;
mod table;
mod value;
pub mod words;

pub use codes::{is_alpha2, is_language};
pub use table::{FIELDS, ORGANIZATION_ACCOUNTS};
pub use value::{BadFile, Invalid, TEXT_CHARS_MAX};

pub use crate::media_type::MediaType;

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, as it is kept and shown.
    pub name: &'static str,
    /// The other name it may be sent under.
    pub alias: Option<&'static str>,
    /// What it describes.
    pub group: Group,
    /// What a good value is.
    pub format: Format,
    /// What it is, in English.
    pub description: &'static str,
}

/// What fields describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A natural person.
    Person,
    /// A financial account, of a person or, with `organization.` before the name, of an organization.
    Account,
    /// An organization.
    Organization,
    /// A payment card.
    Card,
}

/// What a good value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// An ISCO-08 code.
    Occupation,
    /// A day.
    Date,
    /// A month, `YY-MM`.
    CardExpiry,
    /// A phone number, E.164.
    Phone,
    /// An e-mail address.
    Email,
    /// ISO 3166-1 alpha-3.
    Country3,
    /// ISO 3166-1 alpha-2.
    Country2,
    /// ISO 639-1.
    Language,
    /// An IP address.
    Ip,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An image or a PDF.
    Binary,
    /// An image, a PDF or a video.
    Liveness,
}

impl Field {
    /// `string`, `number`, `date` or `binary`.
    pub fn type_word(&self) -> &'static str {
        match self.format {
            Format::Number | Format::Occupation => "number",
            Format::Date | Format::CardExpiry => "date",
            Format::Binary | Format::Liveness => "binary",
            Format::Text
            | Format::Phone
            | Format::Email
            | Format::Country3
            | Format::Country2
            | Format::Language
            | Format::Ip
            | Format::Choice(_) => "string",
        }
    }

    /// Whether it holds a file.
    pub fn is_binary(&self) -> bool {
        matches!(self.format, Format::Binary | Format::Liveness)
    }

    /// Whether its values are kept at all: a card's check digits never are.
    pub fn is_kept(&self) -> bool {
        self.name != "card.cvc"
    }

    /// The values there are, if there are few.
    pub fn choices(&self) -> &'static [&'static str] {
        match self.format {
            Format::Choice(words) => words,
            _ => &[],
        }
    }
}

/// The field of this name, or of this other name.
pub fn find(name: &str) -> Option<&'static Field> {
    let mut fields = FIELDS.iter().chain(&ORGANIZATION_ACCOUNTS);
    fields.find(|field| field.name == name || field.alias == Some(name))
}

/// What a key of a request's body is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `<field>`: its value.
    Value(&'static Field),
    /// `<field>_verification`: the code that was sent to it.
    Code(&'static Field),
    /// `<field>_file_id`: a file uploaded before is its value.
    File(&'static Field),
}

/// What a key of a request's body is about; `None`: nothing of SEP-9.
pub fn entry(key: &str) -> Option<Entry> {
    if let Some(field) = find(key) {
        return Some(Entry::Value(field));
    }
    if let Some(field) = key.strip_suffix("_verification").and_then(find) {
        return Some(Entry::Code(field));
    }
    let field = key.strip_suffix("_file_id").and_then(find)?;
    field.is_binary().then_some(Entry::File(field))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_76_fields_with_78_names_and_one_of_the_suite() {
        let mut names = BTreeSet::new();
        for field in &FIELDS {
            assert!(names.insert(field.name), "{} twice", field.name);
            if let Some(alias) = field.alias {
                assert!(names.insert(alias), "{alias} twice");
            }
            assert!(!field.description.is_empty());
        }
        assert!(names.remove("photo_proof_of_income"), "only the suite calls it that");
        assert_eq!(names.len(), 78);
        let count = |group| FIELDS.iter().filter(|field| field.group == group).count();
        let counts = [Group::Person, Group::Account, Group::Organization, Group::Card].map(count);
        assert_eq!(counts, [34, 14, 17, 11]);
    }

    #[test]
    fn binary_fields_are_those_of_sep_9() {
        let binary: Vec<&str> =
            FIELDS.iter().filter(|field| field.is_binary()).map(|field| field.name).collect();
        let expected = [
            "photo_id_front",
            "photo_id_back",
            "notary_approval_of_photo_id",
            "photo_proof_residence",
            "proof_of_income",
            "proof_of_liveness",
            "organization.photo_incorporation_doc",
            "organization.photo_proof_address",
        ];
        assert_eq!(binary, expected);
    }

    #[test]
    fn other_names_lead_to_the_same_field() {
        for (alias, name) in [
            ("family_name", "last_name"),
            ("given_name", "first_name"),
            ("photo_proof_of_income", "proof_of_income"),
        ] {
            assert_eq!(find(alias).map(|field| field.name), Some(name));
        }
        assert_eq!(find("organization.VAT_number").map(Field::type_word), Some("string"));
        assert!(find("organization.clabe_number").is_some(), "an organization has accounts too");
        assert_eq!(find("organization"), None);
        assert_eq!(find("organization.vat_number"), None);
    }

    #[test]
    fn suffixes_tell_codes_and_files_from_values() {
        let field = |name| find(name).expect("a field");
        assert_eq!(entry("mobile_number"), Some(Entry::Value(field("mobile_number"))));
        assert_eq!(entry("mobile_number_verification"), Some(Entry::Code(field("mobile_number"))));
        assert_eq!(entry("photo_id_front_file_id"), Some(Entry::File(field("photo_id_front"))));
        assert_eq!(entry("first_name_file_id"), None, "no file");
        for other in ["", "_verification", "_file_id", "favourite_colour", "type", "id"] {
            assert_eq!(entry(other), None, "{other}");
        }
    }
}
