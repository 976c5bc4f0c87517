//! Segments of a path that expressions came to: an empty one, `.` and `..` lead elsewhere than what is written.

use std::ops::Range;

use crate::template::Stretch;

/// The stretches of a target.
pub(super) type Stretches<'a> = &'a [Stretch];

/// What expressions make of a target that is not what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A segment of its path is that.
    Segment(&'static str),
    /// There is a fragment, which no request has.
    Fragment,
    /// What should be a part of the path is a query.
    Query,
}

/// The text of all stretches.
pub(super) fn joined(stretches: Stretches<'_>) -> String {
    stretches
        .iter()
        .map(|stretch| stretch.text.as_str())
        .collect()
}

/// What is wrong with a target. What stands before all that is written (a base URL, or the whole target) is its own affair.
pub(super) fn fault(stretches: Stretches<'_>) -> Option<Fault> {
    let text = joined(stretches);
    let evaluated = evaluated(stretches);
    let from_expression = |at: usize| evaluated.iter().any(|range| range.contains(&at));
    if text.find('#').is_some_and(from_expression) {
        return Some(Fault::Fragment);
    }
    let start = path_start(&text)?;
    let path = text.get(start..).unwrap_or_default();
    let end = start + path.find(['?', '#']).unwrap_or(path.len());
    if from_expression(end) && text.get(end..).is_some_and(|rest| rest.starts_with('?')) {
        let ends = |range: &&Range<usize>| range.contains(&end);
        let value = evaluated.iter().find(ends).cloned().unwrap_or(end..end);
        let goes_on = text
            .match_indices(['/', '?'])
            .find(|(at, _)| *at >= value.end && !from_expression(*at))
            .is_some_and(|(_, sign)| sign == "/");
        let whole = value.start < end
            && text
                .get(..value.start)
                .is_some_and(|before| before.ends_with(['/', '\\']));
        if goes_on || whole {
            return Some(Fault::Query);
        }
    }
    segments(&text, start..end).into_iter().find_map(|segment| {
        // Those without a byte count where they stand.
        let touches =
            |range: &Range<usize>| range.start <= segment.end && range.end >= segment.start;
        let opened = segment.start > start && from_expression(segment.start - 1);
        let closed = from_expression(segment.end);
        let written = text.get(segment.clone()).unwrap_or_default();
        let dots = parts(written)
            .into_iter()
            .find(|part| matches!(part.as_str(), "." | ".."));
        let inside = segment.clone().any(from_expression)
            || evaluated
                .iter()
                .any(|range| range.is_empty() && touches(range));
        if let Some(dots) = dots.filter(|_| inside || opened || closed) {
            return Some(Fault::Segment(if dots == "." { "`.`" } else { "`..`" }));
        }
        if brings_empty(written, |at| from_expression(segment.start + at)) {
            return Some(Fault::Segment("empty"));
        }
        let vanished = evaluated
            .iter()
            .any(|range| range.start == segment.start && segment.is_empty());
        let brought = segment.is_empty() && (opened || closed);
        (vanished || brought).then_some(Fault::Segment("empty"))
    })
}

/// Where expressions stand behind something that is written.
fn evaluated(stretches: Stretches<'_>) -> Vec<Range<usize>> {
    let prefix = stretches
        .iter()
        .take_while(|stretch| stretch.evaluated)
        .count();
    let mut end = 0;
    let places = stretches.iter().map(|stretch| {
        let start = end;
        end += stretch.text.len();
        (start..end, stretch.evaluated)
    });
    places
        .skip(prefix)
        .filter(|(_, evaluated)| *evaluated)
        .map(|(range, _)| range)
        .collect()
}

/// Where the path begins: behind the host of a whole URL. `None` if there is none.
fn path_start(text: &str) -> Option<usize> {
    if !crate::http::url::has_scheme(text) {
        return Some(0);
    }
    let host = text.find("://")? + 3;
    let path = host + text.get(host..)?.find(['/', '\\', '?', '#'])?;
    Some(path)
}

/// The segments of a path; a slash at its start opens the first. To a URL a backslash is a slash.
fn segments(text: &str, path: Range<usize>) -> Vec<Range<usize>> {
    let is_slash = |character: char| matches!(character, '/' | '\\');
    let inner = text.get(path.clone()).unwrap_or_default();
    let opening = usize::from(inner.starts_with(is_slash));
    let mut start = path.start + opening;
    let mut found = Vec::new();
    for (at, _) in inner
        .match_indices(is_slash)
        .skip(opening)
        .map(|(at, slash)| (path.start + at, slash))
    {
        found.push(start..at);
        start = at + 1;
    }
    found.push(start..path.end.max(start));
    found
}

