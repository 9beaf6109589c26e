//! `kycd events list|tail|show`: reads the log's files, without a lock and without a server.

use std::io::Write;
use std::time::Duration;

use chrono::DateTime;
use clap::{Args, Subcommand};
use kyc_events::log::EventReader;
use kyc_events::log::segment::SegmentReader;
use kyc_events::{Position, Record};
use serde_json::{Value, json};

use super::Common;
use crate::config::limits;

/// Look into the event log. Personal data stays sealed.
#[derive(Args)]
#[command(after_help = "Example: kycd events list --data ./data --protocol corepass --json")]
pub struct Events {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// List events, oldest first
    List {
        #[command(flatten)]
        filter: Filter,
    },
    /// Print events as they are appended, until interrupted
    Tail {
        #[command(flatten)]
        filter: Filter,
    },
    /// Show one event with its payload
    Show {
        #[command(flatten)]
        common: Common,
        /// Its position in the log
        position: u64,
        /// As JSON, which it always is
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Filter {
    #[command(flatten)]
    common: Common,
    /// Only this stream
    #[arg(long)]
    stream: Option<String>,
    /// Only events of this protocol: corepass, callback, engine
    #[arg(long)]
    protocol: Option<String>,
    /// Only this event, for example corepass.OrderAccepted
    #[arg(long)]
    event: Option<String>,
    /// From this instant on (RFC 3339)
    #[arg(long)]
    since: Option<String>,
    /// Before this instant (RFC 3339)
    #[arg(long)]
    until: Option<String>,
    /// From this position on
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// As JSON lines
    #[arg(long)]
    json: bool,
}

struct Bounds {
    since: i64,
    until: i64,
}

impl Filter {
    fn bounds(&self) -> anyhow::Result<Bounds> {
        let instant = |text: &Option<String>, default| match text {
            None => Ok(default),
            Some(text) => DateTime::parse_from_rfc3339(text)
                .map(|at| at.timestamp_millis())
                .map_err(|error| anyhow::anyhow!("{text}: {error}")),
        };
        Ok(Bounds {
            since: instant(&self.since, i64::MIN)?,
            until: instant(&self.until, i64::MAX)?,
        })
    }

    fn admits(&self, bounds: &Bounds, record: &Record) -> bool {
        let protocol = |name: &str| record.name.split('.').next() == Some(name);
        (bounds.since..bounds.until).contains(&record.recorded_at)
            && self.stream.as_deref().is_none_or(|stream| record.stream.as_str() == stream)
            && self.protocol.as_deref().is_none_or(protocol)
            && self.event.as_deref().is_none_or(|event| &*record.name == event)
    }
}

impl Events {
    pub fn run(self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match self.command {
            Sub::List { filter } => {
                print_from(&mut out, &filter, Position(filter.from))?;
            }
            Sub::Tail { filter } => {
                const LOOK: Duration = Duration::from_millis(500);
                let mut at = Position(filter.from);
                loop {
                    at = print_from(&mut out, &filter, at)?;
                    std::thread::sleep(LOOK);
                }
            }
            Sub::Show { common, position, json: _ } => {
                let reader = open(&common)?;
                let found = reader.read(Position(position), 1)?;
                let record =
                    found.first().ok_or_else(|| anyhow::anyhow!("no event at {position}"))?;
                writeln!(out, "{}", serde_json::to_string_pretty(&row(record, true))?)?;
            }
        }
        Ok(())
    }
}

fn open(common: &Common) -> anyhow::Result<SegmentReader> {
    let config = common.load(Vec::new())?;
    let dir = config.data.dir.join("log");
    anyhow::ensure!(dir.is_dir(), "there is no log in {}", config.data.dir.display());
    Ok(SegmentReader::open(&dir)?)
}

/// Prints what the filter admits and answers where it stopped.
fn print_from(out: &mut impl Write, filter: &Filter, from: Position) -> anyhow::Result<Position> {
    let bounds = filter.bounds()?;
    let reader = open(&filter.common)?;
    let mut at = from;
    loop {
        let records = reader.read(at, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { return Ok(at) };
        at = last.position.next();
        for record in records.iter().filter(|record| filter.admits(&bounds, record)) {
            if filter.json {
                writeln!(out, "{}", row(record, true))?;
            } else {
                let at = row(record, false)["recorded_at"].clone();
                writeln!(
                    out,
                    "{:>8}  {}  {:<28} {}/{}",
                    record.position,
                    at.as_str().unwrap_or_default(),
                    record.name,
                    record.stream,
                    record.version
                )?;
            }
        }
        out.flush()?;
    }
}

fn row(record: &Record, payload: bool) -> Value {
    let at = DateTime::from_timestamp_millis(record.recorded_at)
        .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    let mut row = json!({
        "position": record.position.0,
        "stream": record.stream.as_str(),
        "version": record.version.0,
        "event": &*record.name,
        "schema_version": record.schema_version,
        "recorded_at": at,
        "event_id": record.event_id.to_string(),
        "actor": &*record.actor,
        "causation": record.causation.map(|id| id.to_string()),
        "correlation": record.correlation.to_string(),
    });
    if payload {
        row["payload"] = minicbor_serde::from_slice::<Payload>(&record.payload)
            .map_or_else(|_| json!({ "cbor": hex::encode(&record.payload) }), |payload| payload.0);
    }
    row
}

/// CBOR as JSON; byte strings as hex, sealed data as `"sealed"`.
struct Payload(Value);

impl<'de> serde::Deserialize<'de> for Payload {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PayloadVisitor).map(Self)
    }
}

struct PayloadVisitor;

impl<'de> serde::de::Visitor<'de> for PayloadVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any CBOR value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(json!(hex::encode(value)))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Payload(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = serde_json::Map::new();
        while let Some((name, Payload(value))) = map.next_entry::<String, Payload>()? {
            object.insert(name, value);
        }
        let sealed = object.len() == 3
            && ["key", "nonce", "bytes"].iter().all(|name| object.contains_key(*name));
        Ok(if sealed { json!("sealed") } else { Value::Object(object) })
    }
}
