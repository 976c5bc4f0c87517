//! Names: each that an expression uses is declared, and captures are made before they are used.

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};

use super::placeholders;
use super::step::{Need, Step};
use super::uses::{self, Use, Uses};
use super::{Collection, Definitions, PlanInputs};
use crate::source::{Diagnostic, Span, did_you_mean};
use crate::syntax::{Origin, Problems, Spanned};

/// Objects that are there everywhere, and those that only some places know.
const OBJECTS: &[&str] = &["stage", "run", "self", "loop"];

/// The names that the steps capture.
pub(super) fn captured(steps: &[Step]) -> Vec<String> {
    steps.iter().flat_map(Step::captured).cloned().collect()
}

/// Checks every name of a collection and notes what each step needs.
pub(super) fn check(
    collection: &Collection,
    steps: &mut [Step],
    from_project: &[String],
    problems: &mut Problems,
) {
    let mut makers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for step in steps.iter() {
        step.captured()
            .for_each(|name| makers.entry(name.clone()).or_default().push(step.index));
    }
    let columns = collection.rows.as_deref().map(super::Rows::columns);
    let mut names = Names {
        definitions: &collection.definitions,
        makers: &makers,
        columns: columns.unwrap_or_default(),
        in_rows: collection.rows.is_some(),
        lost: matches!(collection.rows.as_deref(), Some(super::Rows::Lost)),
        from_project,
        titles: steps.iter().map(|step| step.name.clone()).collect(),
        problems,
    };
    names.variables();
    if let Some(rows) = &collection.rows {
        names.rows(rows);
    }
    names.base_url(collection.stage.as_ref());
    for step in steps.iter_mut() {
        let found = names.step(step);
        step.needs.extend(found.needs);
        step.from_project = found.from_project;
        step.when_first = found.when_first;
        step.uses_request = found.uses_request;
        step.uses_response = found.uses_response;
    }
}

struct Names<'a> {
    definitions: &'a Definitions,
    /// The steps that capture a name, in order.
    makers: &'a BTreeMap<String, Vec<usize>>,
    /// Columns of the collection's rows.
    columns: Vec<String>,
    /// Whether the collection runs once a row.
    in_rows: bool,
    /// Whether those rows could not be read, so that any name may be a column of them.
    lost: bool,
    from_project: &'a [String],
    titles: Vec<String>,
    problems: &'a mut Problems,
}

/// What a step needs.
struct Found {
    needs: Vec<Need>,
    from_project: Vec<String>,
    when_first: bool,
    uses_request: bool,
    uses_response: bool,
}

/// What a place of a step knows beside the collection's names.
struct Here<'a> {
    step: &'a Step,
    columns: &'a [String],
    in_rows: bool,
    /// Whether the step's own captures and `response` are there.
    answered: bool,
}

