//! Documents good and bad, and every limit on both of its sides.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::config::limits;

fn read(text: &str) -> Result<Element, Error> {
    Element::read(text.as_bytes())
}

#[test]
fn a_request_is_read_with_its_attributes_in_order() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- c -->\n\
                <p:ApplyId xmlns:p='urn:a' keyId=\"K &amp; &#xE5;&#229;&quot;&apos;&lt;&gt;\" \
                nonce='a\tb\r\nc\nd' xml:lang=\"sv\" p:foreign='x'>\r\n\
                <p:Properties><p:Property name='FIRST'/><!-- c --></p:Properties >\n\
                <Text xmlns='urn:b'>a\r\nb\rc&amp;<![CDATA[<&>]]></Text></p:ApplyId>\n ";
    let expected = Element::new("ApplyId", "urn:a")
        .attribute("keyId", "K & åå\"'<>")
        .attribute("nonce", "a b c d")
        .child(
            Element::new("Properties", "urn:a")
                .child(Element::new("Property", "urn:a").attribute("name", "FIRST")),
        )
        .child(Element::new("Text", "urn:b").text("a\nb\nc&<&>"));
    assert_eq!(read(text), Ok(expected));
}

#[test]
fn what_is_written_is_escaped_and_declares_each_namespace_once() {
    let element = Element::new("identity", "urn:id")
        .attribute("id", "a\"b'<>&\t\r\n")
        .child(Element::new("key", "urn:id").child(Element::new("ed25519", "urn:e2e")))
        .child(Element::new("property", "urn:id").text("\"'<>&\t\r\n\u{0}"))
        .child(Element::new("none", ""));
    assert_eq!(
        element.write(),
        "<identity id=\"a&quot;b&apos;&lt;&gt;&amp;&#x9;&#xD;&#xA;\" xmlns=\"urn:id\">\
         <key><ed25519 xmlns=\"urn:e2e\"/></key>\
         <property>&quot;&apos;&lt;&gt;&amp;\t&#xD;\n\u{fffd}</property>\
         <none xmlns=\"\"/></identity>"
    );
}

#[test]
fn in_json_one_child_is_an_object_and_several_are_an_array() {
    let element = read(
        "<a id='1' xmlns='urn:x'><b value='v'>t</b><c/><d><value/></d><c xmlns='urn:y'>u</c></a>",
    );
    assert_eq!(
        element.map(|element| element.to_json()),
        Ok(json!({
            "__name": "a", "__ns": "urn:x", "id": "1", "xmlns": "urn:x",
            "b": {"__name": "b", "__ns": "urn:x", "value": "v", "__value": "t"},
            "c": [
                {"__name": "c", "__ns": "urn:x"},
                {"__name": "c", "__ns": "urn:y", "xmlns": "urn:y", "value": "u"}
            ],
            "d": {"__name": "d", "__ns": "urn:x", "value": {"__name": "value", "__ns": "urn:x"}}
        }))
    );
}

#[test]
fn what_is_no_xml_is_refused() {
    for text in [
        "",
        " ",
        "a",
        "<",
        "<a",
        "<a>",
        "</a>",
        "<a></b>",
        "<a><b></a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a/>&amp;",
        "<a/><![CDATA[ ]]>",
        "<a>]]></a>",
        "<a>&</a>",
        "<a>&amp</a>",
        "<a b/>",
        "<a b=c/>",
        "<a b='c/>",
        "<a b='<'/>",
        "<a b='1' b='2'/>",
        "<a b='1'c='2'/>",
        "<a b = '1/>",
        "<a:b:c xmlns:a='x'/>",
        "<1/>",
        "<a 1='x'/>",
        "<a -b='x'/>",
        "<a/x/>",
        "< a/>",
        "<a><!-- -- --></a>",
        "<!ELEMENT a/>",
        " <?xml version='1.0'?><a/>",
        "<a/><?xml version='1.0'?>",
        "<?xml version='1.1'?><a/>",
        "<?xml encoding='utf-8'?><a/>",
        "{}",
    ] {
        assert_eq!(read(text).err(), Some(Error::Syntax), "{text}");
    }
}

