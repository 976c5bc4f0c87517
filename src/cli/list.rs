//! `apitest list`: what would run, after filters.

use std::fmt::Write as _;

use super::args::List;
use super::context::Context;
use super::{WRONG, print, say};
use crate::event::Part;
use crate::plan::{Collection, Rows, Step};
use crate::project::{Error, Workspace};
use crate::secret::Redactor;
use crate::text::{Line, Style, count, is_harmful};
use crate::value::{Object, Value};

/// Lists what would run.
pub(super) fn list(context: &Context, arguments: &List) -> Result<u8, Error> {
    let loaded = Workspace::load(&context.host, &arguments.input.options())?;
    if !loaded.diagnostics.is_empty() {
        say(&loaded.problems(context.stderr_style(arguments.input.color)));
    }
    let color = context.stdout_style(arguments.input.color).color;
    let text = if arguments.json {
        json(&loaded)
    } else {
        plain(&loaded, color)
    };
    print(&text)?;
    let none = loaded.plan.collections.is_empty();
    if none && !loaded.is_broken() {
        say("no request is selected\n");
    }
    Ok(if loaded.is_broken() || none { WRONG } else { 0 })
}

/// Collections with their requests, as people read them.
pub(super) fn plain(loaded: &Workspace, color: bool) -> String {
    let mut out = String::new();
    let mut line = |line: Line| {
        out.push_str(&line.render(color));
        out.push('\n');
    };
    let plan = &loaded.plan;
    let project = plan
        .project
        .iter()
        .filter(|project| !project.steps.is_empty() && !plan.collections.is_empty());
    for collection in project.chain(&plan.collections) {
        let name = collection.shown_name(&loaded.redactor);
        let mut head = Line::new()
            .with(&name, Style::Bold)
            .plain("  ")
            .with(&collection.path, Style::Path);
        if let Some(name) = collection
            .stage
            .as_ref()
            .and_then(|stage| stage.name.as_deref())
        {
            head = head.with(&format!("  stage {name}"), Style::Dim);
        }
        line(head);
        collection
            .selected()
            .for_each(|step| line(step_line(step, &loaded.redactor)));
    }
    let requests: usize = plan.collections.iter().map(Collection::requests).sum();
    let collections = count(plan.collections.len(), "collection");
    line(Line::new().with(
        &format!("{} in {collections}", count(requests, "request")),
        Style::Dim,
    ));
    out
}

fn step_line(step: &Step, secrets: &Redactor) -> Line {
    let method = format!("{:<7} ", step.request.method.0);
    let mut line = Line::new()
        .plain("  ")
        .with(&method, Style::Dim)
        .plain(&secrets.redact(&step.name));
    let mut notes: Vec<String> = Vec::new();
    if step.part != Part::Request {
        notes.push(step.part.name().to_owned());
    }
    if step.needed && step.part == Part::Request {
        notes.push("needed".to_owned());
    }
    if let Some(rows) = step.rows.as_deref().and_then(Rows::count) {
        notes.push(count(rows, "row"));
    }
    if step.skip.is_some() {
        notes.push("skipped".to_owned());
    }
    notes.extend(
        step.tags
            .iter()
            .map(|tag| format!("#{}", secrets.redact(tag))),
    );
    if !notes.is_empty() {
        line = line.with(&format!("  {}", notes.join(" ")), Style::Dim);
    }
    line
}

/// A document of JSON without characters that would steer a terminal or hide what is there: they stand only inside strings, and
/// are escaped there.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if is_harmful(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// One request a line.
fn json(loaded: &Workspace) -> String {
    let mut out = String::new();
    let text = |text: &str| Value::from(&*loaded.redactor.redact(text));
    for collection in &loaded.plan.collections {
        for step in collection.selected() {
            let tags = step.tags.iter().map(|tag| text(tag)).collect::<Vec<_>>();
            let members: Object = [
                ("path", Value::from(collection.path.as_str())),
                ("name", text(&step.name)),
                ("part", step.part.name().into()),
                ("needed", (step.needed && step.part == Part::Request).into()),
                ("method", step.request.method.0.as_str().into()),
                ("url", text(step.request.url.text())),
                ("tags", tags.into()),
                (
                    "line",
                    Value::from(i64::try_from(step.span.position().line).unwrap_or(i64::MAX)),
                ),
            ]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
            out.push_str(&escaped(&Value::Object(members).to_json()));
            out.push('\n');
        }
    }
    out
}
