//! Texts that differ: by lines where there are several, else around the first difference.

use similar::TextDiff;

use super::Change;
use crate::value::Value;

/// How many characters of a value a line shows.
pub const LINE: usize = 160;

/// How many lines of context stand around a changed one.
const CONTEXT: usize = 2;

/// How many differing lines are compared with each other; more are told by the first one.
const COMPARED_LINES: usize = 2_000;

/// How many lines of hunks are shown.
const SHOWN_LINES: usize = 60;

/// Cuts a text that is longer than a line shows, and says how much is left out.
#[must_use]
pub fn cut(text: &str) -> String {
    let Some((at, _)) = text.char_indices().nth(LINE) else { return text.to_owned() };
    let rest = text.get(at..).unwrap_or_default().chars().count();
    format!("{}… ({rest} more characters)", text.get(..at).unwrap_or_default())
}

/// How two texts that are not equal differ.
pub(super) fn change(expected: &str, actual: &str) -> Change {
    let several = |text: &str| text.trim_end_matches('\n').contains('\n');
    if let Some(hunks) = (several(expected) && several(actual)).then(|| lines(expected, actual)).flatten() {
        return Change::Lines { hunks };
    }
    let from = first_difference(expected, actual);
    Change::Changed { expected: excerpt(expected, from), actual: excerpt(actual, from) }
}

/// The lines that differ, as the hunks of a unified diff; `None` where they differ too much to be compared.
#[must_use]
pub fn lines(expected: &str, actual: &str) -> Option<String> {
    if differing_lines(expected, actual) > COMPARED_LINES {
        return None;
    }
    let diff = TextDiff::from_lines(expected, actual);
    let text = diff.unified_diff().context_radius(CONTEXT).missing_newline_hint(true).to_string();
    let all = text.lines().count();
    let mut shown: Vec<String> = text.lines().take(SHOWN_LINES).map(cut).collect();
    if all > SHOWN_LINES {
        shown.push(format!("… ({} more lines)", all - SHOWN_LINES));
    }
    Some(shown.join("\n"))
}

/// How many lines lie between the first and the last that differ, of both texts together.
fn differing_lines(expected: &str, actual: &str) -> usize {
    let start = expected.lines().zip(actual.lines()).take_while(|(one, two)| one == two).count();
    let (one, two) = (expected.lines().count() - start, actual.lines().count() - start);
    let ends = expected.lines().rev().zip(actual.lines().rev()).take(one.min(two));
    one + two - 2 * ends.take_while(|(one, two)| one == two).count()
}

/// The number of characters that two texts have in common at the start.
fn first_difference(one: &str, two: &str) -> usize {
    one.chars().zip(two.chars()).take_while(|(one, two)| one == two).count()
}

/// A text as JSON; of a long one the part around the character `from`, so that what differs is seen.
fn excerpt(text: &str, from: usize) -> String {
    let before = LINE / 4;
    if from < LINE - before || text.chars().nth(LINE).is_none() {
        return super::show(&Value::from(text));
    }
    let part: String = text.chars().skip(from - before).take(LINE).collect();
    let left = text.chars().count().saturating_sub(from - before + LINE);
    let tail = if left > 0 { format!("… ({left} more characters)") } else { String::new() };
    format!("…{}{tail} (from character {})", Value::from(part).to_json(), from + 1)
}
