//! `[stages.NAME]`: where requests go.

use indexmap::IndexMap;

use super::foreign;
use super::keys::{BASE_URL, SETTINGS, STAGE};
use super::settings::Settings;
use super::variable::{self, Variables};
use super::{Entry, Node, Problems, Spanned, check_keys, wrong_type};
use crate::source::Diagnostic;
use crate::template::Template;

/// Stages by name, in the order written.
pub type Stages = IndexMap<String, Stage>;

/// A stage as written.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Where its name stands.
    pub span: crate::source::Span,
    /// Where it is.
    pub place: Option<Place>,
    /// Whether only safe methods may be sent.
    pub read_only: bool,
    /// Its variables.
    pub vars: Variables,
    /// What its requests start from.
    pub settings: Settings,
}

/// Where a stage is.
#[derive(Debug, Clone)]
pub enum Place {
    /// At a URL.
    At(Spanned<BaseUrl>),
    /// A gateway file's, started for the run.
    Gateway(Spanned<String>),
}

/// A base URL as written.
#[derive(Debug, Clone)]
pub enum BaseUrl {
    /// The URL.
    Text(Template),
    /// A variable of the environment, and the URL if it is not set.
    Env(String, Option<String>),
    /// A value of an outputs file; `-` is standard input.
    File {
        /// The file's path.
        path: String,
        /// Which value of it, where there are several.
        key: Option<String>,
    },
}

/// Decodes the table of stages.
pub(super) fn decode(node: Node, problems: &mut Problems) -> Stages {
    let Some(table) = node.into_table("a table of stages, `[stages.NAME]`", problems) else {
        return Stages::new();
    };
    let decoded = table
        .entries
        .into_iter()
        .filter_map(|(name, entry)| Some((name, stage(entry, problems)?)));
    decoded.collect()
}

fn stage(entry: Entry, problems: &mut Problems) -> Option<Stage> {
    let mut table = entry
        .value
        .into_table("a table with `base_url` or `gateway`", problems)?;
    check_keys(&table, &[STAGE, SETTINGS], "a stage", problems);
    let base_url = table
        .get("base_url")
        .and_then(|node| base_url(node, problems));
    let gateway = table
        .get("gateway")
        .and_then(|node| Some(Spanned::new(&node.span, node.string(problems)?.to_owned())));
    let place = match (base_url, gateway) {
        (Some(_), Some(gateway)) => {
            let problem = Diagnostic::error(
                &gateway.span,
                "a stage has either `base_url` or `gateway`, not both",
            );
            problems.refuse(problem)
        }
        (base_url, gateway) => base_url.map(Place::At).or(gateway.map(Place::Gateway)),
    };
    Some(Stage {
        span: entry.key,
        place,
        read_only: table
            .get("read_only")
            .and_then(|node| node.boolean(problems))
            .unwrap_or(false),
        vars: table
            .get("vars")
            .map(|node| variable::decode(node, problems))
            .unwrap_or_default(),
        settings: Settings::decode(&mut table, problems),
    })
}

/// Decodes a base URL: a text, `{ env }`, or `{ file, key }`.
pub(super) fn base_url(node: &Node, problems: &mut Problems) -> Option<Spanned<BaseUrl>> {
    let Some(table) = node.as_table() else {
        if node.as_str().is_none() {
            let hint = "write the URL, `{ env = \"NAME\" }`, or `{ file = \"outputs.json\", key = \"NAME\" }`";
            return problems.refuse(wrong_type(node, "a base URL").hint(hint));
        }
        let text = Spanned::new(&node.span, node.template(problems)?);
        foreign::check_url(&text, problems);
        return Some(Spanned {
            value: BaseUrl::Text(text.value),
            span: text.span,
        });
    };
    check_keys(table, &[BASE_URL], "a base URL", problems);
    let mut text = |key: &str| {
        table
            .get(key)
            .and_then(|node| node.string(problems))
            .map(str::to_owned)
    };
    let url = match (text("env"), text("default"), text("file"), text("key")) {
        (Some(name), default, None, None) => BaseUrl::Env(name, default),
        (None, None, Some(path), key) => BaseUrl::File { path, key },
        _ => {
            let message = "a base URL is a string, `{ env, default }`, or `{ file, key }`";
            return problems.refuse(Diagnostic::error(&node.span, message));
        }
    };
    Some(Spanned::new(&node.span, url))
}
