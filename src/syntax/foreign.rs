//! Placeholders of other tools, which mean nothing here: they would be sent as they are written.

use std::sync::LazyLock;

use regex::Regex;

use super::{Problems, Spanned};
use crate::source::{Diagnostic, Span};
use crate::template::Template;

/// `${NAME}` (shells, JavaScript, Docker), `$(NAME)` (Azure Pipelines), `$env:NAME` (PowerShell), `$NAME`, `%NAME%` (Windows).
static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = "[A-Za-z_][A-Za-z0-9_]*";
    let braces = format!(r"\$\{{(?:[A-Za-z_][\w.]*[.:])?({name})(?:[:?+=-][^{{}}]*)?\}}");
    Regex::new(&format!(
        r"{braces}|\$\(({name})\)|\$env:({name})|\$([A-Z_][A-Z0-9_]+)|%([A-Z_][A-Z0-9_]{{2,}})%"
    ))
    .ok()
});

/// `:id` (Express, Rails, Postman) and `<id>`, `<int:id>` (Flask), at the start of a segment.
static PARAMETER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"/(:([A-Za-z_]\w*)|<(?:[a-z]+:)?([A-Za-z_]\w*)>(?:/|$))").ok());

/// `<token>` as documentation writes it, alone or behind a scheme.
static BLANK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:[A-Za-z]+ )?(<([A-Za-z][A-Za-z0-9 _-]*)>)$").ok());

/// Warns of placeholders in a URL.
pub(super) fn check_url(url: &Spanned<Template>, problems: &mut Problems) {
    check_value(url, problems);
    // Most URLs have nothing of the kind: the search costs more than all that is read of a request.
    let may_hold = |pair: &[u8]| pair == b"/:" || pair == b"/<";
    if !url.text().as_bytes().windows(2).any(may_hold) {
        return;
    }
    let text = url.with_stand_in("x");
    let path = path_of(&text);
    for found in PARAMETER.iter().flat_map(|regex| regex.captures_iter(path)) {
        let name = found
            .get(2)
            .or(found.get(3))
            .map_or("id", |name| name.as_str());
        let written = found
            .get(1)
            .map_or("", |written| written.as_str().trim_end_matches('/'));
        warn(
            &url.span,
            written,
            &format!("write `{{{name}}}`, and its value in `path_params`"),
            problems,
        );
    }
}

/// Warns of placeholders in a value that is sent in a URL or header.
pub(super) fn check_value(value: &Spanned<Template>, problems: &mut Problems) {
    for text in value.written() {
        check_placeholders(text, &value.span, problems);
    }
}

/// Warns of placeholders in a text that is written at a place, or below a name that stands there. What a shell left in an
/// argument is meant.
pub(crate) fn check_placeholders(text: &str, place: &Span, problems: &mut Problems) {
    if place.file.is_command_line() || !text.bytes().any(|byte| matches!(byte, b'$' | b'%')) {
        return;
    }
    for found in VARIABLE.iter().flat_map(|regex| regex.captures_iter(text)) {
        let (Some(all), Some(name)) = (found.get(0), found.iter().skip(1).flatten().next()) else {
            continue;
        };
        if is_placeholder(all.as_str(), text.get(..all.start()).unwrap_or_default()) {
            warn(
                place,
                all.as_str(),
                &of_environment(name.as_str()),
                problems,
            );
        }
    }
}

/// Warns of placeholders in credentials.
pub(super) fn check_credential(value: &Spanned<Template>, problems: &mut Problems) {
    let Some(text) = value.literal() else {
        return check_value(value, problems);
    };
    if value.span.file.is_command_line() {
        return;
    }
    check_value(value, problems);
    if let Some(found) = BLANK.as_ref().and_then(|regex| regex.captures(text.trim())) {
        let name: String = found
            .get(2)
            .map_or("", |name| name.as_str())
            .to_uppercase()
            .replace([' ', '-'], "_");
        warn(
            &value.span,
            found.get(1).map_or("", |blank| blank.as_str()),
            &of_environment(&name),
            problems,
        );
    }
}

/// `$` behind a letter is part of a word, and `%AB` may be a percent-encoded byte.
fn is_placeholder(found: &str, before: &str) -> bool {
    let hex = found
        .get(1..3)
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let inner = before.ends_with(|character: char| character.is_alphanumeric() || character == '$');
    match found.chars().next() {
        Some('%') => !hex,
        _ => found.starts_with("${") || found.starts_with("$(") || !inner,
    }
}

