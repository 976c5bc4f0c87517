//! `[[request]]`, `[[setup]]` and `[[teardown]]`: one request as written.

use indexmap::IndexMap;

use super::body::{self, Body};
use super::flow::{self, Repeat, Rows};
use super::foreign;
use super::keys::{BODY, COLLECTION, IDENTITY, LATER, SETTINGS, TARGET};
use super::messages::{self, Conversation};
use super::settings::Settings;
use super::variable::{self, Variables, check_name, strings};
use super::{Entry, Node, Problems, Spanned, Table, unknown_key, wrong_type};
use crate::source::{Diagnostic, Span};
use crate::template::Template;

/// A request as written.
#[derive(Debug, Clone)]
pub struct Request {
    /// The `[[request]]` header.
    pub span: Span,
    /// Its name, where one is written.
    pub name: Option<Spanned<String>>,
    /// Its name as reports show it for each data row, if the name holds expressions.
    pub title: Option<Box<Spanned<Template>>>,
    /// Whether a name is written that could not be read.
    pub name_lost: bool,
    /// What it is for.
    pub description: Option<String>,
    /// Tags to select by.
    pub tags: Vec<String>,
    /// Whether a read-only stage may be sent it.
    pub safe: Option<bool>,
    /// Its own variables.
    pub vars: Variables,
    /// The method.
    pub method: String,
    /// The path or URL.
    pub url: Spanned<Template>,
    /// The conversation, where this is a WebSocket.
    pub conversation: Option<Conversation>,
    /// The body.
    pub body: Option<Box<Spanned<Body>>>,
    /// Rows.
    pub rows: Option<Box<Spanned<Rows>>>,
    /// Repetition.
    pub repeat: Option<Box<Spanned<Repeat>>>,
    /// Names of requests that must have passed.
    pub needs: Vec<Spanned<String>>,
    /// Values to take from the response, as written: `check` compiles them.
    pub captures: IndexMap<String, Entry>,
    /// What it shares with `[defaults]`; boxed, so that what a large collection was is given back request by request.
    pub settings: Box<Settings>,
}

/// Decodes an array of requests; `header` is its key.
pub(super) fn decode_all(header: &str, node: Node, problems: &mut Problems) -> Vec<Request> {
    let super::Data::Array(items) = node.data else {
        let hint = format!("write `[[{header}]]`, in double brackets, once per request");
        problems.push(wrong_type(&node, "a list of requests").hint(hint));
        return Vec::new();
    };
    let mut requests = Vec::with_capacity(items.len());
    requests.extend(items.into_iter().filter_map(|item| decode(item, problems)));
    requests
}

/// Decodes one request.
pub(super) fn decode(node: Node, problems: &mut Problems) -> Option<Request> {
    let span = node.span.clone();
    let mut table = node.into_table("a request", problems)?;
    check_request_keys(&table, problems);
    // Without a target that can be used, which was told, the rest is still looked at.
    let target = target(&span, &table, problems);
    let (method, url) = target.or_else(|| {
        Some((
            String::new(),
            Spanned::new(&span, Template::parse("").ok()?),
        ))
    })?;
    let (name, title) = named(&table, problems);
    check_rounds(&table, problems);
    check_body_options(&table, problems);
    let conversation = conversation(&table, problems);
    Some(Request {
        method,
        url,
        span,
        title,
        name_lost: name.is_none() && table.get("name").is_some(),
        name,
        description: table
            .get("description")
            .and_then(|node| node.string(problems))
            .map(str::to_owned),
        tags: table
            .get("tags")
            .map(|node| tags(node, problems))
            .unwrap_or_default(),
        safe: table.get("safe").and_then(|node| node.boolean(problems)),
        vars: table
            .get("vars")
            .map(|node| variable::decode(node, problems))
            .unwrap_or_default(),
        body: body::decode(&table, problems).map(Box::new),
        conversation,
        rows: table
            .get("rows")
            .and_then(|node| flow::rows(node, problems))
            .map(Box::new),
        repeat: table
            .get("repeat")
            .and_then(|node| flow::repeat(node, problems))
            .map(Box::new),
        needs: table
            .get("needs")
            .map(|node| names(node, problems))
            .unwrap_or_default(),
        captures: table
            .take("capture")
            .map(|node| captures(node, problems))
            .unwrap_or_default(),
        settings: Box::new(Settings::decode(&mut table, problems)),
    })
}

/// The name of a request, and its template, if it is one.
fn named(
    table: &Table,
    problems: &mut Problems,
) -> (Option<Spanned<String>>, Option<Box<Spanned<Template>>>) {
    let named = table.get("name").and_then(|node| name(node, problems));
    let (name, title) = named.map_or((None, None), |(name, title)| {
        (Some(name), title.map(Box::new))
    });
    if let Some(name) = name.as_ref().filter(|name| name.trim().is_empty()) {
        problems.push(Diagnostic::error(
            &name.span,
            "a request's name cannot be empty",
        ));
    }
    (name, title)
}

