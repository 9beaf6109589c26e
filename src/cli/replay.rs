//! `kycd replay`

use std::io::{IsTerminal, Write};

use anyhow::Context as _;
use clap::{ArgGroup, Args};
use hyper::Method;
use kyc_events::log::segment::SegmentReader;
use kyc_events::{Position, StreamId};
use serde_json::{Value, json};

use super::{Common, Progress, block_on, by, client};
use crate::config::{Config, limits};
use crate::evidence::replay::{Glass, Target, Until, find_streams, replay};
use crate::evidence::row::parse_instant;
use crate::subject::name::Name;
use crate::{system, vault};

/// Show what was known, in force and sent, after each event or at a moment.
#[derive(Args)]
#[command(
    group = ArgGroup::new("of").required(true).args(["stream", "subject"]),
    after_help = "Example: kycd replay --subject corepass:ab12… --at 2026-11-01T00:00:00Z --json\n\
    Example: kycd replay --subject corepass:ab12… --unseal --reason \"case 7\"\n\n\
    Reads the log's files, without a lock; personal data shows as \"sealed\" or \"erased\". The name of a\n\
    person needs the key file, `tag:…` needs none. With --unseal the server that owns the data opens it\n\
    (or this command does, if none runs), and who looked at whom and why becomes an event of the log,\n\
    so a read-only copy cannot be unsealed."
)]
pub struct Replay {
    #[command(flatten)]
    common: Common,
    /// One stream
    #[arg(long, value_name = "STREAM", value_parser = StreamId::parse)]
    stream: Option<StreamId>,
    /// A person: `corepass:<Core ID>`, or `tag:<hex>`
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Only until then: RFC 3339, or milliseconds since 1970
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant, conflicts_with = "position")]
    at: Option<i64>,
    /// Only until this position of the log, included
    #[arg(long, value_name = "POSITION")]
    position: Option<u64>,
    /// Open personal data; recorded
    #[arg(long, requires = "subject", requires = "reason")]
    unseal: bool,
    /// Why it has to be opened; kept for ever, and must not name the person
    #[arg(long, value_name = "TEXT", requires = "unseal")]
    reason: Option<String>,
    /// Who asks; default: the user name of this session
    #[arg(long, value_name = "NAME", requires = "unseal")]
    by: Option<String>,
    /// As JSON, with the state after each event
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub fn run(self) -> anyhow::Result<()> {
        let config = self.common.load(Vec::new())?;
        let timeline = match self.subject.as_ref().filter(|_| self.unseal) {
            Some(subject) => self.unsealed(&config, subject)?,
            None => self.sealed(&config)?,
        };
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&timeline)?)?;
            return Ok(());
        }
        print(&mut out, &timeline)?;
        Ok(())
    }

    fn until(&self) -> Until {
        match (self.at, self.position) {
            (Some(at), _) => Until::At(at),
            (None, Some(position)) => Until::Position(Position(position)),
            (None, None) => Until::End,
        }
    }

    fn sealed(&self, config: &Config) -> anyhow::Result<Value> {
        let dir = &config.data.dir;
        let log = SegmentReader::open(&dir.join("log"))?;
        let target = match (&self.stream, &self.subject) {
            (Some(stream), _) => Target::Stream(stream.clone()),
            (None, subject) => {
                let name = Name::parse(subject.as_deref().unwrap_or_default())?;
                let keys = || {
                    system::kept_master_keys(config)
                        .context("a person's name needs the key file; tag:<hex> needs none")
                };
                Target::Subject(match name.own_tag() {
                    Some(tag) => tag,
                    None => name.tag(&keys()?),
                })
            }
        };
        let bar = Progress::new("replay", !self.json && std::io::stderr().is_terminal());
        let streams = find_streams(&log, &target, &|done, total| bar.show(done, total));
        bar.end();
        let keys = vault::stored_keys(&dir.join("vault"))?;
        let timeline = replay(&log, &streams?, self.until(), &Glass::Frosted(keys))?;
        Ok(serde_json::to_value(&timeline)?)
    }

    fn unsealed(&self, config: &Config, subject: &str) -> anyhow::Result<Value> {
        let body = json!({
            "reason": self.reason,
            "by": by(self.by.as_deref()),
            "at_ms": self.at,
            "position": self.position,
        });
        let path = client::subject_path(subject, "unseal");
        block_on(client::call_within(limits::LONG_WORK_WITHIN, config, Method::POST, &path, &body))
    }
}

fn print(out: &mut impl Write, timeline: &Value) -> std::io::Result<()> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for entry in timeline["entries"].as_array().into_iter().flatten() {
        writeln!(
            out,
            "{:>8}  {}  {:<28} {}",
            entry["position"],
            text(&entry["recorded_at"]),
            text(&entry["event"]),
            entry["payload"]
        )?;
    }
    if let Some(policy) = timeline["in_force"].as_object() {
        let (name, since) = (text(&policy["policy"]), text(&policy["since"]));
        writeln!(out, "\nin force  policy {name}, since {since}")?;
    }
    for (stream, state) in timeline["states"].as_object().into_iter().flatten() {
        if !stream.starts_with("callback.delivery-") {
            writeln!(out, "\n{stream}\n{state:#}")?;
        }
    }
    writeln!(out, "\ncallbacks")?;
    for callback in timeline["callbacks"].as_array().into_iter().flatten() {
        let outcomes = callback["outcomes"].as_array().into_iter().flatten();
        let outcomes: Vec<String> = outcomes.map(|outcome| text(&outcome["event"])).collect();
        let outcome = outcomes.last().map_or("pending", String::as_str);
        writeln!(
            out,
            "- {}  {} to {}: {} attempts or steps, {outcome}",
            text(&callback["requested_at"]),
            callback["content"],
            text(&callback["receiver"]),
            outcomes.len()
        )?;
    }
    Ok(())
}
