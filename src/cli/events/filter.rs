//! Which events are meant.

use clap::Args;
use kyc_events::{Millis, Record};

use super::Common;
use crate::evidence::row::parse_instant;

#[derive(Args)]
pub struct Filter {
    #[command(flatten)]
    pub common: Common,
    /// Only this stream
    #[arg(long)]
    stream: Option<String>,
    /// Only streams of this protocol: corepass, callback, engine
    #[arg(long)]
    protocol: Option<String>,
    /// Only this event, for example corepass.OrderAccepted or `OrderAccepted`
    #[arg(long)]
    event: Option<String>,
    /// From this instant on (RFC 3339, or milliseconds since 1970)
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    since: Option<Millis>,
    /// Before this instant (RFC 3339, or milliseconds since 1970)
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    until: Option<Millis>,
    /// From this position on
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub from: u64,
    /// As JSON lines, with payloads
    #[arg(long)]
    pub json: bool,
}

impl Filter {
    pub fn admits(&self, record: &Record) -> bool {
        let is = |wanted: &Option<String>, actual: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == actual)
        };
        let short = record.name.split_once('.').map_or("", |(_, short)| short);
        record.position.0 >= self.from
            && self.since.is_none_or(|since| record.recorded_at >= since)
            && self.until.is_none_or(|until| record.recorded_at < until)
            && is(&self.stream, record.stream.as_str())
            && is(&self.protocol, record.stream.kind().split('.').next().unwrap_or_default())
            && (is(&self.event, &record.name) || is(&self.event, short))
    }
}
