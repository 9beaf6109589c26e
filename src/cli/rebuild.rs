//! `kycd rebuild`

use std::fs::File;
use std::io::{BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use hyper::Method;
use kyc_events::Position;
use kyc_events::log::segment::{Options, SegmentLog, SegmentReader};
use kyc_events::log::{EventLog, EventReader};
use kyc_projections::catalog::{self, Entry};
use kyc_projections::fold::advance;
use kyc_projections::{Fold, Store, stored_digest};
use serde_json::{Value, json};

use super::{Common, Progress, block_on, client};
use crate::config::{Config, limits};
use crate::evidence::rebuild::{Claimed, compare};
use crate::evidence::scenario;
use crate::system::{self, files};
use crate::vault::Vault;

/// Fold the read models from zero, compare them, or load a recorded history.
#[derive(Args)]
#[command(after_help = "Example: kycd rebuild --data ./data\n\
    Example: kycd rebuild --check\n\
    Example: kycd rebuild --from fixtures/scenarios/corepass/success.jsonl --data ./fresh --json\n\n\
    A running server rebuilds beside the read models that answer and swaps them at the end; without\n\
    one this command does it. --check only compares, and takes no lock.\n\n\
    Exit codes: 0 all are equal, 1 failed, 2 wrong usage, 3 at least one was not equal.")]
pub struct Rebuild {
    #[command(flatten)]
    common: Common,
    /// Only this read model
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Only compare
    #[arg(long)]
    check: bool,
    /// Load a recorded history into a new data directory, and fold that
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    from: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Not equal.
const DIFFERENT: u8 = 3;

impl Rebuild {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.load(Vec::new())?;
        let entries = catalog::named(catalog::ALL, self.only.as_deref());
        let entries = entries.with_context(|| {
            let names: Vec<&str> = catalog::ALL.iter().map(|entry| entry.name).collect();
            format!("there is no such read model; there are {}", names.join(", "))
        })?;
        let mut out = std::io::stdout().lock();
        if let Some(file) = &self.from {
            let shown = load_anew(&config, file, &entries)?;
            writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = if self.check {
            self.check(&config, &entries)?
        } else {
            let body = json!({ "only": self.only });
            let (within, path) = (limits::LONG_WORK_WITHIN, "/projections/rebuild");
            block_on(client::call_within(within, &config, Method::POST, path, &body))?
        };
        let rows = rows.as_array().cloned().unwrap_or_default();
        let equal = rows.iter().all(|row| row["equal"] == true);
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        } else {
            for row in &rows {
                let name = row["name"].as_str().unwrap_or_default();
                let word = if row["equal"] == true { "equal" } else { "NOT EQUAL" };
                writeln!(out, "{name:<16} at {:<10} {word}", row["position"])?;
            }
        }
        Ok(if equal { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
    }

    fn check(&self, config: &Config, entries: &[&'static Entry]) -> anyhow::Result<Value> {
        // Asked before the log is read: what they have folded is in it then.
        let claims = claims(config, entries)?;
        let log = SegmentReader::open(&config.data.dir.join("log"))?;
        let aside = tempfile::tempdir()?;
        let bar = Progress::new("rebuild", !self.json && std::io::stderr().is_terminal());
        let compared = compare(&log, &claims, aside.path(), &|done, total| bar.show(done, total));
        bar.end();
        Ok(serde_json::to_value(compared?)?)
    }
}

/// What the read models in use say: those of the server, or those on disk.
fn claims(config: &Config, entries: &[&'static Entry]) -> anyhow::Result<Vec<Claimed>> {
    let mut claims = Vec::new();
    let served = client::is_served(config).unwrap_or(false);
    for entry in entries {
        let (position, digest) = if served {
            let path = format!("/projections/{}/digest", entry.name);
            let answer = block_on(client::call(config, Method::GET, &path, &Value::Null))?;
            let position = answer["position"].as_u64().context("no position")?;
            (position, answer["digest"].as_str().unwrap_or_default().to_owned())
        } else {
            let stored = stored_digest(&config.data.dir.join("projections"), entry.name)?;
            let stored = stored.with_context(|| {
                format!(
                    "{} was not folded yet; the next start, or kycd rebuild, does it",
                    entry.name
                )
            })?;
            (stored.position.0, hex::encode(stored.digest))
        };
        claims.push(Claimed { entry, position: Position(position), digest });
    }
    Ok(claims)
}

/// Loads a history into a data directory that holds nothing yet, whole or not at all.
fn load_anew(config: &Config, file: &Path, entries: &[&'static Entry]) -> anyhow::Result<Value> {
    let dir = config.data.dir.as_path();
    let was_there = dir.exists();
    let is_fresh = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => true,
    };
    anyhow::ensure!(is_fresh, "{} is not empty: a history is loaded into a new log", dir.display());
    let loaded = load(config, file, entries);
    if loaded.is_err() && dir.exists() {
        let cleared = std::fs::remove_dir_all(dir)
            .and_then(|()| if was_there { std::fs::create_dir(dir) } else { Ok(()) });
        cleared.with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    loaded
}

/// Loads a history and folds it.
fn load(config: &Config, file: &Path, entries: &[&'static Entry]) -> anyhow::Result<Value> {
    let dir = config.data.dir.as_path();
    let history = File::open(file).with_context(|| file.display().to_string())?;
    let _lock = files::own(dir)?;
    let vault = Vault::open(&dir.join("vault"), system::master_keys(config)?)?;
    let log = SegmentLog::open(&dir.join("log"), Options::default())?;
    let loaded = scenario::load(BufReader::new(history), &log, &vault)
        .with_context(|| file.display().to_string())?;
    let store = Store::open(&dir.join("projections"), limits::PROJECTION_CACHE_BYTES)?;
    let mut folds = Vec::new();
    for entry in entries {
        folds.push(Fold::open(&store, entry, &log)?);
    }
    advance(&mut folds, &log, log.size(), &|_, _| {})?;
    let mut models = serde_json::Map::new();
    for fold in &mut folds {
        fold.commit()?;
        let tables = fold.entry().shown(fold.rows());
        models.insert(fold.entry().name.to_owned(), tables);
    }
    store.sync()?;
    log.close()?;
    vault.close()?;
    Ok(json!({ "events": loaded.events, "streams": loaded.streams, "projections": models }))
}
