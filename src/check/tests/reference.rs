//! `docs/expectations.md` names everything that there is, and its examples compile.

use crate::check::{
    CAPTURE_OPTIONS, CAPTURE_SOURCES, Capture, Paths, Setting, compile, operators, subjects,
};
use crate::source::{File, Span};
use crate::syntax::{Node, Problems, read};

const REFERENCE: &str = include_str!("../../../docs/expectations.md");

#[test]
fn every_key_and_pattern_is_named() {
    let captures = CAPTURE_SOURCES.iter().chain(CAPTURE_OPTIONS).copied();
    let keys = subjects()
        .chain(operators())
        .chain(captures)
        .map(|key| key.name);
    let patterns = crate::template::PATTERN_NAMES.iter().copied();
    for name in keys.chain(patterns) {
        let ways = [
            format!("`{name}`"),
            format!("`{name} "),
            format!("`expect.{name} "),
            format!("any.{name}"),
        ];
        let named = ways.iter().any(|way| REFERENCE.contains(way));
        assert!(named, "`{name}` is not in the reference");
    }
}

#[test]
fn every_example_compiles() {
    let blocks: Vec<_> = REFERENCE
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() > 15);
    for block in blocks {
        let file = File::new("docs/expectations.md", block);
        let mut problems = Problems::default();
        let table = read(&file, &mut problems);
        let requests = table
            .get("request")
            .map(Node::one_or_many)
            .unwrap_or_default();
        assert!(!requests.is_empty(), "{block}");
        for request in requests.iter().filter_map(Node::as_table) {
            let place = Span::new(&file, 0..0);
            let no_files =
                |path: &std::path::Path| Err(format!("there is no `{}`", path.display()));
            let setting = Setting {
                place: &place,
                files: &no_files,
                paths: &Paths::default(),
                graphql: false,
                websocket: false,
                defaults: true,
            };
            compile(
                request.get("expect").and_then(Node::as_table),
                &setting,
                &mut problems,
            );
            for (name, entry) in request
                .get("capture")
                .and_then(Node::as_table)
                .into_iter()
                .flat_map(crate::syntax::Table::iter)
            {
                Capture::compile(name, &entry.value, &mut problems);
            }
        }
        let told: Vec<_> = problems
            .into_vec()
            .into_iter()
            .map(|problem| problem.message)
            .collect();
        assert_eq!(told, Vec::<String>::new(), "{block}");
    }
}
