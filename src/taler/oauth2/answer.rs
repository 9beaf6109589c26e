//! What a provider's answers have to look like.
//!
//! ```text
//! token    200 {"access_token": "…", "token_type": "bearer"}                RFC 6749 §5.1
//! info     200 {"status": "success", "data": {"id": "…", …}}                by default
//! either   other statuses with {"error": "…", "error_description": "…"}: refused; without: a fault
//! ```
//!
//! Source: exchange of November 2021; later versions do without `expires_in` and `refresh_token`.

use std::collections::BTreeMap;

use hyper::StatusCode;
use kyc_events::taler::{Fault, Refusal};
use serde_json::Value;

use super::Failed;
use crate::config::Secret;
use crate::config::taler::OAuth2;
use crate::taler::payment_target::Outcome;

/// The token out of the answer to a code.
pub(super) fn token(status: StatusCode, body: &[u8]) -> Result<Secret, Failed> {
    let answer = read(body);
    if status != StatusCode::OK {
        return Err(refusal(answer.as_ref()));
    }
    let answer = answer.ok_or_else(invalid)?;
    let kind = answer.get("token_type").and_then(Value::as_str).ok_or_else(invalid)?;
    let token = answer.get("access_token").and_then(Value::as_str).ok_or_else(invalid)?;
    let is_safe = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && b != b';');
    if !kind.eq_ignore_ascii_case("bearer") || !is_safe {
        return Err(invalid());
    }
    Ok(Secret::new(token))
}

/// User and attributes out of the answer to a token.
pub(super) fn info(
    status: StatusCode,
    body: &[u8],
    settings: &OAuth2,
) -> Result<(String, BTreeMap<String, String>), Failed> {
    let answer = read(body);
    if status != StatusCode::OK {
        return Err(refusal(answer.as_ref()));
    }
    let answer = answer.ok_or_else(invalid)?;
    if !settings.status.is_empty() {
        let said = answer.pointer(&settings.status).and_then(Value::as_str).ok_or_else(invalid)?;
        if !said.eq_ignore_ascii_case("success") {
            return Err(refusal(Some(&answer)));
        }
    }
    let user = answer.pointer(&settings.user_id).and_then(text_of);
    let user = user.filter(|user| !user.is_empty()).ok_or_else(invalid)?;
    Ok((user, attributes(&answer, settings)))
}

