//! What requests inherit: the keys that `[defaults]`, stages and requests share, and how the nearer ones win.

use std::time::Duration;

use indexmap::IndexMap;

use super::auth::{self, Auth};
use super::connection::Connection;
use super::flow::{self, Poll, Retry, Switch};
use super::foreign;
use super::redirects::{self, Redirects};
use super::{Data, Entry, Node, Problems, Spanned, Table, names_hint, wrong_type};
use crate::http::Coding;
use crate::source::{Diagnostic, Span};
use crate::template::{Expression, Template};

/// Named texts in the order written; a name may have several values.
pub type Fields = IndexMap<String, Field>;

/// A header, query parameter or form field as written.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its values in order; `None` where `false` drops an inherited one.
    pub values: Option<Vec<Spanned<Template>>>,
}

/// `skip`: whether, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// `skip = false`: sent after all.
    No,
    /// `skip = true`, or the reason.
    Yes(Option<String>),
}

/// Everything that is inherited; `None` where it is not written.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Values for `{name}` in the path.
    pub path_params: Fields,
    /// Query parameters.
    pub query: Fields,
    /// Headers, by their name in lower case.
    pub headers: Fields,
    /// Cookies to send.
    pub cookies: Fields,
    /// Whether the jar is used.
    pub jar: Option<bool>,
    /// Authentication.
    pub auth: Option<Spanned<Auth>>,
    /// The most that a request may take.
    pub timeout: Option<Duration>,
    /// Timeout for connecting.
    pub connect_timeout: Option<Duration>,
    /// Which redirects are followed.
    pub redirects: Option<Redirects>,
    /// HTTP version, `1.0`, `1.1` or `2`.
    pub http: Option<Spanned<String>>,
    /// How connections are made, where something is written about that.
    pub connection: Option<Box<Connection>>,
    /// Whether compressed responses are asked for.
    pub compressed: Option<bool>,
    /// The coding that the body is sent in.
    pub compress: Option<Switch<Coding>>,
    /// Whether the body is sent in chunks.
    pub chunked: Option<bool>,
    /// The largest body that is read, in bytes.
    pub max_body: Option<u64>,
    /// Retries.
    pub retry: Option<Spanned<Switch<Retry>>>,
    /// Polling.
    pub poll: Option<Spanned<Switch<Poll>>>,
    /// The pause before the request.
    pub delay: Option<Duration>,
    /// Whether it is skipped.
    pub skip: Option<Skip>,
    /// Whether it is sent at all.
    pub when: Option<Spanned<Expression>>,
    /// What is expected, as written: `check` compiles it.
    pub expect: Table,
}

impl Settings {
    /// Decodes the shared keys of a table; what is expected is taken out of it.
    pub(super) fn decode(table: &mut Table, problems: &mut Problems) -> Self {
        let (cookies, jar) = table
            .get("cookies")
            .map(|node| cookies(node, problems))
            .unwrap_or_default();
        let mut fields = |key: &str| {
            table
                .get(key)
                .map(|node| fields(node, false, problems))
                .unwrap_or_default()
        };
        let (path_params, query) = (fields("path_params"), fields("query"));
        let headers = headers(table, problems);
        for fields in [&path_params, &query, &cookies] {
            check_values(fields, problems);
        }
        let mut limit = |key: &str| table.get(key).and_then(|node| limit(node, problems));
        let (timeout, connect_timeout) = (limit("timeout"), limit("connect_timeout"));
        let delay = table.get("delay").and_then(|node| node.duration(problems));
        Self {
            path_params,
            query,
            headers,
            cookies,
            jar,
            auth: table
                .get("auth")
                .and_then(|node| auth::decode(node, problems)),
            timeout,
            connect_timeout,
            redirects: table
                .get("follow_redirects")
                .and_then(|node| redirects::decode(node, problems)),
            http: table.get("http").and_then(|node| http(node, problems)),
            connection: Connection::decode(table, problems),
            compressed: table
                .get("compressed")
                .and_then(|node| node.boolean(problems)),
            compress: table
                .get("compress")
                .and_then(|node| compress(node, problems)),
            chunked: table.get("chunked").and_then(|node| node.boolean(problems)),
            max_body: table.get("max_body").and_then(|node| size(node, problems)),
            retry: table
                .get("retry")
                .and_then(|node| flow::switch(node, problems, flow::retry)),
            poll: table
                .get("poll")
                .and_then(|node| flow::switch(node, problems, flow::poll)),
            delay,
            skip: table.get("skip").and_then(|node| skip(node, problems)),
            when: table.get("when").and_then(|node| node.expression(problems)),
            expect: table
                .take("expect")
                .and_then(|node| node.into_table("a table of expectations", problems))
                .unwrap_or_default(),
        }
    }

