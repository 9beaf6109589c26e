//! Reviews as the operator's listener shows them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::evidence::row::instant;
use crate::review::{Details, Review, Reviews, Value};

/// A row of the list.
pub fn shown(review: &Review, protocol: &dyn Reviews) -> Json {
    json!({
        "id": review.id.to_string(),
        "state": review.state.word(),
        "protocol": protocol.protocol(),
        "subject": protocol.subject(&review.stream),
        "person": format!("tag:{}", review.subject.to_hex()),
        "type": review.kind,
        "claimed_by": review.claimed_by,
        "requested_at": instant(review.requested_at),
        "decided_at": review.decided_at.map(instant),
    })
}

/// One review with what it is about, and with the person's values if they were asked for.
pub fn detailed(
    review: &Review,
    protocol: &dyn Reviews,
    details: &Details,
    values: Option<&BTreeMap<String, Value>>,
) -> Json {
    let fields: Vec<Json> = details
        .fields
        .iter()
        .map(|field| {
            let mut shown = json!({
                "name": field.name,
                "required": field.is_required,
                "state": field.state.unwrap_or("MISSING"),
                "reason": field.reason,
                "revision": field.revision,
            });
            if let Some(value) = values.and_then(|values| values.get(&field.name)) {
                shown["value"] = match value {
                    Value::Text(text) => json!(text),
                    Value::File { media_type, bytes } => json!({
                        "media_type": media_type,
                        "bytes": bytes,
                        "href": format!("/review/{}/documents/{}", review.id, field.name),
                    }),
                };
            }
            shown
        })
        .collect();
    let mut answer = shown(review, protocol);
    answer["status"] = json!(details.status);
    answer["fields"] = json!(fields);
    answer["decision"] = json!(details.decided.as_ref().map(|decided| json!({
        "verdict": decided.verdict,
        "by": decided.by,
        "reason": decided.reason,
    })));
    answer
}
