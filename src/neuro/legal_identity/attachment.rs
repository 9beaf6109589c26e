//! Files that belong to an identity, as it names them.

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use super::LegalId;
use crate::config::limits;
use crate::neuro::xml::Element;

/// A file. Debug output hides its name, which people choose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its own id.
    pub id: LegalId,
    /// Checked by [`file_name`].
    pub file_name: String,
    /// Checked by [`content_type`].
    pub content_type: String,
    /// The client key's signature over its bytes, in base64.
    pub signature: String,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
}

/// Why a file's name or type is not taken. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAttachment {
    /// Too long, with a folder in it, or with a character that is not written the same everywhere.
    #[error("the file name is not allowed")]
    FileName,
    /// No media type.
    #[error("the content type is not allowed")]
    ContentType,
}

/// A file's name in Unicode's composed form, if it may be called this. The Neuron does not escape
/// names where it signs them, so what would need it is refused.
pub fn file_name(text: &str) -> Result<String, InvalidAttachment> {
    let is_long = text.len() > limits::NEURO_FILE_NAME_BYTES_MAX;
    let is_folder = text.contains(['/', '\\']) || matches!(text, "" | "." | "..");
    if is_long || is_folder || text.contains(is_refused) {
        return Err(InvalidAttachment::FileName);
    }
    Ok(ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned())
}

/// Whether a file may be of this type: `image/jpeg`, with parameters or without.
pub fn content_type(text: &str) -> Result<&str, InvalidAttachment> {
    let essence = text.split(';').next().unwrap_or_default();
    let is_token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$^_.+-".contains(&byte))
    };
    let is_type =
        essence.trim().split_once('/').is_some_and(|(top, sub)| is_token(top) && is_token(sub));
    if !is_type || text.len() > limits::CONTENT_TYPE_BYTES_MAX || text.contains(is_refused) {
        return Err(InvalidAttachment::ContentType);
    }
    Ok(text)
}

fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '<' | '>' | '&' | '"' | '\'' | '\u{fffe}' | '\u{ffff}')
}

impl Attachment {
    /// `<attachment …/>` in a namespace.
    pub(super) fn element(&self, namespace: &str) -> Element {
        Element::new("attachment", namespace)
            .attribute("contentType", self.content_type.clone())
            .attribute("fileName", self.file_name.clone())
            .attribute("id", self.id.to_string())
            .attribute("s", self.signature.clone())
            .attribute("timestamp", crate::neuro::instant::text(self.at_ms))
    }
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({} …)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_need_no_escaping() {
        for good in ["ProfilePhoto.jpg", "Åsas pass (2).pdf", "a"] {
            assert_eq!(file_name(good).as_deref(), Ok(good));
        }
        assert_eq!(file_name("A\u{30a}.pdf").as_deref(), Ok("Å.pdf"));
        let long = "x".repeat(limits::NEURO_FILE_NAME_BYTES_MAX + 1);
        for wrong in
            ["", ".", "..", "a/b", "a\\b", "a&b", "<a>", "a\"", "a'", "a\nb", "a\u{0}", &long]
        {
            assert_eq!(file_name(wrong), Err(InvalidAttachment::FileName), "{wrong}");
        }
        for good in ["image/jpeg", "application/xml; charset=utf-8", "image/svg+xml"] {
            assert_eq!(content_type(good), Ok(good));
        }
        let long = format!("image/{}", "x".repeat(limits::CONTENT_TYPE_BYTES_MAX));
        for wrong in ["", "image", "image/", "/x", "a/b/c", "a b/c", "a/b\n", "a/b;x=\"y\"", &long]
        {
            assert_eq!(content_type(wrong), Err(InvalidAttachment::ContentType), "{wrong}");
        }
    }

    #[test]
    fn names_are_not_shown_in_debug_output() {
        let named = |name: &str| Attachment {
            id: LegalId::new(uuid::Uuid::nil(), "a"),
            file_name: name.to_owned(),
            content_type: String::new(),
            signature: String::new(),
            at_ms: 0,
        };
        assert!(!format!("{:?}", named("secret.jpg")).contains("secret"));
    }
}
