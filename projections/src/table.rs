//! The tables of a read model, so that people can read its rows.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::encoding::decode;
use crate::rows::{Key, Rows};

/// One table: its rows share the first part of their key, and a type.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// First part of the key.
    pub name: &'static str,
    key: &'static [Part],
    show: fn(&[u8]) -> Option<Value>,
}

/// What follows the table's name in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A text, ended by a zero byte.
    Text,
    /// A number of eight bytes.
    Number,
}

impl Table {
    /// A table with rows of this type.
    pub const fn of<T: Serialize + DeserializeOwned>(
        name: &'static str,
        key: &'static [Part],
    ) -> Self {
        Self { name, key, show: show::<T> }
    }

    /// Its rows as JSON, by their keys: parts with a `/` between them.
    pub fn shown(&self, rows: &Rows) -> Value {
        let prefix = Key::table(self.name).done();
        let shown = rows.raw(&prefix).map(|(key, row)| {
            let row = (self.show)(&row).unwrap_or_else(|| json!("unreadable"));
            (self.readable(&key[prefix.len()..]), row)
        });
        Value::Object(shown.collect::<Map<_, _>>())
    }

    fn readable(&self, mut key: &[u8]) -> String {
        let mut parts = Vec::with_capacity(self.key.len());
        for part in self.key {
            match part {
                Part::Text => {
                    let end = key.iter().position(|b| *b == 0).unwrap_or(key.len());
                    parts.push(String::from_utf8_lossy(&key[..end]).into_owned());
                    key = key.get(end + 1..).unwrap_or_default();
                }
                Part::Number => {
                    let number = key.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
                    parts.push(number.to_string());
                    key = key.get(8..).unwrap_or_default();
                }
            }
        }
        parts.join("/")
    }
}

fn show<T: Serialize + DeserializeOwned>(row: &[u8]) -> Option<Value> {
    serde_json::to_value(decode::<T>(row).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_shown_by_readable_keys_and_others_stay_out() {
        const TABLE: Table = Table::of::<Vec<u8>>("due", &[Part::Number, Part::Text]);
        let mut rows = Rows::default();
        rows.put(Key::table("due").number(7).text("a-b").done(), &vec![1_u8]);
        rows.put(Key::table("duet").number(8).text("c").done(), &vec![2_u8]);
        assert_eq!(TABLE.shown(&rows), json!({ "7/a-b": [1] }));
    }
}