impl Names<'_> {
    /// `[vars]` are computed before anything is captured.
    fn variables(&mut self) {
        for used in uses::of_definitions(self.definitions).names {
            let name = used.name.as_str();
            let known = self.definitions.contains_key(name)
                || self.is_row(&used, self.in_rows, &[])
                || OBJECTS.contains(&name);
            if known || self.lost || self.from_project.contains(&used.name) {
                continue;
            }
            let problem = if self.makers.contains_key(name) {
                Diagnostic::error(
                    &used.span,
                    format!("`{name}` is only captured when the collection runs; `[vars]` are evaluated before"),
                )
                .hint("give the request that uses it its own `vars`")
            } else {
                undeclared(&used, self.definitions.keys().map(String::as_str))
            };
            self.problems.push(problem);
        }
        self.circles();
    }

    /// The rows of the collection are there before anything is captured.
    fn rows(&mut self, rows: &Spanned<super::Rows>) {
        let mut uses = Uses::default();
        uses.rows(rows);
        self.before_all(
            uses,
            "`rows` at the top are read before the collection runs: move them to the request that needs them",
        );
    }

    /// So is the URL that paths are joined to.
    fn base_url(&mut self, stage: Option<&super::Stage>) {
        let uses = uses::of_stage(stage);
        self.before_all(uses, "write the whole URL in the requests that need it");
    }

    /// What is evaluated before a collection runs.
    fn before_all(&mut self, uses: Uses, hint: &str) {
        for used in uses.names {
            let name = used.name.as_str();
            let known = self.definitions.contains_key(name)
                || OBJECTS.contains(&name)
                || self.from_project.contains(&used.name);
            if known || self.lost || self.is_row(&used, self.in_rows, &[]) {
                continue;
            }
            let problem = if self.makers.contains_key(name) {
                let problem = Diagnostic::error(
                    &used.span,
                    format!("`{name}` is only captured when the collection runs"),
                );
                problem.hint(hint)
            } else {
                undeclared(&used, self.definitions.keys().map(String::as_str))
            };
            self.problems.push(problem);
        }
    }

    /// A variable that needs itself, told once a circle.
    fn circles(&mut self) {
        let needs_of = |definition| {
            let mut uses = Uses::default();
            uses.definition(definition);
            uses.names.into_iter().map(|used| used.name).collect()
        };
        let needs: BTreeMap<&str, Vec<String>> = self
            .definitions
            .iter()
            .map(|(name, definition)| (name.as_str(), needs_of(definition)))
            .collect();
        let mut done = IndexSet::new();
        for name in self.definitions.keys() {
            for met in circles_from(name, &needs, &mut done) {
                let Some(definition) = self.definitions.get(met) else {
                    continue;
                };
                let problem = Diagnostic::error(
                    &definition.span,
                    format!("the value of `{met}` depends on itself"),
                );
                self.problems.push(problem);
            }
        }
    }

    /// Checks a step's names and gives what it needs.
    fn step(&mut self, step: &Step) -> Found {
        let columns = step
            .rows
            .as_deref()
            .map(super::Rows::columns)
            .unwrap_or_default();
        let in_rows = step.rows.is_some() || self.in_rows;
        let before = Here {
            step,
            columns: &columns,
            in_rows,
            answered: false,
        };
        let mut uses = uses::of_request(step).names;
        uses.extend(uses::of_definitions(&step.vars).names);
        let mut needs: Vec<Need> = uses
            .iter()
            .filter_map(|used| self.need(used, &before))
            .collect();
        self.title(step, &before);
        let after = Here {
            answered: true,
            ..before
        };
        let answer = uses::of_answer(step).names;
        needs.extend(answer.iter().filter_map(|used| self.need(used, &after)));
        needs.sort_by(|one, two| (one.step, &one.capture).cmp(&(two.step, &two.capture)));
        needs.dedup();
        let of_project = |used: &&Use| self.is_of_project(&used.name, step);
        let from_project: IndexSet<String> = uses
            .iter()
            .chain(&answer)
            .filter(of_project)
            .map(|used| used.name.clone())
            .collect();
        // A variable of the step's own may hold it, and be asked for only when the response is there.
        let uses_request = uses
            .iter()
            .chain(&answer)
            .any(|used| used.name == "request");
        let uses_response = answer.iter().any(|used| used.name == "response");
        let when_first = !when_uses_row(step, &columns);
        Found {
            needs,
            from_project: from_project.into_iter().collect(),
            when_first,
            uses_request,
            uses_response,
        }
    }

    /// A name shows columns of the row and variables that do not change: it is evaluated before anything is sent or captured.
    fn title(&mut self, step: &Step, here: &Here<'_>) {
        let Some(title) = &step.title else { return };
        for used in uses::of_title(title).names {
            let constant = |name: &str| {
                let own =
                    step.vars.get(name).map(|own| matches!(&own.origin, Origin::Value(document) if document.literal().is_some()));
                own.unwrap_or_else(|| {
                    self.definitions.contains_key(name) && !self.makers.contains_key(name)
                })
            };
            let name = used.name.as_str();
            let declared =
                step.vars.contains_key(name) || self.makers.contains_key(name) || name == "request";
            if !self.is_row(&used, here.in_rows, here.columns) && !constant(name) && declared {
                let problem =
                    Diagnostic::error(&used.span, format!("`{name}` cannot be used in a name"));
                self.problems
                    .push(problem.hint("a name shows columns of the row and constant variables"));
            }
        }
    }

    /// Whether a name means a capture of the project's setup: nothing nearer has it.
    fn is_of_project(&self, name: &str, step: &Step) -> bool {
        let nearer = step.vars.contains_key(name) || self.makers.contains_key(name);
        !nearer && self.from_project.iter().any(|known| known == name)
    }

    fn is_row(&self, used: &Use, in_rows: bool, columns: &[String]) -> bool {
        (used.name == "row" && in_rows)
            || columns.contains(&used.name)
            || self.columns.contains(&used.name)
    }

    /// The step that makes a name, if it is a capture; reports a name that nothing makes.
    fn need(&mut self, used: &Use, here: &Here<'_>) -> Option<Need> {
        let name = used.name.as_str();
        if self.is_row(used, here.in_rows, here.columns) {
            self.check_column(used, here);
            return None;
        }
        if OBJECTS.contains(&name) || name == "request" || (here.answered && name == "response") {
            return None;
        }
        let own = here.step.captured().any(|own| own == name);
        if own && here.answered {
            return None;
        }
        let makers = self.makers.get(name).map(Vec::as_slice).unwrap_or_default();
        if let Some(step) = makers.iter().rev().find(|maker| **maker < here.step.index) {
            return Some(Need {
                step: *step,
                capture: Some(name.to_owned()),
            });
        }
        // In rounds, a request may use what its last round captured, once there is a value to start from.
        let declared = here.step.vars.contains_key(name) || self.definitions.contains_key(name);
        if declared || self.from_project.iter().any(|known| known == name) {
            return None;
        }
        if self.lost || matches!(here.step.rows.as_deref(), Some(super::Rows::Lost)) {
            return None;
        }
        let problem = self.unmade(used, here, makers.first().copied());
        self.problems.refuse(problem)
    }

    /// The problem of a name that nothing makes before it is used; `maker` is the step that makes it later.
    fn unmade(&self, used: &Use, here: &Here<'_>, maker: Option<usize>) -> Diagnostic {
        let name = used.name.as_str();
        match maker {
            _ if name == "response" => Diagnostic::error(
                &used.span,
                "`response` only exists after the request was sent",
            )
            .hint("capture what you need in an earlier request"),
            _ if name == "row" => {
                Diagnostic::error(&used.span, "`row` only exists if there are `rows`")
            }
            Some(maker) => {
                let title = self
                    .titles
                    .get(maker)
                    .map(String::as_str)
                    .unwrap_or_default();
                Diagnostic::error(
                    &used.span,
                    format!("`{name}` is captured later, by `{title}`"),
                )
                .hint("move that request above this one")
            }
            None => {
                let own = here
                    .step
                    .vars
                    .keys()
                    .chain(here.columns)
                    .chain(&self.columns)
                    .chain(self.definitions.keys());
                let known = own
                    .map(String::as_str)
                    .chain(self.makers.keys().map(String::as_str))
                    .chain(OBJECTS.iter().copied());
                undeclared(used, known)
            }
        }
    }

    /// `row.x` where every row is known and none has `x`.
    fn check_column(&mut self, used: &Use, here: &Here<'_>) {
        let (Some(member), "row") = (&used.member, used.name.as_str()) else {
            return;
        };
        let known = if here.step.rows.is_some() {
            here.columns
        } else {
            &self.columns
        };
        if !known.is_empty() && !known.contains(member) {
            let problem = Diagnostic::error(&used.span, format!("no row has a column `{member}`"));
            let columns: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            let hint = did_you_mean(member, known.iter().map(String::as_str));
            self.problems.push(
                problem.hint(
                    hint.unwrap_or_else(|| format!("the columns are {}", columns.join(", "))),
                ),
            );
        }
    }
}

