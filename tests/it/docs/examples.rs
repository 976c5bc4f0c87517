//! Every example of the documents is read and planned without a problem.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use apitest::clock::Clock;
use apitest::gateway::Gateway;
use apitest::plan::{Input, PlanInputs, Selection, build};
use apitest::source::{Diagnostic, File, Style, render};
use apitest::syntax::{Problems, Project, Settings, parse_project};

use crate::docs::blocks::{blocks, root};

/// The files that examples name.
const FILES: &str = "tests/docs/files";

/// A request for examples that are of something else.
const REQUEST: &str = "[[request]]\nget = '/'\n";

/// What the program has to say about a text; the mark is that of its block.
pub(crate) fn problems(mark: &str, place: &str, text: &str) -> Result<(), String> {
    let name = place.replace(['/', ':'], "-");
    let file = |text: &str| File::new(Path::new(FILES).join(&name), text.to_owned());
    let found = match mark {
        "toml,gateway" => {
            let mut problems = Problems::default();
            let _ = Gateway::decode(&file(text), &mut problems);
            problems.into_vec()
        }
        "toml,project" => {
            let (project, mut found) = parse_project(&file(text));
            found.extend(planned(
                &File::new(Path::new(FILES).join("project-of.toml"), REQUEST),
                Some(project),
            ));
            found
        }
        _ if text.contains("[[request]]") => planned(&file(text), None),
        // What includes, or is included, has its requests elsewhere.
        _ => planned(&file(&format!("{text}\n{REQUEST}")), None),
    };
    if found.is_empty() {
        Ok(())
    } else {
        Err(render(
            &found,
            Style {
                color: false,
                width: 120,
            },
        ))
    }
}

fn planned(file: &Arc<File>, project: Option<Project>) -> Vec<Diagnostic> {
    let chosen = project.is_none()
        && !["base_url", "[stages", "stages."]
            .iter()
            .any(|text| file.text().contains(text));
    let base_url = "https://api.example.org/dev".parse().unwrap();
    let (world, selection) = (world(), Selection::default());
    let files = [Arc::clone(file)];
    let project = project.map(Arc::new);
    let input = Input {
        project_sound: true,
        files: &files,
        project,
        stage: None,
        base_url: chosen.then_some(&base_url),
        selection: &selection,
        others: &Vec::new,
        world: &world,
    };
    build(&input).1
}

/// A world in which no variable of the environment is set.
fn world() -> PlanInputs {
    PlanInputs {
        environment: Arc::new(|_| None),
        clock: Clock::System,
        seed: 1,
        run_id: "the run".to_owned(),
        given: Vec::new(),
        root: Some(root().join(FILES)),
        allow_commands: true,
        env_allow: None,
        sends: false,
        reads: apitest::plan::Reads::default(),
        stdin: Arc::new(|| Ok(String::new())),
        environment_settings: Settings::default(),
        command_line: Settings::default(),
    }
}

#[test]
fn every_example_holds() {
    let blocks = blocks("toml");
    assert!(blocks.len() > 15, "{}", blocks.len());
    let mut wrong = String::new();
    for block in blocks {
        let marks = ["toml", "toml,project", "toml,gateway"];
        assert!(
            marks.contains(&block.mark.as_str()),
            "{}: `{}` is none of {marks:?}",
            block.place,
            block.mark
        );
        if let Err(told) = problems(&block.mark, &block.place, &block.text) {
            let _ = writeln!(wrong, "{}\n{told}", block.place);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
