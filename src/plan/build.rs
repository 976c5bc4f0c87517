//! From collections as written to a plan: the steps of that, one after the other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use url::Url;

use super::compile::{Compiler, RequestsByPart};
use super::files::Files;
use super::stage::{Choice, Gateways, Means};
use super::variables::lay_over;
use super::{
    Collection, Definitions, Part, Plan, PlanInputs, Selection, Stage, Step, include, names, rows,
    select, snapshots,
};
use crate::snapshot::Volatile;
use crate::source::{Diagnostic, File, Span};
use crate::syntax::{self, Common, Origin, Problems, Project, Spanned};
use crate::template::{Context, Document};

/// What a plan is made of.
pub struct Input<'a> {
    /// The collections' files, in order.
    pub files: &'a [Arc<File>],
    /// The project file, where there is one.
    pub project: Option<Arc<Project>>,
    /// Whether the project file is without errors so far.
    pub project_sound: bool,
    /// `--stage`.
    pub stage: Option<&'a str>,
    /// `--base-url`.
    pub base_url: Option<&'a Url>,
    /// What is chosen.
    pub selection: &'a Selection,
    /// The other collections of the project: a filter may name what they have.
    pub others: &'a dyn Fn() -> Vec<Arc<File>>,
    /// Everything else.
    pub world: &'a PlanInputs,
}

/// Makes the plan, and every problem of every file.
#[must_use]
pub fn build(input: &Input<'_>) -> (Plan, Vec<Diagnostic>) {
    let mut builder = Builder {
        input,
        gateways: Gateways::new(),
        diagnostics: Vec::new(),
        used: Vec::new(),
        project_broken: !input.project_sound,
        slips: select::UnmatchedSelectors::default(),
        volatile: Arc::default(),
        waits: Vec::new(),
    };
    builder.volatile();
    let mut plan = Plan::default();
    let project = input
        .project
        .as_ref()
        .and_then(|project| builder.project(project));
    let from_project = project
        .as_ref()
        .map(|project| names::captured(&project.steps))
        .unwrap_or_default();
    for file in input.files {
        match builder.collection(file, &from_project) {
            Some(collection) => {
                plan.seen += collection
                    .steps
                    .iter()
                    .filter(|step| step.part == Part::Request)
                    .count();
                plan.collections.extend(
                    collection
                        .steps
                        .iter()
                        .any(|step| step.selected)
                        .then_some(collection),
                );
            }
            None => plan.broken += 1,
        }
    }
    if builder.project_broken {
        // Without its stages, logins and defaults nothing of the project is what it should be.
        plan.broken += plan.collections.len();
        plan.collections.clear();
    }
    if let Some(shard) = input.selection.shard {
        plan.shard = Some(select::deal(&mut plan.collections, shard, input.base_url));
    }
    plan.unwaitable = unwaitable(input, &plan.collections, project.as_ref());
    plan.project = project.filter(|project| !project.steps.is_empty() || project.wait.is_some());
    let mut slips = builder.check_given();
    if plan.broken == 0 {
        slips.extend(builder.slips.diagnostics(input.selection, input.others));
    }
    if slips.iter().any(Diagnostic::is_error) {
        // Who mistyped the command line did not mean this run.
        plan.collections.clear();
    }
    builder.diagnostics.extend(slips);
    (plan, builder.diagnostics)
}

/// The problem of a `[wait]` with a path that no base URL of the run can be put before.
fn unwaitable(
    input: &Input<'_>,
    collections: &[Collection],
    project: Option<&Collection>,
) -> Option<Diagnostic> {
    let url = &input.project.as_ref()?.wait.as_ref()?.request.url;
    let own = project.filter(|project| !project.steps.is_empty());
    let none = collections
        .iter()
        .chain(own)
        .all(|collection| collection.stage.is_none());
    if crate::http::url::has_scheme(url.value.text()) || collections.is_empty() || !none {
        return None;
    }
    let message = format!(
        "`{}` is a path, and no collection of this run has a base URL",
        url.value.text()
    );
    Some(Diagnostic::error(&url.span, message).hint("write the whole URL, or use `--base-url URL`"))
}

struct Builder<'a> {
    input: &'a Input<'a>,
    gateways: Gateways,
    diagnostics: Vec<Diagnostic>,
    /// Names that some file declares.
    used: Vec<String>,
    /// Whether the project file has an error.
    project_broken: bool,
    /// What is selected and never met.
    slips: select::UnmatchedSelectors,
    /// What is volatile in every snapshot.
    volatile: Arc<Volatile>,
    /// `[wait]` by the stage whose settings it has.
    waits: Vec<(Option<Span>, Option<Arc<super::Wait>>)>,
}

