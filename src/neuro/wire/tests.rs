//! One model, two encodings: what is said in the one is understood as in the other.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::config::limits;
use crate::neuro::error::Error;
use crate::neuro::xml::Element;

fn json(text: &str) -> Result<Form, Error> {
    Form::parse(Format::Json, text.as_bytes(), "ApplyId")
}

fn xml(inside: &str) -> Result<Form, Error> {
    let text = format!("<ApplyId xmlns='{NAMESPACE}' {inside}");
    Form::parse(Format::Xml, text.as_bytes(), "ApplyId")
}

fn sentence<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::BadRequest(sentence)) => sentence.into_owned(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("nothing was refused"),
    }
}

/// The same request in both.
fn both(json_text: &str, inside: &str) -> [Form; 2] {
    [json(json_text).expect("JSON"), xml(inside).expect("XML")]
}

#[test]
fn both_encodings_say_the_same() {
    let forms = both(
        r#"{"keyId":"K & å","empty":"","none":null,"seconds":3600,"code":"01",
            "Properties":[{"name":"FIRST","value":"A"},{"name":"EMPTY","value":"","x":1},
                          {"name":"FIRST","value":"B"}],
            "unknown":{"a":[true]}}"#,
        "keyId='K &amp; å' empty='' seconds='3600' code='01'>
           <Properties><Property name='FIRST' value='A'/><Other/>
             <Property name='EMPTY' value='' x='1'><y/></Property>
             <Property name='FIRST' value='B'/><p:Property xmlns:p='urn:x' name='C' value='C'/>
           </Properties><Unknown/><Unknown/></ApplyId>",
    );
    for form in forms {
        assert_eq!(form.text("keyId"), Ok("K & å"));
        assert_eq!(form.optional_text("keyId"), Ok(Some("K & å")));
        assert_eq!(form.optional_text("empty"), Ok(None));
        assert_eq!(form.optional_text("none"), Ok(None));
        assert_eq!(form.optional_text("absent"), Ok(None));
        assert_eq!(sentence(form.text("empty")), "'empty' is missing.");
        assert_eq!(sentence(form.text("none")), "'none' is missing.");
        assert_eq!(sentence(form.text("keyid")), "'keyid' is missing.");
        assert_eq!(sentence(form.text("Properties")), "'Properties' has to be a text.");
        assert_eq!(form.whole("seconds", 1..=3_600), Ok(3_600));
        let message = "'seconds' has to be from 1 to 3599.";
        assert_eq!(sentence(form.whole("seconds", 1..=3_599)), message);
        let message = "'seconds' has to be at least 3601.";
        assert_eq!(sentence(form.whole("seconds", 3_601..=u64::MAX)), message);
        assert_eq!(form.optional_whole("absent", 1..=9), Ok(None));
        assert_eq!(sentence(form.whole("absent", 1..=9)), "'absent' is missing.");
        let message = "'keyId' has to be a whole number.";
        assert_eq!(sentence(form.whole("keyId", 1..=9)), message);
        assert_eq!(form.text_or_number("code"), Ok("01"));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = vec![pair("FIRST", "A"), pair("EMPTY", ""), pair("FIRST", "B")];
        assert_eq!(form.pairs("Properties", "Property", 3), Ok(expected));
        let message = "'Properties' has more than 2 entries.";
        assert_eq!(sentence(form.pairs("Properties", "Property", 2)), message);
        assert_eq!(sentence(form.pairs("absent", "a", 2)), "'absent' is missing.");
        assert_eq!(sentence(form.pairs("keyId", "a", 2)), "'keyId' has to be a list.");
    }
}

