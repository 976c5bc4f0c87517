//! `docs/cli.md` names every command and every option.

use std::collections::BTreeSet;

use crate::docs::blocks::read;
use crate::docs::collections::apitest;

fn help(arguments: &[&str]) -> String {
    String::from_utf8(apitest(arguments).stdout).unwrap()
}

/// The commands that the program's help lists.
fn commands() -> Vec<String> {
    let help = help(&["--help"]);
    let listed = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let names = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The options of a help text, long and short.
fn options(help: &str) -> BTreeSet<String> {
    let lines = help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-') && !line.starts_with("- "));
    let words = lines.flat_map(|line| {
        line.split([' ', ',', '[', '='])
            .take(4)
            .filter(|word| word.starts_with('-'))
            .map(str::to_owned)
    });
    words.collect()
}

/// What a document calls an option: code that starts with `-`.
fn named(text: &str) -> BTreeSet<String> {
    let spans = text.split('`').skip(1).step_by(2);
    spans
        .flat_map(|code| {
            code.split([' ', ',', '[', '='])
                .filter(|word| word.starts_with('-'))
                .map(str::to_owned)
        })
        .collect()
}

#[test]
fn every_command_and_option_is_named() {
    let text = read("docs/cli.md").replace("```", "");
    let named = named(&text);
    let commands = commands();
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        assert!(
            text.contains(&format!("## `apitest {command}")),
            "{command}"
        );
        let options = options(&help(&[&command, "--help"]));
        let missing: Vec<_> = options.difference(&named).collect();
        assert!(missing.is_empty(), "{command}: {missing:?}");
    }
}

#[test]
fn no_option_is_named_that_is_not_there() {
    let all: BTreeSet<_> = commands()
        .iter()
        .flat_map(|command| options(&help(&[command, "--help"])))
        .collect();
    let text = read("docs/cli.md");
    // What belongs to other programs stands in blocks.
    let text: String = text.split("```").step_by(2).collect();
    let unknown: Vec<_> = named(&text)
        .into_iter()
        .filter(|option| option != "-" && !all.contains(option))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
