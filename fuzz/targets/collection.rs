#![no_main]
//! A collection: decoded, planned, every problem drawn.

use std::sync::Arc;

use apitest::clock::Clock;
use apitest::plan::{self, PlanInputs, Selection};
use apitest::source::{Diagnostic, File};
use apitest::syntax::Settings;
use apitest_fuzz::hold_to_places;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let folder = std::env::temp_dir().join("apitest-fuzz-empty");
    let world = PlanInputs {
        environment: Arc::new(|_| None),
        clock: Clock::System,
        seed: 1,
        run_id: String::new(),
        given: Vec::new(),
        root: Some(folder.clone()),
        allow_commands: false,
        env_allow: None,
        sends: false,
        reads: apitest::plan::Reads::default(),
        stdin: Arc::new(|| Ok(String::new())),
        environment_settings: Settings::default(),
        command_line: Settings::default(),
    };
    let files = [File::new(folder.join("a.toml"), text)];
    let selection = Selection::default();
    let input = plan::Input {
        files: &files,
        project: None,
        project_sound: true,
        stage: None,
        base_url: None,
        selection: &selection,
        others: &Vec::new,
        world: &world,
    };
    let (plan, problems) = plan::build(&input);
    hold_to_places(&problems);
    assert_eq!(problems.iter().any(Diagnostic::is_error), plan.broken > 0);
});
