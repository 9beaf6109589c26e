//! `kycd retention due`

use std::io::Write;

use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::Value;

use super::{Common, block_on, client};

/// See who is due for erasure.
#[derive(Args)]
#[command(after_help = "Example: kycd retention due --data ./data\n\n\
    Lists people whose last transfer ended longer ago than `retention.corepass` says and who are\n\
    not under a legal hold. It erases nobody; `kycd erase --subject tag:…` does.")]
pub struct Retention {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// List them, longest due first
    Due {
        #[command(flatten)]
        common: Common,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl Retention {
    pub fn run(self) -> anyhow::Result<()> {
        let Sub::Due { common, json } = self.command;
        let config = common.load(Vec::new())?;
        let rows = block_on(client::call(&config, Method::GET, "/retention/due", &Value::Null))?;
        let mut out = std::io::stdout().lock();
        if json {
            writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
            return Ok(());
        }
        for row in rows.as_array().into_iter().flatten() {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            writeln!(out, "{}  due since {}", text("subject"), text("due_at"))?;
        }
        Ok(())
    }
}
