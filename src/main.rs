//! The `kycd` command.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    kycd::cli::main()
}