/// The parts of a segment as whoever decodes it reads them: `%2f` and `%5c` are slashes then, `%2e` is a dot, and what follows a
/// semicolon is a parameter of the part. A URL leaves out tabs and line breaks, and some servers what does not print.
fn parts(segment: &str) -> Vec<String> {
    let mut plain = segment.to_ascii_lowercase();
    for (encoded, meant) in [("%2e", "."), ("%2f", "/"), ("%5c", "/"), ("%3b", ";")] {
        plain = plain.replace(encoded, meant);
    }
    for left_out in ["\t", "\n", "\r", "%00", "%09", "%0a", "%0d", "%20"] {
        plain = plain.replace(left_out, "");
    }
    let part = |part: &str| part.split(';').next().unwrap_or_default().trim().to_owned();
    plain.split('/').map(part).collect()
}

/// Whether an encoded slash out of an expression stands at an end of a segment, or next to another one: whoever decodes it reads
/// an empty segment.
fn brings_empty(segment: &str, from_expression: impl Fn(usize) -> bool) -> bool {
    let plain = segment.to_ascii_lowercase();
    let slashes: Vec<usize> = plain
        .match_indices('%')
        .map(|(at, _)| at)
        .filter(|at| {
            let rest = plain.get(*at..).unwrap_or_default();
            rest.starts_with("%2f") || rest.starts_with("%5c")
        })
        .collect();
    slashes.iter().any(|slash| {
        let at_end = *slash == 0 || slash + 3 == plain.len();
        let doubled = slashes.contains(&(slash + 3)) || slashes.iter().any(|one| one + 3 == *slash);
        (at_end || doubled) && from_expression(*slash)
    })
}

/// Whether a path parameter is a whole segment somewhere.
pub(super) fn is_alone(stretches: Stretches<'_>, placeholder: &str) -> bool {
    joined(stretches)
        .split(['/', '?', '#'])
        .any(|segment| segment == placeholder)
}

