//! `kycd export`

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use kyc_events::note::Verifier;
use serde_json::json;

use super::Common;
use crate::config::Config;
use crate::evidence::bundle::Bundle;
use crate::evidence::restore::Saved;
use crate::system::{self, seal::Seal};

/// Bundle the log for an auditor.
#[derive(Args)]
#[command(after_help = "Example: kycd export --bundle audit-2026-11.tar --data ./data\n\n\
    A tar with the log up to its newest checkpoint, proofs, the public key, the description of the format and a\n\
    verifier in Python. Personal data in it stays sealed, and its keys are not in it. Needs no lock and no\n\
    server, and works beside one. The same log gives the same bytes.")]
pub struct Export {
    #[command(flatten)]
    common: Common,
    /// Where to
    #[arg(long, value_name = "FILE.tar")]
    bundle: PathBuf,
    /// Public key of the checkpoints; default: that of the configuration's key file
    #[arg(long, value_name = "VKEY")]
    key: Option<Verifier>,
    /// A checkpoint saved elsewhere: a proof leads from it to the newest; may be given several times
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// The events as JSON lines too
    #[arg(long)]
    events: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Export {
    pub fn run(self) -> anyhow::Result<()> {
        let config = self.common.load(Vec::new())?;
        let log = config.data.dir.join("log");
        anyhow::ensure!(log.is_dir(), "there is no log in {}", config.data.dir.display());
        anyhow::ensure!(!self.bundle.exists(), "{} exists already", self.bundle.display());
        let key = match &self.key {
            Some(key) => key.clone(),
            None => kept_key(&config).context("give the public key with --key")?,
        };
        let saved = self.checkpoints.iter().map(|file| Saved::read(file));
        let saved = saved.collect::<Result<_, _>>()?;
        let bundled = Bundle { log, key, saved, events: self.events }.write(&self.bundle)?;
        let (size, root) = (bundled.checkpoint.size, hex::encode(bundled.checkpoint.root));
        let (origin, file) = (bundled.checkpoint.origin, self.bundle.display().to_string());
        let mut out = std::io::stdout().lock();
        if self.json {
            let proofs = bundled.proofs;
            let row = json!({
                "file": file, "origin": origin, "size": size, "root": root, "proofs": proofs
            });
            writeln!(out, "{row}")?;
        } else {
            writeln!(out, "made {file}")?;
            writeln!(out, "records  {size}")?;
            writeln!(out, "root     {root}")?;
            writeln!(out, "origin   {origin}")?;
            writeln!(out, "proofs   {}", bundled.proofs)?;
        }
        Ok(())
    }
}

fn kept_key(config: &Config) -> anyhow::Result<Verifier> {
    Seal::kept(config, &mut system::kept_master_keys(config)?)?.verifier()
}
