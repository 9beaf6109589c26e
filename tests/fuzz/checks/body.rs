//! Bodies of SEP-12 (`Content-Type`, a line feed, the body): no bytes panic, and what a form says
//! it says as JSON too.

use actix_web::web::Bytes;
use futures_util::FutureExt as _;
use kycd::config::limits::BODY_NAMES_MAX;
use kycd::stellar::endpoints::body::{Form, Value};

/// Whether the body is read.
pub fn check(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (kind, body) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let Ok(kind) = std::str::from_utf8(kind) else { return false };
    let Some(form) = read(kind, body) else { return false };
    let mut texts = serde_json::Map::new();
    let mut only_texts = true;
    for (name, value) in form.all() {
        let text = form.text(name).ok().flatten();
        assert!(form.word(name).is_err() || form.word(name).ok().flatten() == text);
        only_texts &= matches!(value, Value::Text(_));
        texts.extend(value.text(name).map(|text| (name.to_owned(), text.into())));
    }
    assert!(form.all().count() <= BODY_NAMES_MAX);
    assert!(form.lang().is_err() || form.lang().is_ok_and(|lang| lang.len() == 2));
    if only_texts {
        let as_json = serde_json::Value::Object(texts).to_string();
        let again = read("application/json", as_json.as_bytes()).expect("texts");
        assert!(again.all().map(said).eq(form.all().map(said)));
    }
    true
}

fn said<'a>((name, value): (&'a str, &'a Value)) -> (&'a str, Option<&'a str>) {
    (name, value.text(name).ok())
}

fn read(kind: &str, body: &[u8]) -> Option<Form> {
    // All of it is there: nothing is waited for.
    Form::parse(kind, Bytes::copy_from_slice(body)).now_or_never()?.ok()
}
