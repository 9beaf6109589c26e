//! What holds for whatever the readers of the Agent API are given. Each check says what became of
//! the input, so that seeds that have gone stale are noticed.

use kycd::config::limits;
use kycd::neuro::wire::{Form, Format, NAMESPACE};
use kycd::neuro::xml::{Element, Error};
use serde_json::Value;

/// Members that requests have.
const NAMES: [&str; 8] =
    ["keyId", "legalId", "nonce", "userName", "eMail", "seconds", "code", "attachmentBase64"];

/// What is taken keeps every limit, and is what its writing reads back to.
pub fn xml(bytes: &[u8]) -> Result<(), Error> {
    let element = Element::read(bytes)?;
    let mut elements = 0;
    keeps_limits(&element, 1, &mut elements);
    assert!(elements <= limits::XML_ELEMENTS_MAX);
    let written = element.write();
    match Element::read(written.as_bytes()) {
        Ok(again) => assert!(again == element, "{written}"),
        // A namespace that stood behind a prefix may stand at each element now, where there may be
        // no room for one more attribute; and what is escaped is longer.
        Err(refused) => assert!(matches!(refused, Error::Attributes | Error::Name), "{written}"),
    }
    assert!(element.to_json().is_object());
    if let Ok(form) = Form::parse(Format::Xml, bytes, &element.name) {
        assert_eq!(element.namespace, NAMESPACE);
        for (name, value) in &element.attributes {
            if let Ok(text) = form.optional_text(name) {
                assert_eq!(text.unwrap_or_default(), value);
            }
        }
    }
    Ok(())
}

fn keeps_limits(element: &Element, depth: usize, elements: &mut usize) {
    *elements += 1;
    assert!(depth <= limits::XML_DEPTH_MAX);
    assert!(element.attributes.len() <= limits::XML_ATTRIBUTES_MAX);
    assert!(element.text.len() <= limits::XML_TEXT_BYTES_MAX);
    assert!(element.text.is_empty() || element.children.is_empty());
    let names = element.attributes.iter().map(|(name, _)| name).chain([&element.name]);
    for name in names {
        assert!((1..=limits::XML_NAME_BYTES_MAX).contains(&name.len()));
        assert!(!name.contains(['<', '>', '&', '"', '\'', ' ', ':']));
    }
    let values = element.attributes.iter().map(|(_, value)| value).chain([&element.text]);
    for value in values {
        let is_xml = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{7f}'..);
        assert!(value.chars().all(is_xml));
    }
    for child in &element.children {
        keeps_limits(child, depth + 1, elements);
    }
}

/// What is taken says what another reader says, and the same as its twin in XML.
pub fn json(bytes: &[u8]) -> Result<(), &'static str> {
    let Ok(form) = Form::parse(Format::Json, bytes, "Request") else { return Err("refused") };
    if bytes.trim_ascii().is_empty() {
        return Err("empty");
    }
    let other: Value = serde_json::from_slice(bytes).expect("another reader takes it");
    let members = other.as_object().expect("it is an object");
    let mut twin = Element::new("Request", NAMESPACE);
    let mut texts = 0_u32;
    for name in NAMES {
        let said = form.optional_text(name);
        match members.get(name) {
            None | Some(Value::Null) => assert_eq!(said, Ok(None)),
            Some(Value::String(text)) => {
                let expected = Some(text.as_str()).filter(|text| !text.is_empty());
                assert_eq!(said, Ok(expected));
                twin = twin.attribute(name, text.clone());
                texts += 1;
            }
            Some(_) => assert!(said.is_err()),
        }
        let number = members.get(name).and_then(Value::as_u64);
        if let Ok(whole) = form.optional_whole(name, 0..=u64::MAX) {
            assert_eq!(whole, number);
        }
    }
    let pairs = form.pairs("Properties", "Property", limits::NEURO_PROPERTIES_MAX);
    if let Ok(pairs) = &pairs {
        let property = |(name, value): &(String, String)| {
            let property = Element::new("Property", NAMESPACE);
            property.attribute("name", name.clone()).attribute("value", value.clone())
        };
        let list = Element::new("Properties", NAMESPACE);
        twin = twin.child(pairs.iter().map(property).fold(list, Element::child));
    }
    let written = twin.write();
    // What XML does not have is written as something else.
    if !written.contains('\u{fffd}') {
        let read = Form::parse(Format::Xml, written.as_bytes(), "Request");
        let read = read.unwrap_or_else(|refused| panic!("{refused}: {written}"));
        for name in NAMES {
            if let Ok(text) = form.optional_text(name) {
                assert_eq!(read.optional_text(name), Ok(text));
            }
        }
        let again = read.pairs("Properties", "Property", limits::NEURO_PROPERTIES_MAX);
        assert!(pairs.is_err() || again == pairs);
    }
    match (pairs.is_ok(), texts) {
        (true, _) => Ok(()),
        (false, 1..) => Err("texts"),
        (false, 0) => Err("nothing"),
    }
}
