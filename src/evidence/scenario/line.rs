//! The lines of a scenario.

use std::io::{BufRead, Read};

use kyc_events::{Millis, StreamId};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{ScenarioError, Wrong};
use crate::config::limits;
use crate::evidence::row::parse_instant;

/// One event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub stream: StreamId,
    pub event: String,
    pub version: u16,
    #[serde(deserialize_with = "instant")]
    pub at: Millis,
    #[serde(default = "scenario")]
    pub actor: String,
    pub payload: Value,
}

impl Line {
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        Ok(serde_json::from_str(text)?)
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
    parse_instant(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn scenario() -> String {
    "scenario".to_owned()
}

/// Lines of bounded length, numbered, empty ones left out.
pub struct Lines<R> {
    source: R,
    text: String,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(source: R) -> Self {
        Self { source, text: String::new(), number: 0 }
    }

    /// The next line and its number; the first is 1.
    pub fn next(&mut self) -> Result<Option<(u64, &str)>, ScenarioError> {
        const MAX: usize = limits::SCENARIO_LINE_BYTES_MAX;
        loop {
            self.text.clear();
            self.number += 1;
            let error = |what| ScenarioError { line: self.number, what };
            let read = self.source.by_ref().take(MAX as u64 + 1).read_line(&mut self.text);
            if read.map_err(|e| error(e.into()))? == 0 {
                return Ok(None);
            }
            if self.text.len() > MAX {
                return Err(error(Wrong::TooLong(MAX)));
            }
            if !self.text.trim().is_empty() {
                return Ok(Some((self.number, self.text.trim())));
            }
        }
    }
}
