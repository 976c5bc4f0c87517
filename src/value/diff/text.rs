//! Texts that differ: by lines where there are several, else around the first difference.

use std::borrow::Cow;
use std::ops::Range;

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

/// What stands around the part of a cut text that is there and not shown: whoever shows the text must be able to see
/// what was cut through, or half a secret would be left. Both are characters that no text of worth holds.
const UNSEEN: (char, char) = ('\u{F8FE}', '\u{F8FF}');

/// How many characters beside a cut are kept.
const KEPT_UNSEEN: usize = 8 * 1024;

/// Cuts a text that is longer than a line shows, and says how much is left out. What is beside the cut is kept, marked:
/// [`uncut`] tells them apart.
#[must_use]
pub fn cut(text: &str) -> String {
    let Some((at, _)) = text.char_indices().nth(LINE) else {
        return text.to_owned();
    };
    let (shown, rest) = text.split_at(at);
    format!(
        "{shown}{}… ({} more characters)",
        unseen(rest.chars()),
        rest.chars().count()
    )
}

fn unseen(beside: impl Iterator<Item = char>) -> String {
    [UNSEEN.0]
        .into_iter()
        .chain(beside.take(KEPT_UNSEEN))
        .chain([UNSEEN.1])
        .collect()
}

/// The whole of what is known of a text that may have been cut, and the parts of it that are not shown.
#[must_use]
pub fn uncut(text: &str) -> (Cow<'_, str>, Vec<Range<usize>>) {
    if !text.contains([UNSEEN.0, UNSEEN.1]) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let (mut whole, mut parts, mut open) = (String::with_capacity(text.len()), Vec::new(), None);
    for character in text.chars() {
        if character == UNSEEN.0 {
            open = open.or(Some(whole.len()));
        } else if character == UNSEEN.1 {
            parts.extend(open.take().map(|start| start..whole.len()));
        } else {
            whole.push(character);
        }
    }
    parts.extend(open.map(|start| start..whole.len()));
    (Cow::Owned(whole), parts)
}

/// A text that may have been cut, without what is kept of it unseen: for texts whose secrets are gone already.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains([UNSEEN.0, UNSEEN.1]) {
        return Cow::Borrowed(text);
    }
    let mut hidden = false;
    let seen = |character: &char| {
        hidden = *character == UNSEEN.0 || (hidden && *character != UNSEEN.1);
        !hidden && *character != UNSEEN.1
    };
    Cow::Owned(text.chars().filter(seen).collect())
}

/// How two texts that are not equal differ.
pub(super) fn change(expected: &str, actual: &str) -> Change {
    let how = super::alike(&expected.into(), &actual.into());
    let several = |text: &str| text.trim_end_matches('\n').contains('\n');
    if let Some(hunks) = (several(expected) && several(actual))
        .then(|| lines(expected, actual))
        .flatten()
    {
        let hunks = how.map_or_else(|| hunks.clone(), |how| format!("{hunks}\n({how})"));
        return Change::Lines { hunks };
    }
    let from = first_difference(expected, actual);
    Change::Changed {
        expected: excerpt(expected, from),
        actual: noted(&excerpt(actual, from), how.as_deref()),
    }
}

/// A shown value with how it differs from one that looks alike.
pub(super) fn noted(shown: &str, how: Option<&str>) -> String {
    how.map_or_else(|| shown.to_owned(), |how| format!("{shown} ({how})"))
}

/// The lines that differ, as the hunks of a unified diff; `None` where they differ too much to be compared.
#[must_use]
pub fn lines(expected: &str, actual: &str) -> Option<String> {
    if differing_lines(expected, actual) > COMPARED_LINES {
        return None;
    }
    let diff = TextDiff::from_lines(expected, actual);
    let text = diff
        .unified_diff()
        .context_radius(CONTEXT)
        .missing_newline_hint(true)
        .to_string();
    let all = text.lines().count();
    let mut shown: Vec<String> = text.lines().take(SHOWN_LINES).map(cut).collect();
    if all > SHOWN_LINES {
        shown.push(format!("… ({} more lines)", all - SHOWN_LINES));
    }
    Some(shown.join("\n"))
}

/// How many lines lie between the first and the last that differ, of both texts together.
fn differing_lines(expected: &str, actual: &str) -> usize {
    let start = expected
        .lines()
        .zip(actual.lines())
        .take_while(|(one, two)| one == two)
        .count();
    let (one, two) = (
        expected.lines().count() - start,
        actual.lines().count() - start,
    );
    let ends = expected
        .lines()
        .rev()
        .zip(actual.lines().rev())
        .take(one.min(two));
    one + two - 2 * ends.take_while(|(one, two)| one == two).count()
}

/// The number of characters that two texts have in common at the start.
fn first_difference(one: &str, two: &str) -> usize {
    one.chars()
        .zip(two.chars())
        .take_while(|(one, two)| one == two)
        .count()
}

/// A text as JSON; of a long one the part around the character `from`, so that what differs is seen.
fn excerpt(text: &str, from: usize) -> String {
    let before = LINE / 4;
    if from < LINE - before || text.chars().nth(LINE).is_none() {
        return super::show(&Value::from(text));
    }
    let start = from - before;
    let json = |text: String| {
        let quoted = Value::from(text).to_json();
        quoted
            .get(1..quoted.len() - 1)
            .unwrap_or_default()
            .to_owned()
    };
    let head = json(
        text.chars()
            .skip(start.saturating_sub(KEPT_UNSEEN))
            .take(start.min(KEPT_UNSEEN))
            .collect(),
    );
    let part = json(text.chars().skip(start).take(LINE).collect());
    let rest = json(text.chars().skip(start + LINE).take(KEPT_UNSEEN).collect());
    let left = text.chars().count().saturating_sub(start + LINE);
    let tail = if left > 0 {
        format!("… ({left} more characters)")
    } else {
        String::new()
    };
    let (head, rest) = (unseen(head.chars()), unseen(rest.chars()));
    format!(
        "…\"{head}{part}{rest}\"{tail} (from character {})",
        from + 1
    )
}
