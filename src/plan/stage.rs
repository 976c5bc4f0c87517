//! The stage of a collection: chosen, its URL found.

use std::sync::Arc;

use indexmap::IndexMap;
use url::Url;

use super::PlanInputs;
use super::files::{Files, resolve as resolve_path};
use super::outputs::{self, NoUrl};
use crate::gateway::Gateway;
use crate::source::{Diagnostic, Span, did_you_mean};
use crate::syntax::{self, BaseUrl, Common, Place, Problems, Spanned};
use crate::template::Template;

/// Where a collection is sent.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name; `None` for a bare base URL.
    pub name: Option<String>,
    /// Its URL, or how to get it.
    pub base: Base,
    /// Whether only safe methods may be sent.
    pub read_only: bool,
}

/// A stage's URL, or how to get it.
#[derive(Debug, Clone)]
pub enum Base {
    /// Known now.
    Url(Url),
    /// Written with placeholders.
    Template(Spanned<Template>),
    /// A local stage, started for the run; one for all who name the same file.
    Gateway(Arc<Gateway>),
}

/// Local stages by file, so that collections share one.
pub(super) type Gateways = IndexMap<std::path::PathBuf, Option<Arc<Gateway>>>;

/// Which stage is wanted, and what there is to choose from.
pub(super) struct Choice<'a> {
    /// From near to far: the collection's, its includes', the project's.
    pub(super) levels: Vec<&'a Common>,
    /// `--base-url`.
    pub(super) base_url: Option<&'a Url>,
    /// `--stage`.
    pub(super) wanted: Option<&'a str>,
    /// Whether requests will be sent: only then it matters which stage is meant.
    pub(super) sends: bool,
}

impl<'a> Choice<'a> {
    /// The written stage that is to be used, with its name.
    ///
    /// A collection's stages and the project's are told apart by name alone; the nearer one wins.
    pub(super) fn written(
        &self,
        whole: &Span,
        problems: &mut Problems,
    ) -> Option<(&'a str, &'a syntax::Stage)> {
        let stages = || self.levels.iter().flat_map(|common| common.stages.iter());
        let names = || stages().map(|(name, _)| name.as_str());
        let find = |wanted: &str| {
            stages()
                .find(|(name, _)| *name == wanted)
                .map(|(name, stage)| (name.as_str(), stage))
        };
        if let Some(wanted) = self.wanted {
            let unknown = || {
                let listed: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                let there = if listed.is_empty() {
                    "no stages".to_owned()
                } else {
                    format!("the stages {}", listed.join(", "))
                };
                let problem = Diagnostic::error(whole, format!("there is no stage `{wanted}`"));
                let hint = did_you_mean(wanted, names())
                    .unwrap_or_else(|| format!("this collection has {there}"));
                problem.hint(hint).missing(wanted)
            };
            return find(wanted).or_else(|| problems.refuse(unknown()));
        }
        let chosen = self.levels.iter().find_map(|common| common.stage.as_ref());
        if let Some(named) =
            chosen.filter(|_| !self.has_nearer_base_url(|common| common.stage.is_some()))
        {
            let problem =
                || Diagnostic::error(&named.span, format!("there is no stage `{}`", named.value));
            let hint = did_you_mean(named, names())
                .unwrap_or_else(|| "declare it: `[stages.NAME]` with a `base_url`".to_owned());
            return find(named).or_else(|| problems.refuse(problem().hint(hint).missing(named)));
        }
        if self.has_nearer_base_url(|common| !common.stages.is_empty()) {
            return None;
        }
        let mut distinct: IndexMap<&str, &syntax::Stage> = IndexMap::new();
        for (name, stage) in stages() {
            distinct.entry(name).or_insert(stage);
        }
        if distinct.len() == 1 || !self.sends {
            return distinct.into_iter().next();
        }
        let bare = self.levels.iter().any(|common| common.base_url.is_some());
        if !bare && self.base_url.is_none() && distinct.len() > 1 {
            let listed: Vec<_> = distinct.keys().map(|name| format!("`{name}`")).collect();
            let problem = Diagnostic::error(
                whole,
                format!("choose a stage: there are {}", listed.join(", ")),
            );
            problems.push(problem.hint(
                "use `--stage NAME`, or write `stage = \"NAME\"` at the top of the collection",
            ));
        }
        None
    }

    /// Whether a collection says itself where it is sent, nearer than a level that says so by a stage.
    fn has_nearer_base_url(&self, says: impl Fn(&Common) -> bool) -> bool {
        let nearest = self
            .levels
            .iter()
            .find(|common| common.base_url.is_some() || says(common));
        nearest.is_some_and(|common| common.base_url.is_some() && !says(common))
    }