#[test]
fn document_types_entities_and_instructions_are_refused() {
    for (text, expected) in [
        ("<!DOCTYPE a><a/>", Error::Doctype),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Error::Doctype),
        ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", Error::Doctype),
        ("<!doctype a><a/>", Error::Doctype),
        ("<a>&b;</a>", Error::Entity),
        ("<a>&nbsp;</a>", Error::Entity),
        ("<a b='&b;'/>", Error::Entity),
        ("<a b='&amp'/>", Error::Entity),
        ("<a b='&'/>", Error::Entity),
        ("<a b='&#;'/>", Error::Entity),
        ("<a b='&#+65;'/>", Error::Entity),
        ("<a b='&#X41;'/>", Error::Entity),
        ("<a b='&#x110000;'/>", Error::Character),
        ("<a b='&#99999999999;'/>", Error::Entity),
        ("<a>&#0;</a>", Error::Character),
        ("<a>&#xD800;</a>", Error::Character),
        ("<a>&#xFFFE;</a>", Error::Character),
        ("<a>\u{0}</a>", Error::Character),
        ("<a b='\u{b}'/>", Error::Character),
        ("<a>\u{ffff}</a>", Error::Character),
        ("<?php ?><a/>", Error::Instruction),
        ("<a><?b?></a>", Error::Instruction),
        ("<?xml version='1.0' encoding='utf-16'?><a/>", Error::Encoding),
        ("<a>x<b/></a>", Error::Mixed),
        ("<a><b/>&#33;</a>", Error::Mixed),
        ("<a:b/>", Error::Namespace),
        ("<a b:c='x'/>", Error::Namespace),
        ("<a xmlns:b='' />", Error::Namespace),
        ("<a xmlns:xmlns='x'/>", Error::Namespace),
    ] {
        assert_eq!(read(text).err(), Some(expected), "{text}");
    }
    assert_eq!(Element::read(b"<a>\xff</a>").err(), Some(Error::Encoding));
    assert_eq!(Element::read(&[0xfe, 0xff, 0, b'<']).err(), Some(Error::Encoding));
}

fn nested(depth: usize) -> String {
    format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth))
}

fn with_attributes(count: usize, name: &str) -> String {
    let attributes = (0..count).fold(String::new(), |mut text, at| {
        let _ = write!(text, " {name}{at}='urn:x'");
        text
    });
    format!("<a{attributes}/>")
}

#[test]
fn each_limit_is_kept_and_nothing_below_it_is_refused() {
    let is = |good: &str, bad: &str, expected: Error| {
        assert!(read(good).is_ok(), "{expected:?}");
        assert_eq!(read(bad).err(), Some(expected));
    };
    let (depth, elements) = (limits::XML_DEPTH_MAX, limits::XML_ELEMENTS_MAX);
    is(&nested(depth), &nested(depth + 1), Error::Depth);

    let many = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
    is(&many(elements), &many(elements + 1), Error::Elements);

    let commented = |count: usize| format!("<a>{}</a>", "<!---->".repeat(count - 2));
    let markup = limits::XML_MARKUP_MAX;
    is(&commented(markup), &commented(markup + 1), Error::Markup);
    let referring = |count: usize| format!("<a b='{}'/>", "&lt;".repeat(count));
    let references = limits::XML_REFERENCES_MAX;
    is(&referring(references), &referring(references + 1), Error::Markup);

    let attributes = limits::XML_ATTRIBUTES_MAX;
    for name in ["b", "xmlns:b"] {
        let bad = with_attributes(attributes + 1, name);
        is(&with_attributes(attributes, name), &bad, Error::Attributes);
    }

    let name = "n".repeat(limits::XML_NAME_BYTES_MAX);
    is(&format!("<{name}/>"), &format!("<{name}n/>"), Error::Name);
    is(&format!("<a {name}=''/>"), &format!("<a {name}n=''/>"), Error::Name);
    is(&format!("<a xmlns='{name}'/>"), &format!("<a xmlns='{name}n'/>"), Error::Name);

    let value = "v".repeat(limits::XML_ATTRIBUTE_BYTES_MAX);
    is(&format!("<a b='{value}'/>"), &format!("<a b='{value}v'/>"), Error::Attribute);

    let text = "t".repeat(limits::XML_TEXT_BYTES_MAX);
    is(&format!("<a>{text}</a>"), &format!("<a>{text}t</a>"), Error::Text);
    is(&format!("<a>{text}</a>"), &format!("<a>{text}&amp;</a>"), Error::Text);
    let cdata = format!("<a>{text}<![CDATA[t]]></a>");
    assert_eq!(read(&cdata).err(), Some(Error::Text));
}