    /// These settings over those that they inherit: tables merge by key, anything else replaces.
    #[must_use]
    pub fn over(self, inherited: &Self) -> Self {
        Self {
            path_params: merge(inherited.path_params.clone(), self.path_params),
            query: merge(inherited.query.clone(), self.query),
            headers: merge(inherited.headers.clone(), self.headers),
            // `cookies = false` drops those that are inherited too.
            cookies: if self.jar == Some(false) {
                self.cookies
            } else {
                merge(inherited.cookies.clone(), self.cookies)
            },
            jar: self.jar.or(inherited.jar),
            auth: self.auth.or_else(|| inherited.auth.clone()),
            timeout: self.timeout.or(inherited.timeout),
            connect_timeout: self.connect_timeout.or(inherited.connect_timeout),
            redirects: self.redirects.or_else(|| inherited.redirects.clone()),
            http: self.http.or_else(|| inherited.http.clone()),
            connection: match (self.connection, &inherited.connection) {
                (Some(own), Some(inherited)) => Some(Box::new(own.over(inherited))),
                (own, inherited) => own.or_else(|| inherited.clone()),
            },
            compressed: self.compressed.or(inherited.compressed),
            compress: self.compress.or(inherited.compress),
            chunked: self.chunked.or(inherited.chunked),
            max_body: self.max_body.or(inherited.max_body),
            retry: merge_switch(self.retry, inherited.retry.as_ref(), Retry::over),
            poll: merge_switch(self.poll, inherited.poll.as_ref(), Poll::over),
            delay: self.delay.or(inherited.delay),
            skip: self.skip.or_else(|| inherited.skip.clone()),
            when: self.when.or_else(|| inherited.when.clone()),
            expect: merge_expect(&inherited.expect, self.expect),
        }
    }
}

impl Retry {
    fn over(self, inherited: &Self) -> Self {
        Self {
            times: self.times.or(inherited.times),
            delay: self.delay.or(inherited.delay),
            backoff: self.backoff.or(inherited.backoff),
            max_delay: self.max_delay.or(inherited.max_delay),
            on: self.on.or_else(|| inherited.on.clone()),
        }
    }
}

impl Poll {
    fn over(self, inherited: &Self) -> Self {
        Self {
            every: self.every.or(inherited.every),
            timeout: self.timeout.or(inherited.timeout),
            stop: self.stop.or_else(|| inherited.stop.clone()),
        }
    }
}

fn merge<T>(mut base: IndexMap<String, T>, nearer: IndexMap<String, T>) -> IndexMap<String, T> {
    base.extend(nearer);
    base
}

fn merge_switch<T: Clone>(
    nearer: Option<Spanned<Switch<T>>>,
    inherited: Option<&Spanned<Switch<T>>>,
    over: impl Fn(T, &T) -> T,
) -> Option<Spanned<Switch<T>>> {
    match (nearer, inherited) {
        (
            Some(Spanned {
                value: Switch::On(nearer),
                span,
            }),
            Some(Spanned {
                value: Switch::On(inherited),
                ..
            }),
        ) => Some(Spanned {
            value: Switch::On(over(nearer, inherited)),
            span,
        }),
        (nearer, inherited) => nearer.or_else(|| inherited.cloned()),
    }
}

/// Subjects whose members are expectations of their own, so that they merge one level deeper.
const BY_NAME: &[&str] = &["headers", "cookies", "jsonpath", "xpath", "css", "snapshot"];

/// The keys of `expect` that need no response, and those that only change how others are evaluated: they may stand beside
/// any `error`.
pub const WITHOUT_RESPONSE: [&str; 7] = [
    "error",
    "time",
    "redirects",
    "url",
    "that",
    "namespaces",
    "allow",
];

fn merge_expect(inherited: &Table, nearer: Table) -> Table {
    if inherited.entries.is_empty() {
        return nearer;
    }
    let mut merged = inherited.clone();
    // What is inherited is about responses as they should be, so it gives way to `error`.
    if nearer.get("error").is_some() {
        merged
            .entries
            .retain(|(name, _)| WITHOUT_RESPONSE.contains(&name.as_str()));
    }
    settle_allowed(&mut merged, &nearer);
    for (key, entry) in nearer.entries {
        let deeper = merged
            .entries
            .iter_mut()
            .find(|(name, _)| *name == key && BY_NAME.contains(&key.as_str()));
        match (
            deeper.map(|(_, entry)| &mut entry.value.data),
            entry.value.data,
        ) {
            (Some(Data::Table(base)), Data::Table(members)) => merge_members(base, members, &key),
            // A snapshot after all, by the rules that are inherited; a text is its name.
            (Some(Data::Table(_)), Data::Bool(true)) if key == "snapshot" => {}
            (Some(Data::Table(base)), Data::String(name)) if key == "snapshot" => {
                let value = Node {
                    span: entry.value.span,
                    data: Data::String(name),
                };
                base.insert(
                    "name".to_owned(),
                    Entry {
                        key: entry.key,
                        value,
                    },
                );
            }
            (_, data) => {
                let value = Node {
                    span: entry.value.span,
                    data,
                };
                merged.insert(
                    key,
                    Entry {
                        key: entry.key,
                        value,
                    },
                );
            }
        }
    }
    merged
}

