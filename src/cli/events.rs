//! `kycd events list|tail|show`: reads the log's files, without a lock and without a server.

mod filter;

use std::collections::VecDeque;
use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand};
use kyc_events::log::EventReader;
use kyc_events::log::segment::SegmentReader;
use kyc_events::{EventId, Position, Record};

use self::filter::Filter;
use super::Common;
use crate::config::limits;
use crate::evidence::json::sealed;
use crate::evidence::row::{instant, row};

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
        /// At most this many
        #[arg(long, value_name = "COUNT")]
        limit: Option<usize>,
    },
    /// Print the last events
    Tail {
        #[command(flatten)]
        filter: Filter,
        /// How many
        #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 20)]
        lines: usize,
        /// Then print events as they are appended, until interrupted
        #[arg(long, short)]
        follow: bool,
    },
    /// Show one event with its payload, as JSON
    Show {
        #[command(flatten)]
        common: Common,
        /// Its position in the log, or its id
        #[arg(value_name = "POSITION|EVENT_ID")]
        which: Which,
        /// As JSON, which it always is
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy)]
enum Which {
    Position(u64),
    Id(EventId),
}

impl std::str::FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let id = || text.parse().map(Self::Id);
        text.parse()
            .map(Self::Position)
            .or_else(|_| id())
            .map_err(|_| "neither a position nor an event id".to_owned())
    }
}

/// How often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(250);

impl Events {
    pub fn run(self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match self.command {
            Sub::List { filter, limit } => {
                let reader = open(&filter.common)?;
                let limit = limit.unwrap_or(usize::MAX);
                print_from(&mut out, &reader, &filter, Position(filter.from), limit)?;
            }
            Sub::Tail { filter, lines, follow } => {
                let mut reader = open(&filter.common)?;
                for record in last(&reader, &filter, lines)? {
                    print(&mut out, &filter, &record)?;
                }
                if follow {
                    print_on(&mut out, &mut reader, &filter)?;
                }
            }
            Sub::Show { common, which, json: _ } => {
                let record = find(&open(&common)?, which)?;
                writeln!(out, "{}", serde_json::to_string_pretty(&row(&record, &mut sealed))?)?;
            }
        }
        Ok(out.flush()?)
    }
}

fn open(common: &Common) -> anyhow::Result<SegmentReader> {
    let config = common.load(Vec::new())?;
    let dir = config.data.dir.join("log");
    anyhow::ensure!(dir.is_dir(), "there is no log in {}", config.data.dir.display());
    Ok(SegmentReader::open(&dir)?)
}

/// Prints what the filter admits, at most `limit` events, and answers where it stopped.
fn print_from(
    out: &mut impl Write,
    reader: &SegmentReader,
    filter: &Filter,
    from: Position,
    limit: usize,
) -> anyhow::Result<Position> {
    let (mut at, mut left) = (from, limit);
    while left > 0 {
        let records = reader.read(at, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { break };
        at = last.position.next();
        for record in records.iter().filter(|record| filter.admits(record)).take(left) {
            print(out, filter, record)?;
            left -= 1;
        }
    }
    Ok(at)
}

/// Prints what is appended from now on, for ever.
fn print_on(
    out: &mut impl Write,
    reader: &mut SegmentReader,
    filter: &Filter,
) -> anyhow::Result<()> {
    let mut at = reader.size();
    loop {
        out.flush()?;
        std::thread::sleep(LOOK);
        if reader.refresh()? > at {
            at = print_from(out, reader, filter, at, usize::MAX)?;
        }
    }
}

/// The last `count` events that the filter admits, found from the end.
fn last(reader: &SegmentReader, filter: &Filter, count: usize) -> anyhow::Result<VecDeque<Record>> {
    let mut found = VecDeque::new();
    let mut end = reader.size().0;
    while end > filter.from && found.len() < count {
        let batch = (limits::PROJECTOR_BATCH as u64).min(end - filter.from);
        end -= batch;
        let records = reader.read(Position(end), batch as usize)?;
        for record in records.into_iter().rev().filter(|record| filter.admits(record)) {
            if found.len() < count {
                found.push_front(record);
            }
        }
    }
    Ok(found)
}

fn find(reader: &SegmentReader, which: Which) -> anyhow::Result<Record> {
    let mut at = match which {
        Which::Position(position) => {
            let found = reader.read(Position(position), 1)?.pop();
            return found.ok_or_else(|| anyhow::anyhow!("no event at {position}"));
        }
        Which::Id(_) => Position::START,
    };
    loop {
        let records = reader.read(at, limits::PROJECTOR_BATCH)?;
        let Some(last) = records.last() else { anyhow::bail!("no event has this id") };
        at = last.position.next();
        let is_it = |record: &Record| matches!(which, Which::Id(id) if record.event_id == id);
        if let Some(found) = records.into_iter().find(is_it) {
            return Ok(found);
        }
    }
}

fn print(out: &mut impl Write, filter: &Filter, record: &Record) -> anyhow::Result<()> {
    if filter.json {
        writeln!(out, "{}", row(record, &mut sealed))?;
    } else {
        let (position, name, at) = (record.position, &record.name, instant(record.recorded_at));
        let (stream, version) = (&record.stream, record.version);
        writeln!(out, "{position:>8}  {at}  {name:<28} {stream}/{version}")?;
    }
    Ok(())
}