/// Whether `when` uses a name of the step's rows, itself or through the step's own variables.
fn when_uses_row(step: &Step, columns: &[String]) -> bool {
    let of_rows =
        |used: &Use| (used.name == "row" && step.rows.is_some()) || columns.contains(&used.name);
    let mut open = uses::of_when(step).names;
    let mut seen = IndexSet::new();
    while let Some(used) = open.pop() {
        if of_rows(&used) {
            return true;
        }
        let definition = step
            .vars
            .get(&used.name)
            .filter(|_| seen.insert(used.name.clone()));
        let mut uses = Uses::default();
        if let Some(definition) = definition {
            uses.definition(definition);
        }
        open.extend(uses.names);
    }
    false
}

/// The names that are met again on the way down from one; what is done is not gone through a second time.
fn circles_from<'a>(
    name: &'a str,
    needs: &'a BTreeMap<&str, Vec<String>>,
    done: &mut IndexSet<&'a str>,
) -> Vec<&'a str> {
    let mut met = Vec::new();
    // The way down, each name with how many of its needs were followed.
    let mut way: IndexMap<&str, usize> = IndexMap::new();
    way.extend((!done.contains(name)).then_some((name, 0)));
    while let Some((at, followed)) = way.last_mut() {
        let next = needs
            .get(*at)
            .and_then(|needs| needs.get(*followed))
            .map(String::as_str);
        *followed += 1;
        match next {
            None => done.extend(way.pop().map(|(at, _)| at)),
            Some(next) if way.contains_key(next) => met.push(next),
            Some(next) if done.contains(next) => {}
            Some(next) => drop(way.insert(next, 0)),
        }
    }
    met
}