/// What is about a body has no effect without one; inherited settings may be for other requests.
fn check_body_options(table: &Table, problems: &mut Problems) {
    let has = |key: &str| table.get(key).is_some();
    if has("websocket") || BODY.iter().any(|key| has(key.name)) {
        return;
    }
    for name in ["chunked", "compress", "expect_continue"] {
        let Some(entry) = table.entry(name) else {
            continue;
        };
        if !matches!(entry.value.data, super::Data::Bool(false)) {
            let message = format!("`{name}` has no effect: the request has no body");
            problems.push(Diagnostic::warning(&entry.key, message));
        }
    }
}

/// `repeat` judges every response, `poll` the last alone: a request cannot have both.
fn check_rounds(table: &Table, problems: &mut Problems) {
    if let (Some(repeat), Some(poll)) = (table.entry("repeat"), table.entry("poll"))
        && poll.value.as_table().is_some()
    {
        let problem = Diagnostic::error(
            &poll.key,
            "a request has either `repeat` or `poll`, not both",
        );
        problems.push(problem.related(&repeat.key, "the other one"));
    }
}

/// A request's name as written, which identifies it, and the template that shows the row.
fn name(
    node: &Node,
    problems: &mut Problems,
) -> Option<(Spanned<String>, Option<Spanned<Template>>)> {
    let template = node.template(problems)?;
    let name = Spanned::new(&node.span, template.text().to_owned());
    let title = template
        .literal()
        .is_none()
        .then(|| Spanned::new(&node.span, template));
    Some((name, title))
}

/// Names of requests, as they are written there: those of requests with data rows may hold expressions.
fn names(node: &Node, problems: &mut Problems) -> Vec<Spanned<String>> {
    let items = node.one_or_many().iter();
    items
        .filter_map(|item| {
            Some(Spanned::new(
                &item.span,
                item.any_string(problems)?.to_owned(),
            ))
        })
        .collect()
}

/// Tags; a tag is a word, so that filters can name it.
pub(super) fn tags(node: &Node, problems: &mut Problems) -> Vec<String> {
    let tags = strings(node, problems);
    for tag in &tags {
        if tag.is_empty()
            || tag
                .contains(|character: char| character.is_whitespace() || "(),!".contains(character))
        {
            let problem = Diagnostic::error(&tag.span, format!("`{}` cannot be a tag", tag.value));
            problems.push(problem.hint("a tag has no spaces, commas, brackets or `!`"));
        }
    }
    tags.into_iter().map(|tag| tag.value).collect()
}

fn check_request_keys(table: &Table, problems: &mut Problems) {
    let known = || {
        [IDENTITY, TARGET, BODY, SETTINGS]
            .into_iter()
            .flatten()
            .map(|key| key.name)
    };
    for (key, entry) in table
        .iter()
        .filter(|(key, _)| !known().any(|name| name == *key))
    {
        if let Some((_, what)) = LATER.iter().find(|(later, _)| *later == key) {
            problems.push(later(&entry.key, key, what));
        } else if COLLECTION.iter().any(|top| top.name == key) {
            let hint = format!(
                "`{key}` belongs to the collection: move this line to the top of the file, above the first `[`"
            );
            problems.push(
                Diagnostic::error(&entry.key, format!("a request has no key `{key}`")).hint(hint),
            );
        } else {
            problems.push(unknown_key(&entry.key, key, "a request", known()));
        }
    }
}

/// The problem of a key that a later version brings.
pub(super) fn later(span: &Span, key: &str, what: &str) -> Diagnostic {
    Diagnostic::error(span, format!("`{key}` is not supported yet"))
        .hint(format!("{what} are planned for a later version"))
}

pub(super) fn captures(node: Node, problems: &mut Problems) -> IndexMap<String, Entry> {
    let Some(table) = node.into_table("a table of captures: name = source", problems) else {
        return IndexMap::new();
    };
    for (name, entry) in table.iter() {
        check_name(name, &entry.key, "a capture", problems);
    }
    table.entries.into_iter().collect()
}

