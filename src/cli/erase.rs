//! `kycd erase`

use std::io::Write;

use clap::Args;
use hyper::Method;
use serde_json::{Value, json};

use super::{Common, block_on, by, client};

/// Forget a person for good, or list who was forgotten.
#[derive(Args)]
#[command(
    after_help = "Example: kycd erase --subject corepass:ab12… --reason \"request 2026-117\"\n\
    Example: kycd erase --list --since 61337 --json > erasures.json   (for a restore)\n\n\
    Destroys the keys of everything that is sealed about the person. What happened stays in the log;\n\
    what it was about can never be read again. Backups die with their epoch key, see `kycd backup --help`.\n\
    The reason outlives the person: it must not name them.\n\n\
    Exit codes: 0 done (or under way, and said so), 1 refused (legal hold, unknown person), 2 wrong usage."
)]
pub struct Erase {
    #[command(flatten)]
    common: Common,
    /// Who: `corepass:<Core ID>`, or `tag:<hex>` as lists show it
    #[arg(long, value_name = "ID", required_unless_present = "list", requires = "reason")]
    subject: Option<String>,
    /// Why; kept for ever
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who asks; default: the user name of this session
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// List erasures instead
    #[arg(long, conflicts_with_all = ["subject", "reason", "by"])]
    list: bool,
    /// Only those recorded at this position of the log or later
    #[arg(long, value_name = "POSITION", default_value_t = 0, requires = "list")]
    since: u64,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Erase {
    pub fn run(self) -> anyhow::Result<()> {
        let config = self.common.load(Vec::new())?;
        let mut out = std::io::stdout().lock();
        let Some(subject) = &self.subject else {
            let path = format!("/erasures?since={}", self.since);
            let rows = block_on(client::call(&config, Method::GET, &path, &Value::Null))?;
            if self.json {
                writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
                return Ok(());
            }
            for row in rows.as_array().into_iter().flatten() {
                let subject = row["subject"].as_str().unwrap_or_default();
                let (generation, position) = (&row["generation"], &row["position"]);
                let state = row["state"].as_str().unwrap_or_default();
                writeln!(out, "{subject}  generation {generation}  {state} at {position}")?;
            }
            return Ok(());
        };
        let body = json!({ "reason": self.reason, "by": by(self.by.as_deref()) });
        let path = client::subject_path(subject, "erase");
        let answer = block_on(client::call(&config, Method::POST, &path, &body))?;
        if self.json {
            writeln!(out, "{answer}")?;
        } else if answer["state"] == "erased" {
            writeln!(out, "erased {}", answer["subject"].as_str().unwrap_or_default())?;
        } else {
            writeln!(
                out,
                "the erasure is under way; it waits for a transaction that is being sent"
            )?;
        }
        Ok(())
    }
}