fn undeclared<'a>(used: &Use, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let hint = did_you_mean(&used.name, known);
    let declare = "declare it under `[vars]`, give it as a column of `rows`, or `capture` it in an earlier request";
    Diagnostic::error(&used.span, format!("`{}` is not declared", used.name))
        .hint(hint.unwrap_or_else(|| declare.to_owned()))
}

/// Variables of the environment that a selected request uses, directly or through `[vars]`, and that are not set; and
/// secrets that are too short to be hidden.
pub(super) fn check_environment(
    collection: &Collection,
    steps: &[Step],
    world: &PlanInputs,
    problems: &mut Problems,
) {
    let mut seen = IndexSet::new();
    direct(&uses::of_stage(collection.stage.as_ref()), world, problems);
    let mut of_rows = Uses::default();
    collection.rows.iter().for_each(|rows| of_rows.rows(rows));
    for step in steps
        .iter()
        .filter(|step| (step.selected || step.needed) && step.skip.is_none())
    {
        let of_rows = std::mem::take(&mut of_rows);
        direct(&of_rows, world, problems);
        let mut open = step_names(step, world, problems);
        open.extend(of_rows.names.into_iter().map(|used| used.name));
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let Some(definition) = collection.definitions.get(&name) else {
                continue;
            };
            let mut uses = Uses::default();
            uses.definition(definition);
            direct(&uses, world, problems);
            open.extend(uses.names.into_iter().map(|used| used.name));
            check_origin((&name, definition), step, world, problems);
        }
    }
    placeholders::check(collection, steps, problems);
}

/// The names that a step uses; what it asks the environment for itself is checked at once.
fn step_names(step: &Step, world: &PlanInputs, problems: &mut Problems) -> Vec<String> {
    let mut names = Vec::new();
    for uses in [
        uses::of_request(step),
        uses::of_answer(step),
        uses::of_definitions(&step.vars),
    ] {
        direct(&uses, world, problems);
        names.extend(uses.names.into_iter().map(|used| used.name));
    }
    for (name, definition) in &step.vars {
        check_origin((name, definition), step, world, problems);
    }
    names
}

fn direct(uses: &Uses, world: &PlanInputs, problems: &mut Problems) {
    for used in uses
        .environment
        .iter()
        .filter(|used| (world.environment)(&used.name).is_none())
    {
        problems.push(unset(&used.span, &used.name, world));
    }
}

fn unset(span: &Span, name: &str, world: &PlanInputs) -> Diagnostic {
    if !super::inputs::env_allows(world.env_allow.as_deref(), name) {
        let problem = Diagnostic::error(
            span,
            format!("collections may not read the environment variable `{name}`"),
        );
        return problem.hint("`env_allow` of your own configuration does not list it");
    }
    let problem = Diagnostic::error(
        span,
        format!("the environment variable `{name}` is not set"),
    );
    problem.hint("set it, add it to an `--env-file`, or give it a `default`")
}

fn check_origin(
    (name, definition): (&str, &super::Definition),
    step: &Step,
    world: &PlanInputs,
    problems: &mut Problems,
) {
    let text = match &definition.origin {
        Origin::Env(variable, default) => match (world.environment)(variable) {
            Some(found) => Some(found.text),
            None if default.is_none() => {
                problems.push(
                    unset(&definition.span, variable, world)
                        .related(&step.span, "used by this request"),
                );
                return;
            }
            None => None,
        },
        Origin::Value(document) => document.literal().and_then(crate::value::Value::to_text),
        Origin::Command(_) if !world.allow_commands => {
            let problem = Diagnostic::error(
                &definition.span,
                format!("`{name}` comes from a command, and commands are not allowed"),
            );
            let hint = "allow them with `--allow-commands`, or with `allow_commands = true` in your own configuration, \
                        `~/.config/apitest/config.toml`";
            problems.push(problem.hint(hint));
            return;
        }
        _ => None,
    };
    if let Some(text) = text.filter(|text| {
        definition.secret && text.chars().count() < crate::secret::Redactor::SHORTEST
    }) {
        let problem = Diagnostic::error(
            &definition.span,
            format!(
                "the secret `{name}` has only {} characters",
                text.chars().count()
            ),
        );
        let hint = format!(
            "masking it would also mask other text: a secret needs at least {} characters",
            crate::secret::Redactor::SHORTEST
        );
        problems.push(problem.hint(hint));
    }
}
