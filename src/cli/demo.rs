//! `kycd demo`: whole transfers, here and now, through the real API, log, signatures and callbacks.
//!
//! Simulated are the user's wallet ([`wallet`]), the chain and the OAuth provider (the sandbox) and
//! the requester's callback receiver ([`receiver`]). Time is compressed: blocks of 150 ms, retries after seconds.

mod exchange;
pub mod receiver;
mod scenario;
mod timeline;
pub mod wallet;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use self::receiver::Receiver;
use self::scenario::{Scenario, Stage};
use self::timeline::Timeline;
use super::{block_on, logging};
use crate::config::{Config, Sources};
use crate::system::System;

/// Run whole KYC transfers here and now.
#[derive(Args)]
#[command(after_help = "Example: kycd demo --json | jq .\n\n\
    Runs a success, a failure over invalid data, and a receiver that fails twice before it takes\n\
    the data; beside them a Taler account whose holder proves who they are. Exit codes: 0 everything arrived and verified, 1 something did not.")]
pub struct Demo {
    /// Print JSON lines
    #[arg(long)]
    json: bool,
    /// Keep the data directory, for the other commands
    #[arg(long)]
    keep: bool,
    /// Keep serving afterwards, until interrupted
    #[arg(long)]
    serve: bool,
}

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl Demo {
    pub fn run(self) -> anyhow::Result<()> {
        let home = tempfile::Builder::new().prefix("kycd-demo-").tempdir()?;
        let data = home.path().join("data");
        let config = Config::load(Sources {
            file: Some(("demo".to_owned(), SETTINGS.to_owned())),
            env: Vec::new(),
            flags: vec![("data.dir".to_owned(), data.display().to_string())],
        })?;
        logging::start(&config.log);
        let timeline = Rc::new(Timeline::new(self.json));
        let outcome = block_on(self.play(&config, &timeline));
        if self.keep {
            let kept: PathBuf = home.keep();
            timeline.note("kept", &format!("data directory: {}", kept.join("data").display()));
        }
        outcome
    }

    async fn play(&self, config: &Config, timeline: &Rc<Timeline>) -> anyhow::Result<()> {
        let system = System::start(config).await?;
        let key = system.callback_key.clone().unwrap_or_default();
        let receiver = Receiver::start(&key)?;
        timeline.note(
            "started",
            &format!("public http://{}, operator http://{}", system.public, system.operator),
        );
        let stage = Stage::new(&system, &receiver)?;
        let scenarios = [
            Scenario::success(&receiver)?,
            Scenario::invalid_data(&receiver)?,
            Scenario::flapping_receiver(&receiver)?,
        ];
        let play = async {
            let [one, two, three] = &scenarios;
            tokio::try_join!(
                one.play(&stage, timeline),
                two.play(&stage, timeline),
                three.play(&stage, timeline),
                exchange::play(&stage, timeline),
            )
        };
        let outcome = tokio::time::timeout(PATIENCE, Box::pin(play)).await;
        if self.serve && matches!(outcome, Ok(Ok(_))) {
            timeline.note("serving", "until interrupted");
            tokio::signal::ctrl_c().await?;
        }
        receiver.stop().await;
        system.stop().await;
        outcome.map_err(|_| anyhow::anyhow!("not everything arrived within {PATIENCE:?}"))??;
        timeline.note("done", "everything arrived and verified");
        Ok(())
    }
}

const SETTINGS: &str = r#"
[server]
listen = "127.0.0.1:0"
[operator]
listen = "127.0.0.1:0"
[corepass]
callback_intervals = [1, 1, 1]
callback_interval_unit = "second"
status_intervals_s = [1, 1]
[corepass.sandbox]
block_time_ms = 150
batch_interval_ms = 250
[log]
level = "error"
"#;