fn attributes(answer: &Value, settings: &OAuth2) -> BTreeMap<String, String> {
    if settings.attributes.is_empty() {
        let (place, id) = settings.user_id.rsplit_once('/').unwrap_or_default();
        let beside = answer.pointer(place).and_then(Value::as_object);
        let beside = beside.into_iter().flatten().filter(|(name, _)| *name != id);
        return beside.filter_map(|(name, value)| Some((name.clone(), text_of(value)?))).collect();
    }
    let named = settings.attributes.iter();
    named
        .filter_map(|(name, pointer)| Some((name.clone(), text_of(answer.pointer(pointer)?)?)))
        .collect()
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn read(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

fn invalid() -> Failed {
    Failed::Fault(Fault::InvalidAnswer)
}

/// A refusal says why; what does not is a fault.
fn refusal(answer: Option<&Value>) -> Failed {
    let text = |name: &str| answer.and_then(|a| a.get(name)).and_then(Value::as_str);
    match (text("error"), text("error_description")) {
        (Some(error), Some(description)) => Failed::Outcome(Outcome::Refused(Refusal {
            error: error.to_owned(),
            description: description.to_owned(),
        })),
        _ => invalid(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{Config, Sources};

    fn settings(file: &str) -> OAuth2 {
        let config = Config::load(Sources::of(file, &[], &[])).expect("valid");
        config.taler.and_then(|taler| taler.oauth2).expect("on")
    }

    fn said<T>(answer: &Result<T, Failed>) -> &'static str {
        match answer {
            Ok(_) => "good",
            Err(Failed::Fault(Fault::InvalidAnswer)) => "invalid",
            Err(Failed::Outcome(Outcome::Refused(_))) => "refused",
            Err(_) => "something else",
        }
    }

    #[test]
    fn a_token_is_a_bearer_without_anything_that_breaks_a_header() {
        let ok = |answer: Value| said(&token(StatusCode::OK, answer.to_string().as_bytes()));
        assert_eq!(ok(json!({"access_token": "good", "token_type": "bearer"})), "good");
        assert_eq!(ok(json!({"access_token": "good", "token_type": "BEARER"})), "good");
        for bad in [
            json!({"token_type": "bearer"}),
            json!({"access_token": "good"}),
            json!({"access_token": "good", "token_type": "mac"}),
            json!({"access_token": 5, "token_type": "bearer"}),
            json!({"access_token": "", "token_type": "bearer"}),
            json!({"access_token": "go od", "token_type": "bearer"}),
            json!({"access_token": "go;od", "token_type": "bearer"}),
            json!({"access_token": "go\nod", "token_type": "bearer"}),
            json!([]),
        ] {
            assert_eq!(ok(bad.clone()), "invalid", "{bad}");
        }
        assert_eq!(said(&token(StatusCode::OK, b"<html>")), "invalid");
    }

    #[test]
    fn a_refusal_says_why_and_anything_else_is_a_fault() {
        let why = json!({"error": "invalid_grant", "error_description": "no"}).to_string();
        for status in [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND] {
            assert_eq!(said(&token(status, why.as_bytes())), "refused");
            assert_eq!(said(&info(status, why.as_bytes(), &settings(""))), "refused");
        }
        let half = json!({"error": "invalid_grant"}).to_string();
        assert_eq!(said(&token(StatusCode::BAD_REQUEST, half.as_bytes())), "invalid");
        assert_eq!(said(&token(StatusCode::INTERNAL_SERVER_ERROR, b"")), "invalid");
    }

    #[test]
    fn a_user_has_an_id_and_what_stands_beside_it() {
        let answer = json!({"status": "SUCCESS", "data": {
            "id": "XXXID12345678", "first_name": "Bob", "age": 21, "ok": true, "none": null, "more": {}
        }});
        let answer = answer.to_string();
        let (user, attributes) =
            info(StatusCode::OK, answer.as_bytes(), &settings("")).ok().expect("good");
        assert_eq!(user, "XXXID12345678");
        let expected = [("age", "21"), ("first_name", "Bob"), ("ok", "true")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(attributes, expected.into());
    }

    #[test]
    fn other_providers_are_read_by_pointers() {
        let settings = settings(
            "[taler.oauth2]\nstatus = \"\"\nuser_id = \"/sub\"\nattributes.full_name = \"/name\"\n\
             attributes.country = \"/address/country\"\nattributes.none = \"/nothing\"",
        );
        let answer = json!({"sub": 7, "name": "Bob", "address": {"country": "DE"}}).to_string();
        let (user, attributes) =
            info(StatusCode::OK, answer.as_bytes(), &settings).ok().expect("good");
        assert_eq!(user, "7");
        let expected = [("country", "DE"), ("full_name", "Bob")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(attributes, expected.into());
    }

    #[test]
    fn an_answer_without_success_or_an_id_is_no_proof() {
        let said = |answer: Value| {
            said(&info(StatusCode::OK, answer.to_string().as_bytes(), &settings("")))
        };
        assert_eq!(
            said(json!({"status": "error", "error": "x", "error_description": "y"})),
            "refused"
        );
        assert_eq!(said(json!({"status": "error"})), "invalid");
        assert_eq!(said(json!({"status": "success", "data": {}})), "invalid");
        assert_eq!(said(json!({"status": "success", "data": {"id": ""}})), "invalid");
        assert_eq!(said(json!({"data": {"id": "1"}})), "invalid");
    }
}
