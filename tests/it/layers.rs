//! The architecture's first rule: a room uses only rooms below it, and the rooms of one row do not see each other.
//!
//! `ARCHITECTURE.md` draws the rows; this list is the rule. Changing it is a visible act.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up.
const ROWS: [&[&str]; 12] = [
    &["lock"],
    &[
        "value", "clock", "text", "suggest", "output", "dotenv", "budget",
    ],
    &["secret", "event"],
    &["source", "http", "template"],
    &["syntax", "query", "recording", "export"],
    &["check", "gateway", "snapshot"],
    &["plan"],
    &["run", "report", "review"],
    &["schema", "compare"],
    &["project"],
    &["cli"],
    &["main"],
];

fn row(room: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&room))
}

/// The room a file of `src/` belongs to; the root itself, which only lists the rooms, belongs to none.
fn room(file: &Path) -> Option<String> {
    let first = file
        .strip_prefix("src")
        .unwrap()
        .components()
        .next()
        .unwrap();
    let name = Path::new(first.as_os_str())
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap();
    (name != "lib").then(|| name.to_owned())
}

/// Every Rust file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code without comments: what a doc comment links to is no use of it.
fn code(source: &str) -> String {
    source
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(before, _)| before))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first names after `crate::` and `apitest::`, with the lines where they stand; groups (`crate::{a, b::c}`) are
/// taken apart.
fn uses(source: &str) -> Vec<(usize, String)> {
    let code = code(source);
    let mut found = Vec::new();
    for root in ["crate::", "apitest::"] {
        for (at, _) in code.match_indices(root) {
            let line = code[..at].matches('\n').count() + 1;
            let rest = &code[at + root.len()..];
            found.extend(heads(rest).into_iter().map(|name| (line, name)));
        }
    }
    found
}

/// The names a path begins with: one, or those of a group.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| {
        text.chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect::<String>()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let (mut depth, mut at_start, mut names) = (0_usize, true, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            _ if at_start && depth == 0 && !letter.is_whitespace() => {
                names.push(name(&group[at..]));
                at_start = false;
            }
            _ => {}
        }
    }
    names
}

/// Whether one room may use another.
fn may(from: &str, to: &str) -> bool {
    from == to || row(to).zip(row(from)).is_some_and(|(to, from)| to < from)
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let mut breaches = Vec::new();
    for file in files(Path::new("src")) {
        let Some(room) = room(&file) else { continue };
        // The tests of a room keep to the rule as well: what needs the rooms above belongs into `tests/`.
        for (line, used) in uses(&fs::read_to_string(&file).unwrap()) {
            if row(&used).is_some() && !may(&room, &used) {
                breaches.push(format!("{}:{line}: `{room}` uses `{used}`", file.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn the_list_names_every_room_once() {
    let rooms: BTreeSet<String> = files(Path::new("src"))
        .iter()
        .filter_map(|file| room(file))
        .collect();
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    ROWS.iter()
        .copied()
        .flatten()
        .for_each(|name| *listed.entry(name).or_default() += 1);
    assert!(listed.values().all(|times| *times == 1), "{listed:?}");
    assert_eq!(
        rooms,
        listed.keys().map(|name| (*name).to_owned()).collect()
    );
}

#[test]
fn a_breach_would_be_seen() {
    let source = "use crate::value::{Path, Value};\nuse crate::{run, text::{self, plural}, cli};\n// crate::plan\nlet x = crate::report::y();";
    let found: Vec<String> = uses(source)
        .into_iter()
        .map(|(line, name)| format!("{line} {name}"))
        .collect();
    assert_eq!(found, ["1 value", "2 run", "2 text", "2 cli", "4 report"]);
    assert!(may("run", "event") && may("run", "run") && may("cli", "value"));
    assert!(!may("run", "report") && !may("value", "run") && !may("http", "template"));
}