/// What is allowed is expected no more, and what is expected is allowed no more: the nearer one counts.
fn settle_allowed(inherited: &mut Table, nearer: &Table) {
    for name in nearer
        .get("allow")
        .map(Node::one_or_many)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_str)
    {
        inherited.take(name);
    }
    let allow = inherited
        .entries
        .iter_mut()
        .find(|(name, _)| name == "allow");
    let Some((_, Entry { value, .. })) = allow else {
        return;
    };
    let expected = |node: &Node| node.as_str().is_some_and(|name| nearer.get(name).is_some());
    let left = value
        .one_or_many()
        .iter()
        .filter(|node| !expected(node))
        .cloned()
        .collect();
    value.data = Data::Array(left);
}

/// Merges what is expected by name: headers without regard to case, and `false` drops an expected header or cookie.
fn merge_members(base: &mut Table, nearer: Table, subject: &str) {
    let drops = ["headers", "cookies"].contains(&subject);
    for (name, entry) in nearer.entries {
        let before = base.entries.len();
        let same = |inherited: &str| {
            if subject == "headers" {
                inherited.eq_ignore_ascii_case(&name)
            } else {
                inherited == name
            }
        };
        // What a snapshot redacts is added to what it inherits.
        let placeholders = base
            .entries
            .iter_mut()
            .find(|(known, _)| subject == "snapshot" && name == "redact" && known == "redact");
        if let (Some((_, inherited)), Data::Table(members)) = (placeholders, &entry.value.data)
            && let Data::Table(table) = &mut inherited.value.data
        {
            members
                .entries
                .iter()
                .for_each(|(path, member)| table.insert(path.clone(), member.clone()));
            continue;
        }
        base.entries.retain(|(inherited, _)| !same(inherited));
        let dropped =
            drops && base.entries.len() < before && matches!(entry.value.data, Data::Bool(false));
        if !dropped {
            base.insert(name, entry);
        }
    }
}

/// Decodes named texts; `drops` says whether `false` drops an inherited one.
pub(super) fn fields(node: &Node, drops: bool, problems: &mut Problems) -> Fields {
    let Some(table) = node.table("a table of names and values", problems) else {
        return Fields::new();
    };
    let decoded = table.iter().map(|(name, entry)| {
        let values = match &entry.value.data {
            Data::Bool(false) if drops => None,
            Data::Array(items) if drops && items.is_empty() => {
                let problem = Diagnostic::error(
                    &entry.value.span,
                    format!("an empty list sends nothing for `{name}`"),
                );
                let hint = "remove it, or write `false` to remove an inherited or automatic one";
                problems.push(problem.hint(hint));
                None
            }
            _ => Some(
                entry
                    .value
                    .one_or_many()
                    .iter()
                    .filter_map(|node| value(node, problems))
                    .collect(),
            ),
        };
        (
            name.to_owned(),
            Field {
                name: name.to_owned(),
                span: entry.key.clone(),
                values,
            },
        )
    });
    decoded.collect()
}

/// Names of headers know no case, so one of two would be lost.
fn check_twice(headers: Option<&Node>, problems: &mut Problems) {
    let mut seen: IndexMap<String, &Span> = IndexMap::new();
    for (name, entry) in headers
        .and_then(Node::as_table)
        .into_iter()
        .flat_map(Table::iter)
    {
        if let Some(first) = seen.insert(name.to_lowercase(), &entry.key) {
            let problem =
                Diagnostic::error(&entry.key, format!("the header `{name}` appears twice"));
            problems.push(
                problem
                    .related(first, "the first one")
                    .hint("for several lines write a list: `[\"one\", \"two\"]`"),
            );
        }
    }
}

/// The headers, their names in lower case.
fn headers(table: &Table, problems: &mut Problems) -> Fields {
    let written = table
        .get("headers")
        .map(|node| fields(node, true, problems))
        .unwrap_or_default();
    let headers: Fields = written
        .into_iter()
        .map(|(name, field)| (name.to_lowercase(), field))
        .collect();
    check_twice(table.get("headers"), problems);
    check_headers(&headers, problems);
    headers
}

