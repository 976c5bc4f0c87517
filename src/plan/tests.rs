//! Collections that are wrong in any way: problems with places, never a panic.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Input, Plan, PlanInputs, Selection, build};
use crate::clock::Clock;
use crate::source::{Diagnostic, File, Style, render};
use crate::syntax::Settings;

/// Collections that are right, to be spoilt.
const SOUND: [&str; 4] = [
    include_str!("../../collections/hello.toml"),
    include_str!("../../collections/orders.toml"),
    include_str!("../../collections/pages.toml"),
    include_str!("../../collections/limits.toml"),
];

fn plan(text: &str) -> (Plan, Vec<Diagnostic>) {
    let world = PlanInputs {
        environment: Arc::new(|_| None),
        clock: Clock::System,
        seed: 1,
        run_id: String::new(),
        given: Vec::new(),
        root: Some("collections".into()),
        allow_commands: false,
        env_allow: None,
        sends: false,
        reads: crate::plan::Reads::default(),
        stdin: Arc::new(|| Ok(String::new())),
        environment_settings: Settings::default(),
        command_line: Settings::default(),
    };
    let files = [File::new("collections/spoilt.toml", text)];
    let selection = Selection::default();
    let input = Input {
        files: &files,
        project: None,
        project_sound: true,
        stage: None,
        base_url: None,
        selection: &selection,
        others: &Vec::new,
        world: &world,
    };
    build(&input)
}

/// Every problem can be drawn, and its place lies inside of its file.
fn sound_problems(text: &str) {
    let (plan, problems) = plan(text);
    for span in problems.iter().filter_map(|problem| problem.span.as_ref()) {
        assert!(
            span.start <= span.end && span.file.text().get(span.start..span.end).is_some(),
            "{span:?} in {text:?}"
        );
    }
    assert_eq!(
        problems.iter().any(Diagnostic::is_error),
        plan.broken > 0,
        "{text:?}"
    );
    let style = Style {
        color: true,
        width: 80,
    };
    assert_eq!(render(&problems, style).is_empty(), problems.is_empty());
}

#[test]
fn what_is_spoilt_here_is_sound() {
    for text in SOUND {
        assert_eq!(plan(text).1, [], "{text}");
    }
}

/// Each place that is sent beside a body × variables that hold a placeholder of another tool, directly or through others.
#[test]
fn placeholders_of_other_tools_in_variables_are_told_if_they_are_sent() {
    let warnings = |vars: &str, request: &str| {
        let text = format!(
            "base_url = \"http://127.0.0.1\"\n[vars]\n{vars}\n[[request]]\nname = \"a\"\n{request}\n"
        );
        let (_, problems) = plan(&text);
        let told: Vec<_> = problems
            .into_iter()
            .map(|problem| problem.message)
            .filter(|message| message.contains("not a placeholder here"))
            .collect();
        told
    };
    let sent = [
        "get = \"/{{ t }}\"",
        "get = \"/\"\nheaders = { x = \"{{ t }}\" }",
        "get = \"/\"\nquery = { x = \"{{ t }}\" }",
        "get = \"/\"\ncookies = { x = \"{{ t }}\" }",
        "get = \"/{x}\"\npath_params = { x = \"{{ t }}\" }",
        "get = \"/\"\nauth = { bearer = \"{{ t }}\" }",
        "get = \"/\"\nproxy = \"http://{{ t }}\"",
        "get = \"/\"\nheaders = { x = \"{{ u }}\" }\nvars = { u = \"{{ t }}\" }",
    ];
    for request in sent {
        for vars in [
            "t = \"${TOKEN}\"",
            "t = { value = \"${TOKEN}\" }",
            "t = \"{{ other }}\"\nother = \"Bearer ${TOKEN}\"",
        ] {
            assert_eq!(warnings(vars, request).len(), 1, "{vars} {request}");
        }
        assert!(warnings("t = \"tea\"", request).is_empty(), "{request}");
    }
    for connection in [
        "proxy = \"http://${PROXY}:3128\"",
        "proxy = { url = \"http://h:1\", user = \"u\", password = \"$PROXY_PASSWORD\" }",
        "resolve = { \"h:80\" = \"${ADDRESS}\" }",
    ] {
        let request = format!("get = \"/\"\n{connection}");
        assert_eq!(warnings("t = 1", &request).len(), 1, "{connection}");
    }
    let body = "post = \"/\"\njson = { x = \"{{ t }}\" }";
    assert!(warnings("t = \"${TOKEN}\"", body).is_empty());
}

/// What is written and would have no effect.
#[test]
fn fragments_and_headers_without_a_value_are_refused() {
    let errors = |request: &str| {
        let text =
            format!("base_url = \"http://127.0.0.1\"\n[vars]\nv = \"a\"\n[[request]]\n{request}\n");
        let (_, problems) = plan(&text);
        problems.iter().filter(|problem| problem.is_error()).count()
    };
    for request in [
        "get = \"/a#part\"",
        "get = \"/a#\"",
        "get = \"/a?b=c#d\"",
        "get = \"/a#part\"\npath_as_is = true",
        "get = \"/a#{{ v }}\"",
        "get = \"/{{ v }}#part\"",
        "get = \"http://127.0.0.1/a#part\"",
        "method = \"GET\"\nurl = \"/a#part\"",
        "get = \"/\"\nheaders = { accept = [] }",
        "get = \"/\"\ncookies = { sid = [] }",
    ] {
        assert_eq!(errors(request), 1, "{request}");
    }
    for request in [
        "get = \"/a%23part\"",
        "get = \"/a\"\nquery = { b = \"#c\" }",
        "get = \"/{{ v | replace('#', '') }}\"",
        "get = \"/\"\nheaders = { accept = false }",
        "get = \"/\"\nheaders = { accept = [\"a\", \"b\"] }",
    ] {
        assert_eq!(errors(request), 0, "{request}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn lines_may_be_lost_swapped_doubled_or_replaced(
        which in 0..SOUND.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_usize), 1..6),
        text in "[a-z{}\\[\\]\"'=.# 0-9é\\t\u{0}-]{0,20}",
    ) {
        let mut lines: Vec<&str> = SOUND[which].lines().collect();
        for (one, two, change) in &changes {
            let (one, two) = (one.index(lines.len()), two.index(lines.len()));
            match change {
                0 => drop(lines.remove(one)),
                1 => lines.swap(one, two),
                2 => lines.insert(one, lines[two]),
                3 => lines[one] = &text,
                _ => lines.truncate(one.max(1)),
            }
            if lines.is_empty() {
                lines.push("");
            }
        }
        sound_problems(&lines.join("\n"));
    }

    #[test]
    fn any_character_may_be_any_other(which in 0..SOUND.len(), at in any::<prop::sample::Index>(), other in any::<char>()) {
        let mut characters: Vec<char> = SOUND[which].chars().collect();
        let at = at.index(characters.len());
        characters[at] = other;
        sound_problems(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn any_text_is_read(text in "(\\[\\[request\\]\\]\n)?([a-z.]{1,12} = ([0-9.e-]{1,6}|\"[^\"\n]{0,12}\"|\\{ [a-z]{1,6} = [0-9] \\}|\\[[0-9, ]{0,8}\\])\n){0,6}") {
        sound_problems(&text);
    }
}
