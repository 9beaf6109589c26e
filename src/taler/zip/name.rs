//! Names of entries: plain relative paths.

use sha2::{Digest as _, Sha256};

use super::Refusal;

/// A name is remembered by this, without regard to the case of A–Z: on many machines `A.PDF` and
/// `a.pdf` are one file, and a folder is none beside a file of its name.
pub(super) type NameHash = [u8; 32];

/// A name that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Of the very bytes.
    pub exact: NameHash,
    /// Of the lower-case name without a last slash.
    pub folded: NameHash,
    /// It ends with a slash.
    pub is_folder: bool,
}

impl Name {
    /// Refused: absolute, with a drive's letter, with `\`, `.`, `..`, an empty part or a control
    /// character in it; not UTF-8 where it says so.
    pub(super) fn read(bytes: &[u8], is_utf8: bool) -> Result<Self, Refusal> {
        let (path, is_folder) = match bytes.strip_suffix(b"/") {
            Some(path) => (path, true),
            None => (bytes, false),
        };
        let is_plain = |byte: &u8| !byte.is_ascii_control() && *byte != b'\\';
        let is_part = |part: &[u8]| !matches!(part, b"" | b"." | b"..");
        let has_drive = matches!(path, [letter, b':', ..] if letter.is_ascii_alphabetic());
        let is_text = !is_utf8 || std::str::from_utf8(path).is_ok();
        let is_good = is_text
            && !has_drive
            && path.iter().all(is_plain)
            && path.split(|byte| *byte == b'/').all(is_part);
        if !is_good {
            return Err(Refusal::Name);
        }
        let hash = |bytes: &[u8]| Sha256::digest(bytes).into();
        Ok(Self { exact: hash(bytes), folded: hash(&path.to_ascii_lowercase()), is_folder })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_are_names() {
        for good in ["a.pdf", "dir/a.pdf", "dir/", "..a/b..", "ä.pdf", "a b", "ab:c"] {
            assert!(Name::read(good.as_bytes(), true).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "/",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a/..",
            "..",
            ".",
            "./a",
            "a//b",
            "a/./b",
            "//a",
            "a\\b",
            "..\\a",
            "C:a",
            "c:/a",
            "a\0.pdf",
            "a\nb",
            "a\x7f",
            "a//",
            "\\\\host\\a",
        ] {
            assert_eq!(Name::read(wrong.as_bytes(), true), Err(Refusal::Name), "{wrong:?}");
        }
        assert_eq!(Name::read(b"\xff.pdf", true), Err(Refusal::Name));
        assert!(Name::read(b"\xff.pdf", false).is_ok());
    }

    #[test]
    fn names_are_folded_for_comparison() {
        let name = |text: &str| Name::read(text.as_bytes(), true).expect("a name");
        assert_eq!(name("A/b.PDF").folded, name("a/B.pdf").folded);
        assert_ne!(name("A/b.PDF").exact, name("a/B.pdf").exact);
        assert_eq!(name("dir/").folded, name("dir").folded);
        assert_ne!(name("dir/").exact, name("dir").exact);
    }
}
