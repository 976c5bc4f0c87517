//! From a gateway file to a [`Gateway`]: all problems at once, each at its place.

use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;

use super::keys::{FILE_KEYS, METHODS, REQUIRED_KEYS, RESPOND_KEYS, ROUTE_KEYS, THROTTLE_KEYS};
use super::names;
use super::path::Pattern;
use super::respond::{Body, Respond, Status, is_status};
use super::throttle::Limit;
use super::{Gateway, Kind, Method, Route};
use crate::source::{Diagnostic, File, Span};
use crate::syntax::{
    self, Data, Entry, Key, Node, Problems, Table, check_keys, names_hint, wrong_type,
};
use crate::template::Template;

/// Headers that the connection writes by itself.
const FRAMING: [&str; 5] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
];

/// What a route is read by: the file's part of it.
struct Reader<'a> {
    problems: &'a mut Problems,
    kind: Kind,
    folder: &'a Path,
    /// Whether any key is accepted at all.
    any_key: bool,
}

pub(super) fn gateway(file: &Arc<File>, problems: &mut Problems) -> Gateway {
    let table = syntax::read(file, problems);
    syntax::check_names(&table, problems);
    check_keys(&table, &[FILE_KEYS], "a gateway file", problems);
    let kind = table
        .get("kind")
        .and_then(|node| kind(node, problems))
        .unwrap_or(Kind::Rest);
    let stage = stage(file, &table, kind, problems);
    let api_keys = api_keys(&table, kind, problems);
    let any_key = table.get("api_keys").is_some();
    let mut reader = Reader {
        problems,
        kind,
        folder: file.folder(),
        any_key,
    };
    let routes = reader.routes(file, &table);
    Gateway {
        kind,
        stage,
        api_keys,
        routes,
        folder: file.folder().to_owned(),
    }
}

fn kind(node: &Node, problems: &mut Problems) -> Option<Kind> {
    match node.string(problems)? {
        "rest" => Some(Kind::Rest),
        "http" => Some(Kind::Http),
        other => {
            let hint = names_hint(other, ["rest", "http"].into_iter());
            problems.refuse(
                Diagnostic::error(&node.span, format!("there is no kind `{other}`")).hint(hint),
            )
        }
    }
}

fn stage(file: &Arc<File>, table: &Table, kind: Kind, problems: &mut Problems) -> Option<String> {
    let Some(node) = table.get("stage") else {
        if kind == Kind::Rest {
            let problem = Diagnostic::error(&Span::new(file, 0..0), "the stage has no name");
            problems.push(problem.hint("write `stage = \"dev\"` at the top"));
        }
        return None;
    };
    let name = node.string(problems)?;
    if name == "$default" && kind == Kind::Http {
        return None;
    }
    let plain =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if name.is_empty() || !name.chars().all(plain) {
        let problem = Diagnostic::error(&node.span, format!("`{name}` is not a valid stage name"));
        return problems.refuse(problem.hint("a stage name has letters, digits, `-` and `_`"));
    }
    Some(name.to_owned())
}

fn api_keys(table: &Table, kind: Kind, problems: &mut Problems) -> Vec<Template> {
    let Some(entry) = table.entry("api_keys") else {
        return Vec::new();
    };
    if kind == Kind::Http {
        problems.push(only_rest(&entry.key, "API keys"));
    }
    let key = |node: &Node| {
        let template = node.template(problems)?;
        if let Some(name) = template.names().first() {
            let problem =
                Diagnostic::error(&node.span, format!("an API key cannot depend on `{name}`"));
            return problems
                .refuse(problem.hint("take it from the environment: `{{ env('API_KEY') }}`"));
        }
        if template.text().is_empty() {
            return problems.refuse(Diagnostic::error(&node.span, "an API key is empty"));
        }
        Some(template)
    };
    entry.value.one_or_many().iter().filter_map(key).collect()
}

