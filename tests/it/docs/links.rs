//! Links between the documents resolve, and the book has every page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use crate::docs::blocks::{documents, files, read, root};

/// A document without its code blocks.
fn without_blocks(text: &str) -> String {
    let block = Regex::new(r"(?ms)^```.*?^```$").unwrap();
    block.replace_all(text, "").into_owned()
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let text = Regex::new(r"\[([^\]]*)\]\([^)]*\)").unwrap();
    let text = text.replace_all(heading.trim(), "$1").to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// The anchors of a document. Two headings with the same anchor are not allowed: links would depend on their order.
fn anchors(path: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in without_blocks(&read(path)).lines() {
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() && heading.starts_with(' ') {
            let is_new = found.insert(anchor(heading));
            assert!(is_new, "{}: two headings `{heading}`", path.display());
        }
    }
    found
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// Why a relative link of a document is wrong.
fn complaint(from: &Path, link: &str) -> Option<&'static str> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let to = match path {
        "" => from.to_owned(),
        path => normal(&from.parent().unwrap().join(path)),
    };
    let docs = root().join("docs");
    if !to.exists() {
        Some("no such file")
    } else if from.starts_with(&docs) && !to.starts_with(&docs) {
        Some("it leads out of the book")
    } else if !anchor.is_empty() && !anchors(&to).contains(anchor) {
        Some("no such heading")
    } else {
        None
    }
}

/// The targets of the links of a text.
fn links(text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let text = without_blocks(text);
    link.captures_iter(&text)
        .map(|found| found[1].to_owned())
        .collect()
}

#[test]
fn every_relative_link_resolves() {
    let top = ["CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"];
    let documents = documents()
        .into_iter()
        .chain(top.map(|name| root().join(name)));
    let (mut wrong, mut seen) = (String::new(), 0);
    for document in documents {
        for link in links(&read(&document)) {
            if link.contains("://") {
                continue;
            }
            seen += 1;
            if let Some(why) = complaint(&document, &link) {
                let _ = writeln!(wrong, "{}: `{link}`: {why}", document.display());
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_page_is_in_the_book() {
    let listed: BTreeSet<_> = links(&read("docs/SUMMARY.md")).into_iter().collect();
    let pages: BTreeSet<_> = files("docs", "md")
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "SUMMARY.md")
        .collect();
    assert_eq!(listed, pages);
}

#[test]
fn prose_is_wrapped_at_100_columns() {
    let mut wrong = String::new();
    for document in documents() {
        let mut is_code = false;
        for (at, line) in read(&document).lines().enumerate() {
            let is_fence = line.starts_with("```");
            is_code ^= is_fence;
            let is_prose = !is_code && !is_fence && !line.starts_with('|');
            if is_prose && line.chars().count() > 100 && line.contains(' ') {
                let _ = writeln!(wrong, "{}:{}", document.display(), at + 1);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn wrong_links_are_seen() {
    let from = root().join("docs/format.md");
    assert_eq!(complaint(&from, "auth.md#oauth2"), None);
    assert_eq!(complaint(&from, "auth.md#oauth3"), Some("no such heading"));
    assert_eq!(complaint(&from, "auht.md"), Some("no such file"));
    assert_eq!(
        complaint(&from, "../README.md"),
        Some("it leads out of the book")
    );
}