#[test]
fn a_code_may_be_a_number_and_a_number_is_no_text() {
    let form = json(r#"{"code":123456,"big":18446744073709551615,"f":1.5,"e":1e3,"z":-0,"n":-1}"#)
        .expect("JSON");
    assert_eq!(form.text_or_number("code"), Ok("123456"));
    assert_eq!(sentence(form.text("code")), "'code' has to be a text.");
    assert_eq!(form.whole("big", 0..=u64::MAX), Ok(u64::MAX));
    for name in ["f", "e", "z"] {
        let message = format!("'{name}' has to be a whole number.");
        assert_eq!(sentence(form.whole(name, 0..=9_999)), message);
    }
    assert_eq!(sentence(form.whole("n", 0..=9)), "'n' has to be from 0 to 9.");
    let form = json(r#"{"seconds":"60"}"#).expect("JSON");
    assert_eq!(sentence(form.whole("seconds", 1..=99)), "'seconds' has to be a whole number.");
    let form = xml("a='+1' b='1.0' c=' 1' d='-1' e='99999999999999999999'/>").expect("XML");
    for name in ["b", "c"] {
        let message = format!("'{name}' has to be a whole number.");
        assert_eq!(sentence(form.whole(name, 0..=9)), message);
    }
    for name in ["d", "e"] {
        let message = format!("'{name}' has to be from 0 to 9.");
        assert_eq!(sentence(form.whole(name, 0..=9)), message);
    }
}

#[test]
fn nothing_is_said_twice() {
    for text in [
        r#"{"keyId":"a","keyId":"b"}"#,
        r#"{"keyId":"a","\u006beyId":"a"}"#,
        r#"{"x":{"a":1,"a":1}}"#,
        r#"{"x":[{"a":1,"a":1}]}"#,
    ] {
        assert_eq!(sentence(json(text)), "The body is not a JSON object.", "{text}");
    }
    let form = xml("keyId='a'><keyId/></ApplyId>").expect("XML");
    assert_eq!(sentence(form.text("keyId")), "'keyId' is given twice.");
    let form = xml("><Properties/><Properties/></ApplyId>").expect("XML");
    let message = "'Properties' is given twice.";
    assert_eq!(sentence(form.pairs("Properties", "Property", 9)), message);
}

#[test]
fn lists_hold_pairs_only() {
    for text in [
        r#"{"Properties":[1]}"#,
        r#"{"Properties":[null]}"#,
        r#"{"Properties":[{"name":"a"}]}"#,
        r#"{"Properties":[{"name":"a","value":1}]}"#,
        r#"{"Properties":[{"name":"a","value":null}]}"#,
        r#"{"Properties":[["a","b"]]}"#,
    ] {
        let form = json(text).expect("JSON");
        let message = "Each of 'Properties' has to have a 'name' and a 'value'.";
        assert_eq!(sentence(form.pairs("Properties", "Property", 9)), message, "{text}");
    }
    let form = json(r#"{"Properties":{"name":"a","value":"b"}}"#).expect("JSON");
    let message = "'Properties' has to be a list.";
    assert_eq!(sentence(form.pairs("Properties", "Property", 9)), message);
}

#[test]
fn other_bodies_are_refused() {
    for text in ["[]", "1", "\"a\"", "null", "{", "{}x", "{'a':1}", "{\"a\":1,}", "\u{feff}{}"] {
        assert_eq!(sentence(json(text)), "The body is not a JSON object.", "{text}");
    }
    let form = |text: &[u8]| Form::parse(Format::Xml, text, "Login");
    for text in ["<Login/>", "<Login xmlns='urn:x'/>", "<login xmlns='urn:x'/>"] {
        let message = format!("The body is not a Login element of {NAMESPACE}.");
        assert_eq!(sentence(form(text.as_bytes())), message, "{text}");
    }
    assert_eq!(sentence(form(b"")), "The XML is not well-formed.");
    assert_eq!(sentence(form(b"<!DOCTYPE a><a/>")), "The XML has a DOCTYPE.");
    assert_eq!(sentence(form(b"\xff")), "The XML is not UTF-8.");
    assert_eq!(sentence(Form::parse(Format::Json, b"{\"a\":\"\xff\"}", "")).len(), 30);
}

#[test]
fn an_empty_body_of_json_says_nothing() {
    for text in ["", " \n", "{}"] {
        assert_eq!(json(text).expect("JSON").optional_text("keyId"), Ok(None));
    }
}

#[test]
fn json_is_bounded() {
    let nested =
        |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(json(&nested(limits::NEURO_JSON_DEPTH_MAX)).is_ok());
    assert!(json(&nested(limits::NEURO_JSON_DEPTH_MAX + 1)).is_err());
    assert!(json(&"[".repeat(1_000_000)).is_err());
    assert!(json(&"{\"a\":".repeat(100_000)).is_err());
    let many = |count: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(count - 3));
    assert!(json(&many(limits::NEURO_JSON_VALUES_MAX)).is_ok());
    assert!(json(&many(limits::NEURO_JSON_VALUES_MAX + 1)).is_err());
}

#[test]
fn scalars_are_members_or_attributes() {
    let reply = Reply::new("AccountInfo")
        .text("userName", "a\"b")
        .instant("created", 1_790_331_072_999)
        .null("eMail")
        .flag("enabled", true)
        .whole("count", -1);
    assert_eq!(
        reply.body(Format::Json),
        r#"{"userName":"a\"b","created":1790331072,"eMail":null,"enabled":true,"count":-1}"#
    );
    assert_eq!(
        reply.body(Format::Xml),
        format!(
            "<AccountInfo userName=\"a&quot;b\" created=\"2026-09-25T10:11:12.999Z\" \
             enabled=\"true\" count=\"-1\" xmlns=\"{NAMESPACE}\"/>"
        )
    );
    let reply = Reply::acknowledged();
    assert_eq!(reply.body(Format::Json), "{}");
    assert_eq!(reply.body(Format::Xml), format!("<AckResponse xmlns=\"{NAMESPACE}\"/>"));
}

#[test]
fn lists_are_arrays_however_long_they_are() {
    let algorithm = Reply::new("Algorithm").text("localName", "ed25519").flag("safe", true);
    let reply = Reply::new("AlgorithmsResult")
        .many("Algorithms", vec![Item::Record(algorithm.clone())])
        .many("Required", vec![Item::Text("Item", "FIRST".to_owned())])
        .many("None", vec![])
        .one("Algorithm", Item::Record(algorithm));
    assert_eq!(
        reply.to_json(),
        json!({
            "Algorithms": [{"localName": "ed25519", "safe": true}], "Required": ["FIRST"],
            "None": [], "Algorithm": {"localName": "ed25519", "safe": true}
        })
    );
    assert_eq!(
        reply.body(Format::Xml),
        format!(
            "<AlgorithmsResult xmlns=\"{NAMESPACE}\"><Algorithms>\
             <Algorithm localName=\"ed25519\" safe=\"true\"/></Algorithms>\
             <Required><Item>FIRST</Item></Required><None/>\
             <Algorithm localName=\"ed25519\" safe=\"true\"/></AlgorithmsResult>"
        )
    );
}

#[test]
fn messages_hold_xml_as_it_is_and_its_projection() {
    let identity = Element::new("identity", "urn:id")
        .attribute("id", "1")
        .child(Element::new("status", "urn:id").attribute("created", "2026-09-25T10:11:12.345Z"));
    let message = Reply::new("Message")
        .instant("timestamp", 1_000)
        .many_bare("Content", vec![Item::Element(identity.clone())]);
    let reply = Reply::new("MessagesResult").many_bare("Messages", vec![Item::Record(message)]);
    assert_eq!(
        reply.to_json(),
        json!({"Messages": [{"timestamp": 1, "Content": [{
            "__name": "identity", "__ns": "urn:id", "id": "1", "xmlns": "urn:id",
            "status": {
                "__name": "status", "__ns": "urn:id", "created": "2026-09-25T10:11:12.345Z"
            }
        }]}]})
    );
    assert_eq!(
        reply.body(Format::Xml),
        format!(
            "<MessagesResult xmlns=\"{NAMESPACE}\">\
             <Message timestamp=\"1970-01-01T00:00:01.000Z\">{}</Message></MessagesResult>",
            identity.write()
        )
    );
    let reply = Reply::new("IdentityResponse").one("Identity", Item::Element(identity.clone()));
    assert_eq!(reply.to_json(), json!({"Identity": identity.to_json()}));
    assert_eq!(
        reply.body(Format::Xml),
        format!("<IdentityResponse xmlns=\"{NAMESPACE}\">{}</IdentityResponse>", identity.write())
    );
}

proptest! {
    #[test]
    fn what_a_client_writes_is_read_the_same_from_both(
        key in "[&<>\"' a-zå€]{1,9}",
        seconds in 1..=3_600_u64,
        pairs in prop::collection::vec(("[A-Z]{1,4}", "[&<>\"'\\\\ a-zå\n]{0,6}"), 0..6),
    ) {
        let members: Vec<_> =
            pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let body = json!({"keyId": key, "seconds": seconds, "Properties": members}).to_string();
        let list = pairs.iter().fold(Element::new("Properties", NAMESPACE), |list, (name, value)| {
            list.child(
                Element::new("Property", NAMESPACE)
                    .attribute("name", name.clone())
                    .attribute("value", value.clone()),
            )
        });
        let element = Element::new("ApplyId", NAMESPACE)
            .attribute("keyId", key.clone())
            .attribute("seconds", seconds.to_string())
            .child(list);
        let element = Form::parse(Format::Xml, element.write().as_bytes(), "ApplyId");
        for form in [json(&body), element] {
            let form = form.expect("a request");
            prop_assert_eq!(form.text("keyId"), Ok(key.as_str()));
            prop_assert_eq!(form.whole("seconds", 1..=3_600), Ok(seconds));
            prop_assert_eq!(form.pairs("Properties", "Property", 9), Ok(pairs.clone()));
        }
    }
}
