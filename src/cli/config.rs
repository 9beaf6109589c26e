//! `kycd config check|print`

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Common;

/// Check and show the configuration.
#[derive(Args)]
#[command(after_help = "Example: kycd config check --config kycd.toml\n\n\
    Exit codes: 0 good, 1 at least one error (all are printed).")]
pub struct ConfigCommand {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// Check it; prints every error with its key and line
    Check(Common),
    /// Print every key with its value and where it comes from; secrets are not shown
    Print {
        #[command(flatten)]
        common: Common,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl ConfigCommand {
    pub fn run(self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match self.command {
            Sub::Check(common) => {
                common.load(Vec::new())?;
                writeln!(out, "the configuration is good")?;
            }
            Sub::Print { common, json } => {
                let rows = common.load(Vec::new())?.redacted();
                if json {
                    let rows: Vec<_> = rows
                        .iter()
                        .map(|(key, value, source)| {
                            json!({ "key": key, "value": value, "source": source })
                        })
                        .collect();
                    writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
                } else {
                    for (key, value, source) in rows {
                        writeln!(out, "{key} = {value}  # {source}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
