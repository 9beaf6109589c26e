//! The 46 pieces of identity data that `CorePass` verifies, and the lists of them in requests.
//!
//! Four documents of eleven attributes each, an e-mail address and a telephone number. Requests,
//! data callbacks and error callbacks name them in plain text; status callbacks and the blockchain
//! use the SHA3-256 of the name.
//!
//! Source: `CorePass` documentation, Authorization (KYC-transfer), version CP v. 1, section
//! "Authorization (KYC-transfer) flow"; the hash follows from its status callback samples.

use std::{fmt, sync::LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::signing::sha3_256;

/// How many fields there are, hence how many items a request can have.
pub const FIELDS: usize = 46;

/// In the order of the documentation.
#[rustfmt::skip]
const NAMES: [&str; FIELDS] = [
    "SH_IDCard_FULLNAME", "SH_IDCard_DOB", "SH_IDCard_ExpiryDate", "SH_IDCard_IssueDate",
    "SH_IDCard_DocumentNumber", "SH_IDCard_Gender", "SH_IDCard_Country",
    "SH_IDCard_DocumentImage", "SH_IDCard_FaceImage", "SH_IDCard_AML_Check",
    "SH_IDCard_AML_Detail",
    "SH_Passport_FULLNAME", "SH_Passport_DOB", "SH_Passport_ExpiryDate", "SH_Passport_IssueDate",
    "SH_Passport_DocumentNumber", "SH_Passport_Gender", "SH_Passport_Country",
    "SH_Passport_DocumentImage", "SH_Passport_FaceImage", "SH_Passport_AML_Check",
    "SH_Passport_AML_Detail",
    "SH_ResidencePermit_FULLNAME", "SH_ResidencePermit_DOB", "SH_ResidencePermit_ExpiryDate",
    "SH_ResidencePermit_IssueDate", "SH_ResidencePermit_DocumentNumber",
    "SH_ResidencePermit_Gender", "SH_ResidencePermit_Country",
    "SH_ResidencePermit_DocumentImage", "SH_ResidencePermit_FaceImage",
    "SH_ResidencePermit_AML_Check", "SH_ResidencePermit_AML_Detail",
    "SH_DriverLicense_FULLNAME", "SH_DriverLicense_DOB", "SH_DriverLicense_ExpiryDate",
    "SH_DriverLicense_IssueDate", "SH_DriverLicense_DocumentNumber", "SH_DriverLicense_Gender",
    "SH_DriverLicense_Country", "SH_DriverLicense_DocumentImage", "SH_DriverLicense_FaceImage",
    "SH_DriverLicense_AML_Check", "SH_DriverLicense_AML_Detail",
    "SH_EMAIL", "SH_PHONE",
];

static IDS: LazyLock<[[u8; 32]; FIELDS]> =
    LazyLock::new(|| NAMES.map(|name| sha3_256(name.as_bytes())));

/// One of the 46 fields. Ordered as in the documentation; serialised as its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(u8);

impl Field {
    /// All fields, in the order of the documentation.
    pub const ALL: [Self; FIELDS] = {
        let mut all = [Self(0); FIELDS];
        let mut at = 0;
        while at < FIELDS {
            all[at] = Self(at as u8);
            at += 1;
        }
        all
    };

    /// The field of this name; the case matters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The name, such as `SH_EMAIL`.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The SHA3-256 of the name: the field's id on chain.
    pub fn id(self) -> [u8; 32] {
        IDS[usize::from(self.0)]
    }

    /// The id as in status callbacks: 64 lower-case hexadecimal characters without `0x`.
    pub fn id_hex(self) -> String {
        hex::encode(self.id())
    }
}

/// Why a list of names is not a list of items. The display text is the answer to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidItems {
    /// No names.
    #[error("invalid items: at least one item is required")]
    Empty,
    /// More names than there are fields.
    #[error("invalid items: at most {FIELDS} items are allowed")]
    TooMany,
    /// Names of no field.
    #[error("invalid items: {}", names.join(", "))]
    Unknown {
        /// The first ten different ones, without control characters, cut to 64 characters each.
        names: Vec<String>,
    },
    /// A field named twice.
    #[error("invalid items: duplicate {field}")]
    Duplicate {
        /// The first such field.
        field: Field,
    },
}

impl InvalidItems {
    const UNKNOWN_NAMES_MAX: usize = 10;
    const UNKNOWN_CHARS_MAX: usize = 64;

