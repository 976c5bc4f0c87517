//! A whole collection file, and the project file.

use std::sync::Arc;
use std::time::Duration;

use super::flow::{self, Rows};
use super::keys::{BODY, COLLECTION, IDENTITY, PROJECT, SETTINGS, TARGET, WAIT};
use super::request::{self, Request, later};
use super::settings::Settings;
use super::stage::{self, BaseUrl, Stages};
use super::variable::{self, Variables, strings};
use super::{Node, Problems, Spanned, Table, check_keys, layout, names, read, unknown_key};
use crate::source::{Diagnostic, File, Span};

/// A collection as written.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The file.
    pub file: Arc<File>,
    /// Its name, where one is written.
    pub name: Option<Spanned<String>>,
    /// What it is for.
    pub description: Option<String>,
    /// Tags of every request.
    pub tags: Vec<String>,
    /// Collections to take over.
    pub include: Vec<Spanned<String>>,
    /// Once a row.
    pub rows: Option<Spanned<Rows>>,
    /// The requests, in order.
    pub requests: Vec<Request>,
    /// Whether the TOML could be read to its end: only then the requests are all there.
    pub whole: bool,
    /// What collections and projects share.
    pub common: Common,
}

/// What a collection and the project file share.
#[derive(Debug, Clone, Default)]
pub struct Common {
    /// The stage that is used by default.
    pub stage: Option<Spanned<String>>,
    /// The base URL, where there are no stages.
    pub base_url: Option<Spanned<BaseUrl>>,
    /// The stages.
    pub stages: Stages,
    /// The variables.
    pub vars: Variables,
    /// Every request's starting point.
    pub defaults: Settings,
    /// What runs before.
    pub setup: Vec<Request>,
    /// What runs at the end.
    pub teardown: Vec<Request>,
}

/// The project file as written.
#[derive(Debug, Clone)]
pub struct Project {
    /// The file.
    pub file: Arc<File>,
    /// What it shares with collections.
    pub common: Common,
    /// `[run]`: options by their long names, for the command line to read.
    pub run: Table,
    /// `[report]`: files by kind.
    pub report: Table,
    /// `[snapshots]`: values that are volatile in every snapshot.
    pub snapshots: Table,
    /// What `--wait-ready` waits for.
    pub wait: Option<Wait>,
}

/// What `--wait-ready` waits for.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The request.
    pub request: Request,
    /// How many good responses in a row.
    pub consecutive: Option<u64>,
    /// When to give up.
    pub timeout: Option<Duration>,
    /// The pause between two tries.
    pub every: Option<Duration>,
}

/// Decodes a collection file; what can be decoded is, every problem is kept.
#[must_use]
pub fn parse(file: &Arc<File>) -> (Collection, Vec<Diagnostic>) {
    let mut problems = Problems::default();
    let mut table = whole(file, &mut problems);
    for (key, entry) in table.iter() {
        check_top_key(key, &entry.key, &mut problems);
    }
    let text = |key: &str, problems: &mut Problems| {
        table
            .get(key)
            .and_then(|node| Some(Spanned::new(&node.span, node.string(problems)?.to_owned())))
    };
    let problems = &mut problems;
    let collection = Collection {
        file: Arc::clone(file),
        name: text("name", problems),
        description: text("description", problems).map(|text| text.value),
        tags: table
            .get("tags")
            .map(|node| request::tags(node, problems))
            .unwrap_or_default(),
        include: table
            .get("include")
            .map(|node| strings(node, problems))
            .unwrap_or_default(),
        rows: table
            .get("rows")
            .and_then(|node| flow::rows(node, problems)),
        requests: requests(&mut table, "request", problems),
        whole: !problems.any_break(),
        common: common(&mut table, problems),
    };
    (collection, std::mem::take(problems).into_vec())
}