/// The path of a URL, its first slash included.
fn path_of(text: &str) -> &str {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match text
        .split_once("://")
        .filter(|_| crate::http::url::has_scheme(text))
    {
        Some((_, rest)) => rest
            .find('/')
            .and_then(|start| rest.get(start..))
            .unwrap_or_default(),
        None => text,
    }
}

fn of_environment(name: &str) -> String {
    format!("for an environment variable write `{{{{ env('{name}') }}}}`")
}

fn warn(place: &Span, written: &str, hint: &str, problems: &mut Problems) {
    let start = place.text().find(written).filter(|_| !written.is_empty());
    let span = start.map_or_else(
        || place.clone(),
        |start| place.part(start..start + written.len()),
    );
    let message = format!(
        "`{}` is sent as written: it is not a placeholder here",
        written.escape_debug()
    );
    problems.push(Diagnostic::warning(&span, message).hint(hint));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::File;

    fn warnings(check: fn(&Spanned<Template>, &mut Problems), text: &str) -> Vec<(String, String)> {
        let file = File::new("a.toml", text);
        let mut problems = Problems::default();
        check(
            &Spanned::new(
                &Span::new(&file, 0..text.len()),
                Template::parse(text).unwrap(),
            ),
            &mut problems,
        );
        let told = problems.into_vec().into_iter().map(|problem| {
            (
                problem.span.unwrap().text().to_owned(),
                problem.hint.unwrap(),
            )
        });
        told.collect()
    }

    #[test]
    fn placeholders_of_other_tools_are_seen() {
        for (text, found, name) in [
            ("${TOKEN}", "${TOKEN}", "TOKEN"),
            ("Bearer $TOKEN", "$TOKEN", "TOKEN"),
            ("Bearer ${token}", "${token}", "token"),
            ("a-${env.API_KEY}-b", "${env.API_KEY}", "API_KEY"),
            ("${env:KEY}", "${env:KEY}", "KEY"),
            ("${process.env.KEY}", "${process.env.KEY}", "KEY"),
            ("${KEY:-none}", "${KEY:-none}", "KEY"),
            ("$(KEY)", "$(KEY)", "KEY"),
            ("$env:Key", "$env:Key", "Key"),
            ("%API_TOKEN%", "%API_TOKEN%", "API_TOKEN"),
            ("{{ a }}${B}", "${B}", "B"),
        ] {
            let hint = format!("for an environment variable write `{{{{ env('{name}') }}}}`");
            for check in [check_value, check_url, check_credential] {
                assert_eq!(
                    warnings(check, text),
                    [(found.to_owned(), hint.clone())],
                    "{text}"
                );
            }
        }
        for (text, found) in [
            ("/orders/:id", ":id"),
            ("/:id", ":id"),
            ("/orders/:order_id/lines?a=:b", ":order_id"),
            ("https://h:80/:id", ":id"),
            ("https://{{ host }}/:id", ":id"),
            ("/orders/<id>", "<id>"),
            ("/orders/<int:id>/x", "<int:id>"),
        ] {
            let told = warnings(check_url, text);
            assert_eq!(
                told.iter().map(|told| told.0.as_str()).collect::<Vec<_>>(),
                [found],
                "{text}"
            );
            assert!(told[0].1.contains("path_params"), "{told:?}");
        }
        for text in ["<token>", "Bearer <your-token>", "Basic <API KEY>"] {
            assert_eq!(warnings(check_credential, text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_may_be_meant_is_not() {
        for text in [
            "/odata/Orders?$filter=a&$top=1",
            "/v1/items:batchGet",
            "/a/b:c",
            "http://h:80/x",
            "https://user:TOKEN@h/",
            "https://:token@h/x",
            "/a%20b%2Fc%3A",
            "/%ABCDEF%",
            "/price/$5",
            "/a$B",
            "/{{ env('TOKEN') }}",
            "/{{ '${TOKEN}' }}",
            "/x?time=:now",
            "/$default/x",
            "/$metadata",
            "arn:aws:s3:::bucket",
            "/a/::b",
            "/$$X",
            "/<a b>",
            "$",
            "${}",
            "pa$word",
        ] {
            assert_eq!(warnings(check_url, text), [], "{text}");
        }
        for text in [
            "</style.css>; rel=preload",
            "Ada <ada@example.org>",
            "a < b",
            "<",
            "<>",
            "$Version=1",
            "<a>, <b>",
        ] {
            assert_eq!(warnings(check_credential, text), [], "{text}");
        }
    }
}
