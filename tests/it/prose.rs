//! The documentation, the messages and `--help` use the established terms: phrases to avoid, each with what to write
//! instead.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

/// A regular expression over prose in lower case, and what to write instead.
const PHRASES: &[(&str, &str)] = &[
    (
        r"\b(the|an|its|each|every|these|those) answers?\b",
        "response",
    ),
    (r"\banswer(s|ed|ing)? (with|by|as)\b", "respond"),
    (
        r"\bwhere (it|there|that|this|they|one|none) (is|are|was|were|has|have)\b",
        "if",
    ),
    (r"\btold\b", "reported, shown"),
    (r"\bheld against\b", "compared with"),
    (r"\bso (many|long|much)\b", "up to N, the number of"),
    (r"\bthe most that\b", "the limit of"),
    (r"\bnobody declares\b", "undeclared"),
    (r"\bnothing (is|was) proved\b", "nothing was tested"),
    (r"\bat home\b", "at the same origin"),
    (r"\bbetween commas\b", "comma-separated"),
    (r"\bvariables? of the environment\b", "environment variable"),
    (r"\bwhat (stands|became|becomes|comes)\b", "name the thing"),
    (r"\bpass(es|ed)? only so\b", "pass on a retry"),
    (r"\bjudge[ds]?\b", "evaluate"),
];

/// The documents that people read.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = fs::read_dir(root.join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let top = [
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
    ];
    let mut documents: Vec<_> = pages.chain(top.map(|name| root.join(name))).collect();
    documents.sort();
    documents
}

/// The text without code: blocks and spans become blanks, so that line numbers stay.
fn prose(text: &str) -> String {
    let code = Regex::new(r"(?ms)^\s*```.*?^\s*```[^\S\n]*$|`[^`]*`").unwrap();
    let blank = |found: &regex::Captures<'_>| -> String {
        let is_break = |c: char| if c == '\n' { '\n' } else { '\u{b7}' };
        found[0].chars().map(is_break).collect()
    };
    code.replace_all(text, blank).to_lowercase()
}

/// The phrases to avoid in a text, with their lines.
fn found(text: &str) -> Vec<(usize, String, &'static str)> {
    let prose = prose(text);
    let mut found = Vec::new();
    for (phrase, instead) in PHRASES {
        // A phrase may be broken over two lines.
        let pattern = Regex::new(&phrase.replace(' ', r"\s+")).unwrap();
        for place in pattern.find_iter(&prose) {
            let line = prose.get(..place.start()).unwrap().matches('\n').count() + 1;
            found.push((line, place.as_str().replace('\n', " "), *instead));
        }
    }
    found
}

#[test]
fn the_documentation_uses_plain_words() {
    let mut wrong = String::new();
    let documents = documents();
    assert!(documents.len() > 20, "{documents:?}");
    for path in documents {
        for (line, phrase, instead) in found(&fs::read_to_string(&path).unwrap()) {
            let name = path.display();
            let _ = writeln!(wrong, "{name}:{line}: `{phrase}`: write `{instead}`");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The source files of the program.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.to_string_lossy().contains("test");
        if path.is_dir() && !is_test {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !is_test {
            found.push(path);
        }
    }
}

/// The string literals of a source file above its tests, with placeholders left out. Comments become blanks, so that a
/// quote in one does not begin a literal.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod").next().unwrap();
    let token = Regex::new(
        r##"(?s)//[^\n]*|b?r#".*?"#|b?r"[^"]*"|"((?:\\.|[^"\\])*)"|'(?:\\[^\n']+|\\'|[^\\'\n])'"##,
    )
    .unwrap();
    let left_out = Regex::new(r"\\\n\s*|\{[^{}]*\}").unwrap();
    token
        .captures_iter(source)
        .filter_map(|found| {
            Some(
                left_out
                    .replace_all(found.get(1)?.as_str(), "")
                    .into_owned(),
            )
        })
        .collect()
}

#[test]
fn messages_use_plain_words() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut all = Vec::new();
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        all.extend(literals(&source));
    }
    assert!(all.len() > 3000, "only {} literals were found", all.len());
    // One text, for each phrase is compiled for each text; the bar keeps two literals from making a phrase.
    let wrong: Vec<_> = found(&all.join("\n|\n"))
        .into_iter()
        .map(|(_, phrase, instead)| format!("`{phrase}`: write `{instead}`"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn help_uses_plain_words() {
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let main = help(&["--help"]);
    let commands = main.split_once("Commands:").unwrap().1;
    let names: Vec<_> = commands
        .lines()
        .skip(1)
        .map_while(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let mut wrong = found(&main);
    for name in names {
        wrong.extend(found(&help(&[name, "--help"])));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn literals_are_found_and_neither_comments_nor_tests() {
    let source = "// \"no\"\nlet a = \"it \\\n    {told} so\"; let b = '\"'; f(\"x\");\n#[cfg(test)]\nmod tests { \"no\" }";
    assert_eq!(literals(source), ["it  so", "x"]);
}

#[test]
fn a_phrase_to_avoid_is_found_in_prose_and_not_in_code() {
    let text = "It is\ntold.\n\n```text\nThe answer, told\n```\nSee `told`, and so\nmany.\n";
    let found: Vec<_> = found(text)
        .into_iter()
        .map(|(line, phrase, _)| (line, phrase))
        .collect();
    assert_eq!(found, [(2, "told".to_owned()), (7, "so many".to_owned())]);
}
