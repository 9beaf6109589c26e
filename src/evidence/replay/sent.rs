//! What had been sent to whom.

use serde::Serialize;
use serde_json::Value;

use super::Entry;
use crate::evidence::intents;

/// One callback: what it tells, where it goes, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Callback {
    /// `Kycd-Delivery-Id` of every attempt.
    pub delivery: String,
    /// The stream that asked for it.
    pub stream: String,
    /// What it tells.
    pub content: Value,
    /// Where it goes; personal data.
    pub receiver: Value,
    /// When it was asked for.
    pub requested_at: String,
    /// What happened since, as the delivery's own stream has it.
    pub outcomes: Vec<Outcome>,
}

/// One thing that happened to a callback.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// When.
    pub at: String,
    /// Schema name.
    pub event: String,
    /// What it says.
    pub payload: Value,
}

/// The callbacks among these events.
pub fn callbacks(entries: &[Entry]) -> Vec<Callback> {
    let mut callbacks: Vec<Callback> = Vec::new();
    for entry in entries {
        if let Some(field) = intents::field_of(&entry.event) {
            let delivery = entry.payload[field].as_str().unwrap_or_default().to_owned();
            callbacks.push(Callback {
                delivery,
                stream: entry.stream.clone(),
                content: content(entry, field),
                receiver: receiver(entry),
                requested_at: entry.recorded_at.clone(),
                outcomes: Vec::new(),
            });
        } else if let Some(delivery) = entry.stream.strip_prefix("callback.delivery-")
            && let Some(callback) = callbacks.iter_mut().rfind(|c| c.delivery == delivery)
        {
            callback.outcomes.push(Outcome {
                at: entry.recorded_at.clone(),
                event: entry.event.clone(),
                payload: entry.payload.clone(),
            });
        }
    }
    callbacks
}

/// What it tells: a member of its own, or everything the event says beside the delivery's id.
fn content(entry: &Entry, field: &str) -> Value {
    let mut said = entry.payload.clone();
    match said.as_object_mut() {
        Some(members) if !members.contains_key("content") => {
            members.shift_remove(field);
            said
        }
        _ => entry.payload["content"].clone(),
    }
}

/// Where it goes: the state it was asked for in says so, for the order it is about. Where the
/// configuration says so there is nothing to show.
fn receiver(entry: &Entry) -> Value {
    if entry.state["orders"].is_null() {
        return match entry.event.as_str() {
            "stellar.CallbackRequested" => entry.state["callback"]["url"].clone(),
            _ => Value::Null,
        };
    }
    let order = entry.payload["order"].as_u64().unwrap_or(1).saturating_sub(1) as usize;
    let to_status = entry.payload["content"].get("status").is_some();
    let field = if to_status { "status_callback" } else { "callback" };
    entry.state["orders"][order][field].clone()
}
