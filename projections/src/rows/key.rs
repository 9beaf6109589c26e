//! How the key of a row is made.

/// Builds a key: texts end with a zero byte, numbers are big-endian, so keys sort as one expects.
#[derive(Debug, Default)]
pub struct Key(Vec<u8>);

impl Key {
    /// Starts with a table name, which is not empty.
    pub fn table(name: &str) -> Self {
        Self::default().text(name)
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Adds an instant; those before 1970 count as 1970.
    #[must_use]
    pub fn instant(self, at: kyc_events::Millis) -> Self {
        self.number(u64::try_from(at).unwrap_or(0))
    }

    /// The key.
    pub fn done(self) -> Vec<u8> {
        self.0
    }
}

/// The first key after all keys that start with `prefix`; `None`: there is none.
pub(crate) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|b| *b != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// The table that a key lies in, or that a prefix lies in as a whole: up to the first zero byte.
pub(crate) fn table_of(key: &[u8]) -> Option<&[u8]> {
    key.iter().position(|b| *b == 0).map(|zero| &key[..=zero])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_number_and_text() {
        let key = |text: &str, n| Key::table("t").text(text).number(n).done();
        assert!(key("a", 2) < key("a", 10));
        assert!(key("a", 10) < key("b", 1));
    }

    #[test]
    fn what_follows_a_prefix_is_the_next_greater_text() {
        assert_eq!(after(b"a"), Some(b"b".to_vec()));
        assert_eq!(after(&[b'a', 0xff]), Some(b"b".to_vec()));
        assert_eq!(after(&[0xff]), None);
    }

    #[test]
    fn a_key_begins_with_its_table() {
        assert_eq!(table_of(&Key::table("due").number(0).done()), Some(&b"due\0"[..]));
        assert_eq!(table_of(b"du"), None);
    }
}
