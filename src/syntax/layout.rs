//! Headers in brackets that would change another block than the one they stand below.
//!
//! In TOML `[request.expect]` extends the last `[[request]]`, however far above that stands. Here a block ends where the
//! next one begins, so such a header is accepted only where the nearest double-bracketed header above it is its own.

use std::sync::Arc;

use super::{Data, Node, Problems, Table};
use crate::source::{Diagnostic, File, Span};

/// The arrays whose items are blocks.
const BLOCKS: &[&str] = &["setup", "request", "teardown"];

/// Reports the headers below a foreign block.
pub(super) fn check(file: &Arc<File>, table: &Table, problems: &mut Problems) {
    let mut blocks = blocks(table);
    blocks.sort_by_key(|(_, block)| block.span.start);
    for (name, block) in &blocks {
        let mut inner = Vec::new();
        headers(file, block, &mut inner);
        for header in inner.into_iter().filter(|header| *header != block.span) {
            let before = blocks.partition_point(|(_, other)| other.span.start < header.start);
            let above = before.checked_sub(1).and_then(|at| blocks.get(at));
            if let Some((other, nearest)) = above.filter(|(_, nearest)| nearest.span != block.span)
            {
                problems.push(foreign(&header, (name, block), (other, nearest)));
            }
        }
    }
}

fn foreign(header: &Span, own: (&str, &Node), nearest: (&str, &Node)) -> Diagnostic {
    let place = |node: &Node| node.span.position().line;
    let message = format!(
        "this changes the `[[{}]]` of line {}, not the block above it",
        own.0,
        place(own.1)
    );
    let hint = format!(
        "move it up below line {}; for the `[[{}]]` of line {} write plain keys, such as `expect.status = 200`",
        place(own.1),
        nearest.0,
        place(nearest.1)
    );
    Diagnostic::error(header, message)
        .related(&own.1.span, "the block that it belongs to")
        .hint(hint)
}

fn blocks(table: &Table) -> Vec<(&'static str, &Node)> {
    let arrays = BLOCKS
        .iter()
        .filter_map(|name| Some((*name, table.get(name)?)));
    let items = arrays.flat_map(|(name, node)| {
        let items: &[Node] = if let Data::Array(items) = &node.data {
            items
        } else {
            &[]
        };
        items.iter().map(move |item| (name, item))
    });
    items.collect()
}

/// The places of headers below a node. A table that a header opened has that header as its place.
fn headers(file: &Arc<File>, node: &Node, found: &mut Vec<Span>) {
    let is_header = node.span.text().starts_with('[') && starts_line(file, node.span.start);
    match &node.data {
        Data::Table(table) => {
            if is_header {
                found.push(node.span.clone());
            }
            table
                .iter()
                .for_each(|(_, entry)| headers(file, &entry.value, found));
        }
        Data::Array(items) => items.iter().for_each(|item| headers(file, item, found)),
        _ => {}
    }
}

fn starts_line(file: &File, offset: usize) -> bool {
    let before = file.text().get(..offset).unwrap_or_default();
    before
        .trim_end_matches([' ', '\t'])
        .chars()
        .next_back()
        .is_none_or(|character| character == '\n')
}
