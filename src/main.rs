//! The `apitest` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(apitest::cli::main(std::env::args_os()))
}
