//! Text that must not be shown: it has no `Display`, and its `Debug` is `***`.
//!
//! Comparing a presented token with a secret in constant time is its user's business.

use super::value::{Raw, Setting, Wrong};

/// A token or a key given in the configuration. Not empty, visible ASCII without spaces.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text, unchecked.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; never to be logged or answered.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Setting for Secret {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.text()
            .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
            .map(Self::new)
            .ok_or_else(|| raw.wrong("text of visible ASCII characters without spaces"))
    }

    fn show(&self) -> String {
        "\"***\"".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_stars() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(***)");
    }

    #[test]
    fn empty_or_spaced_text_is_refused() {
        for text in ["", "a b", "a\n", "é"] {
            assert!(Secret::read(&Raw::Text(text.to_owned())).is_err(), "{text:?}");
        }
    }
}
