//! What is shown and what keys do, without a terminal.

use super::*;
use crate::snapshot::name;

const COLLECTION: &str = "[[request]]\nname = \"list\"\nget = \"/l\"\nexpect.snapshot = true\n";

fn snapshot(kind: &str, body: &str) -> String {
    format!(
        "---\nsource: \"o.toml\"\nexpression: \"list\"\ninfo:\n  request: \"GET /l\"\n  body: {kind}\n---\n{body}\n"
    )
}

fn review(stored: Option<&str>, pending: &str) -> (tempfile::TempDir, Review) {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = folder.path().join("snapshots");
    std::fs::create_dir(&snapshots).unwrap();
    std::fs::write(folder.path().join("o.toml"), COLLECTION).unwrap();
    if let Some(stored) = stored {
        std::fs::write(snapshots.join("o__list.snap"), stored).unwrap();
    }
    std::fs::write(snapshots.join("o__list.snap.new"), pending).unwrap();
    let entries = find(&snapshots, |base| base == name::base("o", "list"));
    assert_eq!(entries.len(), 1);
    (folder, Review::new(entries))
}

fn shown(review: &Review) -> Vec<String> {
    let lines = review
        .draw(60, 40)
        .into_iter()
        .map(|line| line.render(false).trim_end().to_owned());
    lines.skip(4).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn a_new_document_is_shown_whole_and_each_line_knows_its_value() {
    let (_folder, mut review) = review(
        None,
        &snapshot("json", r#"{"a": [{"id": 1}, {"id": 2}], "b": {}}"#),
    );
    let lines = shown(&review);
    assert_eq!(
        lines[..4],
        [
            "> + {",
            "  +   \"a\": [",
            "  +     {",
            "  +       \"id\": 1"
        ]
    );
    review.press(Key::Move(3));
    assert!(!review.press(Key::Redact { everywhere: true }));
    let text = std::fs::read_to_string(review.entries[0].source()).unwrap();
    assert_eq!(
        text,
        COLLECTION.replace("true", "{ redact = { \"$.a[*].id\" = \"[id]\" } }")
    );
    assert!(
        shown(&review)
            .iter()
            .filter(|line| line.contains("\"id\": \"[id] (number)\""))
            .count()
            == 2,
        "{:?}",
        shown(&review)
    );
}

#[test]
fn texts_differ_by_lines_and_have_no_path_to_redact() {
    let (_folder, mut review) = review(
        Some(&snapshot("text", "one\ntwo\nthree")),
        &snapshot("text", "one\n2\nthree"),
    );
    assert!(
        shown(&review).iter().any(|line| line.trim() == "-two"),
        "{:?}",
        shown(&review)
    );
    assert!(!review.press(Key::Redact { everywhere: false }));
    assert!(
        review
            .draw(80, 40)
            .iter()
            .any(|line| line.render(false).contains("no value of the document"))
    );
}

#[test]
fn a_damaged_snapshot_can_be_replaced() {
    let (folder, mut review) = review(Some("damaged"), &snapshot("json", "[1]"));
    assert!(shown(&review)[0].contains("is not a snapshot"));
    assert!(review.press(Key::Accept));
    assert_eq!(
        std::fs::read_to_string(folder.path().join("snapshots/o__list.snap")).unwrap(),
        snapshot("json", "[1]")
    );
    assert_eq!(
        review.tally(),
        Tally {
            accepted: 1,
            rejected: 0,
            left: 0
        }
    );
}

#[test]
fn no_line_is_too_wide_and_the_cursor_stays_in_sight() {
    let items: Vec<_> = (0..200)
        .map(|number| format!("\"漢字漢字漢字漢字漢字 {number}\""))
        .collect();
    let (_folder, mut review) = review(None, &snapshot("json", &format!("[{}]", items.join(","))));
    for lines in [1, 50, isize::MAX, -3, isize::MIN] {
        review.press(Key::Move(lines));
        let drawn = review.draw(30, 12);
        assert_eq!(drawn.len(), 12);
        assert!(drawn.iter().all(|line| line.width() <= 30));
        assert!(
            drawn
                .iter()
                .any(|line| line.render(false).starts_with("> "))
        );
    }
    assert!(!review.draw(1, 1).is_empty() && review.draw(0, 0).is_empty());
}
