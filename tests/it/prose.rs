//! The documentation uses the established terms: phrases to avoid, each with what to write instead.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

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

#[test]
fn a_phrase_to_avoid_is_found_in_prose_and_not_in_code() {
    let text = "It is\ntold.\n\n```text\nThe answer, told\n```\nSee `told`, and so\nmany.\n";
    let found: Vec<_> = found(text)
        .into_iter()
        .map(|(line, phrase, _)| (line, phrase))
        .collect();
    assert_eq!(found, [(2, "told".to_owned()), (7, "so many".to_owned())]);
}