/// The conversation of a WebSocket; its keys have no meaning elsewhere, and it has no use for those of a body.
fn conversation(table: &Table, problems: &mut Problems) -> Option<Conversation> {
    let Some(websocket) = table.entry("websocket") else {
        for key in ["messages", "subprotocols"] {
            if let Some(entry) = table.entry(key) {
                let problem =
                    Diagnostic::error(&entry.key, format!("`{key}` belongs to a WebSocket"));
                problems.push(problem.hint("write `websocket = \"/path\"` as the target"));
            }
        }
        return None;
    };
    let others = BODY
        .iter()
        .map(|key| key.name)
        .chain(["poll", "repeat", "chunked", "compress"]);
    for (key, entry) in others.filter_map(|key| Some((key, table.entry(key)?))) {
        let problem = Diagnostic::error(&entry.key, format!("a WebSocket has no `{key}`"));
        problems.push(
            problem
                .related(&websocket.key, "the WebSocket")
                .hint("write what to send in `messages`"),
        );
    }
    let subprotocols = table
        .get("subprotocols")
        .map(|node| strings(node, problems))
        .unwrap_or_default();
    Some(Conversation {
        subprotocols: subprotocols
            .into_iter()
            .map(|protocol| protocol.value)
            .collect(),
        messages: table
            .get("messages")
            .map(|node| messages::decode(node, problems))
            .unwrap_or_default(),
    })
}

/// The method and where it goes: `get = "/path"`, or `method` with `url`.
fn target(
    request: &Span,
    table: &Table,
    problems: &mut Problems,
) -> Option<(String, Spanned<Template>)> {
    let short = TARGET
        .iter()
        .filter(|key| !["method", "url"].contains(&key.name));
    let mut written = short.filter_map(|key| Some((key.name, table.entry(key.name)?)));
    let first = written.next();
    if let (Some((one, first)), Some((two, second))) = (first, written.next()) {
        let problem = Diagnostic::error(
            &second.key,
            format!("a request has one target, this one has `{one}` and `{two}`"),
        );
        return problems.refuse(problem.related(&first.key, "the first one"));
    }
    match (first, table.entry("method"), table.entry("url")) {
        // The handshake is a GET.
        (Some(("websocket", entry)), None, None) => {
            Some(("GET".to_owned(), url(&entry.value, problems)?))
        }
        (Some((method, entry)), None, None) => {
            Some((method.to_uppercase(), url(&entry.value, problems)?))
        }
        (None, Some(method), Some(target)) => {
            let target = url(&target.value, problems);
            Some((custom_method(&method.value, problems)?, target?))
        }
        (Some((method, _)), Some(other), _) | (Some((method, _)), None, Some(other)) => problems
            .refuse(Diagnostic::error(
                &other.key,
                format!("`{method}` already sets the method and URL"),
            )),
        (None, Some(method), None) => {
            problems.refuse(Diagnostic::error(&method.key, "`method` needs a `url`"))
        }
        (None, None, Some(url)) => {
            let problem = Diagnostic::error(&url.key, "`url` needs a `method`");
            problems
                .refuse(problem.hint("write the method with the path, such as `get = \"/hello\"`"))
        }
        // A misspelt method is told as an unknown key.
        (None, None, None) if table.iter().any(|(key, _)| is_slip(key)) => None,
        (None, None, None) => {
            let problem = Diagnostic::error(request, "a request needs a method with its path");
            problems.refuse(problem.hint("write one such as `get = \"/hello\"`"))
        }
    }
}

/// Whether a key is probably a method, misspelt.
fn is_slip(key: &str) -> bool {
    let known = || {
        [IDENTITY, TARGET, BODY, SETTINGS]
            .into_iter()
            .flatten()
            .map(|key| key.name)
    };
    let meant = if known().any(|name| name == key) {
        None
    } else {
        crate::source::nearest(key, known())
    };
    meant.is_some_and(|name| TARGET.iter().any(|key| key.name == name))
}

fn url(node: &Node, problems: &mut Problems) -> Option<Spanned<Template>> {
    let target = Spanned::new(&node.span, node.template(problems)?);
    foreign::check_url(&target, problems);
    check_fragment(&target, problems);
    Some(target)
}

/// Refuses a fragment: it belongs to whoever shows a page, and no request has it.
fn check_fragment(target: &Spanned<Template>, problems: &mut Problems) {
    let Some(text) = target.written().find(|text| text.contains('#')) else {
        return;
    };
    let fragment = text
        .get(text.find('#').unwrap_or_default()..)
        .unwrap_or("#");
    let span = target.span.text().find(fragment).map_or_else(
        || target.span.clone(),
        |start| target.span.part(start..start + fragment.len()),
    );
    let problem = Diagnostic::error(&span, "a fragment is never sent");
    problems.push(
        problem.hint("leave it out, or write `%23` for a `#` that belongs to the path or query"),
    );
}

/// A method is a token (RFC 9110 section 5.6.2), and case counts.
fn custom_method(node: &Node, problems: &mut Problems) -> Option<String> {
    let method = node.string(problems)?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if method.is_empty() || !method.bytes().all(is_token) {
        return problems.refuse(Diagnostic::error(
            &node.span,
            format!("`{method}` is not a valid method"),
        ));
    }
    if method != method.to_uppercase() {
        let problem = Diagnostic::warning(
            &node.span,
            format!("methods are case-sensitive: `{method}` is sent as written"),
        );
        problems.push(problem);
    }
    Some(method.to_owned())
}
