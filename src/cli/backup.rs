//! `kycd backup`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hyper::Method;
use serde_json::json;

use super::{Common, block_on, client};
use crate::config::limits;

/// Copy everything that has to last, also while the server runs.
#[derive(Args)]
#[command(after_help = "Example: kycd backup /backups/2026-11-25\n\n\
    The directory must be absent or empty; it is written by the server, if one owns the data. It holds\n\
    log, checkpoints and the keys, wrapped under the key of the month (`kycd keys epochs`), which stays in\n\
    the key file: keep that file elsewhere, for without it the backup is worthless.\n\
    People who are erased later are still in the backup until its epoch key is destroyed.")]
pub struct Backup {
    /// Where to
    dir: PathBuf,
    #[command(flatten)]
    common: Common,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub fn run(self) -> anyhow::Result<()> {
        let config = self.common.load(Vec::new())?;
        let body = json!({ "dir": std::path::absolute(&self.dir)? });
        let made =
            client::call_within(limits::LONG_WORK_WITHIN, &config, Method::POST, "/backups", &body);
        let made = block_on(made)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{made}")?;
            return Ok(());
        }
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        writeln!(out, "made {}", text("dir"))?;
        writeln!(out, "records  {}", made["size"])?;
        writeln!(out, "root     {}", text("root"))?;
        writeln!(out, "origin   {}", text("origin"))?;
        writeln!(out, "epoch    {}", text("epoch"))?;
        Ok(())
    }
}
