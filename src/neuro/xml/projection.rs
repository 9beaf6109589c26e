//! An element as JSON, as the Neuron shows XML to clients that speak JSON.
//!
//! ```text
//! <a id="1" xmlns="urn:x"><b>t</b><c/><c/></a>
//! {"__name":"a","__ns":"urn:x","id":"1","xmlns":"urn:x",
//!  "b":{"__name":"b","__ns":"urn:x","value":"t"},
//!  "c":[{"__name":"c","__ns":"urn:x"},{"__name":"c","__ns":"urn:x"}]}
//! ```
//!
//! Children stand in groups by name, in the order in which the names come first. **One child is an
//! object, several are an array**: clients know and expect that. Text is `value`, or `__value`
//! where something else is called so. All values are strings.

use serde_json::{Map, Value};

use super::Element;

impl Element {
    /// The element as the root of a document.
    pub fn to_json(&self) -> Value {
        self.project("")
    }

    fn project(&self, outer: &str) -> Value {
        let mut object = Map::new();
        let text = |text: &str| Value::String(text.to_owned());
        object.insert("__name".to_owned(), text(&self.name));
        object.insert("__ns".to_owned(), text(&self.namespace));
        for (name, value) in &self.attributes {
            object.insert(name.clone(), text(value));
        }
        if self.namespace != outer {
            object.insert("xmlns".to_owned(), text(&self.namespace));
        }
        for (name, mut group) in self.groups() {
            let value = match group.len() {
                1 => group.remove(0),
                _ => Value::Array(group),
            };
            object.insert(name.to_owned(), value);
        }
        if !self.text.is_empty() {
            let name = if object.contains_key("value") { "__value" } else { "value" };
            object.insert(name.to_owned(), text(&self.text));
        }
        Value::Object(object)
    }

    fn groups(&self) -> Vec<(&str, Vec<Value>)> {
        let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
        for child in &self.children {
            let projected = child.project(&self.namespace);
            match groups.iter_mut().find(|(name, _)| *name == child.name) {
                Some((_, group)) => group.push(projected),
                None => groups.push((&child.name, vec![projected])),
            }
        }
        groups
    }
}
