//! `kycd keys init|corepass|taler|audit|epochs`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Common;
use crate::system;
use crate::system::corepass::Keys as CorePassKeys;
use crate::system::seal::Seal;
use crate::system::taler::Keys as TalerKeys;
use crate::vault::{Epochs, MasterKeys};

/// Make and show keys.
#[derive(Args)]
#[command(after_help = "Example: kycd keys init /etc/kycd/data.keys")]
pub struct Keys {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// Make a key file (mode 0600); an existing one is left alone
    Init {
        /// Where; it must lie outside the data directory
        file: PathBuf,
    },
    /// Print the public key (and Core ID) that receivers of CorePass callbacks pin
    Corepass {
        #[command(flatten)]
        common: Common,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the public key that clients of the Taler exchange check its answers with
    Taler {
        #[command(flatten)]
        common: Common,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the public key of the log's checkpoints, as `kycd audit --key` takes it
    Audit {
        #[command(flatten)]
        common: Common,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the keys that backups are wrapped under, or destroy one: its backups die with it
    Epochs {
        #[command(flatten)]
        common: Common,
        /// Destroy the key of this epoch; backups of it can never be restored any more
        #[arg(long, value_name = "NAME")]
        destroy: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl Keys {
    pub fn run(self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match self.command {
            Sub::Init { file } => {
                anyhow::ensure!(!file.exists(), "{} exists already", file.display());
                MasterKeys::from_file(&file, true)?;
                writeln!(out, "made {}; keep a copy in a safe place", file.display())?;
            }
            Sub::Audit { common, json } => {
                let config = common.load(Vec::new())?;
                let seal = Seal::load(&config, &mut system::master_keys(&config)?)?;
                let key = seal.verifier()?.to_string();
                if json {
                    let row = json!({ "origin": seal.origin, "verifier_key": key });
                    writeln!(out, "{row}")?;
                } else {
                    writeln!(out, "{key}")?;
                }
            }
            Sub::Epochs { common, destroy, json } => {
                let config = common.load(Vec::new())?;
                let epochs = Epochs::beside(&system::kept_master_keys(&config)?)?;
                if let Some(name) = &destroy {
                    epochs.destroy(name)?;
                }
                match (&destroy, json) {
                    (_, true) => {
                        let row = json!({ "epochs": epochs.list()?, "destroyed": destroy });
                        writeln!(out, "{row}")?;
                    }
                    (Some(name), false) => writeln!(out, "destroyed {name}")?,
                    (None, false) => {
                        for name in epochs.list()? {
                            writeln!(out, "{name}")?;
                        }
                    }
                }
            }
            Sub::Taler { common, json } => {
                let config = common.load(Vec::new())?;
                let keys = TalerKeys::load(&config, &mut system::master_keys(&config)?)?;
                let Some(keys) = keys else { anyhow::bail!("Taler is not configured") };
                let key = keys.public();
                if json {
                    writeln!(out, "{}", json!({ "exchange_pub": key }))?;
                } else {
                    writeln!(out, "{key}")?;
                }
            }
            Sub::Corepass { common, json } => {
                let config = common.load(Vec::new())?;
                let mut master = system::master_keys(&config)?;
                let keys = CorePassKeys::load(&config, &mut master)?;
                let (Some(keys), Some(corepass)) = (keys, &config.corepass) else {
                    anyhow::bail!("CorePass is not configured");
                };
                let (key, id) = keys.public(corepass);
                let scheme = corepass.signature_scheme.word();
                let id = id.map(|id| id.as_str().to_owned());
                if json {
                    let row = json!({ "scheme": scheme, "public_key": key, "core_id": id });
                    writeln!(out, "{row}")?;
                } else {
                    writeln!(out, "scheme      {scheme}")?;
                    writeln!(out, "public key  {key}")?;
                    if let Some(id) = id {
                        writeln!(out, "core id     {id}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