    /// The stage: `--base-url` over the written one's place.
    pub(super) fn resolve(
        &self,
        stage: Option<(&str, &syntax::Stage)>,
        means: &mut Means<'_, '_>,
    ) -> Option<Stage> {
        let name = stage.map(|(name, _)| name.to_owned());
        let read_only = stage.is_some_and(|(_, stage)| stage.read_only);
        let base = match (self.base_url, stage) {
            (Some(url), _) => Base::Url(url.clone()),
            (None, Some((_, stage))) => match stage.place.as_ref() {
                Some(Place::At(base_url)) => means.base(base_url)?,
                Some(Place::Gateway(path)) => means.gateway(path)?,
                None => {
                    let problem = Diagnostic::error(
                        &stage.span,
                        "the stage has neither `base_url` nor `gateway`",
                    );
                    return means.problems.refuse(problem);
                }
            },
            (None, None) => means.base(
                self.levels
                    .iter()
                    .find_map(|common| common.base_url.as_ref())?,
            )?,
        };
        Some(Stage {
            name,
            base,
            read_only,
        })
    }
}

/// What finding a URL takes.
pub(super) struct Means<'a, 'b> {
    pub(super) files: &'a Files<'b>,
    pub(super) world: &'a PlanInputs,
    pub(super) gateways: &'a mut Gateways,
    pub(super) problems: &'a mut Problems,
}

impl Means<'_, '_> {
    fn base(&mut self, written: &Spanned<BaseUrl>) -> Option<Base> {
        let text = match &written.value {
            BaseUrl::Text(template) => match template.literal() {
                Some(text) => text.to_owned(),
                None => {
                    return Some(Base::Template(Spanned::new(
                        &written.span,
                        template.clone(),
                    )));
                }
            },
            BaseUrl::Env(name, default) => {
                let found = (self.world.environment)(name).map(|variable| variable.text);
                if let Some(url) = found.or_else(|| default.clone()) {
                    url
                } else {
                    let problem = Diagnostic::error(
                        &written.span,
                        format!(
                            "the environment variable `{name}`, which holds the stage's URL, is not set"
                        ),
                    );
                    let hint = "set it, add it to an `--env-file`, give it a `default`, or use `--base-url URL`";
                    return self.problems.refuse(problem.hint(hint).certain());
                }
            }
            BaseUrl::File { path, key } => {
                match self.read_outputs(path, key.as_deref(), &written.span) {
                    Ok(url) => url,
                    Err(NoUrl { message, hint }) => {
                        return self.problems.refuse(
                            Diagnostic::error(&written.span, message)
                                .maybe_hint(hint)
                                .certain(),
                        );
                    }
                }
            }
        };
        match crate::http::url::base(&text) {
            Ok(url) => Some(Base::Url(url)),
            Err(error) => self.problems.refuse(
                Diagnostic::error(&written.span, error.message)
                    .maybe_hint(error.hint)
                    .certain(),
            ),
        }
    }

    fn read_outputs(&self, path: &str, key: Option<&str>, span: &Span) -> Result<String, NoUrl> {
        let text = if path == "-" {
            (self.world.stdin)().map_err(|error| format!("standard input cannot be read: {error}"))
        } else {
            self.files.text(path, &span.file)
        };
        let text = text.map_err(|message| NoUrl {
            message,
            hint: None,
        })?;
        outputs::find(&text, key).map_err(|error| NoUrl {
            message: format!("`{path}`: {}", error.message),
            ..error
        })
    }

    /// Loads a gateway file, once for all who name it.
    fn gateway(&mut self, path: &Spanned<String>) -> Option<Base> {
        let full = resolve_path(path, &path.span.file);
        if let Some(known) = self.gateways.get(&full) {
            return known.clone().map(Base::Gateway);
        }
        let gateway = match self.files.file(path, &path.span.file) {
            Err(reason) => self
                .problems
                .refuse(Diagnostic::error(&path.span, reason).certain()),
            Ok(file) => {
                let mut problems = Problems::default();
                let gateway = Gateway::decode(&file, &mut problems);
                let broken = problems.any_error();
                problems
                    .into_vec()
                    .into_iter()
                    .for_each(|problem| self.problems.push(problem.certain()));
                (!broken).then(|| Arc::new(gateway))
            }
        };
        self.gateways.insert(full, gateway.clone());
        gateway.map(Base::Gateway)
    }
}
