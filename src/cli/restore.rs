//! `kycd restore`

mod erasures;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use kyc_events::Millis;
use kyc_events::engine::LogRestored;
use serde_json::json;

use super::{Common, block_on, client};
use crate::clock::system_now;
use crate::config::Config;
use crate::evidence::restore::{Backup, Lost, Saved};
use crate::system::{self, seal::Seal};
use crate::vault::Epochs;
use erasures::{Done, Listed};

/// Make a data directory from a backup.
#[derive(Args)]
#[command(
    after_help = "Example: kycd restore /backups/2026-11-25 --data ./data --erasures erasures.json\n\n\
    Needs the configuration and the key file of the log that was backed up. The data directory must be\n\
    absent or empty.\n\n\
    People who were erased after the backup are in it. Either give the list of these erasures, from the data\n\
    that is left: kycd erase --list --since SIZE --json > erasures.json (SIZE: the backup's; the list `[]` is\n\
    fine), and they are erased again; or accept that they come back: the log will say so for ever.\n\n\
    Checkpoints that you saved elsewhere (--checkpoint) show whether the backup is of the same log, and how\n\
    much is lost."
)]
pub struct Restore {
    /// The backup
    backup: PathBuf,
    #[command(flatten)]
    common: Common,
    /// Erasures since the backup, as `kycd erase --list --since SIZE --json` prints them
    #[arg(long, value_name = "FILE", conflicts_with = "accept_resurrection")]
    erasures: Option<PathBuf>,
    /// Restore without the list: whoever was erased since the backup comes back
    #[arg(long)]
    accept_resurrection: bool,
    /// A checkpoint saved elsewhere; may be given several times
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What came of it.
struct Outcome {
    restored: LogRestored,
    lost: Vec<Lost>,
    erased: Done,
}

impl Restore {
    pub fn run(self) -> anyhow::Result<()> {
        let config = self.common.load(Vec::new())?;
        let target = config.data.dir.clone();
        ensure_free(&target)?;
        let listed = match (&self.erasures, self.accept_resurrection) {
            (Some(file), _) => Some(Listed::read(file)?),
            (None, true) => None,
            (None, false) => anyhow::bail!(
                "people who were erased after the backup would come back: give --erasures FILE (from \
                 `kycd erase --list --since SIZE --json` on the data that is left), or \
                 --accept-resurrection if that list is lost"
            ),
        };
        let draft = beside(&target)?;
        anyhow::ensure!(
            !draft.exists(),
            "{} is there: a restoration was interrupted; remove it first",
            draft.display()
        );
        let made = self.make(&config, &draft, listed).and_then(|outcome| {
            std::fs::rename(&draft, &target)
                .with_context(|| format!("cannot rename {} into place", draft.display()))?;
            sync_parent(&target)?;
            Ok(outcome)
        });
        if made.is_err() && draft.exists() {
            std::fs::remove_dir_all(&draft)
                .with_context(|| format!("cannot remove {}", draft.display()))?;
        }
        self.print(&target, &made?)
    }

    /// Builds everything in the draft.
    fn make(
        &self,
        config: &Config,
        draft: &Path,
        listed: Option<Listed>,
    ) -> anyhow::Result<Outcome> {
        let mut master = system::kept_master_keys(config)?;
        let key = Seal::kept(config, &mut master)?.key.verifying_key();
        let saved = self.checkpoints.iter().map(|file| Saved::read(file));
        let saved = saved.collect::<Result<Vec<_>, _>>()?;
        let backup = Backup::prove(&self.backup, &key, &saved)?;
        self.say(&format!("the backup holds what it says: {} records", backup.manifest.size));
        let epochs = Epochs::beside(&master)?;
        let now = self.now(config);
        let restored = backup.build(draft, &epochs, &master, listed.is_none(), now)?;
        let erased = match listed {
            Some(listed) => {
                let since = listed.since(restored.size);
                self.say(&format!("erasures since the backup: {}", since.len()));
                if since.is_empty() {
                    Done::default()
                } else {
                    let mut config = client::unserved(config);
                    draft.clone_into(&mut config.data.dir);
                    block_on(erasures::repeat(&config, &since, restored.size))?
                }
            }
            None => Done::default(),
        };
        Ok(Outcome { restored, lost: backup.lost, erased })
    }

    /// The instant of the restoration: that of the virtual clock, where there is one.
    fn now(&self, config: &Config) -> Millis {
        let kept = || std::fs::read_to_string(self.backup.join("sandbox/clock")).ok();
        let kept = if config.sandbox.virtual_clock { kept() } else { None };
        kept.and_then(|text| text.trim().parse().ok()).unwrap_or_else(system_now)
    }

    fn say(&self, what: &str) {
        if !self.json {
            eprintln!("{what}");
        }
    }

    fn print(&self, target: &Path, outcome: &Outcome) -> anyhow::Result<()> {
        let Outcome { restored, lost, erased } = outcome;
        let LogRestored { size, root, old_origin, origin, resurrection_accepted } = restored;
        let mut out = std::io::stdout().lock();
        if self.json {
            let row = json!({
                "dir": target, "size": size, "root": root, "old_origin": old_origin,
                "origin": origin, "resurrection_accepted": resurrection_accepted, "lost": lost,
                "erased": erased.erased, "erasing": erased.erasing,
                "not_in_backup": erased.unknown,
            });
            writeln!(out, "{row}")?;
            return Ok(());
        }
        writeln!(out, "restored {}", target.display())?;
        writeln!(out, "records  {size}, and one that says so")?;
        writeln!(out, "origin   {origin}")?;
        writeln!(out, "         was {old_origin}")?;
        for Lost { checkpoint, from, to } in lost {
            writeln!(out, "lost     records {from} to {to}, for which {checkpoint} vouches")?;
        }
        if *resurrection_accepted {
            writeln!(out, "whoever was erased after the backup is back; the log says so")?;
            return Ok(());
        }
        writeln!(out, "erased   {} again", erased.erased.len())?;
        if !erased.erasing.is_empty() {
            let count = erased.erasing.len();
            writeln!(out, "erasing  {count}: a transaction has to be sent first; serve to end it")?;
        }
        Ok(())
    }
}

/// Nothing, or an empty directory.
fn ensure_free(target: &Path) -> anyhow::Result<()> {
    if !target.exists() {
        return Ok(());
    }
    let free = target.is_dir() && std::fs::read_dir(target)?.next().is_none();
    anyhow::ensure!(free, "{} is neither absent nor an empty directory", target.display());
    Ok(())
}

/// `data.restoring` for `data`.
fn beside(target: &Path) -> anyhow::Result<PathBuf> {
    let target = std::path::absolute(target)?;
    let mut name = target.file_name().context("the data directory has no name")?.to_owned();
    name.push(".restoring");
    Ok(target.with_file_name(name))
}

fn sync_parent(target: &Path) -> anyhow::Result<()> {
    let target = std::path::absolute(target)?;
    Ok(std::fs::File::open(target.parent().unwrap_or(Path::new("/")))?.sync_all()?)
}
