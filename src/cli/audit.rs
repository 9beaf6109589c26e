//! `kycd audit`

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use kyc_events::log::segment::disk::RealDisk;
use kyc_events::note::Verifier;

use super::{Common, Progress};
use crate::evidence::audit::{AuditError, Evidence, Report, StoredKeys, Verdict, audit};
use crate::vault;

/// Check that nothing in the log was changed, and that its history can have been.
#[derive(Args)]
#[command(
    after_help = "Example: kycd audit --data ./data --key \"$(kycd keys audit)\" --checkpoint saved.note\n\n\
    Reads only: needs no server, no lock and no secret, and may run on a copy or beside a server.\n\
    Get the key and old checkpoints from somebody else than the one who gives you the log; without\n\
    a key signatures are not checked, and only a checkpoint you saved shows a log that was rewritten.\n\n\
    Exit codes: 0 clean, 1 wrong usage or unreadable, 2 damaged or altered, 3 illegal history,\n\
    4 nothing but the rest of an interrupted write at the end."
)]
pub struct Audit {
    #[command(flatten)]
    common: Common,
    /// A checkpoint saved earlier: the log must still begin with what it vouches for
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Public key of the checkpoints, as `kycd keys audit` prints it
    #[arg(long, value_name = "KEY")]
    key: Option<Verifier>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let dir = self.common.load(Vec::new())?.data.dir;
        let log = dir.join("log");
        let disk = RealDisk::read_only(&log).with_context(|| log.display().to_string())?;
        let saved = self.checkpoint.iter().map(|file| {
            let note = std::fs::read_to_string(file);
            note.with_context(|| file.display().to_string())
                .map(|note| (file.display().to_string(), note))
        });
        let bar = Progress::new("audit", !self.json && std::io::stderr().is_terminal());
        let report = audit(&Evidence {
            disk: Arc::new(disk),
            key: self.key,
            saved: saved.collect::<Result<_, _>>()?,
            stored_keys: &|| stored_keys(&dir),
            progress: &|done, total| bar.show(done, total),
        });
        bar.end();
        let report = match report {
            Err(AuditError::NoLog) => anyhow::bail!("there is no log in {}", log.display()),
            report => report?,
        };
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            print(&mut out, &report)?;
        }
        Ok(ExitCode::from(report.verdict.exit_code()))
    }
}

/// A data directory has a key store, a copy of its log need not.
fn stored_keys(dir: &Path) -> anyhow::Result<StoredKeys> {
    let vault = dir.join("vault");
    Ok(match vault::stored_keys(&vault) {
        Ok(Some(ids)) => StoredKeys::Ids(ids),
        Ok(None) if vault.is_dir() => {
            StoredKeys::Damaged("the key store is gone from vault".to_owned())
        }
        Ok(None) => StoredKeys::NoPlace,
        Err(error) if error.is_damage() => StoredKeys::Damaged(error.to_string()),
        Err(error) => return Err(error.into()),
    })
}

fn print(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    let word = match report.verdict {
        Verdict::Clean => "clean",
        Verdict::Torn => "torn",
        Verdict::Illegal => "illegal history",
        Verdict::Damaged => "DAMAGED OR ALTERED",
    };
    writeln!(out, "{word}")?;
    writeln!(out, "records      {}", report.size)?;
    writeln!(out, "root         {}", report.root)?;
    writeln!(out, "checkpoints  {} hold, signatures {}", report.checkpoints, report.signatures)?;
    match report.keys {
        Some(keys) => writeln!(out, "keys         {keys} looked for")?,
        None => writeln!(out, "keys         not checked: there is no key store here")?,
    }
    if let Some(torn) = &report.torn {
        writeln!(out, "torn         {torn}")?;
    }
    for finding in &report.findings {
        let place = [
            finding.position.map(|position| format!("position {position}")),
            finding.stream.clone(),
            finding.file.clone(),
            finding.offset.map(|offset| format!("byte {offset}")),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        writeln!(out, "- {}: {}", place.join(", "), finding.what)?;
    }
    Ok(())
}
