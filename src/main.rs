//! The `kycd` command.

fn main() -> std::process::ExitCode {
    kycd::cli::main()
}
