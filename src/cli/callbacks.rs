//! `kycd callbacks list|show|redeliver|export|remove`

use std::io::Write;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use kyc_events::log::EventReader;
use kyc_events::log::segment::SegmentReader;
use kyc_projections::fold::fold;
use kyc_projections::outbox::{self, Outbox};
use kyc_projections::{Projection, Rows, Store};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Common, block_on, client};
use crate::config::limits;
use crate::operator::callbacks::{Row, parse_state};

/// See and handle callbacks and dead letters.
#[derive(Args)]
#[command(after_help = "Example: kycd callbacks list --state dead --data ./data\n\n\
    Asks the server that owns the data directory. If none runs, list and show read the log's files,\n\
    and the others start a quiet engine for the command: nothing is sent, nothing moves on.")]
pub struct Callbacks {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Clone, Copy, ValueEnum)]
enum State {
    Pending,
    Retrying,
    Delivered,
    Dead,
}

#[derive(Subcommand)]
enum Sub {
    /// List them
    List {
        #[command(flatten)]
        common: Common,
        /// Only those in this state
        #[arg(long)]
        state: Option<State>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one
    Show(One),
    /// Make one more attempt of a finished one
    Redeliver(One),
    /// Print the content of a dead letter, as JSON, and note that it was taken out
    Export(One),
    /// Destroy the content of a dead letter; what happened stays in the log
    Remove {
        #[command(flatten)]
        one: One,
        /// Even if it was never exported
        #[arg(long)]
        force: bool,
    },
}

#[derive(Args)]
struct One {
    #[command(flatten)]
    common: Common,
    /// Id of the callback
    id: String,
    /// As JSON, which it always is
    #[arg(long)]
    json: bool,
}

impl Callbacks {
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Sub::List { common, state, json } => {
                let word = state.and_then(|state| state.to_possible_value());
                let word = word.as_ref().map_or("", |word| word.get_name());
                let path = format!("/callbacks?state={word}");
                let rows = look(&common, &path, |rows| {
                    let list = outbox::list(rows, parse_state(word), limits::LIST_MAX);
                    Ok(json!(list.into_iter().map(Row::from).collect::<Vec<_>>()))
                })?;
                if json { print(&rows) } else { table(&rows) }
            }
            Sub::Show(one) => {
                let id = one.id()?;
                print(&look(&one.common, &format!("/callbacks/{id}"), |rows| {
                    let found = outbox::find(rows, id);
                    let found = found.ok_or_else(|| anyhow::anyhow!("no such callback"))?;
                    Ok(json!(Row::from(found)))
                })?)
            }
            Sub::Redeliver(one) => print(&one.ask(Method::POST, "/redeliver", &Value::Null)?),
            Sub::Export(one) => print(&one.ask(Method::POST, "/export", &Value::Null)?),
            Sub::Remove { one, force } => {
                one.ask(Method::POST, "/remove", &json!({ "force": force }))?;
                writeln!(std::io::stdout(), "removed {}", one.id)?;
                Ok(())
            }
        }
    }
}

impl One {
    fn id(&self) -> anyhow::Result<Uuid> {
        Uuid::parse_str(&self.id)
            .map_err(|_| anyhow::anyhow!("`{}` is not the id of a callback", self.id))
    }

    fn ask(&self, method: Method, what: &str, body: &Value) -> anyhow::Result<Value> {
        ask(&self.common, method, &format!("/callbacks/{}{what}", self.id()?), body)
    }
}

/// Looks: at the server, if one runs; else into the log's files, without a lock.
fn look(
    common: &Common,
    path: &str,
    offline: impl FnOnce(&Rows) -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    let config = common.load(Vec::new())?;
    if client::is_served(&config).unwrap_or(false) {
        return block_on(client::call(&config, Method::GET, path, &Value::Null));
    }
    let log = SegmentReader::open(&config.data.dir.join("log"))?;
    let scratch = tempfile::tempdir()?;
    let store = Store::open(scratch.path(), limits::PROJECTION_CACHE_BYTES)?;
    let folds = fold(&log, Some(Outbox::NAME), log.size(), &store, &|_, _| {})?;
    let fold = folds.as_deref().and_then(<[_]>::first).context("no such read model")?;
    offline(fold.rows())
}

fn ask(common: &Common, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
    let config = common.load(Vec::new())?;
    block_on(client::call(&config, method, path, body))
}

fn print(value: &Value) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(value)?)?;
    Ok(())
}

fn table(rows: &Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for row in rows.as_array().into_iter().flatten() {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        writeln!(
            out,
            "{}  {:<9} {:<11} attempts {:<3} {}",
            text("id"),
            text("state"),
            text("channel"),
            row["attempts"],
            text("last_error")
        )?;
    }
    Ok(())
}
