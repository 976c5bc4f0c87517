//! Texts of which the first stage does not send the same twice: the lines that its responses share are compared.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::body::{nothing_shared, texts};
use super::shape::{Lengths, TextShape};
use super::{Comparison, Rules, change, failure};
use crate::text::count;

/// What stands for a volatile line when texts are compared.
const VOLATILE: &str = "[volatile]";

/// How many lines of two texts are aligned; longer ones are compared line by line.
const ALIGNED: usize = 5_000;

/// Compares the second stage's text with two different ones of the first stage.
pub(super) fn compare([from, again, to]: [&str; 3], rules: &Rules, found: &mut Comparison) {
    let [one, two, three] = [from, again, to].map(|text| text.lines().collect::<Vec<_>>());
    if one.len() == two.len() {
        by_line([&one, &two, &three], rules, found);
    } else {
        by_shared_lines([&one, &two, &three], rules, found);
    }
}

/// The first stage always sends as many lines: each is compared at its place, or its shape is checked.
fn by_line([one, two, three]: [&[&str]; 3], rules: &Rules, found: &mut Comparison) {
    let is_steady = |at: usize| one.get(at) == two.get(at);
    if !(0..one.len()).any(is_steady) {
        return found.failures.push(nothing_shared(rules));
    }
    let mut masked = Vec::new();
    for (at, line) in one.iter().enumerate().filter(|(at, _)| !is_steady(*at)) {
        found.volatile.push(format!("line {}", at + 1));
        let shape = TextShape::of_all([*line, two.get(at).copied().unwrap_or_default()]);
        if three
            .get(at)
            .zip(shape)
            .is_some_and(|(line, shape)| shape.allows(line))
        {
            masked.push(at);
        }
    }
    let mask = |lines: &[&str]| {
        let masked = |at: usize| masked.binary_search(&at).is_ok();
        let lines = lines
            .iter()
            .enumerate()
            .map(|(at, line)| if masked(at) { VOLATILE } else { line });
        lines.flat_map(|line| [line, "\n"]).collect::<String>()
    };
    texts(&mask(one), &mask(three), rules, found);
}

/// The first stage sends more lines or fewer: those that both have, in their order, must be there.
fn by_shared_lines([one, two, three]: [&[&str]; 3], rules: &Rules, found: &mut Comparison) {
    found.volatile.push("number of lines".to_owned());
    let shared = shared(one, two);
    if shared.iter().all(|line| line.trim().is_empty()) {
        return found.failures.push(nothing_shared(rules));
    }
    let mut lengths = Lengths::of(one.len());
    lengths.add(two.len());
    if !lengths.allow(three.len()) {
        let text = change(
            rules,
            &lengths.describe("line"),
            &count(three.len(), "line"),
        );
        found.failures.push(failure("body", Some(text)));
    }
    let mut rest = three.iter();
    if let Some(missing) = shared
        .into_iter()
        .find(|line| !rest.any(|found| found == line))
    {
        let line = crate::run::shown(&rules.redactor, &crate::value::diff::cut(missing));
        found.failures.push(failure(
            "body",
            Some(format!("only {}: the line {line}", rules.names.0)),
        ));
    }
}

/// The lines that two texts have in common, in their order.
fn shared<'t>(one: &[&'t str], two: &[&str]) -> Vec<&'t str> {
    if one.len() + two.len() > ALIGNED {
        return one
            .iter()
            .zip(two)
            .filter(|(one, two)| one == two)
            .map(|(line, _)| *line)
            .collect();
    }
    let equal = capture_diff_slices(Algorithm::Myers, one, two)
        .into_iter()
        .filter_map(|step| match step {
            DiffOp::Equal { old_index, len, .. } => one.get(old_index..old_index + len),
            _ => None,
        });
    equal.flatten().copied().collect()
}