    fn unknown<'a>(unknown: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut names = Vec::new();
        for name in unknown {
            let printable = name.chars().filter(|c| !c.is_control());
            let name = printable.take(Self::UNKNOWN_CHARS_MAX).collect();
            if names.len() < Self::UNKNOWN_NAMES_MAX && !names.contains(&name) {
                names.push(name);
            }
        }
        (!names.is_empty()).then_some(Self::Unknown { names })
    }
}

/// Reads the `items` of a request: 1 to 46 different field names. Keeps their order.
pub fn parse_items(names: &[String]) -> Result<Vec<Field>, InvalidItems> {
    if names.is_empty() {
        return Err(InvalidItems::Empty);
    }
    if names.len() > FIELDS {
        return Err(InvalidItems::TooMany);
    }
    let unknown = names.iter().map(String::as_str).filter(|name| Field::from_name(name).is_none());
    if let Some(error) = InvalidItems::unknown(unknown) {
        return Err(error);
    }
    let mut fields = Vec::with_capacity(names.len());
    for field in names.iter().filter_map(|name| Field::from_name(name)) {
        if fields.contains(&field) {
            return Err(InvalidItems::Duplicate { field });
        }
        fields.push(field);
    }
    Ok(fields)
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name such as SH_EMAIL")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Field, E> {
                Field::from_name(name).ok_or_else(|| E::custom("unknown field name"))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn items(names: &[&str]) -> Result<Vec<Field>, InvalidItems> {
        parse_items(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn refusal(names: &[&str]) -> String {
        items(names).expect_err("refused").to_string()
    }

    #[test]
    fn ids_are_those_of_the_vectors() {
        let vectors = include_str!("../../fixtures/corepass/vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).expect("JSON");
        let expected: BTreeMap<String, String> =
            serde_json::from_value(vectors["field_ids"].clone()).expect("a map");
        let found: BTreeMap<String, String> =
            Field::ALL.map(|field| (field.name().to_owned(), field.id_hex())).into();
        assert_eq!(found, expected);
        assert_eq!(found.len(), FIELDS);
    }

    #[test]
    fn names_are_found_and_case_matters() {
        for field in Field::ALL {
            assert_eq!(Field::from_name(field.name()), Some(field));
        }
        for name in ["", "SH_Email", "sh_email", " SH_EMAIL", "SH_EMAIL ", "SH_IDCard"] {
            assert_eq!(Field::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn fields_are_serialised_as_their_names() {
        let text = serde_json::to_string(&Field::ALL.to_vec()).expect("JSON");
        let back: Vec<Field> = serde_json::from_str(&text).expect("fields");
        assert_eq!(back, Field::ALL);
        assert!(text.starts_with(r#"["SH_IDCard_FULLNAME","SH_IDCard_DOB","#));
        assert!(serde_json::from_str::<Field>(r#""SH_NOTHING""#).is_err());
    }

    #[test]
    fn items_keep_the_order_of_the_request() {
        let fields = items(&["SH_PHONE", "SH_EMAIL"]).expect("valid");
        assert_eq!(
            fields.iter().map(|field| field.name()).collect::<Vec<_>>(),
            ["SH_PHONE", "SH_EMAIL"]
        );
        assert_eq!(items(&NAMES), Ok(Field::ALL.to_vec()));
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        assert_eq!(refusal(&[]), "invalid items: at least one item is required");
        assert_eq!(refusal(&["SH_EMAIL"; 47]), "invalid items: at most 46 items are allowed");
        assert_eq!(refusal(&["A", "SH_EMAIL", "B", "A"]), "invalid items: A, B");
        assert_eq!(
            refusal(&["SH_EMAIL", "SH_PHONE", "SH_PHONE", "SH_EMAIL"]),
            "invalid items: duplicate SH_PHONE"
        );
        assert_eq!(refusal(&["SH_EMAIL", "SH_EMAIL", "A"]), "invalid items: A");
    }

    #[test]
    fn offending_names_are_cut_and_cleaned() {
        let long = "é".repeat(1000);
        assert_eq!(refusal(&[&long]), format!("invalid items: {}", "é".repeat(64)));
        assert_eq!(refusal(&["a\r\n\u{0}\u{85}b"]), "invalid items: ab");
        let many: Vec<String> = (0..40).map(|n| format!("n{n}")).collect();
        assert_eq!(
            parse_items(&many).expect_err("refused").to_string(),
            "invalid items: n0, n1, n2, n3, n4, n5, n6, n7, n8, n9"
        );
    }
}