impl Builder<'_> {
    /// What the project file's `[snapshots]` says.
    fn volatile(&mut self) {
        let Some(project) = &self.input.project else {
            return;
        };
        let mut problems = Problems::default();
        self.volatile = Volatile::compile(&project.snapshots, &mut problems);
        self.project_broken |= problems.any_error();
        self.diagnostics.extend(problems.into_vec());
    }

    /// A file's collection; `None` where it has an error.
    fn collection(&mut self, file: &Arc<File>, from_project: &[String]) -> Option<Collection> {
        let (written, mut found) = syntax::parse(file);
        let mut problems = Problems::default();
        let sound = !found.iter().any(Diagnostic::is_error);
        let planned = if sound {
            Some(self.plan(written, from_project, &mut problems))
        } else {
            self.check_answers(&written, &mut problems);
            if written.whole {
                self.check_rest(written, from_project, &mut problems);
            }
            None
        };
        let broken = !sound || problems.any_error();
        found.extend(problems.into_vec());
        found.sort_by_key(|problem| {
            problem
                .span
                .as_ref()
                .map(|span| (span.file.path().to_owned(), span.start))
        });
        self.diagnostics.extend(found);
        planned.filter(|_| !broken)
    }

    /// What is expected and captured is checked in a collection with other errors too, so that all are told at once.
    fn check_answers(&self, written: &syntax::Collection, problems: &mut Problems) {
        if !written.whole {
            return;
        }
        let compiler = Compiler::new(
            Files {
                world: self.input.world,
            },
            &written.common.defaults,
            &[],
            None,
        );
        let parts = [
            &written.common.setup,
            &written.requests,
            &written.common.teardown,
        ];
        for request in parts.into_iter().flatten() {
            compiler.check_answer(request, problems);
        }
    }

    /// Names that nobody declares, and what is wrong for certain, as files that are not there, are told of a collection with other
    /// errors too.
    /// What could not be decoded may have been meant to declare a name, so one that is a key anywhere in the file is given
    /// the benefit of the doubt.
    fn check_rest(
        &mut self,
        mut written: syntax::Collection,
        from_project: &[String],
        problems: &mut Problems,
    ) {
        let (mut told, mut found) = (Problems::default(), Problems::default());
        let keys = syntax::read(&written.file, &mut told).keys();
        let files = Files {
            world: self.input.world,
        };
        let mut included = include::load(&written, &files, &mut told);
        let all_declared = !told.any_error() && self.input.project_sound;
        let blocks = RequestsByPart::take(&mut written, &mut included);
        let levels = include::levels(&written, &included, self.input.project.as_ref());
        let draft = Draft {
            file: &written.file,
            name: String::new(),
            levels: &levels,
            blocks,
            tags: &written.tags,
            in_rows: written.rows.is_some(),
        };
        let (mut collection, mut steps) = self.assemble(draft, &mut told);
        let rows = written.rows.as_ref();
        collection.rows = rows.map(|rows| {
            Spanned::new(
                &rows.span,
                rows::resolve(rows, Part::Request, &files, &mut told),
            )
        });
        files.check(&collection, &steps, &mut told);
        if all_declared {
            names::check(&collection, &mut steps, from_project, &mut found);
        }
        let meant = |problem: &Diagnostic| {
            problem
                .span
                .as_ref()
                .is_some_and(|span| keys.contains(span.text()))
        };
        let given = |problem: &Diagnostic| {
            problem
                .misses
                .as_ref()
                .is_some_and(|name| keys.contains(name))
        };
        let certain = told
            .into_vec()
            .into_iter()
            .filter(|problem| problem.certain && !given(problem));
        let of_names = found
            .into_vec()
            .into_iter()
            .filter(|problem| !meant(problem));
        certain
            .chain(of_names)
            .for_each(|problem| problems.push(problem));
        select::mark(
            &mut steps,
            self.input.selection,
            &collection.path,
            &collection.name,
        );
        names::check_environment(&collection, &steps, self.input.world, problems);
    }

    fn plan(
        &mut self,
        mut written: syntax::Collection,
        from_project: &[String],
        problems: &mut Problems,
    ) -> Collection {
        let files = Files {
            world: self.input.world,
        };
        let mut included = include::load(&written, &files, problems);
        let blocks = RequestsByPart::take(&mut written, &mut included);
        let levels = include::levels(&written, &included, self.input.project.as_ref());
        let named = written.name.as_ref().map(|name| name.value.clone());
        let name = named.unwrap_or_else(|| stem(written.file.path()));
        let rows = written.rows.as_ref().map(|rows| {
            Spanned::new(
                &rows.span,
                rows::resolve(rows, Part::Request, &files, problems),
            )
        });
        let draft = Draft {
            file: &written.file,
            name,
            levels: &levels,
            blocks,
            tags: &written.tags,
            in_rows: written.rows.is_some(),
        };
        let (mut collection, mut steps) = self.assemble(draft, problems);
        collection.rows = rows;
        names::check(&collection, &mut steps, from_project, problems);
        files.check(&collection, &steps, problems);
        select::mark(
            &mut steps,
            self.input.selection,
            &collection.path,
            &collection.name,
        );
        self.slips.look(&steps, self.input.selection, &collection);
        names::check_environment(&collection, &steps, self.input.world, problems);
        collection.steps = steps;
        if collection.steps.is_empty() {
            let whole = Span::new(&written.file, 0..written.file.line(1).len());
            let problem = Diagnostic::error(&whole, "the collection has no requests");
            problems.push(problem.hint("add one: `[[request]]` with `get = \"/\"`"));
        }
        collection
    }

    /// Resolves the stage, lays the variables over each other and compiles the steps, which are not yet in the collection.
    fn assemble(&mut self, draft: Draft<'_>, problems: &mut Problems) -> (Collection, Vec<Step>) {
        let Draft { file, levels, .. } = draft;
        let world = self.input.world;
        let files = Files { world };
        let whole = Span::new(file, 0..file.line(1).len());
        let (base_url, wanted) = (self.input.base_url, self.input.stage);
        let choice = Choice {
            levels: levels.to_vec(),
            base_url,
            wanted,
            sends: world.sends && draft.sends(),
        };
        let written_stage = choice.written(&whole, problems);
        let mut means = Means {
            files: &files,
            world,
            gateways: &mut self.gateways,
            problems,
        };
        let stage: Option<Stage> = choice.resolve(written_stage, &mut means);
        let written_stage = written_stage.map(|(_, stage)| stage);
        let definitions = self.definitions(levels, written_stage);
        let files_layers = levels.iter().rev().map(|common| &common.defaults);
        let inherited = syntax::Settings::merged(
            std::iter::once(&world.environment_settings)
                .chain(files_layers)
                .chain(written_stage.map(|stage| &stage.settings)),
        );
        let compiler = Compiler::new(files, &inherited, draft.tags, stage.as_ref())
            .with_volatile(&self.volatile)
            .in_rows(draft.in_rows);
        // Where the stage is in doubt, that is what is told.
        let compiler = if stage.is_none() && world.sends && !problems.any_error() {
            compiler.without_base()
        } else {
            compiler
        };
        let mut steps = compiler.steps(draft.blocks, problems);
        snapshots::name_all(&mut steps, file.path(), problems);
        let path = file.path().display().to_string();
        let collection = Collection {
            context: self.context(file, &path),
            path,
            name: draft.name,
            file: Arc::clone(file),
            tags: draft.tags.to_vec(),
            stage,
            definitions,
            rows: None,
            steps: Vec::new(),
            wait: None,
        };
        let wait = self.wait_at(written_stage, &collection);
        (Collection { wait, ..collection }, steps)
    }

    fn definitions(&mut self, levels: &[&Common], stage: Option<&syntax::Stage>) -> Definitions {
        let mut definitions = Definitions::new();
        levels
            .iter()
            .rev()
            .for_each(|common| lay_over(&mut definitions, &common.vars));
        if let Some(stage) = stage {
            lay_over(&mut definitions, &stage.vars);
        }
        // Another stage's variable is declared here too, though it has no value now.
        let others = levels
            .iter()
            .flat_map(|common| common.stages.values())
            .flat_map(|stage| stage.vars.keys());
        self.used.extend(definitions.keys().chain(others).cloned());
        for given in &self.input.world.given {
            if let Some(definition) = definitions.get_mut(&given.name) {
                definition.origin = Origin::Value(Document::Literal(Arc::new(given.value.clone())));
            }
        }
        definitions
    }

    /// The project's own setup and teardown, and what `--wait-ready` waits for.
    fn project(&mut self, project: &Arc<Project>) -> Option<Collection> {
        let mut problems = Problems::default();
        let common = &project.common;
        let blocks = RequestsByPart {
            setup: common.setup.clone(),
            requests: Vec::new(),
            teardown: common.teardown.clone(),
        };
        let only_waits = blocks.setup.is_empty() && blocks.teardown.is_empty();
        if only_waits && project.wait.is_none() {
            self.used.extend(common.vars.keys().cloned());
            return None;
        }
        let draft = Draft {
            file: &project.file,
            name: "project".to_owned(),
            levels: &[common],
            blocks,
            tags: &[],
            in_rows: false,
        };
        let (mut collection, mut steps) = self.assemble(draft, &mut problems);
        names::check(&collection, &mut steps, &[], &mut problems);
        Files {
            world: self.input.world,
        }
        .check(&collection, &steps, &mut problems);
        for step in &mut steps {
            step.needed = true;
        }
        names::check_environment(&collection, &steps, self.input.world, &mut problems);
        collection.steps = steps;
        if let Some(wait) = &project.wait {
            // Which stage it asks is the collections' to say.
            common
                .stages
                .values()
                .for_each(|stage| lay_over(&mut collection.definitions, &stage.vars));
            let environment = &self.input.world.environment_settings;
            let settings = syntax::Settings::merged([environment, &common.defaults]);
            let _: Option<super::Wait> = self.wait(wait, (&collection, &settings), &mut problems);
        }
        self.project_broken |= problems.any_error();
        self.diagnostics.extend(problems.into_vec());
        Some(collection)
    }

    /// `[wait]` with the settings of a stage. What is wrong with it is told of the project.
    fn wait_at(
        &mut self,
        stage: Option<&syntax::Stage>,
        collection: &Collection,
    ) -> Option<Arc<super::Wait>> {
        let project = self.input.project.as_ref()?;
        let wait = project.wait.as_ref()?;
        let place = stage.map(|stage| stage.span.clone());
        if let Some((_, known)) = self.waits.iter().find(|(known, _)| *known == place) {
            return known.clone();
        }
        let defaults = &project.common.defaults;
        let environment = &self.input.world.environment_settings;
        let stage = stage.map(|stage| &stage.settings);
        let settings = syntax::Settings::merged([environment, defaults].into_iter().chain(stage));
        let compiled = self
            .wait(wait, (collection, &settings), &mut Problems::default())
            .map(Arc::new);
        self.waits.push((place, compiled.clone()));
        compiled
    }

    fn wait(
        &self,
        wait: &syntax::Wait,
        (collection, settings): (&Collection, &syntax::Settings),
        problems: &mut Problems,
    ) -> Option<super::Wait> {
        let compiler = Compiler::new(
            Files {
                world: self.input.world,
            },
            settings,
            &[],
            collection.stage.as_ref(),
        );
        let blocks = RequestsByPart {
            setup: Vec::new(),
            requests: vec![wait.request.clone()],
            teardown: Vec::new(),
        };
        let mut steps = compiler.steps(blocks, problems);
        names::check(collection, &mut steps, &[], problems);
        if let Some(node) = wait.request.settings.expect.get(crate::check::SNAPSHOT) {
            problems.push(Diagnostic::error(
                &node.span,
                "`[wait]` cannot have a snapshot: it only checks that the stage is up",
            ));
        }
        Some(super::Wait {
            step: Step {
                snapshot: None,
                ..steps.into_iter().next()?
            },
            consecutive: wait.consecutive.unwrap_or(1).max(1),
            every: wait.every.unwrap_or(std::time::Duration::from_secs(1)),
            timeout: wait.timeout,
        })
    }

    /// Each collection has a source of chance of its own, so that running side by side changes nothing.
    fn context(&self, file: &File, path: &str) -> Arc<Context> {
        let world = self.input.world;
        let folder = if file.folder().as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            file.folder().to_owned()
        };
        let seed = path
            .bytes()
            .fold(world.seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Arc::new(Context {
            clock: world.clock,
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            environment: Arc::clone(&world.environment),
            root: world.root.clone().unwrap_or_else(|| folder.clone()),
            folder,
        })
    }

    /// A `--var` for a name that no file declares is a slip.
    fn check_given(&self) -> Vec<Diagnostic> {
        let slips =
            self.input
                .world
                .given
                .iter()
                .filter(|given| !self.used.contains(&given.name))
                .map(|given| {
                    if crate::template::RESERVED.contains(&given.name.as_str()) {
                        return Diagnostic::nowhere(format!(
                            "`--var {}`: this name is built in and cannot be set",
                            given.name
                        ));
                    }
                    let declared = self.used.iter().map(String::as_str);
                    let hint = crate::source::did_you_mean(&given.name, declared);
                    let problem = Diagnostic::nowhere(format!(
                        "`--var {}`: undeclared variable in all selected files",
                        given.name
                    ));
                    problem.hint(hint.unwrap_or_else(|| {
                        format!("declare it: `[vars]` with `{} = …`", given.name)
                    }))
                });
        slips.collect()
    }
}

/// What a collection is assembled from.
struct Draft<'a> {
    file: &'a Arc<File>,
    name: String,
    /// What it takes its stages, variables and defaults from, from near to far.
    levels: &'a [&'a Common],
    blocks: RequestsByPart,
    tags: &'a [String],
    /// Whether it runs once for each data row.
    in_rows: bool,
}

impl Draft<'_> {
    /// Whether it has a request, so that it matters which stage is meant.
    fn sends(&self) -> bool {
        self.blocks.iter().next().is_some()
    }
}

/// A path's name without folder and ending.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(
        || path.display().to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
