//! What a request says that cannot be sent so, known before anything is sent.

use super::Compiler;
use crate::http::{self, HttpVersion};
use crate::source::{Diagnostic, did_you_mean};
use crate::syntax::{self, Options, Problems, Settings};

impl Compiler<'_> {
    /// A name is evaluated for each data row, and only then.
    pub(super) fn check_title(&self, written: &syntax::Request, problems: &mut Problems) {
        let Some(title) = &written.title else { return };
        if written.rows.is_none() && !self.in_rows {
            let problem = Diagnostic::error(
                &title.span,
                "`{{` is not evaluated here: a name shows the data row, and there are no `rows`",
            );
            problems.push(problem.hint("write the name itself, or give the request `rows`"));
        }
    }

    /// A path needs a URL that it is joined to, and a whole URL must be one.
    pub(super) fn check_target(&self, written: &syntax::Request, problems: &mut Problems) {
        let text = written.url.value.text();
        if self.without_base && text.starts_with('/') {
            let problem = Diagnostic::error(
                &written.url.span,
                format!("`{text}` is a path, and there is no base URL"),
            );
            problems.push(problem.hint(
                "write `base_url = \"https://…\"` at the top of the file, or use `--base-url URL`",
            ));
        }
        let literal = written
            .url
            .value
            .literal()
            .filter(|text| http::url::has_scheme(text) && path_params(text).is_empty());
        if let Some(Err(error)) = literal.map(http::url::whole) {
            problems.push(
                Diagnostic::error(&written.url.span, error.message)
                    .maybe_hint(error.hint)
                    .certain(),
            );
        }
    }

    /// Every `{name}` of a path has a value, and every value of the request's own `path_params` has its place.
    pub(super) fn check_path_params(&self, written: &syntax::Request, problems: &mut Problems) {
        let (url, own) = (&written.url, &written.settings.path_params);
        let named = path_params(url.value.text());
        let known = || {
            own.keys()
                .chain(self.inherited.path_params.keys())
                .map(String::as_str)
        };
        let path_as_is = |settings: &Settings| settings.option(|options| options.path_as_is);
        // As it is, a path has braces of its own.
        let as_is = path_as_is(&written.settings)
            .or(path_as_is(self.inherited))
            .unwrap_or_default();
        for (name, range) in named
            .iter()
            .filter(|(name, _)| !as_is && !known().any(|known| known == *name))
        {
            let whole = || url.span.clone();
            let inner = url.span.text().find(url.value.text());
            let inner = inner.map_or_else(whole, |start| {
                url.span.part(start + range.start..start + range.end)
            });
            let problem =
                Diagnostic::error(&inner, format!("the path parameter `{name}` has no value"));
            let hint = format!(
                "give it one: `path_params = {{ {name} = … }}`; for an expression write `{{{{ {name} }}}}`"
            );
            problems.push(
                problem
                    .hint(did_you_mean(name, known()).unwrap_or(hint))
                    .missing(name),
            );
        }
        for (name, field) in own {
            if !named.iter().any(|(known, _)| known == name) {
                let problem =
                    Diagnostic::error(&field.span, format!("the path has no `{{{name}}}`"));
                let in_query = url.value.text().contains(&format!("{{{name}}}")).then(|| {
                    format!("path parameters end before `?`: write `query = {{ {name} = … }}`")
                });
                let problem = problem.maybe_hint(
                    did_you_mean(name, named.iter().map(|(name, _)| *name)).or(in_query),
                );
                // A target that could not be read is empty here.
                problems.push(if url.value.text().is_empty() {
                    problem
                } else {
                    problem.certain()
                });
            }
        }
    }

    /// What cannot be sent as it is written, or has no effect.
    pub(super) fn check_transfer(
        written: &syntax::Request,
        settings: &Settings,
        problems: &mut Problems,
    ) {
        let as_is = settings.option(|options| options.path_as_is) == Some(true);
        let url = written
            .url
            .value
            .literal()
            .and_then(|url| url.split('#').next())
            .filter(|_| as_is);
        if let Some(character) = url.and_then(|url| {
            url.chars()
                .find(|found| found.is_ascii_control() || *found == ' ')
        }) {
            let message = format!(
                "no request line can hold `{}`, and `path_as_is` encodes nothing",
                character.escape_default()
            );
            let problem = Diagnostic::error(&written.url.span, message);
            problems.push(
                problem
                    .hint(format!("write `%{:02X}`", u32::from(character)))
                    .certain(),
            );
        }
    }

    /// Chunks and interim responses, which HTTP/1.0 does not have.
    pub(super) fn check_chunks(
        written: &syntax::Request,
        settings: &Settings,
        problems: &mut Problems,
    ) {
        let span = match settings.option(|options| options.http.as_ref()) {
            Some(http) if http.value != HttpVersion::Http10 => return,
            Some(http) if http.span.file.is_command_line() => &written.span,
            Some(http) => &http.span,
            None => return,
        };
        let has = |name: &str| {
            let header = settings.headers.get(name);
            header.is_some_and(|field| field.values.is_some())
        };
        let is_on = |of: fn(&Options) -> Option<bool>| settings.option(of) == Some(true);
        let waits = is_on(|options| options.expect_continue);
        let chunked = is_on(|options| options.chunked);
        let (key, lacks) = if written.body.is_some() && chunked {
            ("chunked = true", "chunks")
        } else if has("transfer-encoding") {
            ("transfer-encoding", "chunks")
        } else if written.body.is_some() && waits {
            ("expect_continue = true", "`100 Continue`")
        } else if has("expect") {
            ("expect", "`100 Continue`")
        } else {
            return;
        };
        let message = format!("`{key}` cannot be sent over HTTP/1.0, which has no {lacks}");
        let hint = "leave it out, or use HTTP/1.1";
        problems.push(Diagnostic::error(span, message).hint(hint).certain());
    }
}

/// The `{name}`s of a path, with their places; `{{ … }}` is an expression, and what is no name stands for itself. The path ends
/// before a query or fragment.
pub(super) fn path_params(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text
        .get(at..)
        .and_then(|rest| rest.find(['{', '?', '#']))
        .map(|open| at + open)
    {
        if !text.get(open..).is_some_and(|rest| rest.starts_with('{')) {
            break;
        }
        let rest = text.get(open..).unwrap_or_default();
        let (skip, close) = if rest.starts_with("{{") {
            (2, "}}")
        } else {
            (1, "}")
        };
        let Some(end) = rest.find(close) else { break };
        let name = rest.get(skip..end).unwrap_or_default();
        if skip == 1 && crate::template::is_name(name) {
            found.push((name, open..open + end + 1));
        }
        at = open + end + close.len();
    }
    found
}
