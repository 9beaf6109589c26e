//! What the demo prints: a line per happening, readable or JSON.

use std::io::Write;
use std::time::Instant;

use serde_json::{Value, json};

/// Prints as it happens.
pub struct Timeline {
    json: bool,
    started: Instant,
}

impl Timeline {
    /// Starts now.
    pub fn new(json: bool) -> Self {
        Self { json, started: Instant::now() }
    }

    /// Something about the demo itself.
    pub fn note(&self, what: &str, text: &str) {
        self.line("demo", what, text, json!({}));
    }

    /// Something of a scenario. `more` goes into the JSON only.
    pub fn line(&self, who: &str, what: &str, text: &str, more: Value) {
        let ms = self.started.elapsed().as_millis() as u64;
        let mut out = std::io::stdout().lock();
        let _ = if self.json {
            let mut row = json!({ "ms": ms, "scenario": who, "event": what, "text": text });
            if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
                row.extend(more);
            }
            writeln!(out, "{row}")
        } else {
            writeln!(out, "{:>7.3} s  {who:<18} {what:<20} {text}", ms as f64 / 1000.0)
        };
        let _ = out.flush();
    }

    /// Something for people's eyes only.
    pub fn picture(&self, text: &str) {
        if !self.json {
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }
}
