//! The `apitest` command.

use std::process::ExitCode;

// A run is many small pieces of memory, taken and given back: a quarter of its time with the C library's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(apitest::cli::main(std::env::args_os()))
}
