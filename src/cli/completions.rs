//! `kycd completions`

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
    pub fn run(&self, command: &mut clap::Command) {
        clap_complete::generate(self.shell, command, "kycd", &mut std::io::stdout());
    }
}
