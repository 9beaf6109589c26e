//! What a resource answers, in either encoding.
//!
//! ```text
//! Reply::new("LoggedIn").text("jwt", "…").instant("expires", 1_000)
//! {"jwt":"…","expires":1}
//! <LoggedIn jwt="…" expires="1970-01-01T00:00:01.000Z" xmlns="…"/>
//! ```
//!
//! Instants in JSON are whole seconds, those inside an identity stay texts: it is XML that JSON only
//! shows.

use serde_json::{Map, Value};

use super::{Format, NAMESPACE};
use crate::neuro::instant;
use crate::neuro::xml::Element;

/// An answer. Holds tokens and personal data: has no Debug output and is never logged.
#[derive(Clone, PartialEq)]
pub struct Reply {
    root: &'static str,
    members: Vec<Member>,
}

#[derive(Clone, PartialEq)]
struct Member {
    name: &'static str,
    content: Content,
}

#[derive(Clone, PartialEq)]
enum Content {
    Text(String),
    Whole(i64),
    Flag(bool),
    /// Milliseconds since 1970.
    Instant(i64),
    Null,
    One(Item),
    Many {
        items: Vec<Item>,
        is_wrapped: bool,
    },
}

/// What is no scalar.
#[derive(Clone, PartialEq)]
pub enum Item {
    /// A text: in XML the text of an element of this name.
    Text(&'static str, String),
    /// An object: in XML an element of its root's name.
    Record(Reply),
    /// XML itself, in JSON by its projection.
    Element(Element),
}

impl Reply {
    /// Without anything in it. `root` is the element's name in XML.
    pub fn new(root: &'static str) -> Self {
        Self { root, members: Vec::new() }
    }

    /// Done, and nothing to say: `{}` or `<AckResponse/>`.
    pub fn acknowledged() -> Self {
        Self::new("AckResponse")
    }

    /// With a text.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Content::Text(text.into()))
    }

    /// With a whole number.
    #[must_use]
    pub fn whole(self, name: &'static str, number: i64) -> Self {
        self.with(name, Content::Whole(number))
    }

    /// With yes or no.
    #[must_use]
    pub fn flag(self, name: &'static str, flag: bool) -> Self {
        self.with(name, Content::Flag(flag))
    }

    /// With an instant, milliseconds since 1970.
    #[must_use]
    pub fn instant(self, name: &'static str, at_ms: i64) -> Self {
        self.with(name, Content::Instant(at_ms))
    }

    /// With nothing: `null` in JSON, no attribute in XML.
    #[must_use]
    pub fn null(self, name: &'static str) -> Self {
        self.with(name, Content::Null)
    }

    /// With one thing: a member in JSON, and in XML a child whose name is its own.
    #[must_use]
    pub fn one(self, name: &'static str, item: Item) -> Self {
        self.with(name, Content::One(item))
    }

    /// With a list: an array in JSON, however many there are, and in XML a child of this name with
    /// children.
    #[must_use]
    pub fn many(self, name: &'static str, items: Vec<Item>) -> Self {
        self.with(name, Content::Many { items, is_wrapped: true })
    }

    /// The same without the child around it in XML.
    #[must_use]
    pub fn many_bare(self, name: &'static str, items: Vec<Item>) -> Self {
        self.with(name, Content::Many { items, is_wrapped: false })
    }

    fn with(mut self, name: &'static str, content: Content) -> Self {
        self.members.push(Member { name, content });
        self
    }

    /// The body.
    pub fn body(&self, format: Format) -> String {
        match format {
            Format::Json => self.to_json().to_string(),
            Format::Xml => self.to_xml().write(),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let members = self.members.iter().map(|Member { name, content }| {
            let value = match content {
                Content::Text(text) => Value::String(text.clone()),
                Content::Whole(number) => Value::from(*number),
                Content::Flag(flag) => Value::Bool(*flag),
                Content::Instant(at_ms) => Value::from(at_ms.div_euclid(1_000)),
                Content::Null => Value::Null,
                Content::One(item) => item.to_json(),
                Content::Many { items, .. } => items.iter().map(Item::to_json).collect(),
            };
            ((*name).to_owned(), value)
        });
        Value::Object(members.collect::<Map<_, _>>())
    }

    /// As XML.
    pub fn to_xml(&self) -> Element {
        self.members.iter().fold(Element::new(self.root, NAMESPACE), |element, member| {
            let name = member.name;
            match &member.content {
                Content::Text(text) => element.attribute(name, text.clone()),
                Content::Whole(number) => element.attribute(name, number.to_string()),
                Content::Flag(flag) => element.attribute(name, flag.to_string()),
                Content::Instant(at_ms) => element.attribute(name, instant::text(*at_ms)),
                Content::Null => element,
                Content::One(item) => element.child(item.to_xml()),
                Content::Many { items, is_wrapped: true } => {
                    let list = Element::new(name, NAMESPACE);
                    element.child(items.iter().map(Item::to_xml).fold(list, Element::child))
                }
                Content::Many { items, is_wrapped: false } => {
                    items.iter().map(Item::to_xml).fold(element, Element::child)
                }
            }
        })
    }
}

impl Item {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(_, text) => Value::String(text.clone()),
            Self::Record(record) => record.to_json(),
            Self::Element(element) => element.to_json(),
        }
    }

    fn to_xml(&self) -> Element {
        match self {
            Self::Text(name, text) => Element::new(name, NAMESPACE).text(text.clone()),
            Self::Record(record) => record.to_xml(),
            Self::Element(element) => element.clone(),
        }
    }
}