/// Checks names and values of headers, and those that are secret as credentials.
fn check_headers(headers: &Fields, problems: &mut Problems) {
    headers
        .values()
        .for_each(|field| check_header(field, problems));
    check_values(headers, problems);
    let secrets = headers
        .iter()
        .filter(|(name, _)| crate::secret::is_secret_header(name));
    let values = secrets.flat_map(|(_, field)| field.values.iter().flatten());
    values.for_each(|value| foreign::check_credential(value, problems));
}

/// Warns of placeholders of other tools.
fn check_values(fields: &Fields, problems: &mut Problems) {
    let values = fields
        .values()
        .flat_map(|field| field.values.iter().flatten());
    values.for_each(|value| foreign::check_value(value, problems));
}

/// What can be told of a header before it is sent: its name, and values without placeholders.
fn check_header(field: &Field, problems: &mut Problems) {
    if let Err(error) = crate::http::check_header(&field.name, "") {
        return problems.push(Diagnostic::error(&field.span, error.message));
    }
    for value in field.values.iter().flatten() {
        if let Some(Err(error)) = value
            .literal()
            .map(|text| crate::http::check_header(&field.name, text))
        {
            problems.push(Diagnostic::error(&value.span, error.message));
        }
    }
}

fn value(node: &Node, problems: &mut Problems) -> Option<Spanned<Template>> {
    Some(Spanned::new(&node.span, node.scalar_template(problems)?))
}

fn cookies(node: &Node, problems: &mut Problems) -> (Fields, Option<bool>) {
    match node.data {
        Data::Bool(jar) => (Fields::new(), Some(jar)),
        _ => (fields(node, true, problems), None),
    }
}

/// The most that something may take, in which it can be done at all.
fn limit(node: &Node, problems: &mut Problems) -> Option<Duration> {
    let limit = node.duration(problems)?;
    if limit.is_zero() {
        let problem = Diagnostic::error(&node.span, "a time limit of zero is not possible");
        return problems.refuse(problem.hint("remove it for the default, or write a time limit"));
    }
    Some(limit)
}

fn http(node: &Node, problems: &mut Problems) -> Option<Spanned<String>> {
    let version = node
        .as_str()
        .filter(|version| ["1.0", "1.1", "2"].contains(version));
    let version =
        version.or_else(|| problems.refuse(wrong_type(node, "`\"1.0\"`, `\"1.1\"` or `\"2\"`")))?;
    Some(Spanned::new(&node.span, version.to_owned()))
}

fn compress(node: &Node, problems: &mut Problems) -> Option<Switch<Coding>> {
    if let Data::Bool(false) = node.data {
        return Some(Switch::Off);
    }
    let name = node.string(problems)?;
    if let Some(coding) = Coding::named(name) {
        return Some(Switch::On(coding));
    }
    let hint = names_hint(name, Coding::ALL.iter().map(|coding| coding.name()));
    problems
        .refuse(Diagnostic::error(&node.span, format!("there is no coding `{name}`")).hint(hint))
}

fn skip(node: &Node, problems: &mut Problems) -> Option<Skip> {
    match &node.data {
        Data::Bool(skip) => Some(if *skip { Skip::Yes(None) } else { Skip::No }),
        Data::String(reason) if reason.contains("{{") => {
            let problem = Diagnostic::error(
                &node.span,
                "`skip` is not evaluated: this would always skip",
            );
            problems.refuse(problem.hint(SKIP_HINT))
        }
        Data::String(reason) if NO_REASONS.contains(&reason.trim().to_lowercase().as_str()) => {
            let message = format!(
                "`\"{}\"` is not a reason: any string skips",
                reason.escape_debug()
            );
            problems.refuse(Diagnostic::error(&node.span, message).hint(SKIP_HINT))
        }
        Data::String(reason) => Some(Skip::Yes(Some(reason.clone()))),
        _ => problems.refuse(wrong_type(node, "`true`, `false` or the reason").hint(SKIP_HINT)),
    }
}

/// Strings that mean a boolean, not a reason.
const NO_REASONS: [&str; 9] = ["", "true", "false", "yes", "no", "on", "off", "0", "1"];
const SKIP_HINT: &str = "write `skip = true`, or the reason; for a condition use `when = \"{{ … }}\"`, which sends only if it is true";

/// A number of bytes: a number, or a text with a unit (`10 MB`, `512 KiB`).
fn size(node: &Node, problems: &mut Problems) -> Option<u64> {
    let Some(text) = node.as_str() else {
        return node.count(problems);
    };
    let digits = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let parsed = text.split_at_checked(digits).and_then(|(number, unit)| {
        let factor: u64 = match unit.trim() {
            "" | "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(factor)
    });
    parsed.or_else(|| {
        problems.refuse(Diagnostic::error(
            &node.span,
            "expected a size such as `\"10 MB\"` or a number of bytes",
        ))
    })
}