/// Decodes the project file, `apitest.toml`.
#[must_use]
pub fn parse_project(file: &Arc<File>) -> (Project, Vec<Diagnostic>) {
    let mut problems = Problems::default();
    let mut table = whole(file, &mut problems);
    for (key, entry) in table
        .iter()
        .filter(|(key, _)| !PROJECT.iter().any(|known| known.name == *key))
    {
        problems.push(unknown_key(
            &entry.key,
            key,
            "the project file",
            PROJECT.iter().map(|key| key.name),
        ));
    }
    let mut sub = |key: &str, problems: &mut Problems| {
        table
            .take(key)
            .and_then(|node| node.into_table("a table", problems))
            .unwrap_or_default()
    };
    let project = Project {
        file: Arc::clone(file),
        run: sub("run", &mut problems),
        report: sub("report", &mut problems),
        snapshots: sub("snapshots", &mut problems),
        wait: table
            .take("wait")
            .and_then(|node| wait(node, &mut problems)),
        common: common(&mut table, &mut problems),
    };
    (project, problems.into_vec())
}

/// Reads the file and checks where its headers stand.
fn whole(file: &Arc<File>, problems: &mut Problems) -> Table {
    let table = read(file, problems);
    layout::check(file, &table, problems);
    names::check(&table, problems);
    table
}

fn check_top_key(key: &str, span: &Span, problems: &mut Problems) {
    if COLLECTION.iter().any(|known| known.name == key) {
        return;
    }
    let of_request = [IDENTITY, TARGET, BODY, SETTINGS]
        .into_iter()
        .flatten()
        .any(|known| known.name == key);
    problems.push(match key {
        "parallel" => later(span, key, "parallel requests"),
        "run" | "report" | "wait" | "snapshots" => {
            Diagnostic::error(span, format!("`{key}` belongs to the project file, `apitest.toml`")).hint("move it there")
        }
        "requests" => unknown_key(span, key, "a collection", ["request"].into_iter()),
        _ if of_request => Diagnostic::error(span, format!("a collection has no key `{key}`")).hint(format!(
            "`{key}` belongs to a request: move it below its `[[request]]`, or into `[defaults]` for all requests"
        )),
        _ => unknown_key(span, key, "a collection", COLLECTION.iter().map(|key| key.name)),
    });
}

fn requests(table: &mut Table, key: &str, problems: &mut Problems) -> Vec<Request> {
    table
        .take(key)
        .map(|node| request::decode_all(key, node, problems))
        .unwrap_or_default()
}

fn common(table: &mut Table, problems: &mut Problems) -> Common {
    let stages = table
        .take("stages")
        .map(|node| stage::decode(node, problems))
        .unwrap_or_default();
    let base_url = table
        .get("base_url")
        .and_then(|node| stage::base_url(node, problems));
    if let (Some(base_url), false) = (&base_url, stages.is_empty()) {
        let hint = "move it into a stage: `[stages.NAME]`";
        problems.push(
            Diagnostic::error(&base_url.span, "`base_url` and `stages` exclude each other")
                .hint(hint),
        );
    }
    Common {
        stage: table
            .get("stage")
            .and_then(|node| Some(Spanned::new(&node.span, node.string(problems)?.to_owned()))),
        base_url,
        stages,
        vars: table
            .get("vars")
            .map(|node| variable::decode(node, problems))
            .unwrap_or_default(),
        defaults: table
            .take("defaults")
            .map(|node| defaults(node, problems))
            .unwrap_or_default(),
        setup: requests(table, "setup", problems),
        teardown: requests(table, "teardown", problems),
    }
}

fn defaults(node: Node, problems: &mut Problems) -> Settings {
    let Some(mut table) = node.into_table("a table", problems) else {
        return Settings::default();
    };
    check_keys(&table, &[SETTINGS], "`[defaults]`", problems);
    Settings::decode(&mut table, problems)
}

fn wait(node: Node, problems: &mut Problems) -> Option<Wait> {
    let span = node.span.clone();
    let mut of_request = node.into_table("a table such as `get = \"/version\"`", problems)?;
    let mut own = Table::default();
    for key in WAIT {
        let entry = of_request.take_entry(key.name);
        own.entries
            .extend(entry.map(|entry| (key.name.to_owned(), entry)));
    }
    let request = Node {
        span,
        data: super::Data::Table(of_request),
    };
    Some(Wait {
        request: request::decode(request, problems)?,
        consecutive: own.get("consecutive").and_then(|node| node.count(problems)),
        timeout: own.get("timeout").and_then(|node| node.duration(problems)),
        every: own.get("every").and_then(|node| node.duration(problems)),
    })
}
