//! `apitest completions` and `apitest man`: made from the command line itself.

use clap::CommandFactory;

use super::args::Arguments;
use super::{Error, print};

/// Prints the completions for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<u8, Error> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "apitest", &mut out);
    print(&String::from_utf8_lossy(&out)).map(|()| 0)
}

/// Prints the manual page: the program's own, and one section a command.
pub(super) fn man() -> Result<u8, Error> {
    let mut command = Arguments::command();
    command.build();
    let mut out = Vec::new();
    let mut render = |command: clap::Command| clap_mangen::Man::new(command).render(&mut out);
    let subcommands: Vec<_> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .cloned()
        .collect();
    let rendered = render(command).and_then(|()| {
        subcommands.into_iter().try_for_each(|sub| {
            let name = format!("apitest-{}", sub.get_name());
            render(sub.name(name))
        })
    });
    rendered.map_err(|error| Error::new(format!("the manual page cannot be made: {error}")))?;
    print(&String::from_utf8_lossy(&out)).map(|()| 0)
}
