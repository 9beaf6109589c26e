//! From what a client sent to a value in its normal form, or a word on what was expected.
//!
//! Errors name the field and the format. They never hold the value.

use chrono::{DateTime, NaiveDate};

use super::codes::{is_alpha2, is_alpha3, is_language};
use super::{Field, Format, MediaType, media};

/// Characters of one value, at most.
pub const TEXT_CHARS_MAX: usize = 2_000;
const E164_DIGITS_MAX: usize = 15;
const EMAIL_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;
const LABEL_BYTES_MAX: usize = 63;

/// A value that is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{field}' is invalid: expected {expected}")]
pub struct Invalid {
    /// The field.
    pub field: &'static str,
    /// What would be good.
    pub expected: String,
}

/// A file that is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// The field holds no file, or the file is of no kind that it takes.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Too many bytes.
    #[error("'{field}' is too large: expected at most {bytes_max} bytes")]
    TooLarge {
        /// The field.
        field: &'static str,
        /// The bound.
        bytes_max: usize,
    },
}

impl Field {
    /// A value in its normal form.
    pub fn read(&self, sent: &str) -> Result<String, Invalid> {
        let text = sent.trim();
        if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
            return Err(self.invalid(format!("1 to {TEXT_CHARS_MAX} characters")));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(self.invalid("text without control characters"));
        }
        let (normal, expected) = match self.format {
            Format::Text => (Some(text.to_owned()), "text"),
            Format::Number => (whole_number(text), "a whole number"),
            Format::Occupation => (occupation(text), "an ISCO-08 code of 1 to 4 digits"),
            Format::Date => (date(text), "an ISO 8601 date such as 1990-12-31"),
            Format::CardExpiry => (card_expiry(text), "year and month as YY-MM, such as 29-11"),
            Format::Phone => (phone(text), "an E.164 phone number such as +41446681800"),
            Format::Email => (email(text), "an e-mail address"),
            Format::Country3 => {
                (capitals(text, is_alpha3), "an ISO 3166-1 alpha-3 country code such as MEX")
            }
            Format::Country2 => {
                (capitals(text, is_alpha2), "an ISO 3166-1 alpha-2 country code such as MX")
            }
            Format::Language => {
                let small = text.to_ascii_lowercase();
                (is_language(&small).then_some(small), "an ISO 639-1 language code such as es")
            }
            Format::Ip => {
                (text.parse::<std::net::IpAddr>().ok().map(|ip| ip.to_string()), "an IP address")
            }
            Format::Choice(words) => {
                let small = text.to_lowercase();
                let known = words.contains(&small.as_str()).then_some(small);
                return known.ok_or_else(|| self.invalid(format!("one of {}", words.join(", "))));
            }
            Format::Binary | Format::Liveness => (None, "a file, as multipart/form-data"),
        };
        normal.ok_or_else(|| self.invalid(expected))
    }

    /// What a file for this field is.
    pub fn read_file(&self, bytes: &[u8], bytes_max: usize) -> Result<MediaType, BadFile> {
        if !self.is_binary() {
            return Err(self.invalid("text, not a file").into());
        }
        if bytes.len() > bytes_max {
            return Err(BadFile::TooLarge { field: self.name, bytes_max });
        }
        let media = media::taken(bytes);
        let expected = match self.format {
            Format::Liveness => "an image, a PDF, an MP4 or a WebM video",
            _ => "a PNG, JPEG, GIF, WebP, HEIC or TIFF image, or a PDF",
        };
        let takes = |media: &MediaType| !media.is_video() || self.format == Format::Liveness;
        media.filter(takes).ok_or_else(|| self.invalid(expected).into())
    }

    fn invalid(&self, expected: impl Into<String>) -> Invalid {
        Invalid { field: self.name, expected: expected.into() }
    }
}

fn capitals(text: &str, is_known: fn(&str) -> bool) -> Option<String> {
    let capitals = text.to_ascii_uppercase();
    is_known(&capitals).then_some(capitals)
}

fn whole_number(text: &str) -> Option<String> {
    text.parse::<u64>().ok().map(|number| number.to_string())
}

fn occupation(text: &str) -> Option<String> {
    let good = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.to_owned())
}

/// A day, also out of an instant with its zone: the day it is there.
fn date(text: &str) -> Option<String> {
    let plain = (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
    let day = plain
        .flatten()
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.date_naive()))?;
    Some(day.format("%Y-%m-%d").to_string())
}

fn card_expiry(text: &str) -> Option<String> {
    let (year, month) = text.split_once('-')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_month = month.parse().is_ok_and(|month| (1..=12).contains(&month));
    (digits(year) && digits(month) && is_month).then(|| text.to_owned())
}

/// Spaces, dashes and brackets are forgiven. A calling code and a length of its country are asked
/// for, not a number in use: which ranges are handed out changes faster than software.
fn phone(text: &str) -> Option<String> {
    let compact: String =
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let digits = compact.strip_prefix('+')?;
    if digits.len() > E164_DIGITS_MAX || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fits = |code_digits: usize| {
        let (code, number) = digits.split_at_checked(code_digits)?;
        let countries = phonelib::countries_by_calling_code(code.parse().ok()?);
        countries
            .iter()
            .any(|c| c.phone_lengths.iter().any(|n| usize::from(*n) == number.len()))
            .then_some(())
    };
    (1..=3).any(|code_digits| fits(code_digits).is_some()).then_some(compact)
}

