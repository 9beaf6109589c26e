//! `kycd callbacks list|show|redeliver|export|remove`

use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use serde_json::{Value, json};

use super::{Common, block_on, client};

/// See and handle callbacks and dead letters.
#[derive(Args)]
#[command(after_help = "Example: kycd callbacks list --state dead --data ./data\n\n\
    Asks the server that owns the data directory; if none runs, starts the engine for the command.")]
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
                let state = state.and_then(|state| state.to_possible_value());
                let filter =
                    state.map(|state| format!("?state={}", state.get_name())).unwrap_or_default();
                let rows = ask(&common, Method::GET, &format!("/callbacks{filter}"), &Value::Null)?;
                if json { print(&rows) } else { table(&rows) }
            }
            Sub::Show(one) => print(&one.ask(Method::GET, "", &Value::Null)?),
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
    fn ask(&self, method: Method, what: &str, body: &Value) -> anyhow::Result<Value> {
        let id = uuid::Uuid::parse_str(&self.id)
            .map_err(|_| anyhow::anyhow!("`{}` is not the id of a callback", self.id))?;
        ask(&self.common, method, &format!("/callbacks/{id}{what}"), body)
    }
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
            "{}  {:<9} {:<6} attempts {:<3} {}",
            text("id"),
            text("state"),
            text("channel"),
            row["attempts"],
            text("last_error")
        )?;
    }
    Ok(())
}
