//! `kycd serve`

use std::io::Write;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{Common, block_on, logging};
use crate::system::{System, descriptors};

/// Run the server.
#[derive(Args)]
#[command(after_help = "Example: kycd serve --listen 127.0.0.1:8080 --data ./data\n\n\
    When ready it prints one line: ready public=http://ADDR operator=http://ADDR\n\
    SIGTERM or SIGINT: finish what runs, sync, exit 0.")]
pub struct Serve {
    #[command(flatten)]
    common: Common,
    /// Address of the public listener
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address of the operator's listener
    #[arg(long, value_name = "ADDR")]
    operator_listen: Option<String>,
}

impl Serve {
    pub fn run(self) -> anyhow::Result<()> {
        let listens = [("server.listen", self.listen), ("operator.listen", self.operator_listen)];
        let flags =
            listens.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
        let config = self.common.load(flags)?;
        logging::start(&config.log);
        descriptors::raise_for_serving(config.sandbox.enabled);
        block_on(async move {
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            let system = System::start(&config).await?;
            let mut out = std::io::stdout();
            writeln!(
                out,
                "ready public=http://{} operator=http://{}",
                system.public, system.operator
            )?;
            out.flush()?;
            let degraded = tokio::select! {
                _ = terminate.recv() => false,
                _ = interrupt.recv() => false,
                () = system.degraded() => true,
            };
            system.stop().await;
            if degraded {
                eprintln!("kycd: a part of the engine is gone");
            }
            // Whatever still hangs in the operating system (a name look-up, say) is not waited for.
            std::process::exit(i32::from(degraded))
        })
    }
}