/// The stretches with a path parameter's value in each of its places, which are in what is written, before the query.
pub(super) fn with_parameter(
    stretches: Vec<Stretch>,
    placeholder: &str,
    value: &str,
) -> Vec<Stretch> {
    let mut filled = Vec::with_capacity(stretches.len() + 2);
    let mut in_path = true;
    for stretch in stretches {
        let end = stretch.text.find(['?', '#']).filter(|_| in_path);
        if stretch.evaluated || !in_path {
            filled.push(stretch.clone());
        } else {
            let (path, rest) = stretch
                .text
                .split_at_checked(end.unwrap_or(stretch.text.len()))
                .unwrap_or((&stretch.text, ""));
            for (number, written) in path.split(placeholder).enumerate() {
                filled.extend((number > 0).then(|| Stretch {
                    text: value.to_owned(),
                    evaluated: true,
                }));
                filled.extend((!written.is_empty()).then(|| Stretch {
                    text: written.to_owned(),
                    evaluated: false,
                }));
            }
            filled.extend((!rest.is_empty()).then(|| Stretch {
                text: rest.to_owned(),
                evaluated: false,
            }));
        }
        in_path &= end.is_none();
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `<` and `>` stand around what an expression came to.
    fn stretches(text: &str) -> Vec<Stretch> {
        let mut found = Vec::new();
        for part in text.split('<') {
            let (evaluated, written) = part
                .split_once('>')
                .map_or((None, part), |(evaluated, rest)| (Some(evaluated), rest));
            found.extend(evaluated.map(|text| Stretch {
                text: text.to_owned(),
                evaluated: true,
            }));
            found.extend((!written.is_empty()).then(|| Stretch {
                text: written.to_owned(),
                evaluated: false,
            }));
        }
        found
    }

    /// Paths whose values, between `<` and `>`, lead elsewhere.
    const ELSEWHERE: [&str; 86] = [
        "/orders/<>",
        "/<>",
        "/orders/<>/lines",
        "/orders/<>?a=1",
        "/orders/<>#part",
        "/<><>",
        "/a/<>/<x>",
        "orders/<>",
        "/orders/<.>",
        "/orders/<..>",
        "/orders/<..>/x",
        "/<.><.>",
        "/orders/<%2e>",
        "/orders/<%2E%2e>",
        "/orders/<.%2E>",
        "/orders/<%2e.>/x",
        "/orders/<../admin>",
        "/orders/<..\\admin>",
        "/orders/<a/../b>",
        "/orders/<a/..>",
        "/orders/<./a>",
        "/orders/<a//b>",
        "/orders/</a>",
        "/orders/</>",
        "/orders/<//>",
        "/orders/<a/>/lines",
        "/orders/<\\a>",
        "/orders/.<.>",
        "/orders/<.>.",
        "/orders/.<>",
        "/orders/<.>/",
        "/orders/<..>?x",
        "/orders/<..#x>",
        "http://h/<>",
        "http://h/<..>",
        "https://h:1/a/<%2e%2e/b>",
        "<http://h>/a/<>",
        "<http://h>/<..>",
        "/a<//b>",
        "/a<\\\\b>",
        "/a/<?x>",
        "/a/<b/.>",
        "/a/<.. >",
        "/orders/<a/>",
        "/orders/<a/>?b=c",
        "/orders/<a\\>",
        "http://h/<a/>",
        "/a/<..%2Fb>",
        "/a/<..%2fb>",
        "/a/<b%2f..>",
        "/a/<b%2F..%2Fc>",
        "/a/<%5c..%5cb>",
        "/a/<..%5Cb>",
        "/a/<%2e%2e%2fb>",
        "/a/<.%2f.>",
        "/a/<..>%2fb",
        "/a/..%2f<b>",
        "/a/<.\t.>",
        "/a/<.\n./b>",
        "/a/<%2f>",
        "/a/<%2F>/b",
        "/a/<b%2f>",
        "/a/<%5cb>",
        "/a/<b%2f%2fc>",
        "/a/<b%2F%5Cc>",
        "/a/b<%2f%2f>c",
        "/a/b%2f<%2fc>",
        "/a/<..;x>",
        "/a/<..;/>",
        "/a/<b/..;/c>",
        "/a/<.;>",
        "/a/<..%3bx>",
        "/a/<%2e%2e;x>",
        "/a/<..>;x",
        "/a/<..%00>",
        "/a/<%09..>",
        "/a/<..%0a>/b",
        "/a/<..%20>",
        "/a/<b?>",
        "/a/<b?c=d>",
        "/a/<b?>/c",
        "/a/<b?c>?d",
        "/a/x<b?c>/d",
        "/a/x<?c>/d",
        "http://h/a/<b?c>",
        "/a/<b%2f>?c",
    ];

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in ELSEWHERE {
            assert!(fault(&stretches(text)).is_some(), "{text}");
        }
    }

    const SENT: [&str; 57] = [
        "/orders/<7>",
        "/orders/<7>/",
        "/orders/<a/b>",
        "/orders/<...>",
        "/orders/<.a>",
        "/orders/<a.>",
        "/orders/<..a>",
        "/orders/<>x",
        "/orders/x<>",
        "/orders<>",
        "/orders<>?a",
        "/orders</7>",
        "/orders/x<>/lines",
        "/../<a>",
        "/a/../b",
        "/a//b",
        "//a/<b>",
        "/<a>/../<b>",
        "/<a>//b",
        "/orders/<a>/",
        "<>",
        "<..>",
        "<../a>",
        "<>/a",
        "<http://h/>/a",
        "<http://h/../x>/<y>",
        "<a><>/x",
        "http://h<>/a",
        "http://<h>/a",
        "http://<h>",
        "http://<>/a",
        "/a?b=<..>",
        "/a?b=<>&c=/<>/",
        "/a?b=<../x>",
        "/a/<%2e%2ea>",
        "/a/<%252e>",
        "/a/<%252e%252e%252fb>",
        "/a/<b%2Fc>",
        "/a/<b;x>",
        "/a/<..a;x>",
        "/a/<b%3bc>",
        "/a/b%2f%2f<c>",
        "/a/<b>%2f",
        "/a<?b>",
        "/a<?b><&c>&d",
        "/a<?b=c/../d>",
        "/a/b<?c>?d",
        "<a?b>",
        "<http://h/a?b>",
        "/a/<b..%2f..c>",
        "/a/<...%2fb>",
        "/a/<b%5cc>",
        "/a?b=<..%2fc>",
        "/a/..%2fb/<c>",
        "/a-<>-b",
        "/a#<>",
        "",
    ];

    #[test]
    fn anything_else_is_sent() {
        for text in SENT {
            assert_eq!(fault(&stretches(text)), None, "{text}");
        }
        assert_eq!(fault(&stretches("/a/<b#c>")), Some(Fault::Fragment));
        assert_eq!(fault(&stretches("/a?b=<c#d>")), Some(Fault::Fragment));
        assert_eq!(fault(&stretches("<http://h/a#b>")), None);
    }

    #[test]
    fn parameters_stand_in_the_path_that_is_written() {
        let filled = |text: &str| joined(&with_parameter(stretches(text), "{id}", "7"));
        assert_eq!(filled("/a/{id}/{id}?b={id}#{id}"), "/a/7/7?b={id}#{id}");
        assert_eq!(filled("/a/<{id}>/{id}"), "/a/{id}/7");
        assert_eq!(filled("/a<?b>/{id}"), "/a?b/{id}");
        let empty = with_parameter(stretches("/a/{id}"), "{id}", "");
        assert_eq!(fault(&empty), Some(Fault::Segment("empty")));
    }
}
