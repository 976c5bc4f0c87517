//! The README's commands do what it shows: the same lines, but for times, ports and ids.

use regex::Regex;

use crate::docs::blocks::blocks;
use crate::docs::collections::apitest;

/// Arguments as a shell takes them apart.
fn words(command: &str) -> Vec<String> {
    let quoted = command.split('\'').enumerate();
    let parts = quoted.flat_map(|(at, part)| {
        if at % 2 == 1 {
            vec![part.to_owned()]
        } else {
            part.split_whitespace().map(str::to_owned).collect()
        }
    });
    parts.collect()
}

/// What is the same in every run.
fn shape(text: &str) -> String {
    let steps = [
        (r"\d+(\.\d+)? (µs|ms|s)\b", "TIME"),
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"--seed \d+", "--seed N"),
        (r"id: x-am.*", "ID"),
        (r"[ \t]+", " "),
    ];
    steps.iter().fold(text.to_owned(), |text, (pattern, same)| {
        Regex::new(pattern)
            .unwrap()
            .replace_all(&text, *same)
            .into_owned()
    })
}

#[test]
fn its_commands_show_what_it_says() {
    let sessions = blocks("console");
    assert!(sessions.len() >= 5);
    for session in sessions {
        let (command, shown) = session.text.split_once('\n').unwrap();
        let words = words(
            command
                .strip_prefix("$ apitest ")
                .unwrap_or_else(|| panic!("{}: `{command}`", session.place)),
        );
        let ran = apitest(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let told = String::from_utf8(ran.stderr).unwrap() + &String::from_utf8(ran.stdout).unwrap();
        assert_eq!(
            shape(told.trim_end()),
            shape(shown.trim_end()),
            "{}",
            session.place
        );
    }
}