/// Something, `@`, and a domain with a dot. More cannot be known without sending a message.
fn email(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let local_is_good = (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local.chars().any(|c| c.is_whitespace() || "@,;:<>()[]\\\"".contains(c));
    let label_is_good = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let domain_is_good = domain.contains('.') && domain.split('.').all(label_is_good);
    (text.len() <= EMAIL_BYTES_MAX && local_is_good && domain_is_good)
        .then(|| format!("{local}@{}", domain.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{FIELDS, find};
    use super::*;

    fn read(name: &str, sent: &str) -> Option<String> {
        find(name).expect("a field").read(sent).ok()
    }

    /// (field, what is sent, the normal form).
    const GOOD: [(&str, &str, &str); 21] = [
        ("first_name", "  Zoë  ", "Zoë"),
        ("address", "1 Main St\nSpringfield", "1 Main St\nSpringfield"),
        ("organization.name", "ACME, Inc.", "ACME, Inc."),
        ("birth_date", "1990-12-31", "1990-12-31"),
        ("birth_date", "1990-12-31T23:00:00+02:00", "1990-12-31"),
        ("id_issue_date", "2020-02-29T00:00:00Z", "2020-02-29"),
        ("card.expiration_date", "29-11", "29-11"),
        ("mobile_number", "+41 44 668 18 00", "+41446681800"),
        ("mobile_number", "+1 (415) 555-0100", "+14155550100"),
        ("email_address", "Anna.Smith+kyc@Example.COM", "Anna.Smith+kyc@example.com"),
        ("email_address", "anna@exämple.org", "anna@exämple.org"),
        ("organization.email", "desk@acme.example", "desk@acme.example"),
        ("address_country_code", "mex", "MEX"),
        ("card.country_code", "MX", "MX"),
        ("language_code", "ES", "es"),
        ("sex", "Female", "female"),
        ("occupation", "231", "231"),
        ("organization.number_of_shareholders", "007", "7"),
        ("ip_address", "2001:DB8::1", "2001:db8::1"),
        ("ip_address", "192.0.2.1", "192.0.2.1"),
        ("id_number", "X-1", "X-1"),
    ];

    const BAD: [(&str, &str); 31] = [
        ("first_name", ""),
        ("first_name", "  "),
        ("first_name", "a\0b"),
        ("first_name", "\u{1b}[2J"),
        ("birth_date", "1990-13-01"),
        ("birth_date", "2021-02-29"),
        ("birth_date", "31.12.1990"),
        ("birth_date", "1990-1-1"),
        ("birth_date", "1990-12-31T23:00:00"),
        ("card.expiration_date", "29-13"),
        ("card.expiration_date", "2029-11"),
        ("card.expiration_date", "+1-11"),
        ("mobile_number", "0446681800"),
        ("mobile_number", "+1"),
        ("mobile_number", "+41 44 668 18 00 ext 5"),
        ("mobile_number", "+999123456789"),
        ("mobile_number", "+1234567890123456"),
        ("email_address", "anna"),
        ("email_address", "anna@localhost"),
        ("email_address", "anna@@example.org"),
        ("email_address", "anna smith@example.org"),
        ("email_address", "anna@-example.org"),
        ("email_address", "a@example.org\r\nBcc: b@example.org"),
        ("address_country_code", "MX"),
        ("address_country_code", "GER"),
        ("card.country_code", "UK"),
        ("language_code", "spa"),
        ("sex", "x"),
        ("occupation", "teacher"),
        ("ip_address", "256.0.0.1"),
        ("photo_id_front", "aGVsbG8="),
    ];

    #[test]
    fn good_values_take_their_normal_form_and_keep_it() {
        for (name, sent, normal) in GOOD {
            assert_eq!(read(name, sent).as_deref(), Some(normal), "{name} {sent}");
            assert_eq!(read(name, normal).as_deref(), Some(normal), "{name} {normal}");
        }
    }

    #[test]
    fn bad_values_are_refused_without_being_repeated() {
        for (name, sent) in BAD {
            let error = find(name).expect("a field").read(sent).expect_err(name);
            assert_eq!(error.field, name);
            let shown = error.to_string();
            assert!(shown.contains(name) && shown.contains("expected"), "{shown}");
            assert!(sent.trim().len() < 4 || !shown.contains(sent), "{shown}");
        }
        let long = "x".repeat(TEXT_CHARS_MAX + 1);
        assert_eq!(read("address", &long), None);
    }

    #[test]
    fn a_file_has_to_be_of_a_kind_and_a_size_that_its_field_takes() {
        let field = |name| find(name).expect("a field");
        let (png, mp4) = (b"\x89PNG\r\n\x1a\n", b"\0\0\0\x18ftypisom");
        assert_eq!(field("photo_id_front").read_file(png, 8), Ok(MediaType::Png));
        assert_eq!(field("proof_of_liveness").read_file(mp4, 99), Ok(MediaType::Mp4));
        for (name, bytes) in [
            ("photo_id_front", &mp4[..]),
            ("photo_id_front", b"<svg/>"),
            ("photo_id_front", b""),
            ("first_name", png),
        ] {
            let refused = field(name).read_file(bytes, 99);
            assert!(matches!(refused, Err(BadFile::Invalid(_))), "{name}: {refused:?}");
        }
        let large = field("photo_id_front").read_file(png, 7);
        assert_eq!(large, Err(BadFile::TooLarge { field: "photo_id_front", bytes_max: 7 }));
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange_to_be_judged(sent in any::<String>(), at in 0..FIELDS.len()) {
            let field = &FIELDS[at];
            if let Ok(normal) = field.read(&sent) {
                prop_assert_eq!(field.read(&normal), Ok(normal));
            }
        }
    }
}