fn only_rest(span: &Span, what: &str) -> Diagnostic {
    Diagnostic::error(span, format!("an HTTP API has no {what}"))
        .hint("a REST API has: `kind = \"rest\"`")
}

impl Reader<'_> {
    fn routes(&mut self, file: &Arc<File>, table: &Table) -> Vec<Route> {
        let Some(node) = table.get("route") else {
            let problem = Diagnostic::error(&Span::new(file, 0..0), "the gateway has no routes");
            self.problems
                .push(problem.hint("write a `[[route]]` with `method`, `path` and `respond`"));
            return Vec::new();
        };
        let Data::Array(items) = &node.data else {
            self.problems.push(
                wrong_type(node, "a list of routes").hint("write `[[route]]`, with two brackets"),
            );
            return Vec::new();
        };
        let mut routes: Vec<Route> = Vec::new();
        let mut places: Vec<Span> = Vec::new();
        for item in items {
            let Some((route, place)) = self.route(item) else {
                continue;
            };
            let same = routes.iter().position(|other| {
                other.method == route.method && other.path.same_shape(&route.path)
            });
            if let Some(earlier) = same.and_then(|at| places.get(at)) {
                let written = format!("{} {}", route.method.name(), route.path.text());
                let problem = Diagnostic::error(&place, format!("`{written}` appears twice"));
                self.problems
                    .push(problem.related(earlier, "the first one is here"));
            }
            routes.push(route);
            places.push(place);
        }
        routes
    }

    /// A route, and the place of its path.
    fn route(&mut self, node: &Node) -> Option<(Route, Span)> {
        let table = node.table("a route", self.problems)?;
        self.check_route_keys(table);
        let method = self
            .needed(node, table, "method")
            .and_then(|node| self.method(node));
        let path = self
            .needed(node, table, "path")
            .and_then(|node| self.path(node).map(|path| (path, node.span.clone())));
        let api_key = table
            .entry("api_key")
            .is_some_and(|entry| self.api_key(entry));
        let (query, headers) = table
            .entry("required")
            .map(|entry| self.required(entry))
            .unwrap_or_default();
        let limit = table.get("throttle").and_then(|node| self.throttle(node));
        let respond = self
            .needed(node, table, "respond")
            .and_then(|node| self.respond(node));
        let (path, place) = path?;
        let method = if path.is_default() {
            Method::Any
        } else {
            method?
        };
        Some((
            Route {
                method,
                path,
                api_key,
                query,
                headers,
                limit,
                respond: respond?,
            },
            place,
        ))
    }

    fn check_route_keys(&mut self, table: &Table) {
        let known = |keys: &'static [Key]| keys.iter().map(|key| key.name);
        for (key, entry) in table.iter() {
            if key == "lambda" {
                let problem = Diagnostic::error(
                    &entry.key,
                    "routes that run a Lambda function are not there yet",
                );
                self.problems
                    .push(problem.hint("write the response with `respond`"));
            } else if !known(ROUTE_KEYS).any(|name| name == key) {
                self.problems.push(syntax::unknown_key(
                    &entry.key,
                    key,
                    "a route",
                    known(ROUTE_KEYS),
                ));
            }
        }
    }

    fn needed<'n>(&mut self, route: &Node, table: &'n Table, key: &str) -> Option<&'n Node> {
        // A route of `$default` takes every method.
        let default = table.get("path").and_then(Node::as_str) == Some("$default");
        let lambda = key == "respond" && table.get("lambda").is_some();
        let found = table.get(key);
        if found.is_none() && !lambda && !(default && key == "method") {
            self.problems.push(Diagnostic::error(
                &route.span,
                format!("the route has no `{key}`"),
            ));
        }
        found
    }

    fn method(&mut self, node: &Node) -> Option<Method> {
        let written = node.string(self.problems)?;
        if METHODS.contains(&written) {
            return Some(if written == "ANY" {
                Method::Any
            } else {
                Method::Only(written.to_owned())
            });
        }
        let hint = names_hint(written, METHODS.into_iter());
        let upper = written.to_ascii_uppercase();
        let hint = if METHODS.contains(&upper.as_str()) {
            format!("write `{upper}`")
        } else {
            hint
        };
        self.problems.refuse(
            Diagnostic::error(&node.span, format!("there is no method `{written}`")).hint(hint),
        )
    }

    fn path(&mut self, node: &Node) -> Option<Pattern> {
        let written = node.string(self.problems)?;
        match Pattern::parse(written) {
            Ok(pattern) if pattern.is_default() && self.kind == Kind::Rest => {
                let problem = Diagnostic::error(&node.span, "a REST API has no `$default` route");
                self.problems
                    .refuse(problem.hint("write `/{proxy+}`, or `kind = \"http\"` at the top"))
            }
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let problem = Diagnostic::error(&node.inside(error.range), error.message);
                self.problems.refuse(problem.maybe_hint(error.hint))
            }
        }
    }

    fn api_key(&mut self, entry: &Entry) -> bool {
        let asked = entry.value.boolean(self.problems).unwrap_or(false);
        if asked && self.kind == Kind::Http {
            self.problems.push(only_rest(&entry.key, "API keys"));
        } else if asked && !self.any_key {
            let problem = Diagnostic::error(
                &entry.key,
                "the route requires an API key, and the file lists none",
            );
            self.problems
                .push(problem.hint("list them at the top: `api_keys = [\"…\"]`"));
        }
        asked
    }

    /// The query parameters and the required headers.
    fn required(&mut self, entry: &Entry) -> (Vec<String>, Vec<String>) {
        if self.kind == Kind::Http {
            self.problems
                .push(only_rest(&entry.key, "required parameters"));
        }
        let Some(table) = entry
            .value
            .table("a table of required parameters", self.problems)
        else {
            return Default::default();
        };
        check_keys(table, &[REQUIRED_KEYS], "`required`", self.problems);
        let mut texts = |key: &str| {
            let nodes = table.get(key).map(Node::one_or_many).unwrap_or_default();
            nodes
                .iter()
                .filter_map(|node| node.string(self.problems))
                .map(str::to_owned)
                .collect()
        };
        (texts("query"), texts("headers"))
    }

    fn throttle(&mut self, node: &Node) -> Option<Limit> {
        let table = node.table("a table with `rate` and `burst`", self.problems)?;
        check_keys(table, &[THROTTLE_KEYS], "`throttle`", self.problems);
        let rate = match table.get("rate").map(|node| &node.data) {
            Some(Data::Number(rate)) if rate.as_f64() >= 0.0 => Some(rate.as_f64()),
            _ => self.problems.refuse(Diagnostic::error(
                &node.span,
                "`throttle` needs a `rate`, in requests a second",
            )),
        };
        let burst = table
            .get("burst")
            .and_then(|node| node.count(self.problems))
            .unwrap_or(1);
        Some(Limit::new(rate?, u32::try_from(burst).unwrap_or(u32::MAX)))
    }

    fn respond(&mut self, node: &Node) -> Option<Respond> {
        let table = node.table("a table with the response", self.problems)?;
        check_keys(table, &[RESPOND_KEYS], "`respond`", self.problems);
        let status = table
            .get("status")
            .map_or(Some(Status::Fixed(200)), |node| self.status(node));
        let headers = table
            .get("headers")
            .map(|node| self.headers(node))
            .unwrap_or_default();
        let delay = table
            .get("delay")
            .map_or(Some(Duration::ZERO), |node| node.duration(self.problems));
        let body = self.body(table);
        if let (Some(Status::Fixed(status @ (204 | 304))), Some(body)) =
            (&status, body.as_ref().and_then(Body::place))
        {
            self.problems.push(Diagnostic::error(
                body,
                format!("a response with status {status} has no body"),
            ));
        }
        Some(Respond {
            status: status?,
            headers,
            body: body?,
            delay: delay?,
        })
    }

    fn status(&mut self, node: &Node) -> Option<Status> {
        if node.as_str().is_some() {
            let template = self.template(node)?;
            return Some(Status::Computed(template, node.span.clone()));
        }
        let Data::Number(number) = &node.data else {
            return self
                .problems
                .refuse(wrong_type(node, "a status from 200 to 599"));
        };
        let status = number.as_i64().and_then(is_status).map(Status::Fixed);
        let wrong = || {
            Diagnostic::error(
                &node.span,
                format!("`{number}` is not a status from 200 to 599"),
            )
        };
        status.or_else(|| self.problems.refuse(wrong()))
    }

    fn template(&mut self, node: &Node) -> Option<Template> {
        names::check(node, self.problems);
        node.scalar_template(self.problems)
    }

    fn headers(&mut self, node: &Node) -> Vec<(String, Template, Span)> {
        let Some(table) = node.table("a table of headers", self.problems) else {
            return Vec::new();
        };
        let mut headers = Vec::new();
        for (name, entry) in table.iter() {
            let framing = FRAMING
                .iter()
                .any(|framing| framing.eq_ignore_ascii_case(name));
            if framing || ::http::HeaderName::from_bytes(name.as_bytes()).is_err() {
                let reason = if framing {
                    "is written by the connection itself"
                } else {
                    "is not a valid header name"
                };
                self.problems
                    .push(Diagnostic::error(&entry.key, format!("`{name}` {reason}")));
                continue;
            }
            for node in entry.value.one_or_many() {
                headers.extend(
                    self.template(node)
                        .map(|template| (name.to_owned(), template, node.span.clone())),
                );
            }
        }
        headers
    }

    /// Each body that is written is read for its problems; one may stand.
    fn body(&mut self, table: &Table) -> Option<Body> {
        let entries = ["json", "text", "file"]
            .into_iter()
            .filter_map(|key| Some((key, table.entry(key)?)));
        let mut bodies: Vec<(&str, Option<Body>)> = Vec::new();
        for (key, entry) in entries {
            if let Some((other, _)) = bodies.first() {
                let message = format!("a response has one body: `{other}` or `{key}`");
                self.problems.push(Diagnostic::error(&entry.key, message));
            }
            bodies.push((key, self.one_body(key, &entry.value)));
        }
        bodies
            .into_iter()
            .next()
            .map_or(Some(Body::None), |(_, body)| body)
    }

    fn one_body(&mut self, key: &str, node: &Node) -> Option<Body> {
        let span = node.span.clone();
        match key {
            "json" => {
                names::check(node, self.problems);
                node.document(self.problems)
                    .map(|document| Body::Json(document, span))
            }
            "text" => self
                .template(node)
                .map(|template| Body::Text(template, span)),
            _ => self.file(node).map(|path| Body::File(path, span)),
        }
    }

    /// A file beside the gateway file or below it, links followed.
    fn file(&mut self, node: &Node) -> Option<std::path::PathBuf> {
        let written = node.string(self.problems)?;
        let path = Path::new(written);
        let below = path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let folder = if self.folder == Path::new("") {
            Path::new(".")
        } else {
            self.folder
        };
        let whole = folder.join(path);
        if below && !whole.is_file() {
            let problem = Diagnostic::error(&node.span, format!("there is no file `{written}`"));
            return self
                .problems
                .refuse(problem.hint("paths start from the gateway file's folder"));
        }
        let inside = whole.canonicalize().is_ok_and(|real| {
            folder
                .canonicalize()
                .is_ok_and(|folder| real.starts_with(folder))
        });
        if below && inside {
            return Some(path.to_owned());
        }
        self.problems.refuse(Diagnostic::error(
            &node.span,
            "the file is outside the gateway file's folder",
        ))
    }
}

impl Body {
    fn place(&self) -> Option<&Span> {
        match self {
            Self::None => None,
            Self::Json(_, span) | Self::Text(_, span) | Self::File(_, span) => Some(span),
        }
    }
}
