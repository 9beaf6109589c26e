//! `kycd hold set|release`

use std::io::Write;

use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::json;

use super::{Common, block_on, by, client};

/// Set and lift legal holds: as long as one stands, the person is not erased.
#[derive(Args)]
#[command(
    after_help = "Example: kycd hold set --subject corepass:ab12… --until 2030-01-31T00:00:00Z --reason \"case 7\""
)]
pub struct Hold {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// Set a hold; it replaces the one before it
    Set {
        #[command(flatten)]
        of: Of,
        /// When it ends by itself, RFC 3339
        #[arg(long, value_name = "INSTANT")]
        until: String,
    },
    /// Lift the hold
    Release {
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Args)]
struct Of {
    #[command(flatten)]
    common: Common,
    /// Who: `corepass:<Core ID>`, or `tag:<hex>` as lists show it
    #[arg(long, value_name = "ID")]
    subject: String,
    /// Why; kept for ever, and must not name the person
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who asks; default: the user name of this session
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Hold {
    pub fn run(self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match self.command {
            Sub::Set { of, until } => {
                let body =
                    json!({ "reason": of.reason, "until": until, "by": by(of.by.as_deref()) });
                let answer = of.ask(Method::POST, &body)?;
                if of.json {
                    writeln!(out, "{answer}")?;
                } else {
                    let until = answer["held_until"].as_str().unwrap_or_default();
                    writeln!(out, "held until {until}")?;
                }
            }
            Sub::Release { of } => {
                let body = json!({ "reason": of.reason, "by": by(of.by.as_deref()) });
                of.ask(Method::DELETE, &body)?;
                writeln!(out, "{}", if of.json { "{\"released\":true}" } else { "released" })?;
            }
        }
        Ok(())
    }
}

impl Of {
    fn ask(&self, method: Method, body: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let config = self.common.load(Vec::new())?;
        block_on(client::call(&config, method, &client::subject_path(&self.subject, "hold"), body))
    }
}