#[test]
fn bombs_end_at_a_limit() {
    let laughs = "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><a>&b;</a>";
    assert_eq!(read(laughs).err(), Some(Error::Doctype));
    assert_eq!(read(&"<a>".repeat(10_000)).err(), Some(Error::Depth));
    assert_eq!(read(&"<a>".repeat(1_000_000)).err(), Some(Error::Markup));
    assert_eq!(read(&format!("<a>{}", "<![CDATA[]]>".repeat(100_000))).err(), Some(Error::Markup));
    assert_eq!(read(&format!("<a b='{}'/>", "&#65;".repeat(1_000_000))).err(), Some(Error::Markup));
    assert_eq!(read(&with_attributes(100_000, "b")).err(), Some(Error::Attributes));
    let namespaces = read(&with_attributes(100_000, "xmlns:b")).err();
    assert!(matches!(namespaces, Some(Error::Attributes | Error::Namespace)), "{namespaces:?}");
    assert_eq!(read(&format!("<a>{}", "<b/>".repeat(9_999))).err(), Some(Error::Elements));
    // Bindings in scope are bounded as well, not only those of one element.
    let declarations = (0..30).fold(String::new(), |mut text, at| {
        let _ = write!(text, " xmlns:n{at}='urn:x'");
        text
    });
    let scopes = format!("<a{declarations}>").repeat(6);
    assert_eq!(read(&scopes).err(), Some(Error::Namespace));
}

#[test]
fn debug_output_shows_no_values() {
    let element = Element::new("property", "urn:x").attribute("value", "Alice").text("Alice");
    assert_eq!(format!("{element:?}"), "Element({urn:x}property …)");
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_åÅ][a-zA-Z0-9._å-]{0,6}".prop_filter("reserved", |name| name != "xmlns")
}

fn content() -> impl Strategy<Value = String> {
    // Whatever XML can hold, and often what has to be escaped.
    "[&<>\"'\t\r\n a-zå€\u{10000}]{0,8}"
}

fn elements() -> impl Strategy<Value = Element> {
    let namespace =
        prop_oneof![Just(String::new()), Just("urn:a".to_owned()), Just("urn:&'<".to_owned())];
    let attributes = prop::collection::btree_map(name(), content(), 0..4);
    let leaf = (name(), namespace, attributes, content()).prop_map(
        |(name, namespace, attributes, text)| Element {
            name,
            namespace,
            attributes: attributes.into_iter().collect(),
            children: Vec::new(),
            text,
        },
    );
    leaf.prop_recursive(4, 24, 4, |inner| {
        (inner.clone(), prop::collection::vec(inner, 1..4))
            .prop_map(|(element, children)| Element { children, text: String::new(), ..element })
    })
}

proptest! {
    #[test]
    fn a_text_is_taken_if_each_of_its_characters_is(text in "[\u{0}-\u{21}\u{7f}-\u{85}\u{d7f0}-\u{ffff}]{0,6}") {
        prop_assert_eq!(chars::are_chars(&text), text.chars().all(chars::is_char));
    }

    #[test]
    fn what_is_written_reads_back(element in elements()) {
        let text = element.write();
        prop_assert_eq!(read(&text), Ok(element), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "[<>/a-c =\"'!?&;#x0-9\\[\\]:-]{0,40}") {
        if let Ok(element) = read(&text) {
            prop_assert_eq!(read(&element.write()), Ok(element));
        }
    }
}
