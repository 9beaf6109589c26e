//! Rows of one read model: ordered keys, typed values.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The rows of one read model, ordered by key bytes.
#[derive(Debug, Default)]
pub struct Rows {
    map: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Rows {
    /// The row at `key`.
    pub fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Option<T> {
        self.map.get(key).map(|bytes| decode(bytes))
    }

    /// Writes the row at `key`.
    pub fn put<T: Serialize>(&mut self, key: Vec<u8>, row: &T) {
        let bytes = minicbor_serde::to_vec(row).expect("invariant: rows hold no open data");
        self.map.insert(key, bytes);
    }

    /// Deletes the row at `key`, if there is one.
    pub fn delete(&mut self, key: &[u8]) {
        self.map.remove(key);
    }

    /// Deletes all rows whose key starts with `prefix`.
    pub fn delete_all(&mut self, prefix: &[u8]) {
        let keys: Vec<Vec<u8>> =
            self.scan::<Skipped>(prefix).map(|(key, _)| key.to_vec()).collect();
        for key in keys {
            self.delete(&key);
        }
    }

    /// Rows whose key starts with `prefix`, ascending.
    pub fn scan<'a, T: DeserializeOwned + 'a>(
        &'a self,
        prefix: &'a [u8],
    ) -> impl DoubleEndedIterator<Item = (&'a [u8], T)> + 'a {
        let end = after(prefix).map_or(Bound::Unbounded, Bound::Excluded);
        self.map
            .range::<[u8], _>((Bound::Included(prefix), end.as_ref().map(Vec::as_slice)))
            .map(|(key, bytes)| (key.as_slice(), decode(bytes)))
    }

    /// The first key at or after `from` that starts with `prefix`.
    pub fn first_from(&self, prefix: &[u8], from: &[u8]) -> Option<&[u8]> {
        let next = self.map.range::<[u8], _>((Bound::Included(from), Bound::Unbounded)).next();
        next.map(|(key, _)| key.as_slice()).filter(|key| key.starts_with(prefix))
    }
}

/// A row whose content does not matter.
struct Skipped;

impl<'de> serde::Deserialize<'de> for Skipped {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

/// The first key after all keys that start with `prefix`.
fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|b| *b != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
    minicbor_serde::from_slice(bytes).expect("invariant: rows are read as they were written")
}

/// Builds a key: texts end with a zero byte, numbers are big-endian, so keys sort as one expects.
#[derive(Debug, Default)]
pub struct Key(Vec<u8>);

impl Key {
    /// Starts with a table name.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_stays_within_its_prefix() {
        let mut rows = Rows::default();
        for (key, row) in [("a", 1u8), ("ab", 2), ("ac", 3), ("b", 4)] {
            rows.put(key.as_bytes().to_vec(), &row);
        }
        let found: Vec<u8> = rows.scan(b"a").map(|(_, row)| row).collect();
        assert_eq!(found, [1, 2, 3]);
        let all: Vec<u8> = rows.scan(b"").map(|(_, row)| row).collect();
        assert_eq!(all, [1, 2, 3, 4]);
        assert_eq!(rows.scan::<u8>(&[0xff]).count(), 0);
    }

    #[test]
    fn keys_sort_by_number_and_text() {
        let key = |text: &str, n| Key::table("t").text(text).number(n).done();
        assert!(key("a", 2) < key("a", 10));
        assert!(key("a", 10) < key("b", 1));
    }
}
