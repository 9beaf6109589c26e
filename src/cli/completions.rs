//! `kycd completions`

use std::io::Write;

use clap::Args;
use clap_complete::Shell;

/// Print completions for a shell.
#[derive(Args)]
#[command(after_help = "Example: kycd completions bash > /etc/bash_completion.d/kycd")]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub fn run(&self, command: &mut clap::Command) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "kycd", &mut script);
        Ok(std::io::stdout().write_all(&script)?)
    }
}
