//! Requests to verification providers, as every protocol makes them (Standard Webhooks).

use chrono::{DateTime, SecondsFormat};
use hyper::header::{HeaderName, HeaderValue};
use kyc_events::Millis;
use kyc_projections::outbox;
use serde_json::{Value, json};

use super::renderer::RenderError;
use crate::config::{Provider, Providers};
use crate::signing::webhook;

/// What is sent: `data` is the protocol's.
pub fn body(of: &outbox::Delivery, data: &Value) -> Value {
    json!({
        "type": "kyc.check.requested",
        "timestamp": instant(of.requested_at),
        "data": data,
    })
}

/// RFC 3339 in UTC.
fn instant(at: Millis) -> String {
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Where it goes, as written.
pub fn url(providers: &Providers, name: &str) -> Result<String, RenderError> {
    let known = providers.get(name).map(|provider| provider.url.clone());
    known.ok_or_else(|| RenderError::NoReceiver(format!("providers.{name}.url")))
}

/// What it is signed with, at this instant.
pub fn headers(
    providers: &Providers,
    name: &str,
    of: &outbox::Delivery,
    now_s: i64,
    body: &[u8],
) -> Result<Vec<(HeaderName, HeaderValue)>, RenderError> {
    let missing = || RenderError::NoReceiver(format!("providers.{name}.secret"));
    let Provider { secret, .. } = providers.get(name).ok_or_else(missing)?;
    let id = of.id.to_string();
    let signature = secret.sign(&id, now_s, body);
    let header = |name: &'static str, text: &str| {
        let value = HeaderValue::from_str(text);
        (HeaderName::from_static(name), value.expect("invariant: digits, base64 and punctuation"))
    };
    Ok(vec![
        header(webhook::ID, &id),
        header(webhook::TIMESTAMP, &now_s.to_string()),
        header(webhook::SIGNATURE, &signature),
    ])
}
