//! CBOR as JSON, whatever its type: events in listings, states in reports.
//!
//! Byte strings become hex. Sealed data is recognised by its shape, a map of exactly the byte
//! strings `key`, `nonce` and `bytes`, and becomes what the caller says.

use std::fmt;

use kyc_events::sealed::{Ciphertext, KeyId};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::{Map, Value, json};

/// Deepest nesting that is shown; what we write is nowhere near.
const DEPTH_MAX: u8 = 64;

/// What stands in the place of sealed data.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// `"sealed"`: nobody tried to open it.
    Sealed,
    /// `"erased"`: its key was destroyed.
    Erased,
    /// This.
    Plain(Value),
}

impl From<Shown> for Value {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Sealed => json!("sealed"),
            Shown::Erased => json!("erased"),
            Shown::Plain(value) => value,
        }
    }
}

/// For callers who open nothing.
pub fn sealed(_: &Ciphertext) -> Shown {
    Shown::Sealed
}

/// A value that cannot be written as CBOR; personal data in it was open, for example.
#[derive(Debug, thiserror::Error)]
#[error("does not encode: {0}")]
pub struct Unencodable(String);

/// One CBOR item as JSON. Bytes that are none, or nested too deeply, become `{"cbor": <hex>}`.
pub fn render(cbor: &[u8], resolve: &mut dyn FnMut(&Ciphertext) -> Shown) -> Value {
    let mut decoder = minicbor_serde::Deserializer::new(cbor);
    match (Item { depth: 0 }).deserialize(&mut decoder) {
        Ok(node) if decoder.decoder().position() == cbor.len() => node.shown(resolve),
        Ok(_) | Err(_) => json!({ "cbor": hex::encode(cbor) }),
    }
}

/// The same for a value that would be written as CBOR.
pub fn render_value(
    value: &impl Serialize,
    resolve: &mut dyn FnMut(&Ciphertext) -> Shown,
) -> Result<Value, Unencodable> {
    let cbor = minicbor_serde::to_vec(value).map_err(|error| Unencodable(error.to_string()))?;
    Ok(render(&cbor, resolve))
}

/// JSON in which byte strings are still told from texts.
enum Node {
    Plain(Value),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Node {
    fn shown(self, resolve: &mut dyn FnMut(&Ciphertext) -> Shown) -> Value {
        match self {
            Self::Plain(value) => value,
            Self::Bytes(bytes) => json!(hex::encode(bytes)),
            Self::List(list) => list.into_iter().map(|node| node.shown(resolve)).collect(),
            Self::Map(entries) => match ciphertext(&entries) {
                Some(shut) => resolve(&shut).into(),
                None => entries
                    .into_iter()
                    .map(|(name, node)| (name, node.shown(resolve)))
                    .collect::<Map<_, _>>()
                    .into(),
            },
        }
    }
}

fn ciphertext(entries: &[(String, Node)]) -> Option<Ciphertext> {
    let field = |wanted: &str| {
        entries.iter().find_map(|(name, node)| match node {
            Node::Bytes(bytes) if name == wanted => Some(bytes.clone()),
            _ => None,
        })
    };
    let key = KeyId(field("key")?.try_into().ok()?);
    let shut = Ciphertext { key, nonce: field("nonce")?, bytes: field("bytes")? };
    (entries.len() == 3).then_some(shut)
}

/// One item at this depth, of any type.
struct Item {
    depth: u8,
}

impl Item {
    fn inside<E: Error>(&self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEPTH_MAX { Err(E::custom("nested too deeply")) } else { Ok(Self { depth }) }
    }
}

impl<'de> DeserializeSeed<'de> for Item {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any CBOR item")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Plain(json!(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Plain(json!(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Plain(json!(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Plain(json!(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Plain(json!(value)))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Node, E> {
        Ok(Node::Bytes(value.to_vec()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Plain(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Plain(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Node, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element_seed(self.inside()?)? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key_seed(self.inside()?)? {
            let name = match name.shown(&mut sealed) {
                Value::String(name) => name,
                other => other.to_string(),
            };
            entries.push((name, map.next_value_seed(self.inside()?)?));
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    struct Sample {
        tag: kyc_events::sealed::Tag,
        none: Option<u8>,
        list: Vec<i64>,
        by_number: BTreeMap<u32, bool>,
        user: Ciphertext,
    }

    fn sample() -> Sample {
        Sample {
            tag: kyc_events::sealed::Tag([0xab; 32]),
            none: None,
            list: vec![-1, 2],
            by_number: BTreeMap::from([(7, true)]),
            user: Ciphertext { key: KeyId([1; 16]), nonce: vec![2; 24], bytes: vec![3; 20] },
        }
    }

    #[test]
    fn every_kind_of_item_has_its_json() {
        let shown = render_value(&sample(), &mut sealed).expect("encodes");
        let expected = json!({
            "tag": "ab".repeat(32), "none": null, "list": [-1, 2], "by_number": {"7": true},
            "user": "sealed",
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_caller_says_what_stands_for_sealed_data() {
        let mut asked = Vec::new();
        let shown = render_value(&sample(), &mut |shut| {
            asked.push(shut.clone());
            Shown::Plain(json!("anna"))
        });
        assert_eq!(shown.expect("encodes")["user"], "anna");
        assert_eq!(asked, [sample().user]);
        let erased = render_value(&sample(), &mut |_| Shown::Erased).expect("encodes");
        assert_eq!(erased["user"], "erased");
    }

    #[test]
    fn a_map_that_only_resembles_sealed_data_is_shown() {
        #[derive(Serialize)]
        struct Resembling {
            key: &'static str,
            nonce: u8,
            bytes: u8,
        }
        let value = Resembling { key: "k", nonce: 1, bytes: 2 };
        let shown = render_value(&value, &mut sealed).expect("encodes");
        assert_eq!(shown, json!({ "key": "k", "nonce": 1, "bytes": 2 }));
    }

    #[test]
    fn bytes_that_are_no_item_are_shown_as_they_are() {
        assert_eq!(render(&[0x82, 1], &mut sealed), json!({ "cbor": "8201" }));
        assert_eq!(render(&[1, 2], &mut sealed), json!({ "cbor": "0102" }));
        let deep = vec![0x81; 1_000_000];
        assert!(render(&deep, &mut sealed)["cbor"].is_string());
    }
}
