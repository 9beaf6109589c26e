//! What a request says, in either encoding.
//!
//! ```text
//! {"keyId": "K", "Properties": [{"name": "FIRST", "value": "A"}]}
//! <ApplyId xmlns="…" keyId="K"><Properties><Property name="FIRST" value="A"/></Properties></ApplyId>
//! ```
//!
//! Members that nobody asks for are ignored. Complaints name the member and never what was sent.

use std::ops::RangeInclusive;

use super::json::{self, Json};
use super::{Format, NAMESPACE};
use crate::neuro::error::Error;
use crate::neuro::xml::Element;

/// Members and their values, in the order sent. Holds passwords and personal data: has no Debug
/// output and is never logged.
#[derive(Default)]
pub struct Form {
    members: Vec<(String, Value)>,
    /// In XML numbers are digits; in JSON they are no texts.
    is_xml: bool,
}

enum Value {
    Text(String),
    /// As JSON prints it.
    Number(String),
    /// The same as absent.
    Null,
    List(Vec<Entry>),
    /// What no resource has.
    Other,
}

/// One of a list: an object, or a child element, whose name XML has and JSON has not.
struct Entry {
    name: Option<String>,
    form: Option<Form>,
}

impl Form {
    /// From a body. `root` is the element that XML has to be; an empty body of JSON says nothing,
    /// and some clients send that where everything is optional.
    pub fn parse(format: Format, body: &[u8], root: &str) -> Result<Self, Error> {
        match format {
            Format::Json if body.trim_ascii().is_empty() => Ok(Self::default()),
            Format::Json => match json::read(body) {
                Some(Json::Object(members)) => Ok(Self::of_json(members)),
                _ => Err(Error::bad("The body is not a JSON object.")),
            },
            Format::Xml => {
                let element = Element::read(body).map_err(|error| complaint(&error.to_string()))?;
                if element.name != root || element.namespace != NAMESPACE {
                    let expected = format!("The body is not a {root} element of {NAMESPACE}.");
                    return Err(Error::bad(expected));
                }
                Ok(Self::of_xml(element))
            }
        }
    }

    fn of_json(members: Vec<(String, Json)>) -> Self {
        let value = |value| match value {
            Json::Null => Value::Null,
            Json::Text(text) => Value::Text(text),
            Json::Number(number) => Value::Number(number),
            Json::List(items) => Value::List(items.into_iter().map(Entry::of_json).collect()),
            Json::Flag | Json::Object(_) => Value::Other,
        };
        let members = members.into_iter().map(|(name, json)| (name, value(json))).collect();
        Self { members, is_xml: false }
    }

    fn of_xml(element: Element) -> Self {
        let attributes = element.attributes.into_iter();
        let scalars = attributes.map(|(name, text)| (name, Value::Text(text)));
        let lists = element.children.into_iter().map(|child| {
            let is_ours = child.namespace == NAMESPACE;
            let entries = child.children.into_iter().map(Entry::of_xml).collect();
            (child.name, if is_ours { Value::List(entries) } else { Value::Other })
        });
        Self { members: scalars.chain(lists).collect(), is_xml: true }
    }

    fn get(&self, name: &str) -> Result<Option<&Value>, Error> {
        let mut values = self.members.iter().filter(|(other, _)| other == name);
        match (values.next(), values.next()) {
            (None, _) | (Some((_, Value::Null)), None) => Ok(None),
            (Some((_, value)), None) => Ok(Some(value)),
            (Some(_), Some(_)) => Err(Error::bad(format!("'{name}' is given twice."))),
        }
    }

    /// A text that has to be there; an empty one is none.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    /// A text; an empty one is none.
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(Value::Number(_) | Value::Null | Value::List(_) | Value::Other) => {
                Err(Error::bad(format!("'{name}' has to be a text.")))
            }
        }
    }

    /// A text, or a number of JSON as it is printed: some clients send codes so.
    pub fn text_or_number(&self, name: &str) -> Result<&str, Error> {
        match self.get(name)? {
            Some(Value::Number(number)) => Ok(number),
            _ => self.text(name),
        }
    }

    /// A whole number within bounds, which has to be there.
    pub fn whole(&self, name: &str, bounds: RangeInclusive<u64>) -> Result<u64, Error> {
        self.optional_whole(name, bounds)?.ok_or_else(|| missing(name))
    }

    /// A whole number within bounds: a number in JSON, digits in XML.
    pub fn optional_whole(
        &self,
        name: &str,
        bounds: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Error> {
        let digits = match (self.get(name)?, self.is_xml) {
            (None, _) => return Ok(None),
            (Some(Value::Number(digits)), _) | (Some(Value::Text(digits)), true) => digits,
            (Some(Value::Text(_) | Value::Null | Value::List(_) | Value::Other), _) => {
                return Err(Error::bad(format!("'{name}' has to be a whole number.")));
            }
        };
        let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_whole && digits.parse::<i64>().is_err() {
            return Err(Error::bad(format!("'{name}' has to be a whole number.")));
        }
        let number = digits.parse().ok().filter(|number| bounds.contains(number));
        number.map(Some).ok_or_else(|| {
            let (from, to) = bounds.into_inner();
            Error::bad(match to {
                u64::MAX => format!("'{name}' has to be at least {from}."),
                to => format!("'{name}' has to be from {from} to {to}."),
            })
        })
    }

    /// Names and values in the order sent: objects with `name` and `value`, or children `item` of
    /// the child `list`. At most `count_max`.
    pub fn pairs(
        &self,
        list: &str,
        item: &str,
        count_max: usize,
    ) -> Result<Vec<(String, String)>, Error> {
        let entries = match self.get(list)? {
            Some(Value::List(entries)) => entries,
            None => return Err(missing(list)),
            Some(Value::Text(_) | Value::Number(_) | Value::Null | Value::Other) => {
                return Err(Error::bad(format!("'{list}' has to be a list.")));
            }
        };
        let is_meant = |entry: &&Entry| entry.name.as_deref().is_none_or(|name| name == item);
        let mut pairs = Vec::new();
        for entry in entries.iter().filter(is_meant) {
            if pairs.len() == count_max {
                return Err(Error::bad(format!("'{list}' has more than {count_max} entries.")));
            }
            pairs.push(entry.pair(list)?);
        }
        Ok(pairs)
    }
}

impl Entry {
    fn of_json(json: Json) -> Self {
        let form = match json {
            Json::Object(members) => Some(Form::of_json(members)),
            Json::Null | Json::Flag | Json::Number(_) | Json::Text(_) | Json::List(_) => None,
        };
        Self { name: None, form }
    }

    fn of_xml(element: Element) -> Self {
        // A foreign element is none of the list's.
        let name =
            if element.namespace == NAMESPACE { element.name.clone() } else { String::new() };
        Self { name: Some(name), form: Some(Form::of_xml(element)) }
    }

    /// Its name and value; the value may be empty, but has to be there.
    fn pair(&self, list: &str) -> Result<(String, String), Error> {
        let wrong = || Error::bad(format!("Each of '{list}' has to have a 'name' and a 'value'."));
        let form = self.form.as_ref().ok_or_else(wrong)?;
        let text = |name| match form.get(name) {
            Ok(Some(Value::Text(text))) => Ok(text.clone()),
            _ => Err(wrong()),
        };
        Ok((text("name")?, text("value")?))
    }
}

fn missing(name: &str) -> Error {
    Error::bad(format!("'{name}' is missing."))
}

/// A fragment as a sentence.
fn complaint(fragment: &str) -> Error {
    let mut chars = fragment.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    Error::bad(format!("{first}{}.", chars.as_str()))
}
