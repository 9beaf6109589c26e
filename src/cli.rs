//! The command line: one file per command.

mod audit;
mod backup;
mod callbacks;
mod client;
mod completions;
mod config;
pub mod demo;
mod erase;
mod events;
mod export;
mod hold;
mod keys;
mod logging;
mod progress;
mod rebuild;
mod replay;
mod restore;
mod retention;
mod serve;
mod taler;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::{Config, Sources};
use progress::Progress;

/// A KYC engine: one event log, actors, and CorePass, Stellar and GNU Taler on top
#[derive(Parser)]
#[command(
    name = "kycd",
    version,
    about = "A KYC engine: one event log, actors, and CorePass, Stellar and GNU Taler on top",
    after_help = "Example: kycd demo\n\nExit codes: 0 done, 1 failed, 2 wrong usage."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Run whole KYC transfers here and now, with a simulated wallet, chain and receiver
    Demo(demo::Demo),
    /// Check that nothing in the log was changed
    Audit(audit::Audit),
    /// Fold the read models from zero, or compare them
    Rebuild(rebuild::Rebuild),
    /// Show what was known, in force and sent at any time
    Replay(replay::Replay),
    /// Look into the event log
    Events(events::Events),
    /// See and handle callbacks and dead letters
    Callbacks(callbacks::Callbacks),
    /// Copy everything that has to last, also while the server runs
    Backup(backup::Backup),
    /// Make a data directory from a backup
    Restore(restore::Restore),
    /// Bundle the log for an auditor
    Export(export::Export),
    /// Forget a person for good
    Erase(erase::Erase),
    /// Set and lift legal holds
    Hold(hold::Hold),
    /// See who is due for erasure
    Retention(retention::Retention),
    /// Accounts and third parties of the Taler exchange
    Taler(taler::Taler),
    /// Make and show keys
    Keys(keys::Keys),
    /// Check and show the configuration
    Config(config::ConfigCommand),
    /// Print completions for a shell
    Completions(completions::Completions),
}

/// Where the configuration comes from.
#[derive(Args, Clone, Default)]
struct Common {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
}

impl Common {
    fn load(&self, more: Vec<(String, String)>) -> anyhow::Result<Config> {
        let mut flags = more;
        if let Some(data) = &self.data {
            flags.push(("data.dir".to_owned(), named(data)?));
        }
        let sources = Sources::from_process(self.config.as_deref(), flags)?;
        Ok(Config::load(sources)?)
    }
}

/// `.` by its name, which the key file beside it is named after.
fn named(data: &str) -> anyhow::Result<String> {
    if data.is_empty() || Path::new(data).file_name().is_some() {
        return Ok(data.to_owned());
    }
    let whole = Path::new(data).canonicalize().unwrap_or_else(|_| data.into());
    whole.into_os_string().into_string().map_err(|_| anyhow::anyhow!("--data: not UTF-8"))
}

/// Runs the command line and answers its exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // For an auditor's script 2 means damage, not a mistake of its own.
            let is_audit = std::env::args().nth(1).is_some_and(|command| command == "audit");
            let code = if is_audit && error.exit_code() != 0 { 1 } else { error.exit_code() };
            return ExitCode::from(code as u8);
        }
    };
    let done = match cli.command {
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Audit(command) => return ended(command.run()),
        Command::Events(command) => command.run(),
        Command::Callbacks(command) => command.run(),
        Command::Rebuild(command) => return ended(command.run()),
        Command::Replay(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Erase(command) => command.run(),
        Command::Hold(command) => command.run(),
        Command::Retention(command) => command.run(),
        Command::Taler(command) => command.run(),
        Command::Keys(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Completions(command) => command.run(&mut Cli::command()),
    };
    ended(done.map(|()| ExitCode::SUCCESS))
}

fn ended(done: anyhow::Result<ExitCode>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kycd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `kycd events list | head` ends when `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Who gives a command: as they say, or the user of this session.
fn by(given: Option<&str>) -> String {
    let session = || std::env::var("USER").ok().filter(|name| !name.is_empty());
    given.map(str::to_owned).or_else(session).unwrap_or_else(|| "command line".to_owned())
}

/// Runs `work` in an actix system of its own.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    actix_rt::System::new().block_on(work)
}
