//! From discovered files to a plan, with every secret known to the redactor before anything is sent or shown.

use std::path::PathBuf;
use std::sync::Arc;

use super::cookies;
use super::discover::{Discovered, real};
use super::environment::{repeat, trust, world};
use super::error::Error;
use super::foreign::format_of;
use super::host::Host;
use super::options::Options;
use super::redact::Secrets;
use super::select::selection;
use super::user::UserConfig;
use super::values::{base_url, read};
use crate::http;
use crate::http::auth::Trust;
use crate::plan::{self, Plan, PlanInputs};
use crate::recording::RunInfo;
use crate::run;
use crate::secret::Redactor;
use crate::source::{Diagnostic, File, Style, render_without};
use crate::syntax::Project;

/// A loaded project: its plan, its problems, and the redactor that knows its secrets.
pub(crate) struct Workspace {
    pub(crate) plan: Plan,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) project: Option<Arc<Project>>,
    pub(crate) user: UserConfig,
    /// Where credentials may be sent that apitest finds itself.
    pub(crate) trust: Trust,
    pub(crate) world: PlanInputs,
    pub(crate) redactor: Redactor,
    /// The cookies that requests start with, if a file names some.
    pub(crate) cookies: Option<http::Jar>,
    /// The collections' files.
    pub(crate) files: Vec<Arc<File>>,
    /// How many collections could not be read.
    pub(crate) unreadable: usize,
}

/// What a workspace is loaded for.
#[derive(Debug, Default)]
pub(crate) struct Purpose {
    /// Whether requests will be sent: `check`, `list` and `show` send none.
    pub(crate) sends: bool,
    /// The redactor that learns the secrets; several workspaces may share one.
    pub(crate) redactor: Redactor,
    /// The run whose clock, seed and id are repeated.
    pub(crate) earlier: Option<RunInfo>,
}

impl Workspace {
    /// Loads what the options name, without sending anything.
    pub(crate) fn load(host: &Host, options: &Options) -> Result<Self, Error> {
        Discovered::new(host, options)?.load(Purpose::default())
    }

    /// Every problem as text, secrets removed.
    pub(crate) fn problems(&self, style: Style) -> String {
        render_without(&self.redactor, &self.diagnostics, style) + "\n"
    }

    /// The files that the plan was made from, sorted: collections, the project file, and files that they name.
    pub(crate) fn files_read(&self) -> Vec<PathBuf> {
        let written = self
            .files
            .iter()
            .chain(self.project.iter().map(|project| &project.file));
        written.for_each(|file| self.world.reads.add(&real(file.path())));
        self.world.reads.list()
    }

    /// Whether the options or a collection have errors.
    pub(crate) fn is_broken(&self) -> bool {
        self.plan.broken > 0 || self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Discovered<'_> {
    /// Reads the collections and makes the plan.
    ///
    /// # Errors
    /// If an option is wrong. Problems of collections are the workspace's.
    pub(crate) fn load(mut self, purpose: Purpose) -> Result<Workspace, Error> {
        let Purpose {
            sends,
            redactor,
            earlier,
        } = purpose;
        let options = self.options;
        let selection = selection(&self, &redactor)?;
        let given = options.base_url.as_deref();
        let base_url = given.map(|url| base_url("--base-url", url)).transpose()?;
        let base_url = base_url.or_else(|| self.user.base_url.clone());
        if let Some(url) = &base_url {
            http::url::hide_login(url, "base_url", &redactor);
        }
        let mut world = world(&mut self, &redactor, sends)?;
        if let Some(earlier) = earlier {
            repeat(&mut world, &earlier, options);
        }
        let cookies = cookies::start(&self, world.clock, &redactor)?;
        let files = self.read_collections();
        let unreadable = self.files.len() - files.len();
        let mut secrets = Secrets::new(&world, &redactor);
        // Those of the project's file and the user's own, which were read before.
        secrets.of_quoted(&self.diagnostics);
        secrets.of_unknown(&self.user.unknown);
        if let Some(project) = &self.project {
            secrets.of_project(project);
        }
        for file in &files {
            secrets.of_file(file);
        }
        let (mut plan, problems) = plan::build(&plan::Input {
            files: &files,
            project: self.project.clone(),
            project_sound: self.sound,
            stage: options.stage.as_deref(),
            base_url: base_url.as_ref(),
            selection: &selection,
            others: &|| self.others(),
            world: &world,
        });
        plan.broken += unreadable;
        secrets.of_quoted(&problems);
        run::register_secrets(&plan, &redactor, &world.run_id);
        self.diagnostics.extend(secrets.warnings(&problems));
        self.diagnostics.extend(problems);
        let trust = trust(&self, base_url, &world)?;
        Ok(Workspace {
            plan,
            diagnostics: self.diagnostics,
            project: self.project,
            user: self.user,
            trust,
            world,
            redactor,
            cookies,
            files,
            unreadable,
        })
    }

    /// The collections that can be read; the others are problems.
    fn read_collections(&mut self) -> Vec<Arc<File>> {
        let mut files = Vec::new();
        for path in &self.files {
            let shown = self.host.shown(path);
            match read(path) {
                Ok(text) => match format_of(&text) {
                    Some(format) => {
                        let problem = Diagnostic::nowhere(format!(
                            "this is {format}, not a collection of apitest"
                        ));
                        self.diagnostics.push(problem.at_path(shown).hint(
                            "collections are TOML files: `apitest init` writes a first one, and \
                             docs/coming-from.md shows the requests of other tools in this format",
                        ));
                    }
                    None => files.push(File::new(shown, text)),
                },
                Err(reason) => {
                    let problem = Diagnostic::nowhere(reason).at_path(shown);
                    self.diagnostics.push(problem);
                }
            }
        }
        files
    }
}
